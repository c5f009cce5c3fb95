import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { type EstimatorPlan, type EstimatorResult, fitOn } from './programs/estimator-model.js'
import { runProgram } from './programs/run.js'

async function runRanks(size: number, plan: EstimatorPlan): Promise<EstimatorResult[]> {
  const PERCEPTRA_STORE = pathToFileURL(mkdtempSync(join(tmpdir(), 'perceptra-ranks-'))).href
  const ranks = Array.from({ length: size }, async (_, rank) => {
    const env = { RANK: `${rank}`, WORLD_SIZE: `${size}`, PERCEPTRA_STORE }
    const { stdout, stderr } = await runProgram('rank-estimator.ts', [JSON.stringify(plan)], [], env)
    if (stdout === '') throw new Error(`Rank ${rank} ended without a result: ${stderr}`)
    return JSON.parse(stdout) as EstimatorResult
  })
  return Promise.all(ranks)
}

/** All ranks have learned the same bits. */
function expectSame(results: readonly EstimatorResult[]): EstimatorResult {
  const [first] = results as [EstimatorResult]
  expect(first.error).toBeUndefined()
  for (const { weights: _, ...result } of results) {
    const { weights: __, ...expected } = first
    expect(result).toEqual(expected)
  }
  return first
}

function expectClose(actual: readonly number[], expected: readonly number[]): void {
  expect(actual.length).toBe(expected.length)
  for (const [k, value] of actual.entries()) expect(Math.abs(value - expected[k]!)).toBeLessThan(1e-5)
}

const adam = { hiddenLayerSizes: [8], activation: 'tanh', batchSize: 16, shuffle: false, maxIter: 13 }

describe('fit of an estimator on ranks', () => {
  it.each<[string, number, EstimatorPlan]>([
    ['adam', 4, { kind: 'MLPClassifier', params: adam }],
    [
      'sgd whose rate falls',
      2,
      { kind: 'MLPClassifier', params: { ...adam, solver: 'sgd', learningRate: 'invscaling' } },
    ],
    ['adam with weights', 2, { kind: 'MLPRegressor', params: adam, weights: true, table: true }],
    ['the Poisson loss', 2, { kind: 'MLPRegressor', params: { ...adam, loss: 'poisson' }, weights: true }],
    ['a network of layers', 2, { kind: 'NetworkClassifier', params: { epochs: 4, batchSize: 16, shuffle: false } }],
    [
      'L-BFGS',
      2,
      { kind: 'MLPRegressor', params: { ...adam, solver: 'lbfgs', maxIter: 4 }, weights: true, table: true },
    ],
  ])('gives what one process gives with all rows: %s', async (_, size, plan) => {
    const [results, alone] = await Promise.all([runRanks(size, plan), fitOn(plan)])
    const ranks = expectSame(results)
    expectClose(ranks.weights!, alone.weights!)
    expectClose(ranks.lossCurve!, alone.lossCurve!)
    expect([ranks.t, ranks.stopReason, ranks.classes]).toEqual([alone.t, alone.stopReason, alone.classes])
  })

  it.each<[EstimatorPlan]>([[{ kind: 'MLPClassifier', weights: true }], [{ kind: 'MLPRegressor', table: true }]])(
    'stops early on all ranks by the score of the rows that all have held back: %o',
    async (plan) => {
      const params = { ...adam, earlyStopping: true, validationFraction: 0.3, nIterNoChange: 2, tol: 0.05, maxIter: 50 }
      const { lossCurve, validationScores, stopReason } = expectSame(await runRanks(2, { ...plan, params, rows: 203 }))
      expect(stopReason).toBe('converged')
      expect(validationScores!.length).toBe(lossCurve!.length)
    },
  )

  it('has the classes of all ranks', async () => {
    const plan: EstimatorPlan = {
      kind: 'MLPClassifier',
      params: adam,
      only: { 0: { labels: ['a', 'b'] }, 1: { labels: ['b', 'c'] } },
    }
    expect(expectSame(await runRanks(2, plan)).classes).toEqual(['a', 'b', 'c'])
  })

  it('goes on from the fit before', async () => {
    const params = { ...adam, warmStart: true, maxIter: 2 }
    const { lossCurve } = expectSame(await runRanks(2, { kind: 'MLPClassifier', params, isWarm: true }))
    expect(lossCurve).toHaveLength(4)
  })

  it('ends at the time limit of one rank', async () => {
    const params = { ...adam, maxIter: 1e7, nIterNoChange: 1e7 }
    const plan: EstimatorPlan = { kind: 'MLPClassifier', params, rows: 400, only: { 1: { timeLimit: 0.5 } } }
    expect(expectSame(await runRanks(2, plan)).stopReason).toBe('timeLimit')
  })
})

