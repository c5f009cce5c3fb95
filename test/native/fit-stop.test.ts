import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import {
  type ArgumentError,
  layers,
  Matrix,
  MLPClassifier,
  metrics,
  optimizers,
  Sequential,
  TrainingError,
} from '../../lib/index.js'
import { bits, longRun, recorder, xor, xorModel } from './models.js'

const busy = expect.objectContaining({ code: 'ERR_BUSY', name: 'MlpError' })
const disposed = expect.objectContaining({ code: 'ERR_DISPOSED', name: 'MlpError' })

describe('fit ends', () => {
  it('fit rejects with the reason when the signal aborts, in the middle of an epoch, and keeps the steps done', async () => {
    const { model, x, y } = longRun()
    using _ = model
    const before = bits(model)
    const log = recorder()
    const controller = new AbortController()
    const reason = new Error('enough')
    setTimeout(() => controller.abort(reason), 30)
    const run = model.fit(x, y, { epochs: 1000, signal: controller.signal, callbacks: [log] })
    await expect(run).rejects.toBe(reason)
    expect(bits(model)).not.toEqual(before)
    expect(log.calls.at(-1)).toBe('trainEnd')
  })

  it('fit rejects at once if the signal is already aborted, and when a callback of the last epoch aborts', async () => {
    using model = xorModel()
    const before = bits(model)
    const log = recorder()
    const late = model.fit(xor.x, xor.y, { signal: AbortSignal.abort(), callbacks: [log] })
    await expect(late).rejects.toMatchObject({ name: 'AbortError' })
    expect(log.calls).toEqual([])
    expect(bits(model)).toEqual(before)
    const controller = new AbortController()
    const abort = { onEpochEnd: () => controller.abort() }
    const run = model.fit(xor.x, xor.y, { signal: controller.signal, callbacks: [abort] })
    await expect(run).rejects.toSatisfy((error) => error === controller.signal.reason)
    expect((await model.fit(xor.x, xor.y)).stopReason).toBe('completed')
  })

  it('the iterator of train throws the reason of an aborted signal', async () => {
    using model = xorModel()
    const controller = new AbortController()
    const events: string[] = []
    const loop = async () => {
      for await (const { type } of model.train(xor.x, xor.y, { epochs: 9, signal: controller.signal })) {
        events.push(type)
        if (type === 'epochEnd') controller.abort(new Error('enough'))
      }
    }
    await expect(loop()).rejects.toThrow('enough')
    expect(events).toEqual(['epochBegin', 'progress', 'epochEnd'])
  })

  it('return() of the iterator of train in a pending next() ends both', async () => {
    const { model, x, y } = longRun()
    using _ = model
    const run = model.train(x, y, { epochs: 1000 })
    await run.next()
    const [pending, returned] = await Promise.all([run.next(), run.return(undefined as never)])
    expect(pending.done || pending.value.type === 'progress').toBe(true)
    expect(returned.done).toBe(true)
    expect((await run.next()).done).toBe(true)
    await model.fit(x, y, { timeLimit: 0.01 })
  })

  it('fit ends at the time limit', async () => {
    const { model, x, y } = longRun()
    using _ = model
    const startTime = performance.now()
    const history = await model.fit(x, y, { epochs: 100_000, timeLimit: 0.2 })
    expect(history.stopReason).toBe('timeLimit')
    expect(performance.now() - startTime).toBeLessThan(20_000)
  })

  it('fit ends after the epoch in which a callback sets stopTraining', async () => {
    using model = xorModel()
    const stop = {
      onEpochEnd(epoch: number) {
        model.stopTraining = epoch === 2
      },
    }
    const history = await model.fit(xor.x, xor.y, { epochs: 10, callbacks: [stop] })
    expect(history).toMatchObject({ stopReason: 'stopTraining', epochs: [0, 1, 2] })
    expect((await model.fit(xor.x, xor.y, { epochs: 2 })).stopReason).toBe('completed')
  })

  it('fit ends when the loop over the events of train is left', async () => {
    using model = xorModel()
    const log = recorder()
    const events: string[] = []
    for await (const event of model.train(xor.x, xor.y, { epochs: 10, callbacks: [log] })) {
      events.push(`${event.type} ${event.epoch}`)
      if (event.type === 'epochEnd') {
        expect((await model.evaluate(xor.x, xor.y)).loss).toBeGreaterThan(0)
        if (event.epoch === 1) break
      }
    }
    const epoch = (k: number) => [`epochBegin ${k}`, `progress ${k}`, `epochEnd ${k}`]
    expect(events).toEqual([...epoch(0), ...epoch(1)])
    expect(log.calls.at(-1)).toBe('trainEnd')
    await model.fit(xor.x, xor.y)
  })

  it('fit ends with the history as the return value of the iterator', async () => {
    using model = xorModel()
    const run = model.train(xor.x, xor.y, { epochs: 2 })
    let result = await run.next()
    while (!result.done) result = await run.next()
    expect(result.value.epochs).toEqual([0, 1])
  })

  it('fit ends with a TrainingError when the loss is not finite, and keeps finite weights', async () => {
    using model = new Sequential({
      layers: [layers.dense({ units: 4, inputShape: [1] }), layers.dense({ units: 1 })],
      seed: 1,
    })
    model.compile({ optimizer: optimizers.sgd({ learningRate: 1e6 }), loss: 'meanSquaredError' })
    const run = model.fit([[1e3], [2e3], [3e3]], [1, 2, 3], { epochs: 100, batchSize: 1 })
    const error = await run.then(
      () => undefined,
      (e: unknown) => e,
    )
    expect(error).toBeInstanceOf(TrainingError)
    const { code, epoch, step, message } = error as TrainingError
    expect(code).toBe('ERR_TRAINING')
    expect(message).toMatch(/NaN or infinite in epoch \d+, step \d+.*keeps its last finite weights.*learning rate/)
    expect(epoch).toBeLessThan(100)
    expect(step).toBeLessThan(3)
    for (const { data } of model.getWeights()) expect(data.every(Number.isFinite)).toBe(true)
    model.setWeights(model.getWeights().map((matrix) => new Matrix(matrix.data.fill(0.1), matrix.rows, matrix.cols)))
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' })
    expect((await model.fit([[1]], [1])).stopReason).toBe('completed')
  })
})

