import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { cache, root } from './paths.mjs'
import { Log, SetupError, step } from './step.mjs'

/** Installs the packages of package-lock.json in `folder`, if they are not there. */
export function installPackages(folder, flags = []) {
  const name = relative(root, folder) || 'root'
  const log = `npm-${name.replaceAll(/[\\/]/g, '-')}`
  const unfinished = join(cache, `${log}.unfinished`)
  step(`npm packages${name === 'root' ? '' : ` of ${name}`}`, () => {
    if (!existsSync(unfinished) && isInstalled(folder)) return false
    writeFileSync(unfinished, '')
    cleanInstall(folder, flags, new Log(log))
    rmSync(unfinished)
    return true
  })
}

function cleanInstall(folder, flags, log) {
  // NODE_ENV=production or a user's `omit` must not exclude the tools.
  const args = ['ci', '--no-audit', '--no-fund', '--include=dev', '--include=optional', ...flags]
  // onnxruntime-node would download libraries for GPUs.
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' }
  const run = () => log.try('npm', args, { cwd: folder, shell: process.platform === 'win32', env })
  // The remains of an interrupted run, or a network error, may be gone at a second try.
  const passing = /code E(NOTEMPTY|BUSY|NOENT|CONNRESET|TIMEDOUT|AI_AGAIN)/
  if (run() || (passing.test(log.text) && run())) return
  throw log.failure('npm ci', `Once that is mended, type: cd ${folder} && npm ci ${flags.join(' ')}`)
}

/** True if node_modules has every package of the lock file in its version. */
export function isInstalled(folder) {
  const hidden = join(folder, 'node_modules', '.package-lock.json')
  if (!existsSync(hidden)) return false
  const wanted = readPackages(join(folder, 'package-lock.json'))
  const found = readPackages(hidden)
  const here = ([path, entry]) =>
    found[path]?.version === entry.version && existsSync(join(folder, path, 'package.json'))
  return (
    Object.entries(wanted).every(([path, entry]) => path === '' || here([path, entry]) || isForOthers(entry)) &&
    Object.keys(found).every((path) => path in wanted)
  )
}

/** Binaries for other systems are in the lock file, but are not installed here. */
function isForOthers({ optional, os, cpu, libc }) {
  if (!optional) return false
  return !allows(os, process.platform) || !allows(cpu, process.arch) || libc !== undefined || (!os && !cpu)
}

function allows(list, value) {
  return !list || list.includes(value)
}

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages ?? {}
  } catch (error) {
    throw new SetupError(`${file} cannot be read (${error.message})`)
  }
}
