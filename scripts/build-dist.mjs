// Makes dist/ of lib/: node scripts/build-dist.mjs
//   *.cjs    the package, as CommonJS: what Node runs, by require and by import
//   *.js     what import loads in Node: the names of the .cjs, so that both return the same classes
//   esm/     ES modules, for bundlers, which leave out what a program does not use
//   types/   the types, one file for each namespace, and shared ones; cjs/: the same for require
import { spawnSync } from 'node:child_process'
import { cpSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bundleCode } from './bundle/code.mjs'
import { bundleTypes } from './bundle/types.mjs'
import { root } from './setup/paths.mjs'

const dist = join(root, 'dist')
rmSync(dist, { recursive: true, force: true })

const declarations = join(dist, 'declarations')
const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' })
if (status !== 0) process.exit(status ?? 1)

const names = await bundleCode(dist)
const namespaces = await bundleTypes(declarations, join(dist, 'types'))
rmSync(declarations, { recursive: true })
// The same types again as CommonJS: before TypeScript's node20, such a module may not import the others.
cpSync(join(dist, 'types'), join(dist, 'cjs'), { recursive: true })
writeFileSync(join(dist, 'cjs', 'package.json'), '{ "type": "commonjs" }\n')

// import scans a CommonJS file for its exports, which takes tens of milliseconds for a large one: the first file only exports.
const whole = names.get('index').map((name) => `exports.${name} = whole.${name}\n`)
writeFileSync(join(dist, 'index.cjs'), `'use strict'\nconst whole = require('./chunk-index.cjs')\n${whole.join('')}`)
for (const [entry, exported] of names) {
  const wrapper = `import whole from './${entry}.cjs'\nexport const { ${exported.join(', ')} } = whole\n`
  writeFileSync(join(dist, `${entry}.js`), wrapper)
  const types = namespaces.get(entry) ?? entry
  writeFileSync(join(dist, `${entry}.d.ts`), `export * from './types/${types}.js'\n`)
  writeFileSync(join(dist, `${entry}.d.cts`), `export * from './cjs/${types}.js'\n`)
}
