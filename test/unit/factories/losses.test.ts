import { describe, expect, it } from 'vitest'
import {
  type ActivationLike,
  activations,
  type LossLike,
  layers,
  losses,
  optimizers,
  Sequential,
} from '../../../lib/index.js'
import { checkOutput, type LossSpec, lossChoices } from '../../../lib/spec/loss.js'

const from = (activation: ActivationLike, units: number) => {
  return { name: 'out', units, activation: layers.dense({ units, activation }).activation }
}
const read = (loss: LossLike) => (typeof loss === 'string' ? losses[loss]() : loss)

describe('losses', () => {
  it("losses have Keras's defaults", () => {
    expect(Object.keys(losses).sort()).toEqual(Object.keys(lossChoices).sort())
    expect(losses.huber()).toEqual({ name: 'huber', delta: 1 })
    expect(losses.quantile()).toEqual({ name: 'quantile', quantile: 0.5 })
    expect(losses.focal()).toEqual({ name: 'focal', gamma: 2, alpha: 0.25 })
    expect(losses.poisson()).toEqual({ name: 'poisson', fromLogits: false })
    const name = 'categoricalCrossentropy'
    expect(losses.categoricalCrossentropy()).toEqual({ name, fromLogits: false, labelSmoothing: 0 })
  })

  it.each<[string, () => unknown, RegExp]>([
    ['a delta of 0', () => losses.huber({ delta: 0 }), /for delta of huber, but got 0/],
    ['a quantile of 1', () => losses.quantile({ quantile: 1 }), /above 0 and below 1 for quantile of quantile/],
    ['a quantile of 0', () => losses.quantile({ quantile: 0 }), /above 0 and below 1/],
    ['a negative gamma', () => losses.focal({ gamma: -1 }), /gamma of focal/],
    ['an alpha of 0', () => losses.focal({ alpha: 0 }), /above 0 and of at most 1 for alpha of focal/],
    [
      'smoothing away everything',
      () => losses.binaryCrossentropy({ labelSmoothing: 1 }),
      /from 0 to below 1 for labelSmoothing of binaryCrossentropy/,
    ],
    ['negative smoothing', () => losses.sparseCategoricalCrossentropy({ labelSmoothing: -0.1 }), /labelSmoothing/],
    ['smoothing of NaN', () => losses.categoricalCrossentropy({ labelSmoothing: Number.NaN }), /NaN/],
    ['logits of a loss that has none', () => losses.focal({ fromLogits: true } as never), /It takes gamma, alpha/],
    ['a misspelt option', () => losses.huber({ dleta: 1 } as never), /Did you mean delta\?/],
  ])('factories of losses reject %s', (_, make, message) => {
    expect(make).toThrow(message)
  })

  it.each<[LossLike, ActivationLike, number]>([
    ...(['meanSquaredError', 'meanAbsoluteError', 'huber', 'logCosh', 'quantile'] as const).flatMap(
      (loss): [LossLike, ActivationLike, number][] => [
        [loss, 'linear', 1],
        [loss, 'relu', 1],
        [loss, 'softmax', 3],
      ],
    ),
    ['focal', 'sigmoid', 1],
    ['focal', 'softmax', 3],
    [losses.focal({ alpha: 1 }), 'softmax', 3],
    ['kullbackLeibler', 'softmax', 2],
    ['kullbackLeibler', 'sigmoid', 2],
    ['kullbackLeibler', 'softplus', 2],
    ['poisson', 'exponential', 1],
    ['poisson', 'softplus', 1],
    ['poisson', 'relu', 1],
    [losses.poisson({ fromLogits: true }), 'linear', 1],
    ['hinge', 'linear', 1],
    ['hinge', 'tanh', 3],
    ['squaredHinge', 'softsign', 1],
    ['hinge', activations.elu({ alpha: 2 }), 1],
    ['gaussianNll', 'linear', 2],
    ['gaussianNll', 'linear', 6],
  ])('%s accepts a last layer with %s and %i units', (loss, activation, units) => {
    expect(() => checkOutput(read(loss) as LossSpec, from(activation, units))).not.toThrow()
  })

  it.each<[LossLike, ActivationLike, number, RegExp]>([
    ['meanAbsoluteError', 'softmax', 1, /A softmax over one unit is always 1.*"out".*'sigmoid'/],
    ['focal', 'linear', 1, /focal needs activation: 'sigmoid' or 'softmax' in the last layer \("out"\).*has 'linear'/],
    [losses.focal({ alpha: 1 }), 'sigmoid', 1, /targets of 0 the weight 1 - alpha, which is 0/],
    ['kullbackLeibler', 'linear', 3, /needs activation: 'softmax', or another whose outputs are not below 0/],
    ['kullbackLeibler', 'sigmoid', 1, /one unit for each class/],
    ['poisson', 'linear', 1, /'exponential' or 'softplus'.*'linear'.*losses\.poisson\(\{ fromLogits: true \}\)/],
    ['poisson', 'tanh', 1, /'exponential' or 'softplus', since rates are not below 0/],
    ['poisson', 'gelu', 1, /since rates are not below 0/],
    ['poisson', 'leakyRelu', 1, /since rates are not below 0/],
    ['poisson', 'softmax', 3, /'exponential' or 'softplus'/],
    [losses.poisson({ fromLogits: true }), 'exponential', 1, /'linear'.*leave fromLogits out/],
    ['hinge', 'softmax', 3, /activation: 'linear', or another whose outputs go down to -1.*has 'softmax'/],
    ['hinge', 'sigmoid', 1, /go down to -1/],
    ['squaredHinge', 'relu', 1, /go down to -1/],
    ['squaredHinge', activations.elu({ alpha: 0.5 }), 1, /go down to -1/],
    ['gaussianNll', 'tanh', 2, /activation: 'linear'/],
    ['gaussianNll', 'linear', 3, /two units for each target.*but that has 3\. Give it an even number/],
  ])('%s rejects a last layer with %s and %i units', (loss, activation, units, message) => {
    expect(() => checkOutput(read(loss) as LossSpec, from(activation, units))).toThrow(message)
  })
})

