import { spawnSync } from 'node:child_process'
import { Log, output, SetupError } from './step.mjs'

// The first two install by themselves; for the others the command is printed.
const managers = {
  brew: { command: 'brew install', needsRoot: false },
  'apt-get': { command: 'apt-get install -y', needsRoot: true },
  dnf: { command: 'dnf install', needsRoot: true },
  apk: { command: 'apk add', needsRoot: true },
  pacman: { command: 'pacman -S', needsRoot: true },
}

/** Installs the packages of `needs`, or throws an error with the command to type. */
export function install(needs) {
  const manager = findManager()
  if (manager === 'apt-get') withApt(packagesOf(needs, manager), needs)
  else if (manager === 'brew') withBrew(packagesOf(needs, manager), needs)
  else throw byHand(needs, 'This script installs with apt-get and Homebrew alone.')
}

function withApt(packages, needs) {
  const asRoot = rootPrefix()
  if (!asRoot) throw byHand(needs, 'Installing needs root, or sudo.')
  const log = new Log('apt')
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const run = (...command) => {
    const [program, ...args] = [...asRoot, ...command]
    return log.try(program, args, { env })
  }
  const add = () =>
    run('apt-get', 'install', '-y', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=300', ...packages)
  if (add()) return
  // The package lists are missing or old, or an earlier run was interrupted.
  if (log.text.includes('dpkg --configure -a')) run('dpkg', '--configure', '-a')
  run('apt-get', 'update')
  if (!add()) throw log.failure('apt-get install', byHand(needs).message)
}

function withBrew(packages, needs) {
  if (packages.length < needs.length) throw byHand(needs)
  const log = new Log('brew')
  if (!log.try('brew', ['install', ...packages])) throw log.failure('brew install', byHand(needs).message)
}

/** The prefix that runs a command as root; undefined if there is none. */
function rootPrefix() {
  if (process.getuid() === 0) return []
  const sudo = ['sudo', '-n']
  if (spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0) return sudo
  if (!process.stdin.isTTY || output('sudo', ['--version']) === '') return undefined
  process.stdout.write('\nsetup: sudo asks for your password to install system packages\n')
  return spawnSync('sudo', ['-v'], { stdio: 'inherit' }).status === 0 ? sudo : undefined
}

/** An error with the missing packages and the command to type. */
export function byHand(needs, why = '') {
  const missing = needs.map(({ what, advice }) => `  ${what}${advice ? ` (${advice})` : ''}`).join('\n')
  const command = installCommand(needs)
  const advice = command ? `type:\n  ${command}` : 'install it with your package manager, then run this again'
  return new SetupError(`Missing:\n${missing}\n${why && `${why} `}To install, ${advice}`)
}

function installCommand(needs) {
  const manager = findManager()
  if (!manager) return ''
  const packages = packagesOf(needs, manager)
  if (packages.length === 0) return ''
  const sudo = managers[manager].needsRoot && process.getuid() !== 0 ? 'sudo ' : ''
  const update = manager === 'apt-get' ? `${sudo}apt-get update && ` : ''
  return `${update}${sudo}${managers[manager].command} ${packages.join(' ')}`
}

function packagesOf(needs, manager) {
  return [...new Set(needs.map(({ packages }) => packages[manager]).filter(Boolean))]
}

function findManager() {
  const names = process.platform === 'darwin' ? ['brew'] : Object.keys(managers).filter((name) => name !== 'brew')
  return names.find((name) => output(name, ['--version']) !== '')
}