describe('TrainingError', () => {
  it('names the step whose loss is not finite', async () => {
    using model = new Sequential({ layers: [layers.dense({ units: 1, inputShape: [1] })], seed: 1 })
    model.compile({ optimizer: optimizers.sgd({ learningRate: 1e-3 }), loss: 'meanSquaredError' })
    const x = [...Array<number>(20).fill(1), 1e30].map((value) => [value])
    const options = { batchSize: 2, shuffle: false, epochs: 3 }
    const y = x.map(() => 0)
    await expect(model.fit(x, y, options)).rejects.toMatchObject({ name: 'TrainingError', epoch: 0, step: 10 })
    // The ten steps before it are not undone.
    expect(model.getWeights()[0]!.data[0]).not.toBe(Sequential.fromJSON(model.toJSON()).getWeights()[0]!.data[0])
    const last = { ...options, batchSize: 21, initialEpoch: 2 }
    await expect(model.fit(x, y, last)).rejects.toMatchObject({ epoch: 2, step: 0 })
  })
})

describe('during a slice', () => {
  it('methods that need the model at rest throw ERR_BUSY during a slice', async () => {
    const { model, x, y } = longRun()
    using _ = model
    const controller = new AbortController()
    const run = model.fit(x, y, { epochs: 1000, signal: controller.signal })
    for (let i = 0; i < 3; i++) await turn()
    const weights = model.getWeights()
    const row = x.subarray(0, 64)
    await expect(model.fit(x, y)).rejects.toEqual(busy)
    await expect(model.evaluate(row, [0])).rejects.toEqual(busy)
    await expect(model.save('never.safetensors')).rejects.toEqual(busy)
    expect(() => model.setWeights(weights)).toThrow(busy)
    expect(() => model.compile({ optimizer: 'sgd', loss: 'sparseCategoricalCrossentropy' })).toThrow(busy)
    controller.abort()
    await expect(run).rejects.toSatisfy((error) => error === controller.signal.reason)
    model.setWeights(weights)
    expect(model.getWeights()).toEqual(weights)
  })

  it('predict and predictSync use the weights of a finished step during a slice', async () => {
    const { model, x, y } = longRun()
    using _ = model
    const controller = new AbortController()
    const run = model.fit(x, y, { epochs: 1000, signal: controller.signal })
    const outputs = await model.predict(x.subarray(0, 64 * 2000))
    const one = model.predictSync(x.subarray(0, 64))
    expect(outputs.rows).toBe(2000)
    for (const row of [one, outputs.row(0), outputs.row(1999)]) {
      expect(row.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 4)
    }
    controller.abort()
    await expect(run).rejects.toSatisfy((error) => error === controller.signal.reason)
  })

  it('dispose makes fit reject with ERR_DISPOSED', async () => {
    const { model, x, y } = longRun()
    const run = model.fit(x, y, { epochs: 1000 })
    const rejection = expect(run).rejects.toEqual(disposed)
    await turn()
    model.dispose()
    expect(() => model.predictSync(x.subarray(0, 64))).toThrow(disposed)
    await rejection
  })
})

