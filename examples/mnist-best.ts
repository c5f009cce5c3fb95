// The best of MNIST without distorted images: batch normalization and noise in every layer, and a decaying rate.
// node --import tsx examples/mnist-best.ts --dir path/to/mnist
import { datasets, layers, optimizers, Sequential, schedules } from 'perceptra'
import { main } from './recipe/main.js'
import type { RecipeOptions } from './recipe/options.js'
import { printResult, type RecipeResult, stepsOf, trainAndTest } from './recipe/run.js'

const batchSize = 128

/**
 * The noisy path of the ladder network alone, with the layers of its authors (Rasmus et al. 2015, "Semi-supervised
 * learning with ladder networks": 0.80 % of error).
 */
const hidden = [1000, 500, 250, 250, 250]
const stddev = 0.3

export async function learn(options: RecipeOptions, images?: datasets.ImageDataset): Promise<RecipeResult> {
  const data = images ?? (await datasets.mnist({ dir: options.dir }))
  using model = new Sequential({
    layers: [
      layers.gaussianNoise({ stddev, inputShape: [784] }),
      ...hidden.flatMap((units) => [
        layers.dense({ units, useBias: false, kernelInitializer: 'heNormal' }),
        layers.batchNormalization({ momentum: 0.95 }),
        layers.gaussianNoise({ stddev }),
        layers.activation({ activation: 'relu' }),
      ]),
      layers.dense({ units: 10, activation: 'softmax' }),
    ],
    seed: options.seed,
  })
  const learningRate = schedules.cosine({ initial: 2e-3, steps: stepsOf(options, batchSize) })
  model.compile({
    optimizer: optimizers.adam({ learningRate }),
    loss: 'sparseCategoricalCrossentropy',
    metrics: ['accuracy'],
  })
  return await trainAndTest(model, data, { ...options, batchSize })
}

await main(import.meta.url, 'mnist-best', { epochs: 30 }, async (options) => printResult(await learn(options)))
