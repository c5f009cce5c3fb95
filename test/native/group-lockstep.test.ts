import { describe, expect, it } from 'vitest'
import { native } from '../../lib/native/addon.js'
import { runRanks, startRanks } from '../support/ranks.js'
import type { RankPlan, RankResult } from './programs/rank-model.js'

const own = { name: 'RangeError', message: 'No room for more.' }

/** One rank has its own error; the others hear of it, and the group goes on. */
function expectFailed(results: readonly RankResult[], failed: number, error: object = own): void {
  for (const { rank, error: its, after } of results) {
    if (rank === failed) expect(its).toMatchObject(error)
    else expect(its?.message).toMatch(new RegExp(`^Training ended because rank ${failed} failed: `))
    if (rank !== failed) expect(its?.code).toBe('ERR_GROUP_FAILED')
    expect(after).toBe('together')
  }
  expect(new Set(results.map(({ hash }) => hash)).size).toBe(1)
}

describe('a rank that fails ends fit on the others at once', () => {
  it.each<[string, Partial<RankPlan>]>([
    ['in onTrainBegin', { at: { epoch: 0, hook: 'onTrainBegin', does: 'throw' } }],
    ['where it cannot begin an epoch', { noMemory: 2 }],
    ['where a function of learning rates throws', { rates: { from: 18, does: 'throw' } }],
  ])('%s', async (_, plan) => {
    expectFailed(await runRanks(3, { epochs: 1000, rates: { from: 1e9, does: 'change' }, only: { 1: plan } }), 1)
  })

  it('between the passes of an iteration of L-BFGS', async () => {
    const at = { epoch: 0, hook: 'onProgress', does: 'throw', atLastStep: true } as const
    expectFailed(await runRanks(3, { optimizer: 'lbfgs', rows: 200_000, epochs: 1000, only: { 2: { at } } }), 2)
  })

  it('before it takes part in a sum of the callbacks', async () => {
    const at = { epoch: 3, does: 'throw' } as const
    expectFailed(await runRanks(2, { epochs: 1000, sums: true, only: { 1: { at } } }), 1)
  })

  it('where it calls the group between steps', async () => {
    const at = { epoch: 2, hook: 'onProgress', does: 'sum' } as const
    const error = { code: 'ERR_BUSY', message: expect.stringContaining('The group is in the middle of an epoch') }
    expectFailed(await runRanks(2, { epochs: 1000, only: { 0: { at } } }), 0, error)
  })
})

it('ends on all ranks where memory runs out in the steps of one, and says why', async () => {
  const results = await runRanks(3, { epochs: 1000, only: { 1: { noMemoryInSlice: 3 } } })
  const lost = { code: 'ERR_GROUP_LOST', message: expect.stringContaining('Rank 1 failed: No room for more.') }
  expect(results.map(({ error }) => error)).toMatchObject([lost, { code: 'ERR_MEMORY' }, lost])
  expect(results.map(({ after }) => after)).toEqual(['ERR_GROUP_LOST', 'ERR_MEMORY', 'ERR_GROUP_LOST'])
  expect(new Set(results.map(({ hash }) => hash)).size).toBe(1)
})

it('fails on all ranks where functions of learning rates differ', async () => {
  const plan: RankPlan = { epochs: 10, rates: { from: 1e9, does: 'change' } }
  const message =
    'Expected the same learning rate on all ranks, but those of rank 1 differ from those of rank 0 in later steps.'
  for (const { error } of await runRanks(2, { ...plan, only: { 1: { rates: { from: 10, does: 'change' } } } })) {
    expect(error).toMatchObject({ code: 'ERR_ARGUMENT', message })
  }
})

it('fails on all ranks where one sets the learning rate between the parts of a stream', async () => {
  const only = { 1: { at: { epoch: 1, hook: 'onProgress', does: 'rate' } } } as const
  const results = await runRanks(2, { epochs: 3, stream: true, rows: 6000, only })
  for (const { error } of results) expect(error?.message).toContain('Expected the same learning rate during an epoch')
  expect(results[0]!.hash).toBe(results[1]!.hash)
})

it('rejects on a rank that is aborted while it waits for the end, and completes on the others', async () => {
  const last = { epoch: 2 } as const
  const only = { 0: { at: { ...last, does: 'pause' } }, 1: { at: { ...last, does: 'abortSoon' } } } as const
  const [other, aborted] = await runRanks(2, { epochs: 3, only })
  expect([other!.stopReason, other!.after]).toEqual(['completed', 'together'])
  expect([aborted!.error, aborted!.after]).toMatchObject([{ message: 'Enough.' }, 'together'])
  expect(aborted!.hash).toBe(other!.hash)
})

it('ends with the same bits on all ranks in bfloat16', async () => {
  const results = await runRanks(
    2,
    { precision: 'bfloat16', epochs: 5, units: 64 },
    { PERCEPTRA_BFLOAT16: 'reference' },
  )
  for (const { error, logs, hash } of results)
    expect([error, logs, hash]).toEqual([undefined, results[0]!.logs, results[0]!.hash])
  expect(results[0]!.logs!.loss![4]).toBeLessThan(results[0]!.logs!.loss![0]!)
  const [inFloats] = await runRanks(2, { epochs: 5, units: 64 })
  expect(inFloats!.hash).not.toBe(results[0]!.hash)
})

it('warns on all ranks where one computes with other kernels', async () => {
  const ranks = startRanks(2, { epochs: 1 }, (rank) => (rank === 1 ? { PERCEPTRA_KERNELS: 'baseline' } : {}))
  const results = await Promise.all(ranks.map(({ result }) => result))
  expect(results.map((result) => result?.stopReason)).toEqual(['completed', 'completed'])
  const { kernels } = native().info()
  for (const { text } of ranks) {
    if (kernels === 'baseline') expect(text()).not.toContain('GroupWarning')
    else
      expect(text()).toContain(`Rank 0 computes with the kernels ${kernels}, but rank 1 with baseline: their weights`)
  }
})

it('adds up penalties of L-BFGS alike on ranks with different threads', async () => {
  const plan: RankPlan = { optimizer: 'lbfgs', l2: 0.01, units: 300, rows: 3000, epochs: 5 }
  const [a, b] = await runRanks(2, { ...plan, only: { 1: { threads: 2 } } })
  expect([a!.error, b!.error, a!.hash]).toEqual([undefined, undefined, b!.hash])
})
