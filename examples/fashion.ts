// Fashion-MNIST: wide layers, dropout, weight decay, an average of the weights, and a cosine schedule.
// node --import tsx examples/fashion.ts --dir path/to/fashion-mnist
import { datasets, layers, optimizers, Sequential, schedules } from 'perceptra'
import { main } from './recipe/main.js'
import type { RecipeOptions } from './recipe/options.js'
import { printResult, type RecipeResult, stepsOf, trainAndTest } from './recipe/run.js'

const batchSize = 128

export async function learn(options: RecipeOptions, images?: datasets.ImageDataset): Promise<RecipeResult> {
  const data = images ?? (await datasets.fashionMnist({ dir: options.dir }))
  using model = new Sequential({
    layers: [
      layers.dropout({ rate: 0.1, inputShape: [784] }),
      ...[1024, 512].flatMap((units) => [
        layers.dense({ units, useBias: false, kernelInitializer: 'heNormal' }),
        layers.batchNormalization({ momentum: 0.95 }),
        layers.activation({ activation: 'relu' }),
        layers.dropout({ rate: 0.4 }),
      ]),
      layers.dense({ units: 10, activation: 'softmax' }),
    ],
    seed: options.seed,
  })
  const learningRate = schedules.cosine({ initial: 2e-3, steps: stepsOf(options, batchSize) })
  model.compile({
    optimizer: optimizers.adamw({ learningRate, weightDecay: 0.02, ema: 0.998 }),
    loss: 'sparseCategoricalCrossentropy',
    metrics: ['accuracy'],
  })
  return await trainAndTest(model, data, { ...options, batchSize })
}

await main(import.meta.url, 'fashion', { epochs: 25 }, async (options) => printResult(await learn(options)))
