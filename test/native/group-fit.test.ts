import { existsSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Sequential } from '../../lib/sequential.js'
import { runRanks } from '../support/ranks.js'
import { modelOf, type RankPlan, type RankResult, rowsOf } from './programs/rank-model.js'

/** The same training in this process. */
async function trainAlone(plan: RankPlan) {
  const { rows = 64, epochs = 3, batchSize = 16, shuffle = false, validation, optimizer } = plan
  const model = modelOf(plan)
  const { x, y } = rowsOf(rows)
  const held = rowsOf(30)
  const history = await model.fit(x, y, {
    epochs,
    ...(optimizer !== 'lbfgs' && { batchSize, shuffle }),
    ...(validation && { validationData: [held.x, held.y] as const }),
  })
  return { logs: history.logs, weights: weightsOf(model) }
}

const weightsOf = (model: Sequential) => model.getWeights().flatMap(({ data }) => [...data])

function expectClose(actual: readonly number[], expected: readonly number[], tolerance = 1e-5): void {
  expect(actual.length).toBe(expected.length)
  const worst = Math.max(...actual.map((value, i) => Math.abs(value - expected[i]!)))
  expect(worst).toBeLessThan(tolerance)
}

/** All ranks have the same bits, and the same logs. */
function expectSame(results: readonly RankResult[]): RankResult {
  for (const { hash, logs, stopReason } of results) {
    expect([hash, logs, stopReason]).toEqual([results[0]!.hash, results[0]!.logs, results[0]!.stopReason])
  }
  return results[0]!
}

describe('fit with a group', () => {
  it.each<[string, RankPlan]>([
    ['adam', {}],
    [
      'sgd with momentum and clipping',
      { optimizer: { name: 'sgd', learningRate: 0.1, momentum: 0.9, globalClipNorm: 0.5 } },
    ],
    [
      'adamw with an average and accumulation',
      { optimizer: { name: 'adamw', learningRate: 0.01, ema: 0.9, gradientAccumulationSteps: 2 } },
    ],
    ['lion', { optimizer: { name: 'lion', learningRate: 0.001 } }],
    ['batch normalization', { batchNormalization: true }],
  ])('gives what one process gives with the whole batch: %s', async (_, plan) => {
    const whole: RankPlan = {
      ...plan,
      rows: 64,
      batchSize: 16,
      epochs: 5,
      weights: true,
      validation: true,
      metrics: ['accuracy', 'auc'],
    }
    const [results, alone] = await Promise.all([runRanks(2, whole), trainAlone(whole)])
    const { weights, logs } = expectSame(results)
    expectClose(weights!, alone.weights)
    expect(Object.keys(logs!)).toEqual(Object.keys(alone.logs))
    for (const [key, values] of Object.entries(alone.logs)) expectClose(logs![key]!, values)
  })

  it('gives what one process gives with L-BFGS', async () => {
    const plan: RankPlan = { optimizer: 'lbfgs', epochs: 5, weights: true }
    const [results, alone] = await Promise.all([runRanks(2, plan), trainAlone(plan)])
    const { weights, logs } = expectSame(results)
    expectClose(weights!, alone.weights, 1e-4)
    expectClose(logs!.loss!, alone.logs.loss, 1e-4)
  })

  it('takes all rows where parts and batches differ by a row', async () => {
    const plan: RankPlan = { rows: 61, batchSize: 10, epochs: 4, weights: true, validation: true }
    const [results, alone] = await Promise.all([runRanks(3, plan), trainAlone({ ...plan, epochs: 1 })])
    const { logs } = expectSame(results)
    expect(logs!.loss).toHaveLength(4)
    expectClose([logs!.loss![0]!], [alone.logs.loss[0]!], 0.05)
  })

  it('takes batches, of which ranks have different numbers', async () => {
    const results = await runRanks(2, { rows: 97, stream: true, epochs: 3, validation: true })
    const { logs, stopReason } = expectSame(results)
    expect([logs!.loss!.length, logs!.valLoss!.length, stopReason]).toEqual([3, 3, 'completed'])
    expect(logs!.loss![2]).toBeLessThan(logs!.loss![0]!)
  })

  it('shuffles, and ends with the same bits on all ranks', async () => {
    expectSame(
      await runRanks(3, { shuffle: true, batchNormalization: true, metrics: ['accuracy', 'f1'], validation: true }),
    )
  })
})

