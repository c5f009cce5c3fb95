import { describe, expect, it } from 'vitest'
import type { Logs } from '../../../lib/base/history.js'
import { dense } from '../../../lib/factories/layers.js'
import { native } from '../../../lib/native/addon.js'
import { Core } from '../../../lib/network/core.js'
import { Evaluation } from '../../../lib/network/evaluation.js'
import { Sequential } from '../../../lib/sequential.js'
import { type CompileOptions, readCompile } from '../../../lib/spec/compile.js'
import { readModel } from '../../../lib/spec/model.js'
import type { Agreement, Word } from '../../../lib/training/group/agreement.js'
import { Group } from '../../../lib/training/group/group.js'
import { agreementOf } from '../../../lib/training/group/group-agreement.js'
import { wholeRows } from '../../../lib/training/validation-data.js'
import { StandIn } from '../../support/stand-in-group.js'

function groupsOf(size: number): Group[] {
  const standIn = new StandIn(size)
  return Array.from(
    { length: size },
    (_, rank) => new Group({ rank, size, timeoutMs: 1000, native: standIn.rank(rank) }),
  )
}

const agreementsOf = (size: number) => groupsOf(size).map((group) => agreementOf(group))

function coreOf(units = 3, compile: Partial<CompileOptions> = {}, seed = 1): Core {
  const layers = [dense({ units, activation: 'tanh', inputShape: [2] }), dense({ units: 1 })]
  const core = new Core(readModel({ layers, seed }, 'Sequential', () => 0))
  core.compile(readCompile({ optimizer: 'adam', loss: 'meanSquaredError', ...compile }, core.spec, 'compile()'))
  return core
}

const outcomes = (work: readonly Promise<unknown>[]) =>
  Promise.all(work.map((one) => one.catch((error: Error) => error)))

