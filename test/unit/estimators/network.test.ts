import { describe, expect, it } from 'vitest'
import { decodeSafetensors, encodeSafetensors } from '../../../lib/files/safetensors.js'
import {
  ArgumentError,
  activations,
  callbacks,
  datasets,
  FormatError,
  type Loaded,
  layers,
  load,
  losses,
  type Matrix,
  modelSelection,
  NetworkClassifier,
  type NetworkClassifierOptions,
  NetworkRegressor,
  type NetworkRegressorOptions,
  optimizers,
  Pipeline,
  pipeline,
  preprocessing,
  Sequential,
} from '../../../lib/index.js'
import { three, two, weights, x, y } from './data.js'

const adam = optimizers.adam({ learningRate: 0.02 })
const small: NetworkClassifierOptions & NetworkRegressorOptions = {
  ...{ layers: [layers.dense({ units: 12, activation: 'tanh' })], optimizer: adam },
  ...{ epochs: 30, batchSize: 20, seed: 1 },
}
const labelRows = y.map((value) => [Number(value > 0), Number(value > 1), Number(value < -1)])
const numberRows = y.map((value) => [value, -2 * value])
const accuracyOf = <C extends string | boolean>(
  model: { score(x: Matrix, y: readonly C[]): Promise<number> },
  labels: readonly C[],
) => model.score(x, labels)

