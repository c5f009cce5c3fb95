// Keras's recipe for MNIST (its example mnist_mlp.py): two layers of relu, dropout, RMSprop.
// node --import tsx examples/mnist-dropout.ts --dir path/to/mnist
import { datasets, layers, optimizers, Sequential } from 'perceptra'
import { main } from './recipe/main.js'
import type { RecipeOptions } from './recipe/options.js'
import { printResult, type RecipeResult, trainAndTest } from './recipe/run.js'

export async function learn(options: RecipeOptions, images?: datasets.ImageDataset): Promise<RecipeResult> {
  const data = images ?? (await datasets.mnist({ dir: options.dir }))
  using model = new Sequential({
    layers: [
      layers.dense({ units: 512, activation: 'relu', inputShape: [784] }),
      layers.dropout({ rate: 0.2 }),
      layers.dense({ units: 512, activation: 'relu' }),
      layers.dropout({ rate: 0.2 }),
      layers.dense({ units: 10, activation: 'softmax' }),
    ],
    seed: options.seed,
  })
  model.compile({
    // Keras's defaults. Keras has epsilon (1e-7) inside the root; outside, its root has the same effect on small gradients.
    optimizer: optimizers.rmsprop({ learningRate: 0.001, rho: 0.9, epsilon: Math.sqrt(1e-7) }),
    loss: 'sparseCategoricalCrossentropy',
    metrics: ['accuracy'],
  })
  return await trainAndTest(model, data, { ...options, batchSize: 128 })
}

await main(import.meta.url, 'mnist-dropout', { epochs: 20 }, async (options) => printResult(await learn(options)))
