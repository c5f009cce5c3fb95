import type { ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'

/** Bounds of a process: seconds of CPU time between two of its messages; looks at it, and how many of them may find it asleep. */
export interface Bounds {
  readonly seconds: number
  readonly everyMs: number
  readonly looksAsleep: number
}

const usual: Bounds = { seconds: 20, everyMs: 500, looksAsleep: 120 }

/** The state of a process ('S' is asleep) and the seconds of CPU time that it has used, where Linux tells them. */
function lookAt({ pid }: ChildProcess): { state: string; used: number } {
  try {
    // The fields behind the name, which is in parentheses: the state first, utime and stime in hundredths of a second.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ')
    return { state: fields[0]!, used: (Number(fields[11]) + Number(fields[12])) / 100 }
  } catch {
    return { state: '', used: performance.now() / 1000 }
  }
}

/**
 * Watches a process that sends a message before each piece of work, and kills it where a piece takes too long. CPU time counts, not
 * the time: a busy machine, or one that stops both processes for a while, is not slow work. One that waits uses no CPU time, so
 * looks in a row that find it asleep count too; a process that is stopped, or has to wait for a CPU, does not sleep.
 * @returns why it failed, or undefined when it came to its end.
 */
export function watch(
  child: ChildProcess,
  { seconds, everyMs, looksAsleep }: Bounds = usual,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    let [began, last, asleep] = [Infinity, -1, 0]
    let reason: string | undefined
    const kill = (why: string) => {
      reason = why
      child.kill('SIGKILL')
    }
    child.on('message', () => {
      began = lookAt(child).used
    })
    const timer = setInterval(async () => {
      // Messages that have arrived are read first.
      await setImmediate()
      const { state, used } = lookAt(child)
      asleep = state === 'S' && used === last ? asleep + 1 : 0
      last = used
      if (used - began > seconds) kill(`more than ${seconds} s of CPU time`)
      else if (asleep >= looksAsleep) kill(`asleep for ${(asleep * everyMs) / 1000} s`)
    }, everyMs)
    child.on('exit', (code, signal) => {
      clearInterval(timer)
      if (reason === undefined && code !== 0) reason = signal === null ? 'an error' : `ended by ${signal}`
      resolve(reason)
    })
  })
}
