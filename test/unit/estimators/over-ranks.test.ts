import { expect, it } from 'vitest'
import { FitLimits } from '../../../lib/estimators/fit-limits.js'
import {
  MLPClassifier,
  MLPRegressor,
  NetworkClassifier,
  NetworkRegressor,
  SGDClassifier,
} from '../../../lib/estimators/index.js'
import type { MLPJob } from '../../../lib/estimators/mlp/job.js'
import { compileFor, makeNetwork, type Topology } from '../../../lib/estimators/mlp/network.js'
import type { MLPParams } from '../../../lib/estimators/mlp/parameters.js'
import { Ranks } from '../../../lib/estimators/mlp/ranks.js'
import { classesOfAll, overRanks } from '../../../lib/estimators/over-ranks.js'
import { Group } from '../../../lib/training/group/group.js'
import { agreementOf } from '../../../lib/training/group/group-agreement.js'
import { StandIn } from '../../support/stand-in-group.js'

function groupsOf(size: number): Group[] {
  const standIn = new StandIn(size)
  return Array.from(
    { length: size },
    (_, rank) => new Group({ rank, size, timeoutMs: 1000, native: standIn.rank(rank) }),
  )
}

const outcomes = (work: readonly Promise<unknown>[]) =>
  Promise.all(work.map((one) => one.catch((error: Error) => error)))

it('takes the classes of all ranks, in one order', async () => {
  const labels = [
    ['b', 'b'],
    ['a', 'd'],
    ['b', 'a'],
  ]
  const classes = await outcomes(groupsOf(3).map((group, rank) => classesOfAll({ group, isTold: false }, labels[rank])))
  expect(classes).toEqual(Array(3).fill(['a', 'b', 'd']))
  const numbers = await outcomes(
    groupsOf(2).map((group, rank) => classesOfAll({ group, isTold: false }, Int32Array.of(3 - rank, 10))),
  )
  expect(numbers).toEqual(Array(2).fill([2, 3, 10]))
})

it('fails on all ranks where labels are of different types, or of one class', async () => {
  for (const labels of [
    [['a'], [1]],
    [['a'], ['a']],
  ]) {
    const errors = await outcomes(
      groupsOf(2).map((group, rank) => overRanks({ group }, (together) => classesOfAll(together!, labels[rank]))),
    )
    for (const error of errors) expect(error).toMatchObject({ code: 'ERR_ARGUMENT' })
    expect((errors[0] as Error).message).toBe((errors[1] as Error).message)
  }
})

it('fails on all ranks where one has labels and another rows of 0 and 1', async () => {
  const errors = await outcomes(
    groupsOf(2).map((group, rank) => classesOfAll({ group, isTold: false }, rank ? [[0, 1]] : ['a'])),
  )
  const message = 'Expected y of one kind on all ranks, but rank 0 has labels and rank 1 has rows of 0 and 1.'
  for (const error of errors) expect(error).toMatchObject({ code: 'ERR_ARGUMENT', message })
})

it('fails on all ranks where weights of classes in Maps differ', async () => {
  const errors = await outcomes(
    groupsOf(2).map((group, rank) => {
      const model = new MLPClassifier({ classWeight: new Map([['a', rank + 1]]), hiddenLayerSizes: [2] })
      return model.fit([[0], [1]], ['a', 'b'], { group })
    }),
  )
  const message = 'Expected the same classWeight.a of parameters on all ranks, but rank 0 has 1 and rank 1 has 2.'
  for (const error of errors) expect(error).toMatchObject({ code: 'ERR_ARGUMENT', message })
})

it.each<[string, number, () => { fit(x: number[][], y: never[], options: object): Promise<unknown> }]>([
  ['number of columns of x', 3, () => new MLPClassifier({ hiddenLayerSizes: [2] })],
  ['number of columns of x', 1, () => new MLPRegressor({ hiddenLayerSizes: [2] })],
  ['layers[0].inputShape[0] of network', 3, () => new NetworkClassifier({ layers: [] })],
  ['layers[0].inputShape[0] of network', 1, () => new NetworkRegressor({ layers: [] })],
])('fails on all ranks where rows of one have another width: %s', async (what, columns, make) => {
  const rows = (width: number) => [new Array(width).fill(0), new Array(width).fill(1)]
  const errors = await outcomes(
    groupsOf(3).map((group, rank) => make().fit(rows(rank === 1 ? columns : 2), [0, 1] as never[], { group })),
  )
  const message = `Expected the same ${what} on all ranks, but rank 0 has 2 and rank 1 has ${columns}.`
  for (const error of errors) expect(error).toMatchObject({ code: 'ERR_ARGUMENT', message })
})

