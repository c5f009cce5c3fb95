import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Log } from '../setup/step.mjs'
import { applyPatches, patchesFor } from './patches.mjs'
import { cache, root } from './paths.mjs'
import { openblas, provideSource } from './source.mjs'
import { writeTools, zigEnvironment, zigVersion } from './zig.mjs'

// Only CBLAS in single precision; LAPACK and Fortran are not used. The core has its own threads, so OpenBLAS has none, but is thread-safe;
// NUM_THREADS sets the number of preallocated buffers. The last two lines exclude
// kernels of other precisions, which would be compiled but never used.
const flags = [
  ...['ONLY_CBLAS=1', 'NO_LAPACK=1', 'NO_LAPACKE=1', 'NOFORTRAN=1', 'BUILD_SINGLE=1'],
  ...['USE_THREAD=0', 'USE_LOCKING=1', 'USE_OPENMP=0', 'NUM_THREADS=64', 'NO_SHARED=1', 'BINARY=64', 'CROSS=1'],
  'NO_EXPRECISION=1',
  ...['DBLASOBJS=', 'CBLASOBJS=', 'ZBLASOBJS='],
]

/** A hash of a target's inputs: the same inputs give the same library. */
export function openblasHash(target) {
  const inputs = [openblas.sha256, zigVersion, target.zig, target.cpu, target.osname, flags, target.openblas]
  const changes = patchesFor(target).map(({ file, from, to }) => [file, String(from), to])
  const wrapper = readFileSync(join(root, 'scripts', 'prebuild', 'zig-cc.sh'), 'utf8')
  return createHash('sha256')
    .update(JSON.stringify([inputs, changes, wrapper]))
    .digest('hex')
    .slice(0, 16)
}

/** The folder of the target's static OpenBLAS, with include/ and lib/; builds it if it does not exist. */
export function openblasFolder(target) {
  return join(cache, 'openblas', `${target.name}-${openblasHash(target)}`)
}

export function buildOpenblas(target, zig, jobs) {
  const folder = openblasFolder(target)
  if (existsSync(folder)) return false
  const log = new Log(`prebuild-openblas-${target.name}`)
  const work = join(cache, 'work', target.name)
  rmSync(work, { recursive: true, force: true })
  mkdirSync(work, { recursive: true })
  log.run('tar', ['-xJf', provideSource(openblas), '-C', work, '--strip-components=1'])
  applyPatches(work, target)

  const tools = writeTools(zig, target)
  const settings = [
    ...[...flags, ...target.openblas, `OSNAME=${target.osname}`],
    ...[`CC=${tools.cc}`, `HOSTCC=${tools.hostCc}`, `AR=${tools.ar}`, `RANLIB=${tools.ranlib}`],
  ]
  const env = { ...process.env, ...zigEnvironment }
  const make = (...args) => log.run('make', ['-C', work, ...args, ...settings], { env })
  make(`-j${jobs}`, 'libs')
  const made = join(work, 'installed')
  make('install', `PREFIX=${made}`)
  keep(made, folder, work)
  rmSync(work, { recursive: true, force: true })
  return true
}

/** Keeps what the addon needs; moved into place in one step, so that an existing folder is complete. */
function keep(made, folder, work) {
  const whole = `${folder}.part`
  rmSync(whole, { recursive: true, force: true })
  mkdirSync(join(whole, 'lib'), { recursive: true })
  cpSync(join(made, 'lib', 'libopenblas.a'), join(whole, 'lib', 'libopenblas.a'), { dereference: true })
  cpSync(join(made, 'include'), join(whole, 'include'), { recursive: true })
  cpSync(join(work, 'LICENSE'), join(whole, 'LICENSE'))
  renameSync(whole, folder)
}
