import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { RankPlan, RankResult } from '../native/programs/rank-model.js'
import { compiled } from '../native/programs/run.js'

/** A rank that runs: a process of the program rank.ts. */
export interface RunningRank {
  readonly process: ChildProcess
  /** What it printed at its end; undefined if it ended otherwise. */
  readonly result: Promise<RankResult | undefined>
  /** Resolves when it has said that this epoch is done. */
  epoch(number: number): Promise<void>
  /** Its standard error. */
  readonly text: () => string
}

/** Starts the ranks of a group, which find each other by a folder of their own. */
export function startRanks(
  size: number,
  plan: RankPlan,
  env: (rank: number) => NodeJS.ProcessEnv = () => ({}),
): RunningRank[] {
  const store = pathToFileURL(mkdtempSync(join(tmpdir(), 'perceptra-ranks-'))).href
  const variables = { ...process.env, WORLD_SIZE: `${size}`, PERCEPTRA_STORE: store, NODE_OPTIONS: '' }
  return Array.from({ length: size }, (_, rank) => startRank(plan, { ...variables, ...env(rank), RANK: `${rank}` }))
}

/** Starts a command in place of Node, which gets Node's path and the program. */
export function startRank(plan: RankPlan, env: NodeJS.ProcessEnv, prefix: readonly string[] = []): RunningRank {
  const [command, ...args] = [...prefix, process.execPath, compiled('rank'), JSON.stringify(plan)]
  const child = spawn(command!, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let [out, err] = ['', '']
  const changed = new Set<() => void>()
  child.stdout.on('data', (text) => {
    out += text
  })
  child.stderr.on('data', (text) => {
    err += text
    for (const look of changed) look()
  })
  const result = new Promise<RankResult | undefined>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', () => {
      for (const look of changed) look()
      try {
        resolve(out === '' ? undefined : (JSON.parse(out) as RankResult))
      } catch (error) {
        reject(error)
      }
    })
  })
  const epoch = (number: number) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (err.includes(`epoch ${number}\n`)) resolve()
        else if (child.exitCode !== null || child.signalCode !== null) reject(new Error(`It ended: ${out}${err}`))
        else return
        changed.delete(look)
      }
      changed.add(look)
      look()
    })
  return { process: child, result, epoch, text: () => err }
}

/** The results of all ranks, in order. */
export async function runRanks(size: number, plan: RankPlan, env: NodeJS.ProcessEnv = {}): Promise<RankResult[]> {
  const ranks = startRanks(size, plan, () => env)
  const results = await Promise.all(ranks.map(({ result }) => result))
  return results.map((result, rank) => {
    if (result) return result
    throw new Error(`Rank ${rank} ended without a result: ${ranks[rank]!.text()}`)
  })
}
