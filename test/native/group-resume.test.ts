import { beforeAll, expect, it } from 'vitest'
import { uniforms } from '../../lib/math/random.js'
import { type Blow, type Launched, launchRanks } from '../support/launched-ranks.js'
import type { RankPlan } from './programs/rank-model.js'

/** How many ranks are struck; scripts/kill-ranks.mjs sets more, and prints what became of each. */
const blows = Number(process.env.PERCEPTRA_KILLS ?? 3)
const random = uniforms(Number(process.env.PERCEPTRA_SEED ?? 1))
const prints = process.env.PERCEPTRA_KILLS !== undefined

/** Seconds. */
const timeout = 10
const plan: RankPlan = { shuffle: true, batchNormalization: true, epochs: 20, pauseMs: 40, timeout, exits: true }

let undisturbed: Launched
beforeAll(async () => {
  undisturbed = await launchRanks(plan)
}, 120_000)

const hashes = ({ results }: Launched) => results.filter(({ error }) => !error).map(({ hash }) => hash)

it('ends with the same bits on all ranks', () => {
  expect(undisturbed).toMatchObject({ code: 0, started: 4, orphans: [] })
  expect(hashes(undisturbed)).toHaveLength(4)
  expect(new Set(hashes(undisturbed)).size).toBe(1)
})

// One of ten is stopped, the others are killed. The first blow is late, so that there is a checkpoint.
it.each(
  Array.from({ length: blows }, (_, k): Blow => {
    const signal = k % 10 === 2 ? 'SIGSTOP' : 'SIGKILL'
    return { rank: k % 4, signal, afterMs: k === 0 ? 0.8 : random() }
  }),
)(
  'ends with the bits of an undisturbed run after %o',
  async (blow) => {
    // Some moments are before ranks are connected, and some between epochs.
    const afterMs = Math.round(blow.afterMs * 0.9 * undisturbed.ms)
    const run = await launchRanks(plan, { ...blow, afterMs })
    const resumed = /going on from epoch (\d+)/.exec(run.err.split('restart 1 of 5').at(-1)!)?.[1]
    if (prints) {
      const cells = [blow.rank, blow.signal, afterMs, resumed ?? 0, Math.round(run.restartMs ?? Number.NaN)]
      const same = hashes(run).every((hash) => hash === hashes(undisturbed)[0]) && hashes(run).length === 4
      process.stderr.write(`| ${[...cells, same ? 'same' : 'OTHER', run.orphans.length].join(' | ')} |\n`)
    }
    expect(run).toMatchObject({ code: 0, orphans: [] })
    // A run may be faster than the undisturbed one.
    if (run.isStruck) expect(run.started).toBeGreaterThanOrEqual(8)
    if (run.isStruck && blow.afterMs === 0.8) expect(Number(resumed)).toBeGreaterThan(0)
    expect(hashes(run)).toEqual(hashes(undisturbed))
  },
  180_000,
)
