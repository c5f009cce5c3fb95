// Compiles the programs of this folder and their sources to JavaScript, once before all tests. A process or worker that
// compiles lib/ by itself needs seconds to start, and the tests start hundreds. Other programs in the folder (the examples of docs/)
// import the same code as 'perceptra'.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build, type Plugin } from 'esbuild'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The folder of the compiled programs. */
    programs: string
  }
}

const here = fileURLToPath(new URL('.', import.meta.url))
const root = fileURLToPath(new URL('../../..', import.meta.url))

/** Keeps the file that loads the addon outside: it looks for the binary from its own folder. */
const addonOutside: Plugin = {
  name: 'addon-outside',
  setup({ onResolve }) {
    const path = pathToFileURL(join(root, 'addon', 'index.js')).href
    onResolve({ filter: /[\\/]addon\/index\.js$/ }, () => ({ path, external: true }))
  },
}

/** The parts that users can import alone: `perceptra/metrics`. */
const subpaths = Object.keys(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).exports)
  .filter((name) => name !== '.' && !name.endsWith('.json'))
  .map((name) => name.replace('./', ''))

let folder = ''
const cache = join(root, '.cache')

export async function setup(project: TestProject): Promise<void> {
  mkdirSync(cache, { recursive: true })
  removeLeftovers()
  folder = mkdtempSync(join(cache, 'programs-'))
  const compile = () =>
    build({
      absWorkingDir: root,
      entryPoints: [
        ...readdirSync(here)
          .filter((name) => name.endsWith('.ts') && name !== 'run.ts' && name !== 'compile.ts')
          .map((name) => ({ in: join(here, name), out: name.slice(0, -'.ts'.length) })),
        { in: join(root, 'lib/index.ts'), out: 'node_modules/perceptra/index' },
        ...subpaths.map((name) => ({ in: join(root, 'lib', name, 'index.ts'), out: `node_modules/perceptra/${name}` })),
      ],
      outdir: folder,
      bundle: true,
      packages: 'external',
      splitting: true,
      keepNames: true,
      format: 'esm',
      platform: 'node',
      target: 'node20.19',
      plugins: [addonOutside],
    })
  await compile()
  // A package of its own: in this one, 'perceptra' would be what was last built of it.
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  const exports = Object.fromEntries(subpaths.map((name) => [`./${name}`, `./${name}.js`]))
  writeFileSync(
    join(folder, 'node_modules/perceptra/package.json'),
    JSON.stringify({ type: 'module', exports: { '.': './index.js', ...exports } }),
  )
  project.onTestsRerun(async () => void (await compile()))
  project.provide('programs', folder)
}

/** Removes folders that killed runs left behind, after a day. */
function removeLeftovers(): void {
  for (const name of readdirSync(cache).filter((name) => name.startsWith('programs-'))) {
    const path = join(cache, name)
    if (Date.now() - statSync(path).mtimeMs > 86_400_000) rmSync(path, { recursive: true, force: true })
  }
}

export function teardown(): void {
  rmSync(folder, { recursive: true, force: true })
}