describe('NetworkClassifier', () => {
  it('has the output layer and the loss that two classes need', async () => {
    const model = await new NetworkClassifier(small).fit(x, two)
    expect(model.network).toBeInstanceOf(Sequential)
    const [hidden, output] = model.network.toJSON().layers
    expect(hidden).toMatchObject({ type: 'dense', units: 12, inputShape: [3] })
    expect(output).toMatchObject({ name: 'output', units: 1, activation: { name: 'sigmoid' } })
    expect(model.classes).toEqual([false, true])
    expect(await accuracyOf(model, two)).toBeGreaterThan(0.9)
    const all = await model.predictProba(x)
    expect(all.cols).toBe(2)
    expect(all.at(0, 1)).toBe((await model.network.predict(x)).at(0, 0))
    expect(model.predictSync(x.row(5))).toBe((await model.predict(x))[5])
    expect(model.predictProbaSync(x.row(5))).toEqual(all.row(5))
    expect(model.predictProbaSync(x)).toEqual(all)
    expect((await model.predictLogProba(x)).data).toEqual(all.data.map(Math.log))
  })

  it('has a softmax unit for each of more classes, and returns labels of the type of y', async () => {
    const model = await new NetworkClassifier(small).fit(x, three)
    expect(model.network.toJSON().layers.at(-1)).toMatchObject({ units: 3, activation: { name: 'softmax' } })
    expect(model.classes).toEqual(['low', 'mid', 'top'])
    expect(await accuracyOf(model, three)).toBeGreaterThan(0.85)
    expect(typeof model.predictSync(x.row(0))).toBe('string')
    const rows = (await model.predictProba(x)).toArray()
    for (const row of rows) expect(row.reduce((a, b) => a + b)).toBeCloseTo(1, 5)
  })

  it('takes rows of several labels', async () => {
    const model = await new NetworkClassifier<number[]>(small).fit(x, labelRows)
    expect(model.network.toJSON().layers.at(-1)).toMatchObject({ units: 3, activation: { name: 'sigmoid' } })
    const predicted = await model.predict(x)
    expect(predicted[0]).toHaveLength(3)
    const right = predicted.filter((row, i) => row.every((value, k) => value === labelRows[i]![k])).length
    expect(await model.score(x, labelRows)).toBe(right / 120)
    expect(right).toBeGreaterThan(100)
    const balanced = new NetworkClassifier<number[]>({ ...small, classWeight: 'balanced' })
    await expect(balanced.fit(x, labelRows)).rejects.toThrow(/null for rows of several labels/)
  })

  it.each<[string, NetworkClassifierOptions, number, string]>([
    ['a categorical cross-entropy', { loss: 'categoricalCrossentropy' }, 3, 'softmax'],
    ['logits', { loss: losses.sparseCategoricalCrossentropy({ fromLogits: true }) }, 3, 'linear'],
    ['a unit a class against all others', { loss: 'binaryCrossentropy' }, 3, 'sigmoid'],
    ['binary logits', { loss: losses.binaryCrossentropy({ fromLogits: true }) }, 3, 'linear'],
    ['a focal loss', { loss: losses.focal({ gamma: 1 }) }, 3, 'softmax'],
    ['squared errors', { loss: 'meanSquaredError' }, 3, 'softmax'],
    ['smoothed labels', { loss: losses.categoricalCrossentropy({ labelSmoothing: 0.1 }) }, 3, 'softmax'],
  ])('learns three classes and their probabilities by %s', async (_, options, units, activation) => {
    const model = await new NetworkClassifier({ ...small, ...options }).fit(x, three)
    expect(model.network.toJSON().layers.at(-1)).toMatchObject({ units, activation: { name: activation } })
    expect(await accuracyOf(model, three)).toBeGreaterThan(0.8)
    const probabilities = await model.predictProba(x)
    const predicted = await model.predict(x)
    for (const [i, row] of probabilities.toArray().entries()) {
      expect(row.reduce((a, b) => a + b)).toBeCloseTo(1, 5)
      expect(model.classes[row.indexOf(Math.max(...row))]).toBe(predicted[i])
    }
  })

  it.each<[string, NetworkClassifierOptions, number, string, boolean]>([
    ['logits', { loss: losses.binaryCrossentropy({ fromLogits: true }) }, 1, 'linear', true],
    ['two softmax units', { outputActivation: 'softmax', loss: 'categoricalCrossentropy' }, 2, 'softmax', true],
    ['a cross-entropy of class numbers', { loss: 'sparseCategoricalCrossentropy' }, 2, 'softmax', true],
    ['a hinge', { loss: 'hinge' }, 1, 'linear', false],
    ['a squared hinge behind tanh', { loss: 'squaredHinge', outputActivation: 'tanh' }, 1, 'tanh', false],
    ['squared errors of a linear unit', { loss: 'meanSquaredError', outputActivation: 'linear' }, 1, 'linear', false],
  ])('learns two classes by %s', async (_, options, units, activation, hasProbabilities) => {
    const model = await new NetworkClassifier({ ...small, ...options }).fit(x, two)
    expect(model.network.toJSON().layers.at(-1)).toMatchObject({ units, activation: { name: activation } })
    expect(await accuracyOf(model, two)).toBeGreaterThan(0.88)
    if (!hasProbabilities) {
      await expect(model.predictProba(x)).rejects.toThrow(/Probabilities need a sigmoid or a softmax.*ends with/)
      return
    }
    const predicted = await model.predict(x)
    const probabilities = await model.predictProba(x)
    expect(predicted).toEqual(probabilities.toArray().map((row) => row[1]! > row[0]!))
    const again = await NetworkClassifier.load(model.toBytes())
    expect(await again.predictProba(x)).toEqual(probabilities)
  })

  it('weighs classes and rows', async () => {
    const options = { ...small, epochs: 3, shuffle: false }
    const weighted = await new NetworkClassifier({ ...options, classWeight: new Map([[true, 3]]) }).fit(x, two)
    const plain = await new NetworkClassifier(options).fit(x, two, { sampleWeight: two.map((yes) => (yes ? 3 : 1)) })
    expect(weighted.lossCurve).toEqual(plain.lossCurve)
    expect(weighted.lossCurve).not.toEqual((await new NetworkClassifier(options).fit(x, two)).lossCurve)
    await expect(new NetworkClassifier({ classWeight: { maybe: 1 } }).fit(x, three)).rejects.toThrow(
      /among the classes/,
    )
  })

  it('validates with drawn rows of each class, and stops early by callbacks', async () => {
    const stop = callbacks.earlyStopping({ patience: 2 })
    // Sorted by class: the last rows would be of one class.
    const order = [...three.keys()].sort((a, b) => (three[a]! < three[b]! ? -1 : 1))
    const rows = order.map((i) => [...x.row(i)])
    const labels = order.map((i) => three[i]!)
    const model = await new NetworkClassifier({ ...small, epochs: 500, validationSplit: 0.2, callbacks: stop }).fit(
      rows,
      labels,
    )
    expect(model.stopReason).toBe('earlyStopping')
    expect(model.nIter).toBe(model.history.epochs.length)
    expect(model.history.logs.valLoss).toHaveLength(model.nIter)
    expect(model.validationScores).toEqual(model.history.logs.valAccuracy)
    expect(Math.max(...model.validationScores)).toBeGreaterThan(0.8)
    await expect(new NetworkClassifier({ validationSplit: 0.01 }).fit(x, three)).rejects.toThrow(
      /for validationSplit.*set validationSplit to 0/,
    )
  })

  it('partialFit goes on where training ended, from a file too', async () => {
    const options = { ...small, shuffle: false, epochs: 2 }
    const whole = await new NetworkClassifier(options).fit(x, three)
    const parts = new NetworkClassifier(options)
    await expect(parts.partialFit(x, three)).rejects.toThrow(/classes/)
    await parts.partialFit(x, three, { classes: ['low', 'mid', 'top'] })
    expect([parts.nIter, parts.t, parts.network.epochs]).toEqual([1, 120, 1])
    const loaded = await NetworkClassifier.load(parts.toBytes())
    for (const model of [parts, loaded]) {
      await model.partialFit(x, three)
      expect(await model.predictProba(x)).toEqual(await whole.predictProba(x))
      expect(model.t).toBe(240)
    }
  })

  it('warmStart trains on from the weights before, and refuses another network', async () => {
    const options = { ...small, shuffle: false, epochs: 2, warmStart: true }
    const model = await new NetworkClassifier(options).fit(x, three)
    const [before] = model.lossCurve
    await model.fit(x, three)
    const once = await new NetworkClassifier({ ...options, epochs: 4 }).fit(x, three)
    expect(model.lossCurve).toEqual(once.lossCurve)
    expect(model.history.logs.loss).toEqual(once.lossCurve.slice(2))
    expect(model.history.logs.loss[0]).toBeLessThan(before!)
    model.setParams({ layers: [layers.dense({ units: 3 })] })
    await expect(model.fit(x, three)).rejects.toThrow(/the layers and targets of the fit before/)
    model.setParams({ layers: options.layers!, optimizer: 'sgd' })
    await model.fit(x, three)
    expect(model.network.summary()).toContain('sgd')
  })

  it('an abort rejects and leaves what was learned; a time limit resolves', async () => {
    const model = await new NetworkClassifier(small).fit(x, two)
    const before = await model.predictProba(x)
    const control = new AbortController()
    const fit = model.fit(x, three as never, { signal: control.signal, onEpochEnd: () => control.abort() })
    await expect(fit).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }))
    expect(model.classes).toEqual([false, true])
    expect(await model.predictProba(x)).toEqual(before)
    const limited = new NetworkClassifier({ ...small, epochs: 1e6 })
    await limited.fit(x, two, { timeLimit: 0.3 })
    expect(limited.stopReason).toBe('timeLimit')
    expect(limited.nIter).toBeGreaterThan(0)
  })

  it('is saved with what it learned; callbacks stay behind', async () => {
    const hidden = [layers.dense({ units: 6, activation: activations.leakyRelu() }), layers.batchNormalization()]
    const optimizer = optimizers.adamw({ learningRate: (step) => 0.01 / (1 + step) })
    const model = await new NetworkClassifier({
      ...{ layers: hidden, optimizer, epochs: 2, seed: 3, validationSplit: 0.2, metrics: ['accuracy'] },
      ...{ callbacks: [callbacks.earlyStopping({ patience: 5 })], classWeight: new Map([['low', 2]]) },
    }).fit(x, three)
    const again = await load<Loaded>(model.toBytes())
    if (!(again instanceof NetworkClassifier)) throw new Error('another kind')
    expect(await again.predict(x)).toEqual(await model.predict(x))
    expect(again.history).toEqual(model.history)
    expect([again.lossCurve, again.nIter, again.t, again.seed]).toEqual([model.lossCurve, model.nIter, model.t, 3])
    const { callbacks: none, optimizer: loaded, ...params } = again.getParams()
    const { callbacks: _, optimizer: __, ...expected } = model.getParams()
    expect(params).toEqual(expected)
    expect(none).toEqual([])
    expect(loaded).toMatchObject({ name: 'adamw', weightDecay: 0.004 })
    await expect(again.fit(x, three)).rejects.toThrow(/learning rate is not known/)
    expect(Buffer.from(again.toBytes()).equals(Buffer.from(model.toBytes()))).toBe(true)
  })

  it('stands in pipelines, cross-validation and searches', async () => {
    const model = pipeline([new preprocessing.StandardScaler(), new NetworkClassifier({ ...small, epochs: 10 })])
    await model.fit(x, three, { sampleWeight: weights })
    expect(await model.score(x, three)).toBeGreaterThan(0.8)
    const loaded = await Pipeline.load<NetworkClassifier>(model.toBytes())
    expect(await loaded.predictProba(x)).toEqual(await model.predictProba(x))
    expect(loaded.predictProbaSync([...x.row(0)])).toEqual((await model.predictProba(x)).row(0))
    const { testScores } = (await modelSelection.crossValidate(model, x, three, { cv: 2, seed: 1 })) as never as {
      testScores: number[]
    }
    expect(testScores).toHaveLength(2)
    const search = new modelSelection.GridSearch({
      estimator: new NetworkClassifier({ ...small, epochs: 5 }),
      params: { layers: [[], [layers.dense({ units: 8, activation: 'relu' })]] },
      cv: 2,
      seed: 1,
    })
    await search.fit(x, three)
    expect(search.results).toHaveLength(2)
    expect(search.bestEstimator.network.countParams()).toBeGreaterThan(0)
  })

  it('clones without what it learned; parameters are checked', async () => {
    const model = await new NetworkClassifier({ ...small, epochs: 1 }).fit(x, two)
    const clone = model.clone()
    expect(clone.getParams()).toEqual(model.getParams())
    expect(clone.isFitted).toBe(false)
    expect(() => clone.network).toThrow(/Could not read the network: call fit/)
    expect(new NetworkClassifier().getParams().layers).toMatchObject([{ type: 'dense', units: 100 }])
  })

  it.each<[string, object, RegExp]>([
    ['a loss for numbers', { loss: 'huber' }, /one of binaryCrossentropy, .* for the loss of a NetworkClassifier/],
    ['an abbreviated loss', { loss: 'mse' }, /Did you mean meanSquaredError\?/],
    ['layers that are names', { layers: ['dense'] }, /layers\[0\]/],
    ['layers in no array', { layers: layers.dense({ units: 2 }) }, /an array of layers for layers/],
    ['an unknown parameter', { epoch: 3 }, /Did you mean epochs\?/],
    ['a number as a callback', { callbacks: 5 }, /a callback or an array of them/],
    ['a metric that does not exist', { metrics: ['acc'] }, /Did you mean accuracy\?/],
    ['a verbose of 3', { verbose: 3 }, /0, 1 or 2 for verbose/],
    ['an optimizer that does not exist', { optimizer: 'momentum' }, /Did you mean sgd\?/],
    ['an activation that does not exist', { outputActivation: 'swish' }, /outputActivation.*Did you mean silu\?/],
  ])('refuses %s', (_, options, message) => {
    expect(() => new NetworkClassifier(options)).toThrow(message)
    expect(() => new NetworkClassifier(options)).toThrow(ArgumentError)
  })

  it('refuses data that do not fit', async () => {
    const shaped = new NetworkClassifier({ layers: [layers.dense({ units: 2, inputShape: [4] })] })
    await expect(shaped.fit(x, two)).rejects.toThrow(/rows of 4 numbers, the inputShape of the first layer/)
    const overClasses = new NetworkClassifier<number[]>({ loss: 'categoricalCrossentropy' })
    await expect(overClasses.fit(x, labelRows)).rejects.toThrow(/one class a row.*Use binaryCrossentropy/)
    await expect(new NetworkClassifier(small).fit(x, ['a'])).rejects.toThrow(/120 labels/)
    const odd = new NetworkClassifier({ ...small, outputActivation: 'relu' })
    await expect(odd.fit(x, three)).rejects.toThrow(/needs activation: 'softmax' in the last layer \("output"\)/)
    const model = await new NetworkClassifier({ ...small, epochs: 1 }).fit(x, two)
    await expect(model.predict([[1, 2]])).rejects.toThrow(/rows of 3 numbers/)
    const regressor = await new NetworkRegressor({ ...small, epochs: 1 }).fit(x, y)
    await expect(NetworkClassifier.load(regressor.toBytes())).rejects.toThrow(FormatError)
  })
})

