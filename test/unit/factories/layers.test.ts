import { describe, expect, it } from 'vitest'
import { constraints, initializers, layers, regularizers, Sequential } from '../../../lib/index.js'
import { layerOptions } from '../../../lib/spec/layer.js'
import type { LayerType } from '../../../lib/spec/layer-spec.js'

const always = { trainable: true, learningRateFactor: 1 }
const normalization = {
  epsilon: 1e-3,
  center: true,
  scale: true,
  betaInitializer: { name: 'zeros' },
  gammaInitializer: { name: 'ones' },
}
/** The required options of each layer, and its spec. */
const filledIn: Record<LayerType, [object, object]> = {
  dense: [
    { units: 3 },
    {
      units: 3,
      activation: { name: 'linear' },
      useBias: true,
      kernelInitializer: { name: 'glorotUniform' },
      biasInitializer: { name: 'zeros' },
    },
  ],
  activation: [{ activation: 'elu' }, { activation: { name: 'elu', alpha: 1 } }],
  dropout: [{ rate: 0.25 }, { rate: 0.25 }],
  alphaDropout: [{ rate: 0 }, { rate: 0 }],
  gaussianNoise: [{ stddev: 0.5 }, { stddev: 0.5 }],
  rescaling: [{ scale: 0.5 }, { scale: 0.5, offset: 0 }],
  batchNormalization: [{}, { momentum: 0.99, ...normalization }],
  layerNormalization: [{}, normalization],
  embedding: [
    { inputDim: 5, outputDim: 2, embeddingsInitializer: 'ones' },
    { inputDim: 5, outputDim: 2, embeddingsInitializer: { name: 'ones' } },
  ],
  scale: [{}, { scaleInitializer: { name: 'ones' } }],
  columns: [
    { parts: [{ type: 'embedding', columns: [1, 2], inputDim: 4, outputDim: 2 }] },
    {
      parts: [
        {
          type: 'embedding',
          columns: [1, 2],
          inputDim: [4, 4],
          outputDim: 2,
          embeddingsInitializer: { name: 'randomNormal', mean: 0, stddev: 0.05 },
          learningRateFactor: 1,
          weightDecayFactor: 1,
        },
      ],
    },
  ],
  memberScale: [
    { chunks: [1, 2] },
    {
      useBias: false,
      scaleInitializer: { name: 'randomSigns' },
      biasInitializer: { name: 'zeros' },
      chunks: [1, 2],
    },
  ],
  memberDense: [
    { units: 3 },
    {
      units: 3,
      activation: { name: 'linear' },
      useBias: true,
      kernelInitializer: { name: 'glorotUniform' },
      biasInitializer: { name: 'zeros' },
    },
  ],
  denseBatchEnsemble: [
    { units: 3 },
    {
      units: 3,
      activation: { name: 'linear' },
      useBias: true,
      inputScaleInitializer: { name: 'ones' },
      kernelInitializer: { name: 'glorotUniform' },
      outputScaleInitializer: { name: 'ones' },
      biasInitializer: { name: 'zeros' },
    },
  ],
}

const make = layers as unknown as Record<LayerType, (options?: object) => object>

describe.each(Object.entries(filledIn))('layers.%s', (name, [options, spec]) => {
  const type = name as LayerType

  it("fills in Keras's defaults", () => {
    expect(make[type](options)).toEqual({ type, ...always, ...spec })
    const undefineds = Object.fromEntries(Object.keys(layerOptions[type]).map((key) => [key, undefined]))
    expect(make[type]({ ...undefineds, ...options })).toEqual({ type, ...always, ...spec })
  })

  it('rejects unknown options and suggests the right ones', () => {
    expect(() => make[type]({ ...options, trainible: true })).toThrow(
      `Unknown option "trainible" for layers.${type}(). Did you mean trainable?`,
    )
    expect(() => make[type]({ ...options, trainable: 1 })).toThrow(
      `Expected true or false for trainable of layers.${type}(), but got 1.`,
    )
    expect(() => make[type]({ ...options, learningRateFactor: -1 })).toThrow(
      `Expected a finite number from 0 to 3.4e38 for learningRateFactor of layers.${type}(), but got -1.`,
    )
    expect(() => make[type]({ ...options, name: '' })).toThrow(
      `Expected a non-empty string for name of layers.${type}(), but got "".`,
    )
    expect(() => make[type]({ ...options, inputShape: [0] })).toThrow(/inputShape of layers\.\w+\(\), but got 0\./)
    expect(() => make[type]({ ...options, inputShape: 4 })).toThrow(
      /inputShape of layers.*such as \[784\].*but got 4\./,
    )
  })
})