/** A model of one layer whose outputs are its inputs. */
function identity(loss: LossLike, units: number, metrics: string[], activation: ActivationLike = 'linear') {
  const model = new Sequential({ layers: [layers.dense({ units, activation, inputShape: [units] })], seed: 1 })
  model.setWeights([
    Array.from({ length: units }, (_, i) => Array.from({ length: units }, (_, j) => (i === j ? 1 : 0))),
    Array<number>(units).fill(0),
  ])
  model.compile({ optimizer: 'sgd', loss, metrics: metrics as never })
  return model
}

describe('metrics', () => {
  it('accuracy with hinge compares signs, for targets of -1 and 1 and of 0 and 1', async () => {
    using model = identity('hinge', 1, ['accuracy'])
    for (const no of [0, -1]) {
      const { loss, accuracy } = await model.evaluate([[2], [0.25], [-3], [-0.5]], [1, no, no, 1])
      expect(accuracy).toBe(0.5)
      expect(loss).toBeCloseTo((0 + 1.25 + 0 + 1.5) / 4, 6)
    }
  })

  it('metrics with gaussianNll use the means', async () => {
    using model = identity('gaussianNll', 4, ['meanSquaredError', 'meanAbsoluteError', 'rootMeanSquaredError'])
    const logs = await model.evaluate([[1, 2, 0, Math.log(4)]], [[0, 5]])
    expect(logs.meanSquaredError).toBeCloseTo(5, 6)
    expect(logs.meanAbsoluteError).toBeCloseTo(2, 6)
    expect(logs.rootMeanSquaredError).toBeCloseTo(Math.sqrt(5), 6)
    expect(logs.loss).toBeCloseTo((0.5 * (0 + 1) + 0.5 * (Math.log(4) + 9 / 4)) / 2, 6)
    expect(() => identity('gaussianNll', 2, ['accuracy'])).toThrow(
      /accuracy counts right classes, but the loss gaussianNll.*meanSquaredError, meanAbsoluteError/,
    )
  })

  it('metrics use targets without label smoothing', async () => {
    const metrics = ['meanAbsoluteError', 'binaryAccuracy']
    using plain = identity('binaryCrossentropy', 1, metrics, 'sigmoid')
    using smooth = identity(losses.binaryCrossentropy({ labelSmoothing: 0.4 }), 1, metrics, 'sigmoid')
    const [a, b] = [await plain.evaluate([[3], [-1]], [1, 0]), await smooth.evaluate([[3], [-1]], [1, 0])]
    expect({ ...a, loss: 0 }).toEqual({ ...b, loss: 0 })
    expect(a.loss).not.toBe(b.loss)
  })

  it.each<[LossLike, ActivationLike, number[], number[], number]>([
    ['focal', 'sigmoid', [1, -1, 3, -3], [1, 1, 1, 0], 0.75],
    ['focal', 'softmax', [1, -1, 3, -3], [0, 0, 1, 0], 1],
    ['kullbackLeibler', 'softmax', [1, -1, 3, -3], [0, 1, 0, 0], 0],
    ['categoricalCrossentropy', 'softmax', [1, -1, 3, -3], [0, 0, 1, 0], 1],
  ])('computes accuracy of %s behind %s', async (loss, activation, x, y, expected) => {
    using model = identity(loss, 4, ['accuracy'], activation)
    expect((await model.evaluate([x], [y])).accuracy).toBe(expected)
  })

  it('binaryAccuracy of softmax outputs compares probabilities with 1/2', async () => {
    using model = identity('categoricalCrossentropy', 3, ['binaryAccuracy'], 'softmax')
    // All logits are above 0, but only one probability is above 1/2.
    expect((await model.evaluate([[1, 1, 4]], [[0, 0, 1]])).binaryAccuracy).toBe(1)
  })
})

