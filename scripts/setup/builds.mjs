import { existsSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { cache as prebuildCache } from '../prebuild/paths.mjs'
import { gloo } from '../prebuild/source.mjs'
import { root } from './paths.mjs'
import { fingerprint, isStamped, unlessStamped } from './stamp.mjs'
import { Log, output, step } from './step.mjs'
import { buildEnvironment } from './system.mjs'

const addon = join(root, 'build', 'Release', 'perceptra.node')
const nativeSources = [
  'CMakeLists.txt',
  'package.json',
  'package-lock.json',
  'binding',
  ...['CMakeLists.txt', 'linear', 'math', 'nn', 'optim', 'train'].map((name) => `cpp/${name}`),
]
const roof = join(root, 'build', 'bench', 'cpp', 'bench', 'perceptra_roof')
const typeScriptSources = [
  ...[
    'lib',
    'addon',
    'scripts/build-dist.mjs',
    'scripts/bundle',
    'tsconfig.json',
    'tsconfig.build.json',
    'package-lock.json',
  ],
]

/** Compiles the addon with cmake-js; ninja or make compile only changed files. */
export function buildNative() {
  step('native build', () => unlessStamped('native', nativeInputs(), addon, () => compileAddon(join(root, 'build'))))
}

const nativeInputs = () => `${process.platform}-${process.arch} ${fingerprint(nativeSources)} ${hasGloo()}`

/** Whether CMake finds Gloo. */
const hasGloo = () =>
  process.platform === 'linux' && [process.env[gloo.variable] ?? '', join(prebuildCache, gloo.name)].some(existsSync)

/** The core library that the addon was linked with; '' if it is not of the current sources. */
export function builtCore() {
  const library = join(root, 'build', 'cpp', 'libperceptra_core.a')
  return isStamped('native', nativeInputs(), library) ? library : ''
}

function compileAddon(folder) {
  const log = new Log('native')
  const cmakeJs = join(root, 'node_modules', 'cmake-js', 'bin', 'cmake-js')
  const args = [cmakeJs, 'build', '--out', folder, '--parallel', String(availableParallelism())]
  const compile = () => log.try(process.execPath, args, { env: buildEnvironment() })

  if (!isSound(folder)) rmSync(folder, { recursive: true, force: true })
  const done = compile()
  if (done && existsSync(addon)) return
  // The folder was configured by another compiler, for files that are gone, or for debugging: start again, once.
  if (!done && !/CMake Error|ninja: error|No rule to make target/.test(log.text)) throw log.failure('The native build')
  rmSync(folder, { recursive: true, force: true })
  if (!compile() || !existsSync(addon)) throw log.failure('The native build')
}

/** Compiles perceptra_roof, which measures the limits of the machine for the benchmarks. */
export function buildRoof() {
  // Visual Studio uses another output folder: the benchmarks then report the bare products as missing.
  if (process.platform === 'win32') return
  const inputs = `${process.platform}-${process.arch} ${fingerprint([...nativeSources, 'cpp/bench'])}`
  step('roof build', () => unlessStamped('roof', inputs, roof, compileRoof))
}

function compileRoof() {
  const log = new Log('roof')
  const env = buildEnvironment()
  const folder = join(root, 'build', 'bench')
  if (!isSound(folder)) rmSync(folder, { recursive: true, force: true })
  const generator = !existsSync(folder) && output('ninja', ['--version']) ? ['-G', 'Ninja'] : []
  const flags = ['-DPERCEPTRA_BUILD_BENCH=ON', '-DCMAKE_BUILD_TYPE=Release']
  log.run('cmake', ['-S', root, '-B', folder, ...generator, ...flags], { env })
  const parallel = ['--parallel', String(availableParallelism())]
  log.run('cmake', ['--build', folder, '--target', 'perceptra_roof', ...parallel], { env })
}

/** False for a build folder that cannot be continued: configured half-way, or for a checkout in another place. */
export function isSound(folder, source = root) {
  const cache = join(folder, 'CMakeCache.txt')
  if (!existsSync(cache)) return false
  const home = /^CMAKE_HOME_DIRECTORY:INTERNAL=(.*)$/m.exec(readFileSync(cache, 'utf8'))?.[1]
  const generated = ['build.ninja', 'Makefile'].some((name) => existsSync(join(folder, name)))
  return generated && home !== undefined && existsSync(home) && realpathSync(home) === realpathSync(source)
}

/** Makes dist/ from lib/. */
export function buildTypeScript() {
  step('TypeScript build', () =>
    // The last file: an interrupted run must not count as done.
    unlessStamped('typescript', fingerprint(typeScriptSources), join(root, 'dist', 'model-selection.d.cts'), () => {
      const log = new Log('typescript')
      if (!log.try(process.execPath, [join(root, 'scripts', 'build-dist.mjs')]))
        throw log.failure('The TypeScript build')
    }),
  )
}