it('keeps the group from the call of fit to its end', async () => {
  const groups = groupsOf(2)
  let isOver = false
  // They compare their parameters, which differ, after the classes of all ranks.
  const fits = outcomes(
    groups.map((group, rank) =>
      new MLPClassifier({ alpha: rank, hiddenLayerSizes: [2] }).fit([[0], [1]], ['a', 'b'], { group }),
    ),
  ).finally(() => {
    isOver = true
  })
  const taken = new Set<unknown>()
  for (let turn = 1; !isOver; turn++) {
    if (turn % 100 === 0) await new Promise(setImmediate)
    else await null
    if (isOver) break
    try {
      agreementOf(groups[0]).end()
      taken.add('a group in use')
    } catch (error) {
      taken.add((error as { code?: string }).code)
    }
  }
  for (const error of await fits) expect(error).toMatchObject({ code: 'ERR_ARGUMENT' })
  expect([...taken]).toEqual(['ERR_BUSY'])
  expect(() => agreementOf(groups[0]).end()).not.toThrow()
})

it('takes the mean of the constants of losses by weights, of which none may be above 0', async () => {
  const params = new MLPRegressor({ loss: 'poisson' }).getParams() as unknown as MLPParams
  const topology: Topology = { units: [1, 1], activation: 'relu', outActivation: 'exponential' }
  const x = { data: Float32Array.of(1, 2), rows: 2, columns: 1 }
  const start = { weights: undefined, progress: undefined, optimizer: undefined }
  const constantOf = async (group: Group | undefined, constant: number, weights: Float32Array) => {
    const core = makeNetwork(topology, 0, 1)
    core.native.compile(compileFor(topology, params))
    const together = group && { group, isTold: false }
    const job = { params, x, weights, constant, start, together, limits: new FitLimits({}, 'fit()') }
    const ranks = new Ranks(job as unknown as MLPJob)
    await ranks.begin(core, () => {})
    return ranks.constant
  }
  const [some, none] = [Float32Array.of(1, 2), new Float32Array(2)]
  const ofRanks = (own: readonly Float32Array[]) =>
    Promise.all(groupsOf(2).map((group, rank) => constantOf(group, rank + 3, own[rank]!)))
  expect(await ofRanks([some, Float32Array.of(4, 5)])).toEqual([3.75, 3.75])
  expect(await ofRanks([some, none])).toEqual([3, 3])
  expect(await ofRanks([none, none])).toEqual([0, 0])
  expect(await constantOf(undefined, 3, none)).toBe(3)
})

it('tells the other ranks of a failure before the network trains', async () => {
  const [a, b] = groupsOf(2) as [Group, Group]
  const [own, other] = await outcomes([
    overRanks({ group: a }, async () => {
      throw new TypeError('Its rows are wrong.')
    }),
    agreementOf(b).meet('fitBegins', {}),
  ])
  expect(own).toMatchObject({ name: 'TypeError' })
  expect(other).toMatchObject({ code: 'ERR_GROUP_FAILED', message: expect.stringContaining('Its rows are wrong.') })
})

it('rejects with the error of a fit that closed its group of one', async () => {
  const group = new Group({ rank: 0, size: 1, timeoutMs: 1000, native: undefined })
  const fit = overRanks({ group }, async () => {
    await group.close()
    throw new TypeError('own')
  })
  await expect(fit).rejects.toThrow(new TypeError('own'))
})

it('trains in a group of one as without', async () => {
  const group = new Group({ rank: 0, size: 1, timeoutMs: 1000, native: undefined })
  const x = [
    [0, 1],
    [1, 0],
    [2, 1],
    [3, 3],
  ]
  const probabilities = async (options: { group?: Group }) => {
    const classifier = new NetworkClassifier({ layers: [], epochs: 3, seed: 1 })
    await classifier.fit(x, ['a', 'b', 'a', 'b'], options)
    return classifier.predictProba(x)
  }
  expect(await probabilities({ group })).toEqual(await probabilities({}))
  const regressor = new NetworkRegressor({ layers: [], epochs: 1, seed: 1 })
  await regressor.fit(x, [1, 2, 3, 4], { group })
})

it('refuses a group where estimators or parameters cannot have one', async () => {
  const group = groupsOf(1)[0]!
  const [x, y] = [
    [[0], [1]],
    ['a', 'b'],
  ]
  await expect(new SGDClassifier().fit(x, y, { group } as object)).rejects.toMatchObject({
    code: 'ERR_ARGUMENT',
    message: expect.stringContaining(
      'Expected no group for fit() of this estimator. Sequential, MLPClassifier, MLPRegressor, NetworkClassifier',
    ),
  })
  await expect(new MLPClassifier().partialFit(x, y as never, { group, classes: y } as never)).rejects.toThrow(
    'no group for partialFit()',
  )
  await expect(new NetworkClassifier().partialFit(x, y as never, { group, classes: y } as never)).rejects.toThrow(
    'no group for partialFit()',
  )
  const [first, second] = groupsOf(2) as [Group, Group]
  const balanced = new NetworkClassifier({ classWeight: 'balanced' }).fit(x, y, { group: first })
  const errors = await outcomes([balanced, agreementOf(second).meet('fitBegins', {})])
  expect(errors[0]).toMatchObject({
    code: 'ERR_ARGUMENT',
    message: expect.stringContaining('class counts of all ranks'),
  })
  expect(errors[1]).toMatchObject({ code: 'ERR_GROUP_FAILED' })
})