describe('a run of a group', () => {
  it('ends by early stopping on all ranks, and writes its checkpoint on rank 0', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'perceptra-group-'))
    const paths = [0, 1].map((rank) => join(folder, `${rank}.safetensors`))
    const only = Object.fromEntries(paths.map((checkpoint, rank) => [rank, { checkpoint }]))
    const { stopReason, logs } = expectSame(await runRanks(2, { earlyStopping: true, epochs: 20, only }))
    expect([stopReason, logs!.loss!.length]).toEqual(['earlyStopping', 2])
    expect(paths.map((path) => existsSync(path))).toEqual([true, false])
  })

  it('goes on from the file of rank 0 with the same bits as without an end', async () => {
    const checkpoint = join(mkdtempSync(join(tmpdir(), 'perceptra-group-')), 'checkpoint.safetensors')
    const plan: RankPlan = { shuffle: true, epochs: 6 }
    const whole = expectSame(await runRanks(2, plan))
    await runRanks(2, { ...plan, epochs: 3, checkpoint })
    const resumed = expectSame(await runRanks(2, { ...plan, checkpoint }))
    expect([resumed.hash, resumed.epochs, resumed.logs!.loss]).toEqual([whole.hash, 6, whole.logs!.loss!.slice(3)])
  })

  it.each(['onEpochEnd', 'onProgress', 'onEpochBegin'] as const)(
    'ends at the abort of one rank in %s: with its reason there, with an AbortError elsewhere',
    async (hook) => {
      const results = await runRanks(3, { epochs: 1000, only: { 1: { at: { epoch: 2, hook, does: 'abort' } } } })
      expect(new Set(results.map(({ hash }) => hash)).size).toBe(1)
      const message = 'Rank 1 of the group aborted the training.'
      expect(results[1]!.error).toMatchObject({ name: 'Error', message: 'Enough.' })
      for (const rank of [0, 2]) expect(results[rank]!.error).toMatchObject({ name: 'AbortError', message })
    },
  )

  it('does not begin where the signal of one rank is aborted: with its reason there, with an AbortError elsewhere', async () => {
    const [other, own] = await runRanks(2, { only: { 1: { isAborted: true } } })
    expect(own).toMatchObject({ error: { name: 'Error', message: 'Enough.' }, after: 'together', epochs: 0 })
    expect(other).toMatchObject({ error: { name: 'AbortError' }, after: 'together', epochs: 0 })
  })

  it.each(['onEpochEnd', 'onProgress', 'onEpochBegin'] as const)(
    'fails on all ranks at an error of one in %s',
    async (hook) => {
      const results = await runRanks(3, { epochs: 1000, only: { 2: { at: { epoch: 1, hook, does: 'throw' } } } })
      expect(new Set(results.map(({ hash }) => hash)).size).toBe(1)
      const message = 'Training ended because rank 2 failed: No room for more.'
      expect(results[2]!.error).toMatchObject({ name: 'RangeError', message: 'No room for more.' })
      for (const rank of [0, 1]) expect(results[rank]!.error).toMatchObject({ code: 'ERR_GROUP_FAILED', message })
    },
  )

  it('stops on all ranks when one sets stopTraining, or leaves the loop over its events', async () => {
    const stopped = expectSame(
      await runRanks(2, { epochs: 1000, only: { 1: { at: { epoch: 3, does: 'stopTraining' } } } }),
    )
    expect([stopped.stopReason, stopped.logs!.loss!.length]).toEqual(['stopTraining', 4])
    const [left, other] = await runRanks(2, { epochs: 1000, only: { 0: { at: { epoch: 3, does: 'close' } } } })
    expect([left!.stopReason, other!.stopReason, left!.hash]).toEqual(['closed', 'stopTraining', other!.hash])
  })

  it('ends on all ranks at the time limit of one', async () => {
    const { stopReason, epochs } = expectSame(
      await runRanks(2, { epochs: 1e6, rows: 200, only: { 0: { timeLimit: 0.5 } } }),
    )
    expect(stopReason).toBe('timeLimit')
    expect(epochs).toBeGreaterThan(0)
  })

  it.each<[string, Partial<RankPlan>, RegExp]>([
    [
      'networks',
      { units: 9 },
      /Expected the same layers\[0\]\.units of network on all ranks, but rank 0 has 8 and rank 1 has 9\./,
    ],
    [
      'batch sizes',
      { batchSize: 20 },
      /Expected the same batchSize of fit options on all ranks, but rank 0 has 16 and rank 1 has 20\./,
    ],
    ['validation', { validation: true }, /Expected the same validation of fit options/],
    [
      'optimizers',
      { optimizer: 'sgd' },
      /Expected the same optimizer\.name of compile options on all ranks, but rank 0 has "adam" and rank 1 has "sgd"\./,
    ],
  ])('does not begin with different %s', async (_, own, message) => {
    for (const { error, epochs } of await runRanks(3, { only: { 1: own } })) {
      expect(error).toMatchObject({ code: 'ERR_ARGUMENT', message: expect.stringMatching(message) })
      expect(epochs).toBe(0)
    }
  })

  it.each<[string, Partial<RankPlan>, RegExp]>([
    ['are not finite', { wrongRow: 'number' }, /NaN/],
    ['have another width', { wrongRow: 'width' }, /Expected rows of 4 numbers for x, but got rows of 5/],
    [
      'have another width in batches',
      { wrongRow: 'width', stream: true },
      /Expected rows of 4 numbers for x of batch 0, but got rows of 5/,
    ],
  ])('does not begin where the rows of one rank %s', async (_, { stream = false, ...own }, message) => {
    const [other, wrong] = await runRanks(2, { stream, only: { 1: own } })
    expect(wrong!.error).toMatchObject({ code: 'ERR_ARGUMENT', message: expect.stringMatching(message) })
    expect(other!.error?.message).toBe(`Training ended because rank 1 failed: ${wrong!.error!.message}`)
    expect([other!.error?.code, other!.epochs, wrong!.epochs]).toEqual(['ERR_GROUP_FAILED', 0, 0])
  })

  it('fails where a callback changes the learning rate on one rank', async () => {
    for (const { error } of await runRanks(2, { epochs: 10, only: { 1: { at: { epoch: 1, does: 'rate' } } } })) {
      const message = 'Expected the same learning rate on all ranks, but rank 0 has 0.001 and rank 1 has 0.5.'
      expect(error).toMatchObject({ code: 'ERR_ARGUMENT', message })
    }
  })

  it('fails on all ranks when the loss overflows, or ends where a callback says so', async () => {
    const optimizer = { name: 'sgd', learningRate: 1e38 } as const
    for (const { error } of await runRanks(2, { optimizer, epochs: 50 }))
      expect(error).toMatchObject({ code: 'ERR_TRAINING' })
    expect(expectSame(await runRanks(2, { optimizer, epochs: 50, terminateOnNaN: true })).stopReason).toBe(
      'terminateOnNaN',
    )
  })
})