describe('ranks that begin', () => {
  it.each<[string, Core, object, string]>([
    [
      'networks',
      coreOf(4),
      {},
      'Expected the same layers[0].units of network on all ranks, but rank 0 has 3 and rank 2 has 4.',
    ],
    [
      'optimizers',
      coreOf(3, { optimizer: { name: 'adam', beta1: 0.8 } }),
      {},
      'Expected the same optimizer.beta1 of compile options on all ranks, but rank 0 has 0.9 and rank 2 has 0.8.',
    ],
    [
      'losses',
      coreOf(3, { loss: 'meanAbsoluteError' }),
      {},
      'Expected the same loss.name of compile options on all ranks, but rank 0 has "meanSquaredError" and rank 2 has "meanAbsoluteError".',
    ],
    [
      'options of fit',
      coreOf(),
      { epochs: 3 },
      'Expected the same epochs of fit options on all ranks, but rank 0 has 2 and rank 2 has 3.',
    ],
  ])('with different %s fail on every rank, with the same words', async (_, core, options, message) => {
    const all = agreementsOf(3)
    const begun = await outcomes(
      all.map((one, rank) => one.begin(rank === 2 ? core : coreOf(), { epochs: 2, ...(rank === 2 && options) })),
    )
    for (const error of begun) expect(error).toMatchObject({ code: 'ERR_ARGUMENT', message })
  })

  it('compare the weight of a class called seed', async () => {
    const agreements = agreementsOf(2)
    const begun = await outcomes(agreements.map((one, rank) => one.begin(coreOf(), { classWeight: { seed: rank } })))
    const message = 'Expected the same classWeight.seed of fit options on all ranks, but rank 0 has 0 and rank 1 has 1.'
    for (const error of begun) expect(error).toMatchObject({ code: 'ERR_ARGUMENT', message })
  })

  it('compare the entries of Maps, in any order', async () => {
    const begin = (...weights: Map<number, number>[]) =>
      outcomes(agreementsOf(2).map((one, rank) => one.begin(coreOf(), { classWeight: weights[rank] })))
    const entries = [
      [0, 1],
      [1, 2],
    ] as const
    expect(await begin(new Map(entries), new Map(entries.toReversed()))).toEqual([undefined, undefined])
    const message = 'Expected the same classWeight.1 of fit options on all ranks, but rank 0 has 2 and rank 1 has 3.'
    for (const error of await begin(new Map(entries), new Map([...entries, [1, 3]])))
      expect(error).toMatchObject({ code: 'ERR_ARGUMENT', message })
  })

  it('get the weights, the optimizer and the numbers of steps and epochs of rank 0; seeds may differ', async () => {
    const first = coreOf(3, {}, 5)
    const { weights, state } = someState(first)
    first.native.setWeights(weights)
    first.native.setOptimizerState(state)
    first.steps = state.steps
    first.epochs = 4
    const cores = [first, coreOf(3, {}, 6), coreOf(3, {}, 7)]
    const all = agreementsOf(3)
    await Promise.all(all.map((one, rank) => one.begin(cores[rank]!, {})))
    for (const core of cores) {
      expect(core.native.getWeights()).toEqual(weights)
      expect(core.native.getOptimizerState()).toEqual(state)
      expect([core.steps, core.epochs]).toEqual([8, 4])
    }
    // One that was trained before takes a new one's state too.
    const others = agreementsOf(2)
    await Promise.all([coreOf(), first].map((core, rank) => others[rank]!.begin(core, {})))
    expect(first.native.getOptimizerState().steps).toBe(0)
    expect(first.native.getOptimizerState()).toEqual(coreOf().native.getOptimizerState())
  })

  it('hear why another one could not', async () => {
    const all = agreementsOf(3)
    const own = new TypeError('Its file is not there.')
    all[1]!.fail(own)
    const begun = await outcomes(
      all.map((one, rank) => (rank === 1 ? one.meet('fitBegins', {}) : one.begin(coreOf(), {}))),
    )
    const others = { code: 'ERR_GROUP_FAILED', message: 'Training ended because rank 1 failed: Its file is not there.' }
    expect(begun[0]).toMatchObject(others)
    expect(begun[1]).toBe(own)
    expect(begun[2]).toMatchObject(others)
    expect(all.map(({ isOver }) => isOver)).toEqual([true, true, true])
  })
})

/** Numbers that no new model has. */
function someState(core: Core) {
  const weights = core.native.getWeights().map((_, i) => i / 7)
  const slots = core.native.getOptimizerState().slots.map((slot, k) => slot.map((_, i) => (i + 1) * (k + 1) * 0.01))
  return { weights, state: { steps: 8, slots } }
}