const layersWith = (type: LayerType, options: object) => () => make[type]({ ...filledIn[type][0], ...options })

it.each<[LayerType, object, string]>([
  ['dense', { units: 0 }, 'Expected an integer from 1 to 2147483648 for units of layers.dense(), but got 0.'],
  ['dense', { units: 2.5 }, 'Expected an integer from 1 to 2147483648 for units of layers.dense(), but got 2.5.'],
  ['dense', { useBias: 'no' }, 'Expected true or false for useBias of layers.dense(), but got "no".'],
  ['dense', { activation: 'rellu' }, 'but got "rellu". Did you mean relu?'],
  ['dense', { kernelInitializer: 'glorot' }, 'for kernelInitializer of layers.dense(), but got "glorot".'],
  ['dense', { kernelRegularizer: 'l3' }, 'for kernelRegularizer of layers.dense(), but got "l3".'],
  ['dense', { kernelRegularizer: { name: 'l2', l2: -1 } }, 'for l2 of l2, but got -1.'],
  [
    'dense',
    { kernelRegularizer: { name: 'l2', l1: 1 } },
    'Unknown option "l1" for kernelRegularizer of layers.dense() l2',
  ],
  ['dense', { biasConstraint: { name: 'maxNorm', limit: 0 } }, 'for limit of maxNorm, but got 0.'],
  ['dense', { biasConstraint: 'unitnorm' }, 'but got "unitnorm". Did you mean unitNorm?'],
  ['activation', { activation: undefined }, "Expected an activation's name"],
  ['dropout', { rate: 1 }, 'Expected a finite number from 0 to below 1 for rate of layers.dropout(), but got 1.'],
  ['dropout', { rate: undefined }, 'for rate of layers.dropout(), but got undefined.'],
  ['alphaDropout', { rate: -0.1 }, 'for rate of layers.alphaDropout(), but got -0.1.'],
  ['gaussianNoise', { stddev: -1 }, 'for stddev of layers.gaussianNoise(), but got -1.'],
  ['gaussianNoise', { stddev: Infinity }, 'for stddev of layers.gaussianNoise(), but got Infinity.'],
  [
    'rescaling',
    { scale: undefined },
    'Expected a finite number from -3.4e38 to 3.4e38 for scale of layers.rescaling()',
  ],
  ['rescaling', { scale: 1e39 }, 'for scale of layers.rescaling(), but got 1e+39.'],
  ['rescaling', { offset: Number.NaN }, 'for offset of layers.rescaling(), but got NaN.'],
  ['batchNormalization', { momentum: 1 }, 'from 0 to below 1 for momentum of layers.batchNormalization(), but got 1.'],
  ['batchNormalization', { epsilon: 0 }, 'for epsilon of layers.batchNormalization(), but got 0.'],
  ['layerNormalization', { center: null }, 'for center of layers.layerNormalization(), but got null.'],
  ['layerNormalization', { momentum: 0.9 }, 'Unknown option "momentum" for layers.layerNormalization().'],
  ['embedding', { inputDim: 2 ** 24 + 1 }, 'from 1 to 16777216 for inputDim of layers.embedding()'],
  ['embedding', { outputDim: 0 }, 'for outputDim of layers.embedding(), but got 0.'],
])('layers.%s rejects %o', (type, options, message) => {
  expect(layersWith(type, options)).toThrow(message)
})

