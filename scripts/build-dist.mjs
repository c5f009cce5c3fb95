// Makes dist/ of lib/: node scripts/build-dist.mjs
// The modules become one file, since Node takes longer to open hundreds than to run them; native.js is for bin/. What is
// typed stays in its files. index.cjs is for require(), and gives the very objects that import gives.
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { build } from 'esbuild'
import { root } from './setup/paths.mjs'

const dist = join(root, 'dist')
rmSync(dist, { recursive: true, force: true })

const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' })
if (status !== 0) process.exit(status ?? 1)

await build({
  absWorkingDir: root,
  entryPoints: ['lib/index.ts', 'lib/native.ts'],
  outdir: 'dist',
  bundle: true,
  packages: 'external',
  splitting: true,
  // Classes are told by their names, in messages and files.
  keepNames: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
})
writeFileSync(join(dist, 'index.cjs'), "'use strict'\nmodule.exports = require('./index.js')\n")
// The same types once more, as CommonJS: before TypeScript's node20 such a module may not import the others.
const files = readdirSync(dist, { recursive: true }).filter((path) => path.endsWith('.d.ts'))
for (const path of files) {
  mkdirSync(dirname(join(dist, 'cjs', path)), { recursive: true })
  copyFileSync(join(dist, path), join(dist, 'cjs', path))
}
writeFileSync(join(dist, 'cjs', 'package.json'), '{ "type": "commonjs" }\n')
writeFileSync(join(dist, 'index.d.cts'), "export * from './cjs/index.js'\n")