describe('ranks that meet', () => {
  const meet = (all: readonly Agreement[], words: readonly Word[]) =>
    outcomes(all.map((one, rank) => one.meet('nextRows', words[rank]!)))

  it('take the most steps, and go on where nobody wants to stop', async () => {
    const all = agreementsOf(3)
    for (const met of await meet(all, [{ steps: 2 }, { steps: 5 }, {}])) {
      expect(met).toEqual({ stop: undefined, by: -1, ends: undefined, steps: 5 })
    }
    expect(all.some(({ isOver }) => isOver)).toBe(false)
  })

  it('stop for the reason of the first that wants to, and meet no more', async () => {
    const all = agreementsOf(3)
    const met = await meet(all, [{}, { wish: 'timeLimit' }, { wish: 'aborted' }])
    for (const one of met) expect(one).toMatchObject({ stop: 'timeLimit', by: 1 })
    expect(all.every(({ isOver }) => isOver)).toBe(true)
  })

  it('end after the epoch where one says so', async () => {
    for (const one of await meet(agreementsOf(2), [{}, { ends: 'earlyStopping' }])) {
      expect(one).toMatchObject({ stop: undefined, ends: 'earlyStopping' })
    }
  })

  it('fail where learning rates differ, on every rank', async () => {
    const met = await meet(agreementsOf(3), [{ rates: [0.1, 1] }, { rates: [0.1, 1] }, { rates: [0.05, 2] }])
    for (const error of met) {
      const message = 'Expected the same learning rate on all ranks, but rank 0 has 0.1 and rank 2 has 0.05.'
      expect(error).toMatchObject({ code: 'ERR_ARGUMENT', message })
    }
  })

  it('fail where only later rates differ', async () => {
    for (const error of await meet(agreementsOf(2), [{ rates: [0.1, 1] }, { rates: [0.1, 2] }])) {
      const message =
        'Expected the same learning rate on all ranks, but those of rank 1 differ from those of rank 0 in later steps.'
      expect(error).toMatchObject({ code: 'ERR_ARGUMENT', message })
    }
  })

  it('end with an AbortError where another one that failed was aborted', async () => {
    const all = agreementsOf(2)
    const reason = new Error('Enough.')
    all[1]!.fail(reason, AbortSignal.abort(reason))
    const [other, own] = await meet(all, [{}, {}])
    expect(other).toMatchObject({ name: 'AbortError', message: 'Rank 1 of the group aborted the training.' })
    expect(own).toBe(reason)
  })

  it('hear of an AbortError that is not the reason of its signal as of any error', async () => {
    const all = agreementsOf(2)
    all[1]!.fail(new DOMException('The download ended', 'AbortError'), AbortSignal.abort())
    const [other] = await meet(all, [{}, {}])
    expect(other).toMatchObject({ code: 'ERR_GROUP_FAILED', message: expect.stringContaining('The download ended') })
  })

  it('stop where one left without an error', async () => {
    const all = agreementsOf(3)
    all[1]!.leave()
    for (const met of await meet(all, [{}, {}, {}])) expect(met).toMatchObject({ stop: 'stopTraining', by: 1 })
    expect(all.every(({ isOver }) => isOver)).toBe(true)
  })

  it('fail where they are at different places, on every rank', async () => {
    const all = agreementsOf(3)
    const met = await outcomes(all.map((one, rank) => one.meet(rank === 2 ? 'epochEnds' : 'nextRows', {})))
    for (const error of met) {
      const message = expect.stringContaining(
        'in call 1 of the group rank 0 asks for the next rows in fit and rank 2 ends an epoch in fit.',
      )
      expect(error).toMatchObject({ code: 'ERR_ARGUMENT', message })
    }
  })

  it('hear that one is gone', async () => {
    const all = agreementsOf(2)
    const waiting = meet([all[0]!], [{}])
    all[1]!.abandon(new Error('out of memory'))
    expect((await waiting)[0]).toMatchObject({ code: 'ERR_GROUP_LOST' })
  })
})

it('cuts a batch into parts that differ by a row', () => {
  const shares = agreementsOf(3).map((one) => one.share(8))
  expect(shares).toEqual([
    { own: 3, most: 3 },
    { own: 3, most: 3 },
    { own: 2, most: 3 },
  ])
  expect(() => agreementsOf(3)[0]!.share(2)).toThrow('at least 3, a row for each rank for batchSize')
})

it('divides the cores of a machine among its ranks, unless there is one', () => {
  const threadsOf = (ranksHere: number) =>
    agreementOf(new Group({ rank: 0, size: 2, timeoutMs: 1, native: new StandIn(2).rank(0), ranksHere })).threads
  const { cores } = native().info()
  expect([1, 2, cores + 1].map(threadsOf)).toEqual([0, Math.max(Math.floor(cores / 2), 1), 1])
})