describe('a disposed model', () => {
  it('a disposed model throws ERR_DISPOSED in every method but dispose', async () => {
    const model = xorModel()
    model.dispose()
    model.dispose()
    for (const call of [
      () => model.predictSync([0, 1]),
      () => model.getWeights(),
      () => model.setWeights([]),
      () => model.summary(),
      () => model.countParams(),
      () => model.toJSON(),
      () => model.train(xor.x, xor.y),
      () => model.compile({ optimizer: 'sgd', loss: 'binaryCrossentropy' }),
    ]) {
      expect(call, call.toString()).toThrow(disposed)
    }
    await expect(model.fit(xor.x, xor.y)).rejects.toEqual(disposed)
    await expect(model.evaluate(xor.x, xor.y)).rejects.toEqual(disposed)
    await expect(model.predict(xor.x)).rejects.toEqual(disposed)
    await expect(model.save('never.safetensors')).rejects.toEqual(disposed)
  })

  it('fit rejects when a callback disposes the model', async () => {
    const model = xorModel()
    const log = recorder()
    const callbacks = [{ onEpochEnd: () => model.dispose() }, log]
    await expect(model.fit(xor.x, xor.y, { epochs: 5, callbacks })).rejects.toEqual(disposed)
    expect(log.calls).toEqual(['trainBegin', 'epochBegin 0', 'epochEnd 0', 'trainEnd'])
  })
})