describe('NetworkRegressor', () => {
  it('predicts one number a row', async () => {
    const model = await new NetworkRegressor({ ...small, epochs: 80 }).fit(x, y)
    expect(model.network.toJSON().layers.at(-1)).toMatchObject({ units: 1, activation: { name: 'linear' } })
    expect(await model.score(x, y)).toBeGreaterThan(0.9)
    const predicted = await model.predict(x)
    expect(predicted).toBeInstanceOf(Float64Array)
    expect(model.predictSync(x.row(2))).toBe(predicted[2])
    expect(model.predictSync(x)).toEqual(predicted)
    const again = await NetworkRegressor.load(model.toBytes())
    expect(await again.predict(x)).toEqual(predicted)
  })

  it('predicts several numbers a row', async () => {
    const model = await new NetworkRegressor<Matrix>({ ...small, epochs: 60 }).fit(x, numberRows)
    const predicted = await model.predict(x)
    expect([predicted.rows, predicted.cols]).toEqual([120, 2])
    expect(await model.score(x, numberRows)).toBeGreaterThan(0.85)
    expect(model.predictSync(x.row(1))).toEqual(predicted.row(1))
    await expect(model.score(x, y as never)).rejects.toThrow(/2 numbers a row/)
  })

  it('predicts the means of gaussianNll, and rates', async () => {
    const gaussian = await new NetworkRegressor({ ...small, loss: 'gaussianNll', epochs: 60 }).fit(x, y)
    expect(gaussian.network.toJSON().layers.at(-1)).toMatchObject({ units: 2 })
    expect((await gaussian.predict(x))[3]).toBe((await gaussian.network.predict(x)).at(3, 0))
    expect(await gaussian.score(x, y)).toBeGreaterThan(0.8)
    const counts = y.map((value) => Math.round(Math.exp(value / 2)))
    for (const loss of ['poisson', losses.poisson({ fromLogits: true })] as const) {
      const model = await new NetworkRegressor({ ...small, loss, epochs: 60 }).fit(x, counts)
      expect(await model.score(x, counts)).toBeGreaterThan(0.6)
      expect(Math.min(...(await model.predict(x)))).toBeGreaterThan(0)
      const again = await NetworkRegressor.load(model.toBytes())
      expect(await again.predict(x)).toEqual(await model.predict(x))
    }
  })

  it('goes on with partialFit, and validates', async () => {
    const model = new NetworkRegressor({ ...small, loss: losses.huber(), validationSplit: 0.25 })
    for (let k = 0; k < 3; k++) await model.partialFit(x, y, { sampleWeight: weights })
    expect([model.nIter, model.t, model.network.epochs]).toEqual([1, 360, 3])
    expect(model.lossCurve).toHaveLength(3)
    await model.fit(x, y)
    expect(model.history.logs.valLoss).toHaveLength(30)
    expect(model.network.epochs).toBe(30)
  })

  it('trains by lbfgs, which takes neither batches nor shuffles', async () => {
    const options = { layers: small.layers!, optimizer: 'lbfgs', epochs: 50, seed: 1 } as const
    const model = await new NetworkRegressor(options).fit(x, y)
    expect(await model.score(x, y)).toBeGreaterThan(0.95)
  })

  it('refuses losses for classes, and wrong targets', async () => {
    expect(() => new NetworkRegressor({ loss: 'hinge' })).toThrow(/for the loss of a NetworkRegressor, but got 'hinge'/)
    await expect(new NetworkRegressor({ loss: 'poisson' }).fit(x, y)).rejects.toThrow(/at least 0 for y/)
    await expect(new NetworkRegressor().fit(x, y.slice(1))).rejects.toThrow(/120 numbers/)
  })

  it('learns digits with the layers of Keras', async () => {
    const { train, test } = datasets.digits()
    const clf = new NetworkClassifier({
      layers: [layers.dense({ units: 64, activation: 'gelu' }), layers.dropout({ rate: 0.2 })],
      ...{ optimizer: optimizers.adamw({ learningRate: 3e-3 }), epochs: 8, batchSize: 64, seed: 1 },
    })
    await clf.fit(train.x, train.y)
    expect(await clf.score(test.x, test.y)).toBeGreaterThan(0.9)
  })
})

