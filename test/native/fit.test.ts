import { describe, expect, it } from 'vitest'
import {
  type Callback,
  type FitOptions,
  type Logs,
  layers,
  Matrix,
  optimizers,
  type Progress,
  Sequential,
  schedules,
  type TrainingError,
} from '../../lib/index.js'
import { bits, classes, classModel, expectSameLogs, recorder, xor, xorModel } from './models.js'

describe('fit', () => {
  it('learns XOR', async () => {
    using model = xorModel()
    const history = await model.fit(xor.x, xor.y, { epochs: 400 })
    expect(history.stopReason).toBe('completed')
    expect(history.epochs).toHaveLength(400)
    expect(history.logs.loss.at(-1)).toBeLessThan(0.1)
    expect(history.logs.loss.at(-1)).toBeLessThan(history.logs.loss[0]! / 4)
    expect(history.logs.accuracy!.at(-1)).toBe(1)
    const out = await model.predict(xor.x)
    expect([...out.data].map(Math.round)).toEqual(xor.y)
  })

  it('gives the same bits for the same seed, and other bits for another seed', async () => {
    const { x, y } = classes(500)
    const train = async (seed: number) => {
      using model = classModel(seed)
      await model.fit(x, y, { epochs: 3 })
      return bits(model)
    }
    const first = await train(1)
    expect(await train(1)).toEqual(first)
    expect(await train(2)).not.toEqual(first)
  })

  // Without a callback, one native call runs many epochs of a small data set.
  it.each<[string, Parameters<typeof optimizers.sgd>[0], Partial<FitOptions>]>([
    ['full batches', { learningRate: 0.1 }, {}],
    ['a smaller last batch', { learningRate: 0.1, momentum: 0.9 }, { batchSize: 7 }],
    ['a schedule', { learningRate: schedules.cosine({ initial: 0.2, steps: 100 }) }, { batchSize: 10 }],
    ['accumulated gradients', { learningRate: 0.1, gradientAccumulationSteps: 3 }, { batchSize: 10 }],
    ['sample weights', { learningRate: 0.1 }, { sampleWeight: Float32Array.from({ length: 50 }, (_, i) => i % 3) }],
    ['weight decay and initialEpoch', { learningRate: 0.1, weightDecay: 0.01 }, { batchSize: 5, initialEpoch: 3 }],
    ['regularizers', { learningRate: 0.1 }, { batchSize: 20, threads: 2 }],
    ['more epochs than one call runs', { learningRate: 0.01 }, { epochs: 5000, batchSize: 50 }],
  ])('gives the same bits and logs with and without a callback: %s', async (name, optimizer, options) => {
    const { x, y } = classes(50)
    const train = async (withCallback: boolean) => {
      using model = classModel(4, name === 'regularizers' ? { kernelRegularizer: 'l1l2' } : {})
      model.compile({
        optimizer: optimizers.sgd(optimizer),
        loss: 'sparseCategoricalCrossentropy',
        metrics: ['accuracy'],
      })
      const losses: number[] = []
      const callbacks = withCallback ? [{ onEpochEnd: (_: number, { loss }: Logs) => void losses.push(loss) }] : []
      const history = await model.fit(x, y, { epochs: 40, ...options, callbacks })
      if (withCallback) expect(losses).toEqual(history.logs.loss)
      await model.fit(x, y, { epochs: 1, batchSize: 3 })
      return { bits: bits(model), history }
    }
    const [alone, watched] = [await train(false), await train(true)]
    expect(alone.bits).toEqual(watched.bits)
    const { logs, ...rest } = alone.history
    expect({ ...watched.history }).toMatchObject(rest)
    expectSameLogs(watched.history.logs, logs)
  })

  it('names the epoch whose loss is not finite, with and without a callback', async () => {
    const { x, y } = classes(50)
    const blowUp = async (callbacks: Callback[]) => {
      using model = classModel(4)
      model.compile({ optimizer: optimizers.sgd({ learningRate: 1e6 }), loss: 'meanSquaredError' })
      const wide = Float32Array.from({ length: 200 }, (_, i) => y[i % 50]! * 1e3)
      return model.fit(x, wide, { epochs: 200, batchSize: 25, callbacks }).then(
        () => 'learned',
        ({ message, epoch, step }: TrainingError) => ({ message, epoch, step }),
      )
    }
    const alone = await blowUp([])
    expect(alone).toEqual(await blowUp([{ onEpochEnd() {} }]))
    expect(alone).toHaveProperty('epoch')
  })

  it('stops at the end of an epoch when stopTraining is set, and at the time limit, without callbacks', async () => {
    const { x, y } = classes(5000)
    using model = classModel()
    setTimeout(() => (model.stopTraining = true), 100)
    const history = await model.fit(x, y, { epochs: 1e6 })
    expect(history.stopReason).toBe('stopTraining')
    expect(history.epochs.length).toBeGreaterThan(0)
    expect(history.logs.loss).toHaveLength(history.epochs.length)
    const limited = await model.fit(x, y, { epochs: 1e6, timeLimit: 0.1 })
    expect(limited.stopReason).toBe('timeLimit')
  })

  it('has a random seed by default, which can be read', () => {
    const make = (seed?: number) => new Sequential({ layers: [layers.dense({ units: 3, inputShape: [2] })], seed })
    using random = make()
    using same = make(random.seed)
    using other = make()
    expect(bits(same)).toEqual(bits(random))
    expect(other.seed).not.toBe(random.seed)
  })

  it('accepts rows in any form', async () => {
    const bytes = Uint8Array.of(0, 0, 0, 1, 1, 0, 1, 1)
    const forms = [xor.x, bytes, Float64Array.from(bytes), Matrix.from(bytes, 2), xor.x.map((r) => Int8Array.from(r))]
    const results = []
    for (const x of forms) {
      using model = xorModel()
      await model.fit(x, xor.y, { epochs: 5, batchSize: 2 })
      results.push(bits(model))
    }
    for (const result of results) expect(result).toEqual(results[0])
  })

  it('copies the data before it returns', async () => {
    const { x, y } = classes(300)
    using model = classModel()
    using other = classModel()
    await other.fit(x, y, { epochs: 2 })
    const run = model.fit(x, y, { epochs: 2 })
    x.fill(0)
    y.fill(0)
    await run
    expect(bits(model)).toEqual(bits(other))
  })

  it('logs means over rows, for any batch size', async () => {
    const { x, y } = classes(100)
    using model = classModel()
    model.compile({
      optimizer: optimizers.sgd({ learningRate: 0 }),
      loss: 'sparseCategoricalCrossentropy',
      metrics: ['accuracy'],
    })
    const { logs } = await model.fit(x, y, { batchSize: 33 })
    const expected = await model.evaluate(x, y)
    expect(logs.loss[0]).toBeCloseTo(expected.loss, 6)
    expect(logs.accuracy![0]).toBeCloseTo(expected.accuracy!, 12)
  })

  it('validates with the last rows, before any shuffling', async () => {
    const { x, y } = classes(101)
    using model = classModel()
    const { logs } = await model.fit(x, y, { epochs: 3, validationSplit: 0.2 })
    const cut = Math.floor(101 * 0.8)
    const expected = await model.evaluate(x.subarray(cut * 4), y.subarray(cut))
    expect(Object.keys(logs)).toEqual(['loss', 'accuracy', 'valLoss', 'valAccuracy'])
    expect(logs.valLoss!.at(-1)).toBe(expected.loss)
    expect(logs.valAccuracy!.at(-1)).toBe(expected.accuracy)

    using same = classModel()
    const options = { validationData: [x.subarray(cut * 4), y.subarray(cut)] as const, epochs: 3 }
    const again = await same.fit(x.subarray(0, cut * 4), y.subarray(0, cut), options)
    expectSameLogs(again.logs, logs)
    expect(bits(same)).toEqual(bits(model))
  })

  it('shuffles the rows if shuffle is true, and keeps their order if it is false', async () => {
    const { x, y } = classes(64)
    const run = async (shuffle: boolean, order: readonly number[]) => {
      using model = classModel()
      const rows = order.map((i) => x.subarray(i * 4, i * 4 + 4))
      await model.fit(
        rows,
        Int32Array.from(order, (i) => y[i]!),
        { shuffle, batchSize: 8, epochs: 2 },
      )
      return bits(model)
    }
    const order = Array.from({ length: 64 }, (_, i) => i)
    const plain = await run(false, order)
    expect(await run(false, order.toReversed())).not.toEqual(plain)
    expect(await run(true, order)).not.toEqual(plain)
  })

  it('resumes with initialEpoch: 1 + 2 epochs give the same bits as 3', async () => {
    const { x, y } = classes(200)
    using straight = classModel()
    using parts = classModel()
    await straight.fit(x, y, { epochs: 3 })
    await parts.fit(x, y, { epochs: 1 })
    const rest = await parts.fit(x, y, { epochs: 3, initialEpoch: 1 })
    expect(rest.epochs).toEqual([1, 2])
    expect(bits(parts)).toEqual(bits(straight))
  })

  it('calls a rate function once for each step of all epochs, across fits', async () => {
    const { x, y } = classes(10)
    const steps: number[] = []
    const learningRate = (step: number) => {
      steps.push(step)
      return 0.1
    }
    using model = classModel()
    model.compile({ optimizer: optimizers.adam({ learningRate }), loss: 'sparseCategoricalCrossentropy' })
    await model.fit(x, y, { batchSize: 4, epochs: 2 })
    await model.fit(x, y, { batchSize: 4 })
    expect(steps).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
  })

  it('gives the same bits with a constant rate and a function that returns it', async () => {
    const { x, y } = classes(200)
    const run = async (learningRate: number | (() => number)) => {
      using model = classModel()
      const optimizer = optimizers.adam({ learningRate })
      model.compile({ optimizer, loss: 'sparseCategoricalCrossentropy' })
      await model.fit(x, y, { epochs: 3, batchSize: 16 })
      return bits(model)
    }
    expect(await run(() => 0.01)).toEqual(await run(0.01))
    expect(await run(() => 0.02)).not.toEqual(await run(0.01))
  })

  it('rejects when the rate function returns NaN; the model stays usable', async () => {
    const { x, y } = classes(10)
    using model = classModel()
    const learningRate = (step: number) => (step === 5 ? Number.NaN : 0.1)
    model.compile({ optimizer: optimizers.sgd({ learningRate }), loss: 'sparseCategoricalCrossentropy' })
    await expect(model.fit(x, y, { batchSize: 1 })).rejects.toThrow(/learningRate at step 5.*NaN/)
    expect((await model.evaluate(x, y)).loss).toBeGreaterThan(0)
  })
})