describe('targets', () => {
  const fit = async (loss: LossLike, activation: ActivationLike, y: unknown, units = 1) => {
    using model = identity(loss, units, [], activation)
    const before = model.getWeights().map(({ data }) => [...data])
    const x = [Array<number>(units).fill(1), Array<number>(units).fill(2)]
    try {
      await model.fit(x, y as never)
    } finally {
      // Refused before weights change.
      expect(model.getWeights().map(({ data }) => [...data])).toEqual(before)
    }
  }
  it.each<[LossLike, ActivationLike, unknown, RegExp, number?]>([
    ['poisson', 'softplus', [1, -2], /numbers of at least 0 for y, as poisson takes them, but row 1, column 0 is -2/],
    ['hinge', 'linear', [1, 2], /-1 and 1 \(or 0 and 1\) for y, as hinge takes them, but row 1, column 0 is 2/],
    ['hinge', 'linear', [0, -1], /either -1 and 1 or 0 and 1 for y/],
    ['squaredHinge', 'linear', [0.5, 1], /squaredHinge takes them, but row 0, column 0 is 0\.5/],
    ['focal', 'sigmoid', [1, 1.5], /numbers from 0 to 1 for y, as focal takes them, but row 1/],
    [
      'kullbackLeibler',
      'softmax',
      [
        [0, 1],
        [-1, 2],
      ],
      /kullbackLeibler takes them, but row 1, column 0 is -1/,
      2,
    ],
    [
      'gaussianNll',
      'linear',
      [
        [0, 1, 2, 3],
        [0, 1, 2, 3],
      ],
      /rows of 2 numbers/,
      4,
    ],
    ['sparseCategoricalCrossentropy', 'softmax', [0, 2], /from 0 to 1 \(the model has 2 outputs\).*row 1 is 2/, 2],
  ])('targets of %s behind %s are rejected before weights change: %j', async (loss, activation, y, message, units) => {
    await expect(fit(loss, activation, y, units)).rejects.toThrow(message)
  })
})

it('gaussianNll learns a mean and a variance', async () => {
  using model = new Sequential({ layers: [layers.dense({ units: 2, inputShape: [1] })], seed: 1 })
  model.compile({ optimizer: optimizers.adam({ learningRate: 0.05 }), loss: 'gaussianNll' })
  const x = new Float32Array(400)
  const y = Float32Array.from(x, (_, i) => 2 + [-1.5, -0.5, 0.5, 1.5][i % 4]!)
  await model.fit(x, y, { epochs: 400, batchSize: 400 })
  const [mean, logVariance] = model.predictSync([0]) as Float32Array
  expect(mean).toBeCloseTo(2, 2)
  expect(Math.exp(logVariance!)).toBeCloseTo(1.25, 1)
})

it.each<[LossLike, ActivationLike]>([
  ['hinge', 'linear'],
  ['squaredHinge', 'tanh'],
  ['focal', 'sigmoid'],
])('class weights of %s behind %s count rows by their class, as sample weights do', async (loss, activation) => {
  const [byClass, byRow] = [identity(loss, 1, [], activation), identity(loss, 1, [], activation)]
  const [x, y] = [
    [[0.3], [-0.2], [0.1]],
    [1, 0, 0],
  ]
  await byClass.fit(x, y, { classWeight: { 0: 3, 1: 0.5 }, shuffle: false })
  await byRow.fit(x, y, { sampleWeight: [0.5, 3, 3], shuffle: false })
  expect(byClass.getWeights()).toEqual(byRow.getWeights())
  byClass.dispose()
  byRow.dispose()
})