describe('wrong input', () => {
  const { x, y } = xor
  it.each<[string, unknown[], RegExp]>([
    ['a misspelt option', [x, y, { epoch: 3 }], /Unknown option "epoch" for fit\(\)\. Did you mean epochs\?/],
    ['too few weights', [x, y, { sampleWeight: [1] }], /Expected 4 numbers for sampleWeight/],
    ['a number in place of options', [x, y, 5], /an object for fit\(\)/],
    ['a batchSize of 0', [x, y, { batchSize: 0 }], /at least 1 for batchSize, but got 0/],
    ['a fractional number of epochs', [x, y, { epochs: 0.5 }], /epochs/],
    ['0 epochs', [x, y, { epochs: 0 }], /at least 1 for epochs/],
    ['a negative first epoch', [x, y, { initialEpoch: -1 }], /initialEpoch/],
    [
      'a first epoch after the last',
      [x, y, { initialEpoch: 5, epochs: 3 }],
      /^Expected at most 3 \(the option epochs\) for initialEpoch, but got 5\. Training ends before the epoch/,
    ],
    ['a validationSplit of 1', [x, y, { validationSplit: 1 }], /below 1 for validationSplit/],
    [
      'a validationSplit that leaves no rows to train',
      [x, y, { validationSplit: 0.9 }],
      /^Expected a share that leaves .* for validationSplit, but got 0\.9, which of 4 rows leaves 0 to train and 4 /,
    ],
    [
      'both validationSplit and validationData',
      [x, y, { validationSplit: 0.5, validationData: [x, y] }],
      /but got both/,
    ],
    ['validation data without targets', [x, y, { validationData: [x] }], /an array \[x, y\]/],
    [
      'wrong rows in validationData',
      [x, y, { validationData: [[[1]], [1]] }],
      /rows of 2 numbers for x of validationData/,
    ],
    [
      'wrong targets in validationData',
      [x, y, { validationData: [x, [2, 0, 0, 0]] }],
      /y of validationData, as binary/,
    ],
    ['more than 256 threads', [x, y, { threads: 257 }], /threads/],
    ['a verbose of 3', [x, y, { verbose: 3 }], /verbose/],
    ['an object in place of a signal', [x, y, { signal: {} }], /an AbortSignal/],
    ['a time limit of 0', [x, y, { timeLimit: 0 }], /above 0 for timeLimit/],
    ['a misspelt callback', [x, y, { callbacks: [{ onEpochend() {} }] }], /Did you mean onEpochEnd/],
    ['narrow rows', [[[1], [2], [3], [4]], y], /rows of 2 numbers for x, but got rows of 1\./],
    ['ragged rows', [[[0, 1], [0], [1, 0], [1, 1]], y], /row 1 of x/],
    [
      'NaN',
      [
        [
          [0, 1],
          [0, Number.NaN],
          [1, 0],
          [1, 1],
        ],
        y,
      ],
      /row 1, column 1 is NaN/,
    ],
    ['no rows', [[], []], /for x, but it is empty/],
    ['fewer targets', [x, [1, 0]], /4 rows for y \(as many as x has\), but got 2 rows/],
    ['no targets', [x], /for y, but got undefined/],
    ['targets out of range', [x, [0, 1, 2, 0]], /row 2, column 0 is 2/],
  ])('is rejected before anything changes: %s', async (_, args, message) => {
    using model = xorModel()
    const before = bits(model)
    const run = model.fit(...(args as Parameters<typeof model.fit>))
    const error = (await run.then(
      () => undefined,
      (e: unknown) => e,
    )) as ArgumentError
    expect(error.message).toMatch(message)
    expect(error.code).toBe('ERR_ARGUMENT')
    expect(() => model.train(...(args as Parameters<typeof model.fit>))).toThrow(message)
    expect(bits(model)).toEqual(before)
    expect((await model.fit(x, y)).epochs).toEqual([0])
  })

  it('names a typed array that was transferred to another thread', async () => {
    const transferred = <T extends Int32Array | Int8Array | Float32Array>(array: T): T => {
      structuredClone(array.buffer, { transfer: [array.buffer as ArrayBuffer] })
      return array
    }
    const message = /for (x|y|yPred), but (the typed array was transferred to another thread|it is empty)/
    const lost = () => transferred(Int32Array.from(y))
    using model = new Sequential({ layers: [layers.dense({ units: 2, activation: 'softmax', inputShape: [2] })] })
    model.compile({ optimizer: 'sgd', loss: 'sparseCategoricalCrossentropy' })
    const calls = [
      model.fit(x, lost()),
      model.fit(x, transferred(Int8Array.from(y))),
      model.evaluate(x, lost()),
      model.predict(transferred(Float32Array.from(x.flat()))),
      new MLPClassifier<number>().fit(x, lost()),
      (async () => metrics.accuracy(y, lost()))(),
    ]
    for (const call of calls) {
      const error = (await call.then(
        () => undefined,
        (reason: unknown) => reason,
      )) as ArgumentError
      expect(error.code).toBe('ERR_ARGUMENT')
      expect(error.message).toMatch(message)
    }
  })

  it('fit and evaluate reject before compile', async () => {
    using model = new Sequential({ layers: [layers.dense({ units: 1, inputShape: [2] })] })
    const code = { code: 'ERR_NOT_COMPILED' }
    await expect(model.fit(x, y)).rejects.toMatchObject(code)
    await expect(model.evaluate(x, y)).rejects.toMatchObject(code)
    expect((await model.predict(x)).rows).toBe(4)
  })

  it('evaluate, predict and predictSync reject wrong data and options', async () => {
    using model = xorModel()
    await expect(model.evaluate(x, [0, 1, 1])).rejects.toThrow(/4 rows/)
    await expect(model.evaluate(x, y, { batchSize: 3 } as never)).rejects.toThrow(/Unknown option "batchSize"/)
    await expect(model.predict([[1, 2, 3]])).rejects.toThrow(/rows of 2 numbers/)
    await expect(model.predict(x, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough')
    expect(() => model.predictSync([1])).toThrow(/a row of 2 numbers/)
    expect(() => model.predictSync([1, Number.NaN])).toThrow(/row 0, column 1 is NaN/)
    expect(() => model.predictSync(Float32Array.of(1, Number.NaN))).toThrow(/column 1 is NaN/)
    expect(() => model.predictSync(Float32Array.of(1, 2, 3))).toThrow(/a multiple of 2/)
    expect(() => model.predictSync(['a', 'b'] as never)).toThrow(/column 0 of x, but got "a"/)
  })
})
