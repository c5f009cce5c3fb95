import { describe, expect, it } from 'vitest'
import { commonLayerOptions, type LayerType, layerOptions } from '../../../lib/spec/layer.js'
import { around, expectEffect, type Pair, resultOf } from './effect.js'

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
    },
  },
  activation: { base: { activation: 'tanh' }, options: { activation: ['tanh', 'relu'] } },
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
}

/** Options of all layers. Layers without weights accept `trainable` and `learningRateFactor` too. */
const commonPairs: Record<string, Pair> = {
  trainable: [true, false],
  learningRateFactor: [1, 0.25],
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
    if (hasNoWeights && (option === 'trainable' || option === 'learningRateFactor')) {
      // Accepted without an effect.
      const [one, other] = await Promise.all(
        commonPairs[option]!.map((value) => resultOf(around(type, { ...base, [option]: value }))),
      )
      expect(other).toEqual(one)
      return
    }
    const pair = type === 'embedding' && option === 'inputShape' ? [[4], [5]] : commonPairs[option]
    await expectEffect(pair as Pair, (value) => around(type, { ...base, [option]: value }))
  })
})
