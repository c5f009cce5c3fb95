import { describe, expect, it } from 'vitest'
import {
  type ActivationLike,
  callbacks,
  type LossLike,
  layers,
  losses,
  Matrix,
  type MetricLike,
  type MetricName,
  metrics,
  optimizers,
  Sequential,
} from '../../lib/index.js'
import { bits, classes } from './models.js'

const { x, y } = classes(200)
const rows = Array.from({ length: 200 }, (_, i) => [...x.subarray(4 * i, 4 * i + 4)])
const binary = Array.from(y, (k) => Number(k > 1))
const numbers = rows.map(([a, b]) => a! - 2 * b! + 0.3)

function make(units: number, activation: ActivationLike, loss: LossLike, list: readonly MetricLike[]): Sequential {
  const model = new Sequential({
    layers: [layers.dense({ units: 8, activation: 'tanh', inputShape: [4] }), layers.dense({ units, activation })],
    seed: 2,
  })
  model.compile({ optimizer: optimizers.adam({ learningRate: 0.01 }), loss, metrics: list })
  return model
}

describe('metrics over all rows', () => {
  it('are those of the metrics of the package for two classes', async () => {
    const names: MetricName[] = ['auc', 'averagePrecision', 'precision', 'recall', 'f1', 'balancedAccuracy', 'logLoss']
    for (const fromLogits of [false, true]) {
      const loss = losses.binaryCrossentropy({ fromLogits })
      using model = make(1, fromLogits ? 'linear' : 'sigmoid', loss, names)
      await model.fit(x, binary, { epochs: 3 })
      const { loss: mean, ...scores } = await model.evaluate(x, binary)
      const outputs = [...(await model.predict(x)).data]
      const guess = outputs.map((value) => Number(value > (fromLogits ? 0 : 0.5)))
      const shares = outputs.map((value) => (fromLogits ? 1 / (1 + Math.exp(-value)) : value))
      const expected = {
        auc: metrics.rocAuc(binary, outputs),
        averagePrecision: metrics.averagePrecision(binary, outputs),
        precision: metrics.precision(binary, guess),
        recall: metrics.recall(binary, guess),
        f1: metrics.f1(binary, guess),
        balancedAccuracy: metrics.balancedAccuracy(binary, guess),
        logLoss: metrics.logLoss(binary, shares),
      }
      for (const [key, value] of Object.entries(expected)) expect(scores[key], key).toBeCloseTo(value, 6)
      expect(scores.logLoss).toBeCloseTo(mean, 5)
    }
  })

  it.each<[string, LossLike, ActivationLike, boolean]>([
    ['class numbers', 'sparseCategoricalCrossentropy', 'softmax', false],
    ['logits of classes', losses.sparseCategoricalCrossentropy({ fromLogits: true }), 'linear', false],
    ['one-hot rows', 'categoricalCrossentropy', 'softmax', true],
  ])('are those of the metrics of the package for %s', async (_, loss, activation, oneHot) => {
    using model = make(4, activation, loss, ['auc', 'precision', 'recall', 'f1', 'balancedAccuracy', 'logLoss'])
    const targets = oneHot ? [...y].map((k) => [0, 1, 2, 3].map((j) => Number(j === k))) : y
    await model.fit(x, targets, { epochs: 3 })
    const { loss: mean, ...scores } = await model.evaluate(x, targets)
    const outputs = (await model.predict(x)).toArray()
    const guess = outputs.map((row) => row.indexOf(Math.max(...row)))
    const shares = outputs.map((row) => {
      const powers = activation === 'linear' ? row.map(Math.exp) : row
      return powers.map((value) => value / powers.reduce((a, b) => a + b))
    })
    const average = { average: 'macro', zeroDivision: 0 } as const
    const expected = {
      auc: metrics.rocAuc(y, shares),
      precision: metrics.precision(y, guess, average),
      recall: metrics.recall(y, guess, average),
      f1: metrics.f1(y, guess, average),
      balancedAccuracy: metrics.balancedAccuracy(y, guess),
      logLoss: mean,
    }
    for (const [key, value] of Object.entries(expected)) expect(scores[key], key).toBeCloseTo(value, 4)
  })

  it('count the labels of rows with several together, and average the areas under their curves', async () => {
    using model = make(2, 'sigmoid', 'binaryCrossentropy', ['precision', 'recall', 'auc'])
    const targets = binary.map((value, i) => [value, Number(numbers[i]! > 0)])
    await model.fit(x, targets, { epochs: 3 })
    const scores = await model.evaluate(x, targets)
    const outputs = await model.predict(x)
    const guess = [...outputs.data].map((value) => Number(value > 0.5))
    expect(scores.precision).toBeCloseTo(metrics.precision(targets.flat(), guess), 6)
    expect(scores.recall).toBeCloseTo(metrics.recall(targets.flat(), guess), 6)
    const areas = [0, 1].map((k) =>
      metrics.rocAuc(
        targets.map((row) => row[k]!),
        outputs.toArray().map((row) => row[k]!),
      ),
    )
    expect(scores.auc).toBeCloseTo((areas[0]! + areas[1]!) / 2, 6)
  })

  it('topKAccuracy finds the class among the five largest outputs', async () => {
    using model = make(9, 'softmax', 'sparseCategoricalCrossentropy', ['topKAccuracy'])
    const outputs = (await model.predict(x)).toArray()
    const right = outputs.filter((row, i) => row.toSorted((a, b) => b - a).indexOf(row[y[i]!]!) < 5).length
    expect((await model.evaluate(x, y)).topKAccuracy).toBe(right / 200)
    expect(right).toBeLessThan(200)
  })

  it('r2 is that of the numbers, for gaussianNll of its means', async () => {
    using model = make(1, 'linear', 'meanSquaredError', ['r2'])
    await model.fit(x, numbers, { epochs: 5 })
    expect((await model.evaluate(x, numbers)).r2).toBe(metrics.r2(Float32Array.from(numbers), await model.predict(x)))
    using gaussian = make(2, 'linear', 'gaussianNll', ['r2'])
    const means = (await gaussian.predict(x)).toArray().map(([mean]) => mean!)
    expect((await gaussian.evaluate(x, numbers)).r2).toBeCloseTo(metrics.r2(numbers, means), 6)
  })

  it('are NaN where a class is missing', async () => {
    using model = make(1, 'sigmoid', 'binaryCrossentropy', ['auc', 'precision'])
    expect(await model.evaluate(rows.slice(0, 2), [1, 1])).toMatchObject({ auc: Number.NaN })
  })

  it('functions get all rows at once, and their names are keys of the logs', async () => {
    const seen: string[] = []
    const largestError = (yTrue: Float32Array, yPred: Float32Array) => {
      seen.push(`${yTrue.constructor.name} ${yTrue.length} ${yPred.constructor.name} ${yPred.length}`)
      return Math.max(...yTrue.map((value, i) => Math.abs(value - yPred[i]!)))
    }
    using model = make(1, 'linear', 'meanSquaredError', [
      'meanAbsoluteError',
      largestError,
      metrics.medianAbsoluteError,
    ])
    const { logs } = await model.fit(x, numbers, { epochs: 2, validationSplit: 0.25, batchSize: 16 })
    expect(Object.keys(logs)).toEqual([
      ...['loss', 'meanAbsoluteError', 'largestError', 'medianAbsoluteError'],
      ...['valLoss', 'valMeanAbsoluteError', 'valLargestError', 'valMedianAbsoluteError'],
    ])
    expect(seen).toEqual([150, 50, 150, 50].map((n) => `Float32Array ${n} Float32Array ${n}`))
    const own = await model.evaluate(x.subarray(600), numbers.slice(150))
    expect(logs.valLargestError![1]).toBe(own.largestError)
    expect((await model.evaluate(x.subarray(0, 600), numbers.slice(0, 150))).largestError).toBe(logs.largestError![1])
  })

  it('functions get class numbers and a Matrix of outputs', async () => {
    const shapes = (yTrue: Int32Array, yPred: Matrix) => {
      expect(yTrue).toEqual(y)
      expect([yPred.rows, yPred.cols]).toEqual([200, 4])
      return metrics.logLoss(yTrue, yPred, { labels: [0, 1, 2, 3] })
    }
    using model = make(4, 'softmax', 'sparseCategoricalCrossentropy', [shapes])
    const { loss, shapes: score } = await model.evaluate(x, y)
    expect(score).toBeCloseTo(loss, 5)
  })

  it('are the same over batches, in fit too, and do not change the weights', async () => {
    const list = ['auc', metrics.brier] as const
    using model = make(1, 'sigmoid', 'binaryCrossentropy', list)
    using plain = make(1, 'sigmoid', 'binaryCrossentropy', [])
    const batches = function* () {
      for (let i = 0; i < 200; i += 30) yield [rows.slice(i, i + 30), binary.slice(i, i + 30)] as const
    }
    const options = { epochs: 2, batchSize: 10, shuffleBuffer: 50 }
    const { logs } = await model.fit(batches, { ...options, validationData: batches })
    await plain.fit(batches, options)
    expect(bits(model)).toEqual(bits(plain))
    const { auc, brier } = await model.evaluate(x, binary)
    expect(logs.valAuc).toHaveLength(2)
    expect(logs.valAuc![1]).toBeCloseTo(auc!, 6)
    expect(logs.valBrier![1]).toBeCloseTo(brier!, 6)
    expect(logs.auc).toHaveLength(2)
    expect((await model.evaluate(batches)).auc).toBeCloseTo(auc!, 6)
  })

  it('validate by the average of the weights with ema', async () => {
    const model = new Sequential({ layers: [layers.dense({ units: 1, inputShape: [4] })], seed: 1 })
    const mse = (yTrue: Float32Array, yPred: Float32Array) => metrics.mse(yTrue, yPred)
    model.compile({
      ...{ optimizer: optimizers.sgd({ learningRate: 0.1, ema: 0.9 }), loss: 'meanSquaredError', metrics: [mse] },
    })
    const { logs } = await model.fit(x, numbers, { epochs: 2, validationData: [x, numbers] })
    for (const epoch of [0, 1]) expect(logs.valMse![epoch]).toBeCloseTo(logs.valLoss![epoch]!, 5)
    model.dispose()
  })

  it('are monitored, higher being better', async () => {
    using model = make(1, 'sigmoid', 'binaryCrossentropy', ['auc'])
    const stop = callbacks.earlyStopping({ monitor: 'valAuc', patience: 1 })
    const history = await model.fit(x, binary, { epochs: 200, validationSplit: 0.3, callbacks: stop })
    expect(history.logs.valAuc![history.bestEpoch!]).toBe(Math.max(...history.logs.valAuc!))
    expect(history.epochs.length).toBeGreaterThan(2)
  })

  it('names are in files, functions are given to load', async () => {
    const mae = (yTrue: Float32Array, yPred: Float32Array) => metrics.mae(yTrue, yPred)
    using model = make(1, 'linear', 'meanSquaredError', [mae, 'r2', 'meanAbsoluteError'])
    const bytes = model.toBytes()
    using without = await Sequential.load(bytes)
    expect(Object.keys(await without.evaluate(x, numbers))).toEqual(['loss', 'meanAbsoluteError', 'r2'])
    using again = await Sequential.load(bytes, { metrics: [mae] })
    const logs = await again.evaluate(x, numbers)
    expect(logs.mae).toBeCloseTo(logs.meanAbsoluteError!, 6)
    await expect(Sequential.load(bytes, { metrics: ['r2'] as never })).rejects.toThrow(
      /a function, since a file holds names/,
    )
  })

  it('errors of functions reject, and the model stays usable', async () => {
    const broken = () => {
      throw new RangeError('mine')
    }
    using model = make(1, 'linear', 'meanSquaredError', [broken])
    await expect(model.fit(x, numbers)).rejects.toThrow(RangeError)
    await expect(model.evaluate(x, numbers)).rejects.toThrow('mine')
    const later = async () => 1
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError', metrics: [later as never] })
    await expect(model.fit(x, numbers)).rejects.toThrow(/a number from the metric later, but got an object \(Promise\)/)
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' })
    await model.fit(x, numbers)
  })

  it.each<[string, number, ActivationLike, LossLike, readonly unknown[], RegExp]>([
    ['no name', 1, 'linear', 'meanSquaredError', [() => 1], /functions with a name as metrics/],
    ['auc of numbers', 1, 'linear', 'meanSquaredError', ['auc'], /auc needs targets that are classes/],
    ['r2 of classes', 4, 'softmax', 'sparseCategoricalCrossentropy', ['r2'], /r2 needs one value for each output/],
    ['topK of one output', 1, 'sigmoid', 'binaryCrossentropy', ['topKAccuracy'], /one class a row, of several/],
    ['logLoss of a hinge', 1, 'linear', 'hinge', ['logLoss'], /logLoss needs probabilities/],
    ['one twice', 1, 'sigmoid', 'binaryCrossentropy', ['auc', 'auc'], /auc is listed twice/],
    ['two of a name', 1, 'linear', 'meanSquaredError', ['r2', metrics.r2], /r2 is listed twice/],
    ['another spelling', 1, 'sigmoid', 'binaryCrossentropy', ['rocAuc'], /Did you mean auc\?/],
    [
      "Keras's name",
      4,
      'softmax',
      'categoricalCrossentropy',
      ['sparseTopKCategoricalAccuracy'],
      /Did you mean topKAccuracy/,
    ],
  ])('compile rejects metrics: %s', (_, units, activation, loss, list, message) => {
    expect(() => make(units, activation, loss, list as MetricLike[])).toThrow(message)
  })
})

