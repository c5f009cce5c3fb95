import { readFileSync } from 'node:fs'
import type { RankPlan, RankResult } from '../native/programs/rank-model.js'
import { compiled } from '../native/programs/run.js'
import { ended, folder, start } from '../unit/cli/run.js'

/** What four ranks under the launcher did. */
export interface Launched {
  readonly code: number | null
  /** Of the launcher and of the ranks. */
  readonly err: string
  readonly results: readonly RankResult[]
  /** Milliseconds from the start of the first ranks to the end. */
  readonly ms: number
  /** Milliseconds from the signal until all ranks ran again; undefined if they did not. */
  readonly restartMs: number | undefined
  /** How many processes of ranks there were, in all rounds. */
  readonly started: number
  /** Whether the rank ran when it was to be struck. */
  readonly isStruck: boolean
  /** Of all rounds: those that run when the launcher has ended. */
  readonly orphans: readonly number[]
}

/** What is done to one of the ranks of the first round. */
export interface Blow {
  readonly rank: number
  readonly signal: 'SIGKILL' | 'SIGSTOP'
  /** Milliseconds after all ranks were started. */
  readonly afterMs: number
}

const size = 4

/** Runs four ranks of the program rank.ts, which go on from their checkpoint after a restart. */
export async function launchRanks(plan: RankPlan, blow?: Blow): Promise<Launched> {
  const cwd = folder()
  const program = [compiled('rank'), JSON.stringify({ ...plan, checkpoint: 'checkpoint.safetensors' })]
  const child = start(cwd, ['launch', '-n', `${size}`, '--max-restarts', '5', ...program], { NODE_OPTIONS: '' })
  const pids: [rank: number, pid: number][] = []
  let [text, began, struck] = ['', 0, 0]
  let restartMs: number | undefined
  child.stderr!.on('data', (block) => {
    text += block
    const before = pids.length
    pids.splice(
      0,
      before,
      ...[...text.matchAll(/^\[(\d)\] pid (\d+)$/gm)].map((m) => [+m[1]!, +m[2]!] as [number, number]),
    )
    if (before < size && pids.length >= size) {
      began = performance.now()
      if (blow) setTimeout(strike, blow.afterMs)
    }
    if (struck > 0 && pids.length >= 2 * size) restartMs ??= performance.now() - struck
  })
  const strike = () => {
    const [, pid] = pids.find(([rank]) => rank === blow!.rank)!
    if (!isAlive(pid)) return
    process.kill(pid, blow!.signal)
    struck = performance.now()
  }
  const { code, out, err } = await ended(child)
  const ms = performance.now() - began
  const lines = out.split('\n').filter((line) => /^\[\d\] \{/.test(line))
  const results = lines.map((line) => JSON.parse(line.slice(4)) as RankResult)
  const facts = { started: pids.length, isStruck: struck > 0 }
  return { code, err, results, ms, restartMs, ...facts, orphans: pids.map(([, pid]) => pid).filter(isAlive) }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    // A zombie has ended.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}
