import { layers, optimizers, Sequential, schedules } from 'perceptra'

export interface NetworkOptions {
  hidden: readonly number[]
  /** Steps of the whole run, over which the rate rises and falls. */
  steps: number
  learningRate: number
  seed: number
}

/**
 * Hidden layers of relu after batch normalization, then one probability per digit. Pixels may be bytes:
 * the first normalization removes their scale.
 */
export function makeNetwork({ hidden, steps, learningRate, seed }: NetworkOptions): Sequential {
  const model = new Sequential({
    layers: [
      ...hidden.flatMap((units, i) => [
        layers.dense({ units, useBias: false, kernelInitializer: 'heNormal', ...(i === 0 && { inputShape: [784] }) }),
        layers.batchNormalization({ momentum: 0.95 }),
        layers.activation({ activation: 'relu' }),
      ]),
      layers.dense({ units: 10, activation: 'softmax' }),
    ],
    seed,
  })
  model.compile({
    optimizer: optimizers.adam({ learningRate: schedules.oneCycle({ maximum: learningRate, steps, startShare: 0.2 }) }),
    loss: 'sparseCategoricalCrossentropy',
    metrics: ['accuracy'],
  })
  return model
}