it('adds up losses and metrics, and scores all rows where a metric needs them', async () => {
  const compile: Partial<CompileOptions> = { metrics: ['meanAbsoluteError', 'r2'] }
  const cores = [coreOf(3, compile), coreOf(3, compile)]
  const whole = new Sequential({
    layers: [dense({ units: 3, activation: 'tanh', inputShape: [2] }), dense({ units: 1 })],
    seed: 1,
  })
  whole.compile({ optimizer: 'adam', loss: 'meanSquaredError', ...compile })
  const x = [
    [1, 2],
    [3, 4],
    [0, 1],
    [-1, 2],
    [0.5, 0.5],
  ]
  const y = [1, 2, 3, 0, 5]
  const expected = await whole.evaluate(x, y)
  const all = agreementsOf(2)
  const logs = await Promise.all(
    cores.map(async (core, rank) => {
      const taken = (_: unknown, i: number) => i % 2 === rank
      const part = await partOf(core, x.filter(taken), y.filter(taken))
      const evaluation = new Evaluation(core, core.compiled!)
      await evaluation.add(part, {
        averaged: false,
        threads: 0,
        slice: (work) => core.slice(work),
        mustStop: () => false,
      })
      await evaluation.join(all[rank]!)
      return evaluation.toLogs()
    }),
  )
  for (const [key, value] of Object.entries(expected)) {
    for (const one of logs) expect(one[key]).toBeCloseTo(value, 5)
  }
  expect(logs[0]).toEqual(logs[1] as Logs)
})

async function partOf(core: Core, x: number[][], y: number[]) {
  const { readLabeledRows, copyRows } = await import('../../../lib/training/labeled-rows.js')
  const { runBreathing } = await import('../../../lib/base/breathing.js')
  const rows = await runBreathing(readLabeledRows(core, core.compiled!, [x, y], ''), undefined)
  const data = wholeRows(await runBreathing(copyRows(rows, core.compiled!), undefined))
  return (await data.next())!
}

it('keeps the group for one run', async () => {
  const [group] = groupsOf(2)
  const first = agreementOf(group)
  expect(() => agreementOf(group)).toThrow(expect.objectContaining({ code: 'ERR_BUSY' }))
  first.end()
  const second = agreementOf(group)
  first.end()
  expect(() => agreementOf(group)).toThrow(expect.objectContaining({ code: 'ERR_BUSY' }))
  second.end()
  await group!.close()
  expect(() => agreementOf(group)).toThrow(expect.objectContaining({ code: 'ERR_CLOSED' }))
})

it('fails on all ranks where another group trains in the process of one', async () => {
  const standIn = new StandIn(2)
  const groups = [0, 1].map((rank) => {
    const native = { ...standIn.rank(rank), reserve: () => rank === 0 }
    return new Group({ rank, size: 2, timeoutMs: 1000, native })
  })
  const all = groups.map((group) => agreementOf(group))
  const [other, own] = await outcomes(all.map((one) => one.begin(coreOf(), {})))
  expect(own).toMatchObject({ code: 'ERR_BUSY', message: expect.stringContaining('Another group trains') })
  expect(other).toMatchObject({ code: 'ERR_GROUP_FAILED', message: expect.stringContaining('rank 1 failed: Another') })
  for (const one of all) one.end()
  await Promise.all(groups.map((group) => group.barrier()))
})

it('refuses what is no group, in fit', async () => {
  const model = new Sequential({ layers: [dense({ units: 1, inputShape: [1] })] })
  model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' })
  await expect(model.fit([[1]], [1], { group: {} as Group })).rejects.toMatchObject({
    code: 'ERR_ARGUMENT',
    message: expect.stringContaining("what 'await join()' of perceptra/distributed gives for group"),
  })
})

it('trains as without a group in a group of one', async () => {
  const fit = async (group?: Group) => {
    const model = new Sequential({ layers: [dense({ units: 2, inputShape: [2] })], seed: 3 })
    model.compile({ optimizer: 'adam', loss: 'meanSquaredError' })
    const { logs } = await model.fit(
      [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
      [
        [1, 0],
        [0, 1],
        [1, 1],
      ],
      { epochs: 3, batchSize: 2, group },
    )
    return { logs, weights: model.getWeights() }
  }
  const one = new Group({ rank: 0, size: 1, timeoutMs: 1000, native: undefined })
  expect(await fit(one)).toEqual(await fit())
})
