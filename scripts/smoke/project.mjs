import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { root } from '../setup/paths.mjs'
import { cache, npm, npmCli, run } from './command.mjs'

/** The name of this machine's binary in prebuilds/. */
export const hostBinary = join(`${process.platform}-${process.arch}`, `perceptra${hostLibc()}.node`)

function hostLibc() {
  if (process.platform !== 'linux') return ''
  process.report.excludeNetwork = true
  return process.report.getReport().header.glibcVersionRuntime ? '.glibc' : '.musl'
}

/**
 * Packs the package as `npm publish` does: with all of prebuilds/ or, if `compiled` is true, with only the binary built
 * on this machine. Returns the tarball and npm's report.
 */
export async function pack({ compiled }) {
  const from = compiled ? await stage() : root
  const folder = join(cache, compiled ? 'tarball-compiled' : 'tarball')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const [facts] = JSON.parse(
    await npm(['pack', '--json', '--ignore-scripts', '--pack-destination', folder], { cwd: from }),
  )
  return { tarball: join(folder, facts.filename), facts }
}

async function stage() {
  const folder = join(cache, 'stage')
  rmSync(folder, { recursive: true, force: true })
  const [{ files }] = JSON.parse(await npm(['pack', '--json', '--dry-run', '--ignore-scripts']))
  for (const { path } of files) {
    if (path.startsWith('prebuilds/')) continue
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    copyFileSync(join(root, path), join(folder, path))
  }
  const binary = join(folder, 'prebuilds', hostBinary)
  mkdirSync(dirname(binary), { recursive: true })
  copyFileSync(join(root, 'build', 'Release', 'perceptra.node'), binary)
  return folder
}

/** A new folder outside of every other project, and the function that removes it. */
export function newFolder(name) {
  const path = mkdtempSync(join(tmpdir(), `perceptra-${name}-`))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

/** A folder for PATH with node and nothing else. */
export function pathOf(node, folder) {
  const path = join(folder, 'path')
  rmSync(path, { recursive: true, force: true })
  mkdirSync(path, { recursive: true })
  symlinkSync(node, join(path, 'node'))
  return path
}

/** Installs a tarball into an empty project, with only `node` on the PATH; returns the milliseconds. Copies the smoke suite beside it. */
export async function install(tarball, folder, node = process.execPath) {
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'empty', private: true, type: 'module' }))
  const start = performance.now()
  const args = [npmCli(), 'install', '--no-audit', '--no-fund', '--prefer-offline', '--foreground-scripts', tarball]
  const { code, text } = await run(node, args, { cwd: folder, env: plainEnvironment(pathOf(node, folder)) })
  if (code !== 0) throw new Error(`npm install ended with ${code}:\n${text}`)
  const ms = performance.now() - start
  cpSync(join(root, 'test', 'smoke'), join(folder, 'smoke'), { recursive: true })
  return { ms, text }
}

/** The packages of an installed project in npm's list. */
export function installedPackages(folder) {
  const file = join(folder, 'node_modules', '.package-lock.json')
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).packages : {}
}

/** A clean environment: only the home folder, npm's settings, the registry and the variables that a system needs. */
export function plainEnvironment(path, more = {}) {
  const kept = ['HOME', 'TMPDIR', 'LANG', 'SystemRoot', 'TEMP', 'NODE_EXTRA_CA_CERTS']
  const isKept = (name) => kept.includes(name) || /^(https?_proxy|no_proxy|npm_config_)/i.test(name)
  const own = Object.entries(process.env).filter(([name]) => isKept(name))
  return { ...Object.fromEntries(own), PATH: path, ...more }
}
