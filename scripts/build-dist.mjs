// Makes dist/ of lib/: node scripts/build-dist.mjs
// The modules become one file, because Node opens one file faster than hundreds, and npm writes one faster. The types
// become one file for each namespace, and shared ones. native.js is for bin/. index.cjs is for require() and returns
// the same objects as import.
import { spawnSync } from 'node:child_process'
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { rollup } from 'rollup'
import { dts } from 'rollup-plugin-dts'
import { takeBuiltins } from './build-builtins.mjs'
import { dropNeedlessNames } from './build-names.mjs'
import { root } from './setup/paths.mjs'

const dist = join(root, 'dist')
rmSync(dist, { recursive: true, force: true })

const declarations = join(dist, 'declarations')
const index = join(declarations, 'index.d.ts')
const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' })
if (status !== 0) process.exit(status ?? 1)

await bundleTypes()
rmSync(declarations, { recursive: true })
await build({
  absWorkingDir: root,
  entryPoints: { index: 'lib/index.ts', native: 'lib/native/addon.ts' },
  outdir: 'dist',
  bundle: true,
  packages: 'external',
  // Messages and files contain the names of classes.
  keepNames: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
})
for (const name of readdirSync(dist).filter((name) => name.endsWith('.js'))) {
  const file = join(dist, name)
  writeFileSync(file, takeBuiltins(dropNeedlessNames(readFileSync(file, 'utf8'))))
}
writeFileSync(join(dist, 'index.cjs'), "'use strict'\nmodule.exports = require('./index.js')\n")
// The same types again as CommonJS: before TypeScript's node20, such a module may not import the others.
cpSync(join(dist, 'types'), join(dist, 'cjs'), { recursive: true })
writeFileSync(join(dist, 'cjs', 'package.json'), '{ "type": "commonjs" }\n')
writeFileSync(join(dist, 'index.d.ts'), "export * from './types/index.js'\n")
writeFileSync(join(dist, 'index.d.cts'), "export * from './cjs/index.js'\n")

/** Makes dist/types/ from the declarations of all modules. */
async function bundleTypes() {
  const namespaces = readFileSync(index, 'utf8').matchAll(/^export \* as (\w+) from '\.\/(.+)\.js';$/gm)
  const paths = Object.fromEntries(
    Array.from(namespaces, ([, name, path]) => [name, join(declarations, `${path}.d.ts`)]),
  )
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
  const bundle = await rollup({ input: { index, ...paths }, external: /^node:/, plugins: [apart, dts()], onLog })
  await bundle.write({
    dir: join(dist, 'types'),
    entryFileNames: '[name].d.ts',
    chunkFileNames: ({ name }) => `${name.replace(/\.d$/, '')}.d.ts`,
    minifyInternalExports: false,
  })
  await bundle.close()
}

/** Names must be in dist/ or in Node. Types that are in no index.ts stay private on purpose. */
function onLog(_, { message }) {
  if (!message.includes('references private shared type exports')) throw new Error(message)
}
