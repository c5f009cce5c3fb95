import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { rollup } from 'rollup'
import { dts } from 'rollup-plugin-dts'
import { entries } from './entries.mjs'

/** Bundles the declarations of all modules into `folder`; resolves to the namespace of each room that has one. */
export async function bundleTypes(declarations, folder) {
  const index = join(declarations, 'index.d.ts')
  const namespaces = Array.from(
    readFileSync(index, 'utf8').matchAll(/^export \* as (\w+) from '\.\/(.+)\.js';$/gm),
    ([, name, path]) => [name, path],
  )
  const paths = Object.fromEntries(namespaces.map(([name, path]) => [name, join(declarations, `${path}.d.ts`)]))
  // A namespace stays a module: as part of index.d.ts, editors would show `index_d.f1` and no comment.
  const apart = {
    name: 'apart',
    async resolveId(source, importer) {
      if (importer !== index) return null
      const found = await this.resolve(source, importer, { skipSelf: true })
      const name = Object.keys(paths).find((key) => paths[key] === found?.id)
      return name ? { id: `./${name}.js`, external: 'relative' } : null
    },
  }
  const others = Object.fromEntries(
    Object.entries(entries)
      .filter(([, path]) => !namespaces.some(([, of]) => path === `${of}.ts`))
      .map(([entry, path]) => [entry, join(declarations, path.replace(/\.ts$/, '.d.ts'))]),
  )
  const bundle = await rollup({ input: { ...others, ...paths }, external: /^node:/, plugins: [apart, dts()], onLog })
  await bundle.write({
    dir: folder,
    entryFileNames: '[name].d.ts',
    chunkFileNames: ({ name }) => `${name.replace(/\.d$/, '')}.d.ts`,
    minifyInternalExports: false,
    plugins: [olderTypeScript],
  })
  await bundle.close()
  return new Map(namespaces.map(([name, path]) => [path.replace(/\/index$/, ''), name]))
}

/** Before TypeScript 5.7 typed arrays take no parameters; since then the parameter has a default. */
const olderTypeScript = {
  name: 'older-typescript',
  renderChunk: (code) => code.replace(/\b(\w+Array)<ArrayBuffer(?:Like)?>/g, '$1'),
}

/** Names must be in dist/ or in Node. Types that are in no index.ts stay private on purpose. */
function onLog(_, { message }) {
  if (!message.includes('references private shared type exports')) throw new Error(message)
}