describe('regularizers and constraints', () => {
  it("regularizers and constraints have Keras's defaults", () => {
    expect(regularizers.l1()).toEqual({ name: 'l1', l1: 0.01 })
    expect(regularizers.l2()).toEqual({ name: 'l2', l2: 0.01 })
    expect(regularizers.l1l2()).toEqual({ name: 'l1l2', l1: 0.01, l2: 0.01 })
    expect(regularizers.l1l2({ l1: 0.5 })).toEqual({ name: 'l1l2', l1: 0.5, l2: 0.01 })
    expect(constraints.maxNorm()).toEqual({ name: 'maxNorm', limit: 2 })
    expect(constraints.unitNorm()).toEqual({ name: 'unitNorm' })
    expect(constraints.nonNeg()).toEqual({ name: 'nonNeg' })
  })

  it('regularizers and constraints reject wrong numbers', () => {
    expect(() => regularizers.l1(-1)).toThrow('for l1 of l1, but got -1.')
    expect(() => regularizers.l2(Number.NaN)).toThrow('for l2 of l2, but got NaN.')
    expect(() => regularizers.l1l2({ l3: 1 } as never)).toThrow('Unknown option "l3" for regularizer l1l2.')
    expect(() => constraints.maxNorm(0)).toThrow('above 0')
    expect(() => layers.dense({ units: 1, kernelRegularizer: regularizers.l1 as never })).toThrow('Call it: l1().')
  })
})

describe('a net of layers', () => {
  const all = () =>
    new Sequential({
      layers: [
        layers.embedding({
          inputDim: 5,
          outputDim: 3,
          embeddingsInitializer: initializers.heNormal(),
          inputShape: [2],
        }),
        layers.gaussianNoise({ stddev: 0.1 }),
        layers.rescaling({ scale: 2, offset: -1 }),
        layers.dense({ units: 4, activation: 'prelu', kernelRegularizer: 'l2', trainable: false }),
        layers.batchNormalization({ scale: false }),
        layers.activation({ activation: 'gelu' }),
        layers.dropout({ rate: 0.5 }),
        layers.layerNormalization({ betaConstraint: 'nonNeg' }),
        layers.alphaDropout({ rate: 0.5 }),
        layers.dense({ units: 2, useBias: false }),
      ],
      seed: 1,
    })

  it('a model of all layers reads back from JSON unchanged', () => {
    using model = all()
    const json = model.toJSON()
    using again = Sequential.fromJSON(JSON.stringify(json))
    expect(again.toJSON()).toEqual(json)
    expect(again.getWeights()).toEqual(model.getWeights())
    expect(json.layers.map(({ name }) => name)).toEqual([
      'embedding',
      'gaussianNoise',
      'rescaling',
      'dense',
      'batchNormalization',
      'activation',
      'dropout',
      'layerNormalization',
      'alphaDropout',
      'dense_1',
    ])
  })

  it('counts the weights that are trained and those that are not', () => {
    using model = all()
    // 5 x 3; 6 x 4 + 4 + 4 frozen; beta 4, moving 8; gamma and beta 8; 4 x 2
    expect(model.countParams()).toBe(15 + 32 + 4 + 8 + 8 + 8)
    const summary = model.summary()
    expect(summary).toContain('Total params: 75 (300 bytes)')
    expect(summary).toContain('Trainable params: 35')
    expect(summary).toContain('Non-trainable params: 40')
    expect(summary).toContain('dense (dense, prelu, frozen)')
    expect(summary).toMatch(/embedding \(embedding\) +\(rows, 6\) +15/)
  })

  it('rejects an embedding that is not the first layer', () => {
    const embedding = { inputDim: 3, outputDim: 2, embeddingsInitializer: 'ones' } as const
    expect(
      () => new Sequential({ layers: [layers.dense({ units: 2, inputShape: [2] }), layers.embedding(embedding)] }),
    ).toThrow('it must be the first layer, but it is layer 1.')
    expect(() => new Sequential({ layers: [layers.embedding(embedding)] })).toThrow(
      'The first layer needs an inputShape',
    )
  })

  it('rejects a model with too many weights', () => {
    const wide = layers.embedding({
      inputDim: 2 ** 24,
      outputDim: 2 ** 8,
      embeddingsInitializer: 'zeros',
      inputShape: [1],
    })
    expect(() => new Sequential({ layers: [wide] })).toThrow('more than the 2147483648')
  })
})
