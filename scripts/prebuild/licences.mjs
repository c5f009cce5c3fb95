import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { linked, titleOf } from '../release/linked.mjs'
import { output } from '../setup/step.mjs'
import { openblasFolder } from './openblas.mjs'
import { root } from './paths.mjs'
import { gloo, provideSource } from './source.mjs'

/** Writes prebuilds/LICENSES.txt: the linked libraries with the full text of their licences. */
export function writeLicences(zig, target) {
  const folders = { openblas: openblasFolder(target), packages: join(root, 'node_modules'), zig: dirname(zig) }
  const line = '='.repeat(100)
  const texts = linked.map((library) => {
    const [folder, file] = library.file
    const text = (folder === 'gloo' ? readGloo(file) : readFileSync(join(folders[folder], file), 'utf8')).trim()
    return `${line}\n${titleOf(library)}\n${line}\n\n${text}\n`
  })
  const head =
    'What is linked statically into the binaries in this folder, and its licences. perceptra itself has the MIT licence (../LICENSE).\n'
  mkdirSync(join(root, 'prebuilds'), { recursive: true })
  writeFileSync(join(root, 'prebuilds', 'LICENSES.txt'), [head, ...texts].join('\n'))
}

/** A file of Gloo's archive. */
function readGloo(file) {
  const text = output('tar', ['-xJOf', provideSource(gloo), '--wildcards', '--strip-components=1', `*/${file}`])
  if (!text) throw new Error(`Gloo's archive has no ${file}`)
  return text
}
