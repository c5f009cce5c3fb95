import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fingerprint } from '../setup/stamp.mjs'
import { Log } from '../setup/step.mjs'
import { openblasFolder, openblasHash } from './openblas.mjs'
import { cache, root } from './paths.mjs'
import { gloo, provideSource } from './source.mjs'
import { fileOf } from './targets.mjs'
import { writeToolchain } from './toolchain.mjs'
import { zigEnvironment } from './zig.mjs'

const sources = [
  ...['CMakeLists.txt', 'package-lock.json', 'binding', 'scripts/prebuild'],
  ...['CMakeLists.txt', 'linear', 'math', 'nn', 'optim', 'train'].map((name) => `cpp/${name}`),
]
const tool = (...path) => join(root, 'node_modules', ...path)

/** Builds the target's addon into prebuilds/, unless the file there was built from the same sources. */
export function buildAddon(target, zig, jobs) {
  const file = join(root, fileOf(target))
  const stamp = join(cache, `${target.name}.stamp`)
  const inputs = `${root} ${fingerprint(sources)} ${openblasHash(target)}`
  if (existsSync(file) && readStamp(stamp) === `${inputs} ${sha256(file)}`) return false
  rmSync(stamp, { force: true })
  const folder = join(cache, 'addon', target.name)
  const log = new Log(`prebuild-addon-${target.name}`)
  const settings = {
    CMAKE_TOOLCHAIN_FILE: writeToolchain(zig, target),
    PERCEPTRA_OPENBLAS: openblasFolder(target),
    // Its TCP transport needs Linux.
    ...(target.platform === 'linux' && { PERCEPTRA_GLOO: provideSource(gloo) }),
  }
  forgetOthers(folder, settings)
  // Files of the configuration are gone: start again, once.
  if (!prebuildify(target, settings, jobs, folder, log)) {
    forget(folder, settings)
    if (!prebuildify(target, settings, jobs, folder, log)) throw log.failure(`The addon for ${target.name}`)
  }
  writeFileSync(stamp, `${inputs} ${sha256(file)}`)
  return true
}

export const sha256 = (path) => createHash('sha256').update(readFileSync(path)).digest('hex')

const readStamp = (path) => (existsSync(path) ? readFileSync(path, 'utf8') : undefined)

/** cmake-js configures a folder once, so a folder for another library, toolchain or place must be removed. */
function forgetOthers(folder, settings) {
  const file = join(folder, 'settings.json')
  if (!existsSync(file) || readFileSync(file, 'utf8') !== toText(folder, settings)) forget(folder, settings)
}

function forget(folder, settings) {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'settings.json'), toText(folder, settings))
}

function toText(folder, settings) {
  const toolchain = readFileSync(settings.CMAKE_TOOLCHAIN_FILE, 'utf8')
  return JSON.stringify({ folder, ...settings, toolchain })
}

function prebuildify(target, settings, jobs, folder, log) {
  const cmakeJs = [
    ...[tool('cmake-js', 'bin', 'cmake-js'), 'build', '--directory', root, '--out', join(folder, 'build')],
    ...['--parallel', String(jobs), ...Object.entries(settings).map(([name, value]) => `--CD${name}=${value}`)],
  ]
  const env = {
    ...withoutNpmSettings(),
    ...zigEnvironment,
    PREBUILD_NODE_GYP: join(root, 'scripts', 'prebuild', 'node-gyp.mjs'),
    PERCEPTRA_CMAKE_JS: JSON.stringify(cmakeJs),
  }
  const libc = target.libc ? ['--libc', target.libc, '--tag-libc', target.libc] : []
  const whom = ['--platform', target.platform, '--arch', target.arch, ...libc, '--target', process.versions.node]
  const where = ['--cwd', folder, '--out', root, '--cache', join(cache, 'prebuildify')]
  return log.try(
    process.execPath,
    [tool('prebuildify', 'bin.js'), '--napi', '--name', 'perceptra', ...whom, ...where],
    { env },
  )
}

/** A user's npm settings (nodedir, cmake_*) would affect the build. */
function withoutNpmSettings() {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_config_/i.test(name)))
}
