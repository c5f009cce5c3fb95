// Builds the binaries of the package for every system, on Linux:
//   npm run prebuilds [-- --targets linux-x64-glibc,win32-x64] [--jobs 2]
// Needs python3 with venv, CMake, make and ninja; fetches everything else. Unchanged parts are skipped.
import { statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { buildAddon, sha256 } from './prebuild/addon.mjs'
import { writeLicences } from './prebuild/licences.mjs'
import { buildOpenblas } from './prebuild/openblas.mjs'
import { root } from './prebuild/paths.mjs'
import { chooseTargets, fileOf } from './prebuild/targets.mjs'
import { findZig, installZig } from './prebuild/zig.mjs'
import { takeTurn } from './setup/lock.mjs'
import { step } from './setup/step.mjs'

function main() {
  if (process.platform !== 'linux') throw new Error('The binaries are built on Linux, for all systems')
  const options = { targets: { type: 'string' }, jobs: { type: 'string' } }
  const { values } = parseArgs({ options })
  const targets = chooseTargets(values.targets)
  const jobs = values.jobs === undefined ? availableParallelism() : Number(values.jobs)
  if (!Number.isInteger(jobs) || jobs < 1)
    throw new Error(`--jobs must be a whole number from 1 on, not ${values.jobs}`)
  takeTurn('prebuild')
  step('zig', installZig)
  const zig = findZig()
  for (const target of targets) step(`OpenBLAS for ${target.name}`, () => buildOpenblas(target, zig, jobs))
  for (const target of targets) step(`addon for ${target.name}`, () => buildAddon(target, zig, jobs))
  writeLicences(zig, targets[0])
  print(targets)
}

function print(targets) {
  const rows = targets.map((target) => {
    const file = fileOf(target)
    const path = join(root, file)
    return [target.name, file, `${(statSync(path).size / 1e6).toFixed(2)} MB`, sha256(path)]
  })
  const table = [['target', 'file', 'size', 'SHA-256'], ...rows]
  const widths = table[0].map((_, i) => Math.max(...table.map((row) => row[i].length)))
  console.log()
  for (const row of table)
    console.log(
      row
        .map((text, i) => text.padEnd(widths[i]))
        .join('  ')
        .trimEnd(),
    )
}

try {
  main()
} catch (error) {
  console.error(`prebuild: ${error.message}`)
  process.exit(1)
}