describe('callbacks', () => {
  it('callbacks are called in order, and awaited', async () => {
    using model = xorModel()
    const log = recorder()
    const slow = {
      async onEpochEnd(epoch: number) {
        await new Promise((resolve) => setTimeout(resolve, 5))
        log.calls.push(`slow ${epoch}`)
      },
    }
    await model.fit(xor.x, xor.y, { epochs: 2, callbacks: [log, slow] })
    expect(log.calls).toEqual([
      'trainBegin',
      ...['epochBegin 0', 'epochEnd 0', 'slow 0'],
      ...['epochBegin 1', 'epochEnd 1', 'slow 1'],
      'trainEnd',
    ])
  })

  it('callbacks receive the progress of the run', async () => {
    using model = classModel()
    const { x, y } = classes(100)
    const reports: Progress[] = []
    await model.fit(x, y, {
      epochs: 2,
      batchSize: 30,
      callbacks: [{ onProgress: (progress) => reports.push(progress) }],
    })
    const ends = reports.filter(({ step, steps }) => step === steps)
    expect(ends.map(({ epoch }) => epoch)).toEqual([0, 1])
    expect(ends[1]).toMatchObject({ epochs: 2, step: 4, steps: 4, etaSeconds: 0 })
    expect(ends[1]!.samplesPerSecond).toBeGreaterThan(0)
    expect(ends[1]!.metrics.accuracy).toBeGreaterThan(0)
    expect(Number.isFinite(ends[0]!.etaSeconds)).toBe(true)
  })

  it.each(['onTrainBegin', 'onEpochBegin', 'onProgress', 'onEpochEnd', 'onTrainEnd'] as const)(
    'callbacks that throw in %s make fit reject; the model stays usable',
    async (hook) => {
      using model = xorModel()
      const log = recorder()
      const failure = new Error('mine')
      const bad = {
        [hook]: async () => {
          throw failure
        },
      }
      await expect(model.fit(xor.x, xor.y, { callbacks: [bad, log] })).rejects.toBe(failure)
      expect(log.calls.at(-1)).toBe('trainEnd')
      await model.fit(xor.x, xor.y, { epochs: 2 })
      expect((await model.predict(xor.x)).rows).toBe(4)
    },
  )

  it('callbacks may evaluate, change and use the model, but not compile or fit it', async () => {
    using model = xorModel()
    let calls = 0
    const callback = {
      async onEpochEnd() {
        const { loss } = await model.evaluate(xor.x, xor.y)
        const weights = model.getWeights()
        model.setWeights(weights)
        expect(loss).toBeGreaterThan(0)
        expect(model.predictSync([0, 1])).toEqual((await model.predict([[0, 1]])).row(0))
        expect(() => model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' })).toThrow(
          expect.objectContaining({ code: 'ERR_BUSY' }),
        )
        await expect(model.fit(xor.x, xor.y)).rejects.toMatchObject({ code: 'ERR_BUSY' })
        calls++
      },
    }
    await model.fit(xor.x, xor.y, { epochs: 2, callbacks: [callback] })
    expect(calls).toBe(2)
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' })
  })

  it('callbacks may start an evaluation without awaiting it', async () => {
    using model = classModel()
    const { x, y } = classes(2000)
    const evaluations: Promise<{ loss: number }>[] = []
    const weights: ReturnType<Sequential['getWeights']>[] = []
    const callback = {
      onEpochEnd() {
        weights.push(model.getWeights())
        evaluations.push(model.evaluate(x, y))
      },
    }
    await model.fit(x, y, { epochs: 3, callbacks: [callback] })
    for (const [k, { loss }] of (await Promise.all(evaluations)).entries()) {
      model.setWeights(weights[k]!)
      expect((await model.evaluate(x, y)).loss).toBe(loss)
    }
  })
})
