import { describe, expect, it } from 'vitest'
import {
  type BatchLike,
  type BatchSource,
  type FitOptions,
  layers,
  Matrix,
  optimizers,
  type Progress,
  Sequential,
  type StreamFitOptions,
  schedules,
} from '../../lib/index.js'
import { bits, classModel, recorder } from './models.js'
import { batches, rows, x, y } from './stream-batches.js'

const weights = Float32Array.from({ length: rows }, (_, i) => 1 + (i % 3))

async function* toAsync(source: Iterable<BatchLike>): AsyncGenerator<BatchLike> {
  for (const batch of source) {
    await null
    yield batch
  }
}

async function fitModel(source: BatchSource, options: StreamFitOptions = {}): Promise<[Uint32Array, unknown]> {
  using model = classModel()
  const { logs, epochs } = await model.fit(source, options)
  return [bits(model), { logs, epochs }]
}

describe('fit with batches', () => {
  const options: FitOptions = { epochs: 3, batchSize: 20, shuffle: false }

  it.each<[string, BatchSource]>([
    ['a function that returns generators', () => batches(7, 50, 1)],
    ['an async function that returns async generators', async () => toAsync(batches(333))],
    ['an iterable that can be restarted', { [Symbol.iterator]: () => batches(100) }],
    ['an async iterable that can be restarted', { [Symbol.asyncIterator]: () => toAsync(batches(20)) }],
    [
      'batches as objects',
      () => [...batches(64)].map((batch) => ({ x: (batch as [never, never])[0], y: (batch as [never, never])[1] })),
    ],
  ])('gives the same weights as with arrays, for batches of any size: %s', async (_, source) => {
    using model = classModel()
    const { logs, epochs } = await model.fit(x, y, options)
    const [weightsOfStream, history] = await fitModel(source, { ...options, shuffleBuffer: 150 })
    expect(weightsOfStream).toEqual(bits(model))
    expect(history).toMatchObject({ epochs, logs: { accuracy: logs.accuracy } })
    const losses = (history as { logs: { loss: number[] } }).logs.loss
    for (const [k, loss] of losses.entries()) expect(loss).toBeCloseTo(logs.loss[k]!, 5)
  })

  it.each([
    ['pairs', [[new Matrix(x.slice(), rows, x.length / rows), y]]],
    ['objects', [{ x, y }]],
  ])('tells an array of batches, %s, from rows', async (_, list) => {
    using model = classModel()
    const message = /an array of batches\. Give a function that returns it: \(\) => batches/
    await expect(model.fit(list as never)).rejects.toThrow(message)
    await expect(model.evaluate(list as never)).rejects.toThrow(message)
    await expect(model.fit(x, y, { epochs: 1, validationData: [x, y] })).resolves.toBeDefined()
  })

  it('shuffles in a large buffer as with arrays, in a small one differently, and learns', async () => {
    using model = classModel()
    await model.fit(x, y, { epochs: 2 })
    const whole = await fitModel(() => batches(30), { epochs: 2, shuffleBuffer: 1024 })
    expect(whole[0]).toEqual(bits(model))
    expect((await fitModel(() => batches(30), { epochs: 2, shuffleBuffer: 128 }))[0]).not.toEqual(whole[0])
    using learning = classModel()
    const { logs } = await learning.fit(() => batches(30), { epochs: 30, shuffleBuffer: 256 })
    expect(logs.accuracy!.at(-1)).toBeGreaterThan(0.9)
  })

  it('resumes a fit with the same bits, and counts each epoch once', async () => {
    const settings = { shuffleBuffer: 128 }
    const [straight] = await fitModel(() => batches(30), { ...settings, epochs: 4 })
    using model = classModel()
    await model.fit(() => batches(30), { ...settings, epochs: 2 })
    expect(model.epochs).toBe(2)
    await model.fit(() => batches(30), { ...settings, initialEpoch: model.epochs, epochs: 4 })
    expect(bits(model)).toEqual(straight)
    expect(model.epochs).toBe(4)
  })

  it('applies sampleWeight and classWeight, in some batches or all, as with arrays', async () => {
    using model = classModel()
    const settings = { batchSize: 25, shuffle: false, classWeight: { 0: 3 } }
    await model.fit(x, y, { ...settings, sampleWeight: weights })
    const [streamed] = await fitModel(
      () => [
        [x.subarray(0, 1200), y.subarray(0, 300), weights.subarray(0, 300)],
        { x: new Matrix(x.subarray(1200), 700, 4), y: y.subarray(300), sampleWeight: weights.subarray(300) },
      ],
      { ...settings, shuffleBuffer: 75 },
    )
    expect(streamed).toEqual(bits(model))
    const some = Float32Array.from(weights, (weight, i) => (i < 200 ? 1 : i < 400 ? 0 : weight))
    using other = classModel()
    await other.fit(x, y, { batchSize: 25, shuffle: false, sampleWeight: some })
    const cut = (begin: number, end: number) => [x.subarray(4 * begin, 4 * end), y.subarray(begin, end)] as const
    const source = () => [
      cut(0, 200),
      [...cut(200, 400), new Float32Array(200)],
      [...cut(400, 1000), some.subarray(400)],
    ]
    const [mixed] = await fitModel(source as BatchSource, { batchSize: 25, shuffle: false, shuffleBuffer: 125 })
    expect(mixed).toEqual(bits(other))
  })

  it('accepts bytes, also mixed with other numbers', async () => {
    const bytes = Uint8Array.from(x, (value) => 128 + 100 * value)
    using model = classModel()
    await model.fit(bytes, y, { batchSize: 10, shuffle: false })
    const mixed = () => [
      [bytes.subarray(0, 400), y.subarray(0, 100)],
      [Float64Array.from(bytes.subarray(400)), y.subarray(100)],
    ]
    for (const source of [() => [[bytes, y]], mixed]) {
      expect((await fitModel(source as BatchSource, { batchSize: 10, shuffle: false }))[0]).toEqual(bits(model))
    }
  })

  it('counts steps over all parts of an epoch for schedules, accumulation and progress', async () => {
    const make = () => {
      const model = new Sequential({
        layers: [layers.dense({ units: 4, activation: 'softmax', inputShape: [4] })],
        seed: 1,
      })
      const learningRate = schedules.cosine({ initial: 0.1, steps: 60 })
      const optimizer = optimizers.adam({ learningRate, gradientAccumulationSteps: 3 })
      model.compile({ optimizer, loss: 'sparseCategoricalCrossentropy' })
      return model
    }
    using one = make()
    using other = make()
    await one.fit(x, y, { ...options, layerStatistics: true })
    const reports: Progress[] = []
    const onProgress = (progress: Progress) => reports.push(progress)
    const settings = { ...options, shuffleBuffer: 130, layerStatistics: true, callbacks: [{ onProgress }] }
    const { logs } = await other.fit(() => batches(50), settings)
    expect(bits(other)).toEqual(bits(one))
    expect(other.learningRate).toBe(one.learningRate)
    expect(logs['dense.kernel.gradientRms']!.every((value) => value > 0)).toBe(true)
    // A slice ends with each part of six steps; on a busy machine there are shorter ones.
    const partEnd = (number: number) => reports.find(({ epoch, step }) => epoch === number && step === 6)
    expect(partEnd(0)).toMatchObject({ steps: Infinity, etaSeconds: Infinity })
    expect(reports.filter(({ epoch }) => epoch === 0).at(-1)).toMatchObject({ step: 50, steps: 50 })
    expect(partEnd(1)).toMatchObject({ steps: 50 })
  })

  it('validates after each epoch, and calls callbacks as with arrays', async () => {
    const log = recorder()
    using model = classModel()
    const validationData = [x.subarray(0, 400), y.subarray(0, 100)] as const
    const { logs } = await model.fit(() => batches(90), { epochs: 2, validationData, callbacks: [log] })
    expect(logs.valLoss).toHaveLength(2)
    expect(logs.valAccuracy!.at(-1)).toBe((await model.evaluate(...validationData)).accuracy)
    expect(log.calls).toEqual([
      'trainBegin',
      ...[0, 1].flatMap((k) => [`epochBegin ${k}`, `epochEnd ${k}`]),
      'trainEnd',
    ])
  })

  it('stepsPerEpoch ends an epoch; the next one continues an iterable, or calls a function again', async () => {
    const settings = { batchSize: 10, shuffle: false, stepsPerEpoch: 30 }
    using straight = classModel()
    await straight.fit(x, y, { batchSize: 10, shuffle: false })
    const steps: number[] = []
    const onEpochEnd = () => steps.push(model.epochs)
    using model = classModel()
    // 30 + 30 + 30 + 10 steps; no epoch ends at the end of a batch.
    await model.fit(batches(70), { ...settings, epochs: 4, callbacks: [{ onEpochEnd }] })
    expect(bits(model)).toEqual(bits(straight))
    expect(steps).toEqual([1, 2, 3, 4])

    using first = classModel()
    await first.fit(x.subarray(0, 1200), y.subarray(0, 300), { batchSize: 10, shuffle: false, epochs: 2 })
    let calls = 0
    const source = () => {
      calls++
      return batches(70)
    }
    const [again] = await fitModel(source, { ...settings, epochs: 2 })
    expect(again).toEqual(bits(first))
    expect(calls).toBe(2)
  })
})