describe('a changed file of a network', () => {
  const changed = async (change: (json: Record<string, never> & { learned: Record<string, unknown> }) => void) => {
    const model = await new NetworkClassifier({ ...small, epochs: 1 }).fit(x, three)
    const { tensors, metadata } = decodeSafetensors(model.toBytes(), 'file')
    const json = JSON.parse(metadata.perceptra!)
    change(json)
    return encodeSafetensors(tensors, { perceptra: JSON.stringify(json) })
  }

  it.each<[string, object, RegExp]>([
    ['fewer classes', { classes: ['low', 'mid'] }, /3 outputs for 2 classes/],
    ['one class', { classes: ['low'] }, /two classes/],
    ['no kind of labels', { multilabel: null }, /several labels/],
    ['a loss for numbers', { loss: { name: 'huber', delta: 1 } }, /for the loss of a NetworkClassifier/],
    ['no network', { network: null }, /network is missing/],
    ['a network of another kind', { network: { format: 1, kind: 'Pipeline' } }, /kind/],
    ['an epoch below 0', { history: { epochs: [-1], logs: {}, stopReason: 'completed', bestEpoch: null } }, /epochs/],
    [
      'logs of other epochs',
      { history: { epochs: [0], logs: { loss: [] }, stopReason: 'completed', bestEpoch: null } },
      /1 entries/,
    ],
    [
      'a reason that is none',
      { history: { epochs: [], logs: { loss: [] }, stopReason: 'why', bestEpoch: null } },
      /stopReason/,
    ],
    ['metrics that are none', { compiled: { optimizer: 'adam', metrics: ['acc'] } }, /metrics/],
    ['an unknown key', { more: 1 }, /Unknown option "more"/],
  ])('is refused with %s', async (_, change, message) => {
    const bytes = await changed(({ learned }) => void Object.assign(learned, change))
    await expect(NetworkClassifier.load(bytes)).rejects.toThrow(message)
    await expect(NetworkClassifier.load(bytes)).rejects.toThrow(FormatError)
  })

  it('loads or throws a FormatError when its bytes are changed or cut', async () => {
    const whole = (await new NetworkClassifier({ ...small, epochs: 1 }).fit(x, three)).toBytes()
    let count = 0
    for (let k = 0; k < 200; k++) {
      const bytes = Uint8Array.from(whole)
      const at = (k * 7919) % 3000
      bytes[at] = bytes[at]! ^ (1 << (k % 8))
      await NetworkClassifier.load(k % 10 === 0 ? bytes.subarray(0, at) : bytes).catch((error: unknown) => {
        expect(error).toBeInstanceOf(FormatError)
        count++
      })
    }
    expect(count).toBeGreaterThan(50)
  })
})
