import { type ChildProcess, spawn } from 'node:child_process'

/**
 * The program of the watchdog: standard input names processes that run (+) and that have ended (-). At its end, which comes even when
 * the launcher is killed by a signal that no program can handle, it kills those that are left.
 */
const program = `
const running = new Set()
let rest = ''
const kill = (pid) => { try { process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL') } catch {} }
process.stdin.on('data', (text) => {
  const lines = (rest + text).split('\\n')
  rest = lines.pop()
  for (const line of lines) line[0] === '+' ? running.add(+line.slice(1)) : running.delete(+line.slice(1))
})
process.stdin.on('end', () => running.forEach(kill))
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {})
`

/** A small process that ends ranks when this one is gone: ranks that are stopped or busy could not do so by themselves. */
export class Watchdog {
  readonly #child: ChildProcess

  constructor() {
    // A group of its own: a signal to the launcher's group does not reach it.
    this.#child = spawn(process.execPath, ['-e', program], { stdio: ['pipe', 'ignore', 'ignore'], detached: true })
    this.#child.on('error', () => {})
    this.#child.stdin!.on('error', () => {})
    this.#child.unref()
  }

  add(pid: number): void {
    this.#child.stdin!.write(`+${pid}\n`)
  }

  delete(pid: number): void {
    this.#child.stdin!.write(`-${pid}\n`)
  }

  end(): void {
    this.#child.stdin!.end()
  }
}
