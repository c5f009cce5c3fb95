import { describe, expect, it } from 'vitest'
import { Matrix } from '../../lib/base/matrix.js'
import { makeClassification, makeRegression } from '../../lib/datasets/index.js'
import * as layers from '../../lib/factories/layers.js'
import * as losses from '../../lib/factories/losses.js'
import * as optimizers from '../../lib/factories/optimizers.js'
import { accuracy, logLoss } from '../../lib/metrics/index.js'
import { Sequential } from '../../lib/sequential.js'

const { x, y } = makeClassification({ nSamples: 400, nFeatures: 8, nInformative: 6, nClasses: 3, seed: 1 })
const members = 6

function classifier(options: { members?: number; seed?: number } = {}): Sequential {
  const model = new Sequential({
    layers: [
      layers.memberScale({ inputShape: [8] }),
      layers.dense({ units: 32, activation: 'relu' }),
      layers.dropout({ rate: 0.1 }),
      layers.denseBatchEnsemble({ units: 16, activation: 'gelu' }),
      layers.memberDense({ units: 3, activation: 'softmax' }),
    ],
    members,
    seed: 1,
    ...options,
  })
  model.compile({
    optimizer: optimizers.adamw({ learningRate: 5e-3, globalClipNorm: 1 }),
    loss: 'sparseCategoricalCrossentropy',
    metrics: ['accuracy'],
  })
  return model
}

function mean(tables: readonly Matrix[]): Matrix {
  const [first] = tables
  const data = first!.data.map((_, i) => tables.reduce((sum, table) => sum + table.data[i]!, 0) / tables.length)
  return new Matrix(data, first!.rows, first!.cols)
}

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, digits = 5): void {
  expect(actual.length).toBe(expected.length)
  for (let i = 0; i < actual.length; i++) expect(actual[i]).toBeCloseTo(expected[i]!, digits)
}

