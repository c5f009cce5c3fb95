import assert from 'node:assert/strict'
import { cpSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { join, relative } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { rollup } from 'rollup'
import { root } from '../setup/paths.mjs'
import { must, start } from './command.mjs'
import { fetchNode, fetchOther, nodeVersions } from './nodes.mjs'
import { hostBinary, install, newFolder, pathOf, plainEnvironment } from './project.mjs'

const tools = join(root, 'test', 'frameworks')
const work = join(tools, '.work')
const tool = (...path) => join(tools, 'node_modules', ...path)

/**
 * The ways that a program is compiled with each TypeScript, by the names of test/frameworks/package.json, which has their versions.
 * The oldest serves by docs/installing.md. Libraries are checked as well.
 */
const typeScripts = {
  'typescript-oldest': ['oldest'],
  'typescript-5.4': ['node16', 'nodenext', 'bundler', 'node10'],
  'typescript-newest': ['node16', 'nodenext', 'bundler'],
}

/** The projects of test/frameworks, with the tarball installed; their tools are in the folder above. */
export async function makeProjects(tarball) {
  rmSync(work, { recursive: true, force: true })
  cpSync(join(tools, 'projects'), work, { recursive: true })
  await install(tarball, work)
  return work
}

const env = (folder) => plainEnvironment(pathOf(process.execPath, folder), { NEXT_TELEMETRY_DISABLED: '1', CI: '1' })
const node = (args, folder = work, program = process.execPath) =>
  must(program, args, { cwd: folder, env: env(folder), seconds: 240 })
const done = 'trained, predicted, saved\n'

/** Runs a bundle in an empty folder, with the binary beside it. */
async function runAlone(file) {
  const { path, remove } = newFolder('alone')
  try {
    const name = `app${file.slice(file.lastIndexOf('.'))}`
    cpSync(file, join(path, name))
    const binary = join('prebuilds', hostBinary)
    cpSync(join(work, 'node_modules', 'perceptra', binary), join(path, binary))
    assert.equal(await node([join(path, name)], path), done)
  } finally {
    remove()
  }
}

const jest = (version) => async () => {
  const program = tool(version, 'bin', 'jest.js')
  await node([
    program,
    '--rootDir',
    join(work, 'jest'),
    '--testMatch',
    '**/*.spec.js',
    '--no-cache',
    '--watchman=false',
  ])
}

const typeScript = (name, ways) => async () => {
  const { version } = JSON.parse(readFileSync(tool(name, 'package.json'), 'utf8'))
  const [minor] = version.match(/^\d+\.\d+/)
  if (name === 'typescript-oldest')
    assert.match(readFileSync(join(root, 'docs', 'installing.md'), 'utf8'), new RegExp(`TypeScript ${minor} or newer`))
  for (const way of ways) {
    await node([tool(name, 'bin', 'tsc'), '-p', `tsconfig-${way}.json`], join(work, 'types'))
  }
}

/** Each trains, predicts and saves with the package as it was packed and installed. */
export const frameworkChecks = {
  'Node, ES modules': async () => assert.equal(await node(['esm.mjs']), done),
  'Node, CommonJS': async () => assert.equal(await node(['cjs.cjs']), done),
  'Node, CommonJS that cannot require ES modules': async () => {
    const isPublished = process.platform === 'linux' && process.arch === 'x64'
    const program = isPublished ? await fetchNode('linux-x64', nodeVersions[24]) : process.execPath
    assert.equal(await node(['--no-experimental-require-module', 'cjs.cjs'], work, program), done)
  },
  'Jest 29': jest('jest29'),
  'Jest 30': jest('jest30'),
  'ts-jest': async () => {
    const transform = JSON.stringify({ '^.+\\.ts$': tool('ts-jest', 'dist', 'index.js') })
    const match = ['--testMatch', '**/*.spec.ts', '--transform', transform]
    await node([tool('jest29', 'bin', 'jest.js'), '--rootDir', join(work, 'ts-jest'), ...match, '--watchman=false'])
  },
  Vitest: async () => {
    const folder = join(work, 'vitest')
    await node([tool('vitest', 'vitest.mjs'), 'run', '--root', folder], folder)
  },
  'esbuild, all in one ES module': async () => {
    const outfile = join(work, 'out', 'esbuild.mjs')
    const entryPoints = [join(work, 'bundle', 'main.mjs')]
    await build({ entryPoints, outfile, bundle: true, platform: 'node', format: 'esm', logLevel: 'silent' })
    await runAlone(outfile)
  },
  'esbuild, metrics alone are under 60 kB': async () => {
    const contents = "import { metrics } from 'perceptra'\nconsole.log(metrics.accuracy([1, 0], [1, 1]))"
    const options = { bundle: true, minify: true, platform: 'node', format: 'esm', logLevel: 'silent' }
    const stdin = { contents, resolveDir: work }
    const outfile = join(work, 'out', 'metrics.mjs')
    await build({ stdin, outfile, ...options })
    assert.ok(statSync(outfile).size < 60_000, `${statSync(outfile).size} bytes`)
    assert.equal(await node([outfile]), '0.5\n')
  },
  webpack: async () => {
    const { default: webpack } = await import(pathToFileURL(tool('webpack', 'lib', 'index.js')).href)
    const output = { path: join(work, 'out'), filename: 'webpack.cjs', libraryTarget: 'commonjs2' }
    const options = { mode: 'production', target: 'node20', node: { __dirname: false }, output }
    const compiler = webpack({ ...options, entry: join(work, 'bundle', 'main.mjs') })
    const stats = await new Promise((resolve, reject) =>
      compiler.run((error, result) => (error ? reject(error) : resolve(result))),
    )
    assert.ok(!stats.hasErrors(), stats.toString('errors-only'))
    await runAlone(join(work, 'out', 'webpack.cjs'))
  },
  Rollup: async () => {
    const bundle = await rollup({ input: join(work, 'bundle', 'main.mjs'), external: /^(node:|perceptra)/ })
    await bundle.write({ file: join(work, 'out', 'rollup.mjs'), format: 'es' })
    assert.equal(await node([join(work, 'out', 'rollup.mjs')]), done)
  },
  'Vite SSR': async () => {
    const vite = [tool('vite', 'bin', 'vite.js'), 'build', '--ssr', 'main.mjs', '--outDir', join(work, 'out', 'vite')]
    await node([...vite, '--emptyOutDir', '--configLoader', 'native'], join(work, 'bundle'))
    const [file] = readdirSync(join(work, 'out', 'vite')).filter((name) => name.startsWith('main'))
    assert.equal(await node([join(work, 'out', 'vite', file)]), done)
  },
  ncc: async () => {
    const out = join(work, 'out', 'ncc')
    await node([tool('@vercel', 'ncc', 'dist', 'ncc', 'cli.js'), 'build', 'cjs.cjs', '--out', out, '--no-cache'])
    const { path, remove } = newFolder('ncc')
    try {
      cpSync(out, path, { recursive: true })
      const [file] = readdirSync(path).filter((name) => name.startsWith('index'))
      assert.equal(await node([join(path, file)], path), done)
    } finally {
      remove()
    }
  },
  'Next, standalone': async () => {
    const project = join(work, 'next')
    await node([tool('next', 'dist', 'bin', 'next'), 'build'], project)
    const { path, remove } = newFolder('next')
    try {
      cpSync(join(project, '.next', 'standalone'), path, { recursive: true, verbatimSymlinks: true })
      await askServer(join(path, relative(tools, project)))
    } finally {
      remove()
    }
  },
  ...Object.fromEntries(Object.entries(typeScripts).map(([name, ways]) => [name, typeScript(name, ways)])),
  ...(process.platform === 'linux' && process.arch === 'x64'
    ? {
        Bun: async () => assert.equal(await node(['esm.mjs'], work, await fetchOther('bun')), done),
        Deno: async () => {
          const deno = await fetchOther('deno')
          assert.equal(await node(['run', '-A', '--node-modules-dir=manual', 'esm.mjs'], work, deno), done)
        },
      }
    : {}),
}

/** Starts Next's standalone server and asks it to train. */
async function askServer(folder) {
  const port = await freePort()
  const more = { ...env(folder), PORT: String(port), HOSTNAME: '127.0.0.1' }
  const server = start(process.execPath, [join(folder, 'server.js')], { cwd: folder, env: more })
  try {
    for (let i = 0; ; i++) {
      const response = await fetch(`http://127.0.0.1:${port}/api/train`).catch(() => undefined)
      if (response) {
        const text = await response.text()
        assert.equal(response.status, 200, `${text}\n${server.text()}`)
        return assert.equal(JSON.parse(text), done.trim())
      }
      if (i === 100) throw new Error(`Next's server does not answer:\n${server.text()}`)
      await setTimeout(200)
    }
  } finally {
    await server.stop()
  }
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}