describe('batches', () => {
  const batches = function* () {
    for (let i = 0; i < 200; i += 64) {
      yield {
        x: rows.slice(i, i + 64),
        y: y.slice(i, i + 64),
        sampleWeight: new Array(Math.min(64, 200 - i)).fill(0.5),
      }
    }
  }
  const later = async function* () {
    for (const batch of batches()) {
      await new Promise((resolve) => setTimeout(resolve, 1))
      yield batch
    }
  }
  const model = make(4, 'softmax', 'sparseCategoricalCrossentropy', ['accuracy'])

  it.each([
    ['an iterable', batches],
    ['an async iterable', later],
  ])('evaluate gives the means over %s', async (_, source) => {
    const expected = await model.evaluate(x, y, { sampleWeight: new Array(200).fill(0.5) })
    for (const given of [source, source()]) {
      const logs = await model.evaluate(given)
      expect(logs.loss).toBeCloseTo(expected.loss, 6)
      expect(logs.accuracy).toBeCloseTo(expected.accuracy!, 6)
    }
  })

  it('predict joins the outputs of batches, with their targets or without', async () => {
    const expected = await model.predict(x)
    const sources = {
      objects: batches(),
      async: later(),
      pairs: [...batches()].map((batch) => [batch.x, batch.y] as const).values(),
      tables: [...batches()].map((batch) => batch.x).values(),
      matrices: [...batches()].map((batch) => Matrix.from(batch.x)).values(),
      typed: [x.subarray(0, 400), x.subarray(400)].values(),
      'typed pairs': [
        [x.subarray(0, 400), y.subarray(0, 100)] as const,
        [x.subarray(400), y.subarray(100)] as const,
      ].values(),
      'typed rows': [[x.subarray(0, 4), x.subarray(4, 8)] as const, x.subarray(8)].values(),
    }
    for (const [name, source] of Object.entries(sources)) {
      const { data, rows: count, cols } = await model.predict(source as never)
      expect([count, cols], name).toEqual([200, 4])
      expect(Math.max(...data.map((value, k) => Math.abs(value - expected.data[k]!))), name).toBeLessThan(1e-6)
    }
  })

  it('validationData takes batches, read again for each epoch', async () => {
    let reads = 0
    const counted = () => {
      reads++
      return later()
    }
    using net = make(4, 'softmax', 'sparseCategoricalCrossentropy', ['accuracy'])
    const { logs } = await net.fit(x, y, { epochs: 3, validationData: counted })
    expect(reads).toBe(3)
    const { loss, accuracy } = await net.evaluate(batches)
    expect(logs.valLoss![2]).toBeCloseTo(loss, 6)
    expect(logs.valAccuracy![2]).toBeCloseTo(accuracy!, 6)
    await expect(net.fit(x, y, { epochs: 2, validationData: later() })).rejects.toThrow(
      /batches.*of validationData, but got none/,
    )
  })

  it('a validation source that never yields does not hold an abort', async () => {
    using net = make(4, 'softmax', 'sparseCategoricalCrossentropy', [])
    const never = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) }
    const control = new AbortController()
    setTimeout(() => control.abort(), 50)
    await expect(net.fit(x, y, { validationData: never, signal: control.signal })).rejects.toThrow(
      expect.objectContaining({ name: 'AbortError' }),
    )
    await net.fit(x, y)
  })

  it('errors name the batch; an error or an abort closes the source', async () => {
    let closed = 0
    const bad = function* () {
      try {
        yield [rows, y] as const
        yield [[[1, 2, 3, Number.NaN]], [0]] as const
      } finally {
        closed++
      }
    }
    await expect(model.evaluate(bad)).rejects.toThrow(/x of batch 1, but row 0, column 3 is NaN/)
    await expect(model.predict(bad())).rejects.toThrow(/x of batch 1, but row 0, column 3 is NaN/)
    expect(closed).toBe(2)
    await expect(model.evaluate([].values())).rejects.toThrow(/at least one row, but got none/)
    await expect(model.predict([].values())).rejects.toThrow(/at least one row, but got none/)
    await expect(model.evaluate(batches, y as never)).rejects.toThrow(/Expected evaluate\(batches, options\)/)
    const signal = AbortSignal.abort()
    await expect(model.evaluate(batches, { signal })).rejects.toThrow(/aborted/)
    await expect(model.predict(batches(), { signal })).rejects.toThrow(/aborted/)
    await expect(model.evaluate(batches, { batchSize: 3 } as never)).rejects.toThrow(/Unknown option "batchSize"/)
  })
})
