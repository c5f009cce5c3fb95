import { spawnSync } from 'node:child_process'
import { accessSync, constants, copyFileSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** The build tools, with the versions of package-lock.json. They are fetched only for this command. */
export const tools = { 'cmake-js': '8.0.0', 'node-addon-api': '8.9.2', 'node-api-headers': '1.9.0' }

/** Builds the addon into build/Release with the system's compiler and OpenBLAS; resolves to the exit code. */
export async function run() {
  try {
    checkPlace()
    const { buildEnvironment, missingOf } = await import('../scripts/setup/system.mjs')
    const { byHand } = await import('../scripts/setup/packages.mjs')
    const missing = missingOf(['compiler', 'cmake', 'make', 'openblas'])
    if (missing.length > 0) throw byHand(missing)
    await compile(buildEnvironment())
    console.log()
    return spawnSync(process.execPath, [join(root, 'bin', 'perceptra.mjs'), 'info'], { stdio: 'inherit' }).status ?? 1
  } catch (error) {
    if (error.name !== 'SetupError') throw error
    console.error(`perceptra build: ${error.message}`)
    return 1
  }
}

function checkPlace() {
  const fail = (message) => {
    throw Object.assign(new Error(message), { name: 'SetupError' })
  }
  // The sources need GCC or Clang and an OpenBLAS for them; Windows has no standard place for either.
  if (process.platform === 'win32')
    fail(
      `the sources are not built on Windows. The package brings a binary for Node for x64 (this one is for ${process.arch}), which Windows on arm64 runs too: install perceptra again with it, or build in the Linux subsystem (WSL).`,
    )
  if (!existsSync(join(root, 'CMakeLists.txt'))) fail(`${root} holds no sources; install perceptra with npm.`)
  try {
    accessSync(root, constants.W_OK)
  } catch {
    fail(`${root} cannot be written to; run this where perceptra is installed, as a user who may write there.`)
  }
}

async function compile(env) {
  const { Log } = await import('../scripts/setup/step.mjs')
  const log = new Log('build')
  const folder = mkdtempSync(join(tmpdir(), 'perceptra-build-'))
  try {
    say('fetching cmake-js and the headers of Node-API')
    if (!install(folder, log)) throw log.failure('npm install', 'It needs the registry of npm packages, once.')
    say(`compiling; its log is ${log.path}`)
    const packages = join(folder, 'node_modules')
    const cmakeJs = join(packages, 'cmake-js', 'bin', 'cmake-js')
    const out = join(folder, 'build')
    const args = ['build', '--directory', root, '--out', out, '--parallel', `${availableParallelism()}`]
    // CMake asks Node for the folders of the headers.
    const done = log.try(process.execPath, [cmakeJs, ...args], { env: { ...env, NODE_PATH: packages } })
    const built = join(out, 'Release', 'perceptra.node')
    if (!done || !existsSync(built)) throw log.failure('The build')
    keep(built)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Moves the file into place in one step: the old file works until then, and running programs keep it. */
function keep(built) {
  const place = join(root, 'build', 'Release')
  mkdirSync(place, { recursive: true })
  copyFileSync(built, join(place, 'perceptra.node.new'))
  renameSync(join(place, 'perceptra.node.new'), join(place, 'perceptra.node'))
}

function install(folder, log) {
  const packages = Object.entries(tools).map(([name, version]) => `${name}@${version}`)
  const args = ['install', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund', '--no-save', ...packages]
  // npx passes the path of its npm, which may not be on the PATH.
  const npm = process.env.npm_execpath
  const options = { cwd: folder }
  if (npm?.endsWith('.js'))
    return log.try(process.execPath, [npm.replace(/npx-cli\.js$/, 'npm-cli.js'), ...args], options)
  return log.try('npm', args, options)
}

function say(text) {
  console.log(`perceptra build: ${text}`)
}
