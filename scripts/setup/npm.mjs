import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { cache, root } from './paths.mjs'
import { Log, SetupError, step } from './step.mjs'

/** Installs what package-lock.json in `folder` lists, unless it is there. */
export function installPackages(folder, flags = []) {
  const name = relative(root, folder) || 'root'
  const unfinished = join(cache, `npm-${name}.unfinished`)
  step(`npm packages${name === 'root' ? '' : ` of ${name}`}`, () => {
    if (!existsSync(join(folder, 'package-lock.json')))
      throw new SetupError(`${join(folder, 'package-lock.json')} is missing`)
    if (!existsSync(unfinished) && isInstalled(folder)) return false
    writeFileSync(unfinished, '')
    const log = new Log(`npm-${name}`)
    // NODE_ENV=production or a user's `omit` must not leave the tools out.
    const include = ['--include=dev', '--include=optional']
    const done = log.try('npm', ['ci', '--no-audit', '--no-fund', ...include, ...flags], {
      cwd: folder,
      shell: process.platform === 'win32',
    })
    if (!done)
      throw log.failure(
        'npm ci',
        `Once that is mended, type: cd ${folder} && npm ci${flags.map((flag) => ` ${flag}`).join('')}`,
      )
    rmSync(unfinished)
  })
}

/** True when node_modules holds every package of the lock file, in its version. */
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

/** Binaries for other systems are listed, but not installed here. */
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