describe('a network with members', () => {
  it('learns, and predicts, evaluates and validates with the average of its members', async () => {
    const model = classifier()
    const { logs } = await model.fit(x, y, { epochs: 12, batchSize: 32, validationSplit: 0.25 })
    expect(logs.loss!.at(-1)).toBeLessThan(0.5 * logs.loss![0]!)
    const own = await model.predictMembers(x)
    expect(own).toHaveLength(members)
    const average = await model.predict(x)
    expectClose(average.data, mean(own).data)
    expectClose((model.predictSync(x) as Matrix).data, average.data)
    expectClose(model.predictSync(x.row(3)), average.row(3))
    const scores = await model.evaluate(x, y)
    expect(scores.loss).toBeCloseTo(logLoss(y, average), 4)
    const classes = Array.from({ length: x.rows }, (_, i) => average.row(i).indexOf(Math.max(...average.row(i))))
    expect(scores.accuracy).toBeCloseTo(accuracy(y, classes), 5)
    const held = await model.evaluate(x.data.subarray(300 * 8), y.slice(300))
    expect(logs.valLoss!.at(-1)).toBeCloseTo(held.loss, 5)
    for (const table of own) expect(table.data).not.toEqual(average.data)
  })

  it('reports losses and progress by rows of the data', async () => {
    const model = classifier()
    const [one] = (await model.fit(x, y, { epochs: 1, batchSize: 400, shuffle: false })).logs.loss!
    const fresh = classifier()
    fresh.compile({ optimizer: optimizers.sgd({ learningRate: 0 }), loss: 'sparseCategoricalCrossentropy' })
    const { logs } = await fresh.fit(x, y, { epochs: 3, batchSize: 400, shuffle: false })
    expect(logs.loss![0]).toBeCloseTo(one!, 5) // noise is that of the first epoch
    const own = await classifier().predictMembers(x)
    const losses = own.map((table) => logLoss(y, table))
    expect(one).toBeCloseTo(losses.reduce((a, b) => a + b) / members, 1)
  })

  it('gives members batches of their own, or shares them', async () => {
    const weights = async (options: object) => {
      const model = classifier()
      await model.fit(x, y, { epochs: 1, batchSize: 32, ...options })
      return model.getWeights().flatMap(({ data }) => [...data])
    }
    expect(await weights({})).toEqual(await weights({ shareBatches: false }))
    expect(await weights({ shareBatches: true })).not.toEqual(await weights({}))
    expect(await weights({ shareBatches: true, shuffle: false })).toEqual(await weights({ shuffle: false }))
  })

  it('trains on batches of a stream and with weights of rows and classes', async () => {
    async function* batches() {
      for (let i = 0; i < 4; i++) {
        yield { x: x.data.subarray(i * 800, (i + 1) * 800), y: y.slice(i * 100, (i + 1) * 100) }
      }
    }
    const model = classifier()
    const { logs } = await model.fit(batches, { epochs: 10, classWeight: { 0: 2, 1: 1, 2: 1 } })
    expect(logs.loss!.at(-1)).toBeLessThan(0.7 * logs.loss![0]!)
    const weighted = classifier()
    // Rows of weight 0 have no effect.
    const sampleWeight = Float32Array.from(y, (label) => (label === 2 ? 0 : 1))
    await weighted.fit(x, y, { epochs: 8, sampleWeight })
    const average = await weighted.predict(x)
    for (let i = 0; i < x.rows; i++) expect(average.at(i, 2)).toBeLessThan(0.3)
  })

  it('continues from its file with the same bits', async () => {
    const model = classifier()
    await model.fit(x, y, { epochs: 2 })
    const again = await Sequential.load(model.toBytes())
    expect(again.members).toBe(members)
    await model.fit(x, y, { epochs: 3, initialEpoch: 2 })
    await again.fit(x, y, { epochs: 3, initialEpoch: 2 })
    expect(again.getWeights()).toEqual(model.getWeights())
    expect(again.toJSON()).toEqual(model.toJSON())
    expect(Sequential.fromJSON(JSON.stringify(model.toJSON())).members).toBe(members)
  })

  it('is cut to some of its members, which predict as before', async () => {
    const model = classifier()
    await model.fit(x, y, { epochs: 3 })
    const own = await model.predictMembers(x)
    const few = model.selectMembers([4, 0, 2])
    expect(few.members).toBe(3)
    expectClose((await few.predict(x)).data, mean([own[4]!, own[0]!, own[2]!]).data)
    const one = model.selectMembers([5])
    expect(one.toJSON()).not.toHaveProperty('members')
    expectClose((await one.predict(x)).data, own[5]!.data)
    await few.fit(x, y, { epochs: 1 })
    const again = await Sequential.load(few.toBytes())
    expectClose((await again.predict(x)).data, (await few.predict(x)).data, 7)
  })

  it('shows outputs of its layers: one for all members below the first that differs, then each', async () => {
    const model = new Sequential({
      layers: [
        layers.dense({ units: 5, inputShape: [8] }),
        layers.memberScale(),
        layers.memberDense({ units: 2, useBias: false }),
      ],
      members: 3,
      seed: 2,
    })
    expect((await model.layer(0).output(x)).cols).toBe(5)
    const scaled = await model.layer(1).output(x)
    expect(scaled.cols).toBe(15)
    const below = await model.layer(0).output(x)
    const [scale] = model.layer(1).getWeights()
    expect([scale!.rows, scale!.cols]).toEqual([3, 5])
    expect(scaled.at(7, 5 + 2)).toBeCloseTo(below.at(7, 2) * scale!.at(1, 2), 5)
    expect((await model.layer(2).output(x)).cols).toBe(6)
    const gradients = await model.inputGradients(x, { output: 1 })
    const row = Float32Array.from(x.row(0))
    row[3]! += 1e-2
    const slope = (model.predictSync(row)[1]! - model.predictSync(x.row(0))[1]!) / 1e-2
    expect(gradients.at(0, 3)).toBeCloseTo(slope, 2)
  })

  it('trains with lbfgs and in bfloat16 where that can be', async () => {
    const data = makeRegression({ nSamples: 200, nFeatures: 8, noise: 1, seed: 3 })
    const target = Float32Array.from(data.y.data, (value) => value / 100)
    const model = new Sequential({
      layers: [
        layers.memberScale({ inputShape: [8] }),
        layers.dense({ units: 16, activation: 'tanh' }),
        layers.memberDense({ units: 1 }),
      ],
      members: 4,
      seed: 2,
    })
    model.compile({ optimizer: 'lbfgs', loss: 'meanSquaredError' })
    const { logs } = await model.fit(data.x, target, { epochs: 30 })
    expect(logs.loss!.at(-1)).toBeLessThan(0.1 * logs.loss![0]!)
    model.compile({ optimizer: 'adam', loss: losses.huber(), precision: 'auto' })
    await model.fit(data.x, target, { epochs: 1 })
  })

  it('refuses members that could not differ, and wrong numbers of them', () => {
    const dense = layers.dense({ units: 2, inputShape: [3] })
    expect(() => new Sequential({ layers: [dense], members: 2 })).toThrow(
      /memberScale, denseBatchEnsemble or memberDense/,
    )
    for (const wrong of [0, 1.5, 1025, '2' as unknown as number]) {
      expect(() => new Sequential({ layers: [dense], members: wrong })).toThrow(/members/)
    }
    const scaled = (chunks: number[]) =>
      new Sequential({ layers: [layers.memberScale({ inputShape: [3], chunks })], members: 2 })
    expect(() => scaled([1, 1])).toThrow(/add up to its 3 inputs/)
    expect(scaled([1, 2]).countParams()).toBe(6)
    const model = classifier()
    for (const wrong of [[], [6], [-1], [1, 1], 'x' as unknown as number[]]) {
      expect(() => model.selectMembers(wrong)).toThrow(/members/)
    }
    expect(model.summary()).toContain('6 members')
  })
})
