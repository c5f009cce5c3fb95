import { type ChildProcess, spawn } from 'node:child_process'
import { constants } from 'node:os'
import { LineSplitter } from './line-splitter.js'
import type { Watchdog } from './watchdog.js'

/** A rank to start. */
export interface Start {
  readonly rank: number
  readonly env: NodeJS.ProcessEnv
}

/** Takes a line that a rank printed. */
export type PrintLine = (rank: number, stream: 'stdout' | 'stderr', line: string) => void

/** How long ranks may take to end after SIGTERM, and their output to come after their end, in milliseconds. */
const [graceMs, outputMs] = [5000, 1000]

/** The ranks of one round on this machine. */
export class Workers {
  /** Resolves when all have ended with code 0, or to what the first one that failed did. */
  readonly ended: Promise<string | undefined>
  readonly #children: ChildProcess[] = []
  readonly #gone: Promise<void>[] = []
  #failed: (what: string) => void = () => {}

  /** @param command a program of Node with its arguments. */
  constructor(command: readonly string[], starts: readonly Start[], watchdog: Watchdog, print: PrintLine) {
    const failed = new Promise<string>((resolve) => {
      this.#failed = resolve
    })
    for (const start of starts) this.#start(command, start, watchdog, print)
    this.ended = Promise.race([failed, Promise.all(this.#gone).then(() => undefined)])
  }

  /** Ends those that run: by SIGTERM first. Resolves when all are gone. */
  async kill(): Promise<void> {
    for (const child of this.#children) signalGroup(child, 'SIGTERM')
    const timer = setTimeout(() => {
      for (const child of this.#children) signalGroup(child, 'SIGKILL')
    }, graceMs)
    await Promise.all(this.#gone)
    clearTimeout(timer)
  }

  #start(command: readonly string[], { rank, env }: Start, watchdog: Watchdog, print: PrintLine): void {
    // A group of its own, so that the processes that a rank starts end with it.
    const child = spawn(process.execPath, command, { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
    const { pid } = child
    if (pid !== undefined) watchdog.add(pid)
    this.#children.push(child)
    const outputs = (['stdout', 'stderr'] as const).map((stream) => {
      const lines = new LineSplitter((line) => print(rank, stream, line))
      child[stream].on('data', (chunk) => lines.add(chunk))
      return new Promise<void>((resolve) => {
        child[stream].on('close', () => {
          lines.end()
          resolve()
        })
      })
    })
    this.#gone.push(
      (async () => {
        const how = await new Promise<string | undefined>((resolve) => {
          child.once('error', (error) => resolve(`rank ${rank} could not start: ${error.message}`))
          child.once('exit', (code, signal) => resolve(fault(rank, code, signal)))
        })
        // What it started and left behind.
        signalGroup(child, 'SIGKILL', true)
        if (pid !== undefined) watchdog.delete(pid)
        if (how !== undefined) this.#failed(how)
        await Promise.race([Promise.all(outputs), new Promise((resolve) => setTimeout(resolve, outputMs).unref())])
      })(),
    )
  }
}

function fault(rank: number, code: number | null, signal: NodeJS.Signals | null): string | undefined {
  if (code === 0) return undefined
  return signal
    ? `rank ${rank} was ended by ${signal} (${constants.signals[signal]})`
    : `rank ${rank} ended with code ${code}`
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals, hasEnded = false): void {
  const { pid } = child
  if (pid === undefined || (!hasEnded && (child.exitCode !== null || child.signalCode !== null))) return
  try {
    if (process.platform === 'win32') child.kill(signal)
    else process.kill(-pid, signal)
  } catch {
    // It has ended, and all that it started.
  }
}
