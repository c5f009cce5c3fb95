import { readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, transform } from 'esbuild'
import { rollup } from 'rollup'
import { root } from '../setup/paths.mjs'
import { takeBuiltins } from './builtins.mjs'
import { bundled, common, entries, internal, models } from './entries.mjs'

const lib = join(root, 'lib')
// A linked folder of packages has its files elsewhere.
const packages = realpathSync(join(root, 'node_modules'))
const addon = join(root, 'addon', 'index.js')
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/** Writes the package as CommonJS to `dist` and as ES modules to dist/esm; resolves to the names that each entry exports. */
export async function bundleCode(dist) {
  const input = absolute({ ...entries, ...internal })
  const forNode = await rollup({ input, plugins: [typeScript, commonJs], treeshake, onLog })
  const { output } = await forNode.write({
    dir: dist,
    format: 'cjs',
    exports: 'named',
    entryFileNames: ({ name }) => (name === 'index' ? 'chunk-index.cjs' : '[name].cjs'),
    chunkFileNames: 'chunk-[name].cjs',
    manualChunks: chunkOf,
    banner: notices,
    hoistTransitiveImports: false,
    paths: { [addon]: '../addon/index.js' },
  })
  await forNode.close()
  await bundleForBundlers(join(dist, 'esm'))
  const chunks = output.filter(({ isEntry, name }) => isEntry && Object.hasOwn(entries, name))
  return new Map(chunks.map(({ name, exports }) => [name, exports]))
}

/**
 * A file for each namespace of the index, and one for the rest of it: bundlers leave out whole files that are not used, but may
 * keep parts of a file that seem to do something.
 */
async function bundleForBundlers(folder) {
  const text = readFileSync(join(lib, entries.index), 'utf8')
  const namespaces = namespacesOf(text)
  const apart = Object.entries(entries).filter(
    ([, path]) => path !== entries.index && !namespaces.some((n) => n.path === path),
  )
  const rest = text.replaceAll(namespaceLine, '')
  const virtual = {
    name: 'rest-of-index',
    resolveId: (source, importer) => (importer ? null : source === restOfIndex ? source : null),
    load: (id) => (id === restOfIndex ? compile(rest, id) : null),
  }
  const paths = Object.fromEntries([...namespaces.map(({ file, path }) => [file, path]), ...apart])
  const input = { core: restOfIndex, ...absolute(paths) }
  const bundle = await rollup({ input, plugins: [virtual, typeScript], treeshake, onLog })
  await bundle.write({
    dir: folder,
    format: 'es',
    entryFileNames: '[name].js',
    chunkFileNames: 'chunk-[name].js',
    banner: notices,
    hoistTransitiveImports: false,
    paths: { [addon]: '../../addon/index.js' },
  })
  await bundle.close()
  const lines = namespaces.map(({ name, file }) => `export * as ${name} from './${file}.js'\n`)
  writeFileSync(join(folder, 'index.js'), ["export * from './core.js'\n", ...lines].join(''))
}

const restOfIndex = join(lib, 'rest-of-index.ts')
const namespaceLine = /^export \* as (\w+) from '\.\/(.+)\.js'$/gm

/** The namespaces that an index exports: their name, their source in lib/, and their file in dist/esm. */
function namespacesOf(text) {
  return Array.from(text.matchAll(namespaceLine), ([, name, path]) => {
    const entry = Object.keys(entries).find((key) => entries[key] === `${path}.ts`)
    return { name, path: `${path}.ts`, file: entry ?? name }
  })
}

const absolute = (files) => Object.fromEntries(Object.entries(files).map(([name, file]) => [name, join(lib, file)]))

// No module of lib/ does anything when it is imported.
const treeshake = { moduleSideEffects: false }

/** Few files, because Node opens one file faster than many. */
function chunkOf(id) {
  if (id.startsWith(join(packages, '@bufbuild'))) return 'protobuf'
  if (id.startsWith(join(lib, 'interchange', 'onnx'))) return 'onnx'
  if (id.startsWith(join(lib, 'serving', 'grpc', '/'))) return 'grpc'
  if (id.startsWith(join(packages, 'commander'))) return 'cli'
  const [room, file] = id.slice(lib.length + 1).split(/[\\/]/)
  // What needs no queue loads the rest of the room at its first use.
  if (room === 'jobs') return ['options.ts', 'error-data.ts', 'or-aborted.ts'].includes(file) ? 'common' : 'jobs'
  if (common.includes(room)) return 'common'
  if (models.includes(room)) return 'models'
  return Object.hasOwn(entries, room) || Object.hasOwn(internal, room) ? room : undefined
}

/** The copyright notices of bundled packages: the comments at the head of their files, once each, or the licence beside them. */
function notices({ moduleIds }) {
  const heads = moduleIds
    .filter((id) => id.startsWith(packages))
    .map((id) => readFileSync(id, 'utf8').match(/^(\/\/.*\n)*/)[0] || licenceBeside(id))
  return [...new Set(heads)].join('\n')
}

/** The licence of a package without comments in its files, as comments. */
function licenceBeside(id) {
  const text = readFileSync(join(dirname(id), 'LICENSE'), 'utf8').trim()
  return `${text.replaceAll(/^/gm, '// ').replaceAll(/ +$/gm, '')}\n`
}

/** Compiles each module of lib/; the loader of the addon stays outside, and so do packages that are not `bundled`. */
const typeScript = {
  name: 'typescript',
  resolveId(source, importer) {
    if (!importer) return null
    if (source.endsWith('/addon/index.js')) return { id: addon, external: 'absolute' }
    if (source.startsWith('.')) {
      const path = resolve(dirname(importer), source)
      return importer.startsWith(packages) ? path : path.replace(/\.js$/, '.ts')
    }
    if (bundled.some((name) => source === name || source.startsWith(`${name}/`)))
      return fileURLToPath(import.meta.resolve(source))
    return { id: source, external: true }
  },
  load: (id) => compile(readFileSync(id, 'utf8'), id),
}

async function compile(text, sourcefile) {
  if (sourcefile.endsWith(join('commander', 'esm.mjs'))) return bundleCommonJs(sourcefile)
  const define = { PERCEPTRA_VERSION: JSON.stringify(version) }
  const { code } = await transform(text, { loader: 'ts', target: 'node20.19', sourcefile, define })
  return code
}

/** A package of CommonJS as one module. */
async function bundleCommonJs(path) {
  const options = { bundle: true, format: 'esm', platform: 'node', target: 'node20.19', write: false }
  const { outputFiles } = await build({ ...options, entryPoints: [path] })
  return outputFiles[0].text
}

/** What CommonJS needs. Jest knows no import() there, so only a package without CommonJS is imported. */
const commonJs = {
  name: 'commonjs',
  renderDynamicImport: ({ targetModuleId }) =>
    targetModuleId === 'csv-parse' ? { left: 'Promise.resolve(require(', right: '))' } : null,
  resolveImportMeta: () => 'undefined',
  renderChunk: (code) => takeBuiltins(code),
}

function onLog(_, { message }) {
  throw new Error(message)
}
