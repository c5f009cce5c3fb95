import { spawn } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { root } from '../setup/paths.mjs'

/** Fetched and unpacked files, kept between runs. */
export const cache = join(root, '.cache', 'smoke')
mkdirSync(cache, { recursive: true })

/**
 * Runs a command to its end, or for `seconds`; resolves to { code, text, out } (both streams; standard output only) and
 * never throws. With `file`, the output goes to a file, for programs that cannot write to a pipe.
 */
export function run(command, args, { seconds = 600, file, ...options } = {}) {
  return new Promise((resolve) => {
    const target = file === undefined ? 'pipe' : openSync(file, 'w')
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', target, target], ...options })
    let text = ''
    let out = ''
    child.stdout?.setEncoding('utf8').on('data', (chunk) => {
      out += chunk
      text += chunk
    })
    child.stderr?.setEncoding('utf8').on('data', (chunk) => {
      text += chunk
    })
    let late = ''
    const timer = setTimeout(() => {
      late = `\n# ended after ${seconds} s`
      child.kill('SIGKILL')
    }, seconds * 1000)
    const end = (code, more) => {
      clearTimeout(timer)
      if (file !== undefined) {
        closeSync(target)
        out = readFileSync(file, 'utf8')
      }
      resolve({ code, out, text: `${file === undefined ? '' : out}${text}${late}${more}` })
    }
    child.on('error', (error) => end(1, `${command}: ${error.message}`))
    child.on('close', (code, signal) => end(code ?? 1, signal ? `\n# ended by ${signal}` : ''))
  })
}

/** Starts a program that runs until `stop` is called; `text()` is what it has printed so far. */
export function start(command, args, options) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (chunk) => (text += chunk))
  const ended = new Promise((resolve) => child.on('close', resolve))
  const stop = () => {
    child.kill('SIGKILL')
    return ended
  }
  return { text: () => text, stop }
}

/** The path of a program, which a child with its own PATH would not find. */
export function onPath(name) {
  const places = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, name))
  const found = places.find((path) => existsSync(path))
  if (!found) throw new Error(`${name} is not on the PATH`)
  return found
}

/** Like `run`, but the command must succeed. */
export async function must(command, args, options) {
  const { code, text, out } = await run(command, args, options)
  if (code !== 0) throw new Error(`${[command, ...args].join(' ')} ended with ${code}:\n${text.trim().slice(-4000)}`)
  return out
}

/** npm, run by this Node; needs nothing on the PATH. */
export function npm(args, options) {
  return must(process.execPath, [npmCli(), ...args], options)
}

export function npmCli() {
  const prefix = dirname(dirname(process.execPath))
  const places = [
    process.env.npm_execpath,
    join(prefix, 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    join(dirname(process.execPath), 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    '/usr/share/nodejs/npm/bin/npm-cli.js',
  ]
  const found = places.find((path) => path?.endsWith('npm-cli.js') && existsSync(path))
  if (!found) throw new Error(`npm was not found; looked for ${places.filter(Boolean).join(', ')}`)
  return found
}