describe('a rank of an estimator', () => {
  it.each<[string, Partial<EstimatorPlan>, object, object]>([
    [
      'fails in onEpochEnd',
      { at: { epoch: 2, does: 'throw' } },
      { name: 'RangeError' },
      { code: 'ERR_GROUP_FAILED', message: 'Training ended because rank 1 failed: No room for more.' },
    ],
    [
      'fails after the last epoch',
      { at: { epoch: 12, does: 'throw' } },
      { name: 'RangeError' },
      { code: 'ERR_GROUP_FAILED', message: 'Training ended because rank 1 failed: No room for more.' },
    ],
    ['is aborted', { at: { epoch: 2, does: 'abort' } }, { message: 'Enough.' }, { name: 'AbortError' }],
    ['is aborted before it begins', { isAborted: true }, { message: 'Enough.' }, { name: 'AbortError' }],
  ])('ends the others where it %s', async (_, own, its, others) => {
    const results = await runRanks(3, { kind: 'MLPClassifier', params: adam, only: { 1: own } })
    expect(results.map(({ error }) => error)).toMatchObject([others, its, others])
    expect(results.map(({ hash, after }) => [hash, after])).toEqual(Array(3).fill([results[0]!.hash, 'together']))
    if ('name' in others) expect(results[0]!.hash).toBeUndefined()
  })

  it.each<[EstimatorPlan]>([
    [{ kind: 'MLPClassifier', params: adam }],
    [{ kind: 'NetworkClassifier', params: { epochs: 4, batchSize: 16 } }],
  ])('has what it had learned before after an abort of one: %o', async (plan) => {
    const only = { 1: { at: { epoch: 2, does: 'abort' } } } as const
    const results = await runRanks(3, { ...plan, isWarm: true, only })
    const others = { name: 'AbortError' }
    expect(results.map(({ error }) => error)).toMatchObject([others, { message: 'Enough.' }, others])
    const { before } = results[0]!
    expect(before).toHaveLength(64)
    expect(results.map(({ hash, before }) => [hash, before])).toEqual(Array(3).fill([before, before]))
  })

  it.each<[string, Partial<EstimatorPlan>, string]>([
    [
      'parameters',
      { params: { ...adam, alpha: 0.1 } },
      'Expected the same layers[0].kernelRegularizer.l2 of network on all ranks, but rank 0 has 0.00005 and rank 1 has 0.05.',
    ],
    [
      'stop rules',
      { params: { ...adam, maxIter: 9 } },
      'Expected the same maxIter of parameters on all ranks, but rank 0 has 13 and rank 1 has 9.',
    ],
    [
      'labels of another type',
      { labels: [1, 2, 3] },
      'Expected a string for row 3 of classes (as in row 0), but got 1. All labels are of one type.',
    ],
  ])('does not begin with other %s', async (_, own, message) => {
    for (const { error, after } of await runRanks(2, { kind: 'MLPClassifier', params: adam, only: { 1: own } })) {
      expect(error).toMatchObject({ code: 'ERR_ARGUMENT', message })
      expect(after).toBe('together')
    }
  })

  it('does not begin with other numbers a row', async () => {
    for (const { error } of await runRanks(2, { kind: 'MLPRegressor', params: adam, only: { 1: { table: true } } })) {
      const message = 'Expected the same layers[1].units of network on all ranks, but rank 0 has 1 and rank 1 has 2.'
      expect(error).toMatchObject({ code: 'ERR_ARGUMENT', message })
    }
  })
})
