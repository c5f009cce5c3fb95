import { describe, expect, it } from 'vitest'
import { layers } from '../../../lib/index.js'
import { commonLayerOptions, layerOptions } from '../../../lib/spec/layer.js'
import type { LayerType } from '../../../lib/spec/layer-spec.js'
import { indices } from './data.js'
import { around, expectEffect, last, type Pair, resultOf } from './effect.js'

const regularizers = [{ name: 'l2', l2: 0.5 }, undefined] as const
const constraints = ['unitNorm', undefined] as const
const normalization = {
  epsilon: [1e-3, 0.5],
  center: [true, false],
  scale: [true, false],
  betaInitializer: ['zeros', 'ones'],
  gammaInitializer: ['ones', 'zeros'],
  betaRegularizer: regularizers,
  gammaRegularizer: regularizers,
  betaConstraint: constraints,
  gammaConstraint: constraints,
} as const

const denseOfMembers = {
  units: [5, 4],
  activation: ['tanh', 'relu'],
  useBias: [true, false],
  kernelInitializer: ['glorotUniform', 'heNormal'],
  biasInitializer: ['zeros', 'ones'],
  kernelRegularizer: regularizers,
  biasRegularizer: regularizers,
} as const

const pairsByLayer: Record<LayerType, { base: object; options: Record<string, Pair> }> = {
  dense: {
    base: { units: 5, activation: 'tanh' },
    options: {
      units: [5, 4],
      activation: ['tanh', 'relu'],
      useBias: [true, false],
      kernelInitializer: ['glorotUniform', 'heNormal'],
      biasInitializer: ['zeros', 'ones'],
      kernelRegularizer: regularizers,
      biasRegularizer: regularizers,
      kernelConstraint: constraints,
      biasConstraint: constraints,
      parametrization: ['standard', 'ntk'],
    },
  },
  activation: {
    base: { activation: 'tanh' },
    options: { activation: ['tanh', 'relu'], parametric: [false, true] },
  },
  dropout: { base: { rate: 0.5 }, options: { rate: [0.5, 0.25] } },
  alphaDropout: { base: { rate: 0.5 }, options: { rate: [0.5, 0.25] } },
  gaussianNoise: { base: { stddev: 0.5 }, options: { stddev: [0.5, 0.25] } },
  rescaling: { base: { scale: 0.5 }, options: { scale: [0.5, 0.25], offset: [0, 0.5] } },
  batchNormalization: { base: {}, options: { momentum: [0.99, 0.5], ...normalization } },
  layerNormalization: { base: {}, options: normalization },
  embedding: {
    base: { inputDim: 3, outputDim: 2, embeddingsInitializer: 'heNormal' },
    options: {
      inputDim: [3, 2], // rejected: the indices go up to 2
      outputDim: [2, 3],
      embeddingsInitializer: ['heNormal', 'glorotNormal'],
      embeddingsRegularizer: regularizers,
      embeddingsConstraint: constraints,
    },
  },
  scale: {
    base: {},
    options: {
      scaleInitializer: ['ones', 'randomUniform'],
      scaleRegularizer: regularizers,
      scaleConstraint: constraints,
    },
  },
  columns: {
    base: { parts: [{ type: 'periodicEmbedding', columns: [0, 1] }] },
    options: {
      parts: [[{ type: 'periodicEmbedding', columns: [0, 1] }], [{ type: 'periodicEmbedding', columns: [1, 0] }]],
    },
  },
  memberScale: {
    base: { scaleInitializer: 'randomNormal', useBias: true },
    options: {
      useBias: [true, false],
      scaleInitializer: ['randomSigns', 'randomNormal'],
      biasInitializer: ['zeros', 'ones'],
      chunks: [undefined, [2, 4]],
      scaleRegularizer: regularizers,
      biasRegularizer: regularizers,
    },
  },
  memberDense: { base: { units: 5, activation: 'tanh' }, options: denseOfMembers },
  denseBatchEnsemble: {
    base: { units: 5, activation: 'tanh', inputScaleInitializer: 'randomNormal' },
    options: {
      ...denseOfMembers,
      inputScaleInitializer: ['randomSigns', 'ones'],
      outputScaleInitializer: ['ones', 'randomNormal'],
      chunks: [undefined, [2, 4]],
      kernelConstraint: constraints,
    },
  },
}

/** Options of all layers. Layers without weights accept `trainable` and `learningRateFactor` too. */
const commonPairs: Record<string, Pair> = {
  trainable: [true, false],
  learningRateFactor: [1, 0.25],
  weightDecayFactor: [1, 0.25],
  inputShape: [[6], [7]], // rejected in the middle of a network
  name: ['one', 'two'],
}

describe.each(Object.entries(layerOptions))('layers.%s', (name, options) => {
  const type = name as LayerType
  it.each(Object.keys(options))('option %s has an effect', async (option) => {
    const { base, options } = pairsByLayer[type]
    await expectEffect(options[option], (value) => around(type, { ...base, [option]: value }))
  })

  it.each([...Object.keys(commonLayerOptions), 'name'])('common option %s has an effect', async (option) => {
    const { base } = pairsByLayer[type]
    const hasNoWeights = ['activation', 'dropout', 'alphaDropout', 'gaussianNoise', 'rescaling'].includes(type)
    if (hasNoWeights && ['trainable', 'learningRateFactor', 'weightDecayFactor'].includes(option)) {
      // Accepted without an effect.
      const [one, other] = await Promise.all(
        commonPairs[option]!.map((value) => resultOf(around(type, { ...base, [option]: value }))),
      )
      expect(other).toEqual(one)
      return
    }
    const pair = type === 'embedding' && option === 'inputShape' ? [[4], [5]] : commonPairs[option]
    const compile = { optimizer: { name: 'sgd', weightDecay: 0.1 } } as const
    await expectEffect(pair as Pair, (value) => ({ ...around(type, { ...base, [option]: value }), compile }))
  })
})

const parts: readonly (readonly [string, object, Record<string, Pair>])[] = [
  ['passthrough', {}, { columns: [[0], [1]] }],
  ['oneHot', { columns: [0], inputDim: 3 }, { inputDim: [3, 2] }], // rejected: the codes go up to 2
  [
    'embedding',
    { columns: [0], inputDim: 3, outputDim: 2 },
    { outputDim: [2, 3], embeddingsInitializer: ['randomNormal', 'ones'], ...factorPairs() },
  ],
  [
    'periodicEmbedding',
    { columns: [0] },
    {
      form: ['pbld', 'plrLite'],
      frequencies: [4, 5],
      outputDim: [2, 3],
      sigma: [0.1, 1],
      activation: ['linear', 'relu'],
      ...factorPairs(),
    },
  ],
  [
    'piecewiseLinearEmbedding',
    { columns: [0], edges: [[0, 1, 2]] },
    { edges: [[[0, 1, 2]], [[0, 1]]], outputDim: [2, 3], ...factorPairs() },
  ],
]

function factorPairs(): Record<string, Pair> {
  return { learningRateFactor: [1, 0.5], weightDecayFactor: [1, 0] }
}

describe.each(parts)('the part %s of layers.columns', (type, base, options) => {
  it.each(Object.keys(options))('option %s has an effect', async (option) => {
    const compile = { optimizer: { name: 'sgd', weightDecay: 0.1 } } as const
    await expectEffect(options[option], (value) => ({
      layers: [layers.columns({ inputShape: [4], parts: [{ type, ...base, [option]: value }] as never }), last],
      x: indices,
      compile,
    }))
  })
})
