import { datasets, layers, optimizers, Sequential } from 'perceptra'

export const { train, test } = datasets.digits()

/** A net that learns the digits in a few epochs. */
export function makeModel() {
  const model = new Sequential({
    layers: [
      layers.dense({ units: 32, activation: 'relu', inputShape: [64] }),
      layers.dense({ units: 10, activation: 'softmax' }),
    ],
    seed: 1,
  })
  const optimizer = optimizers.adam({ learningRate: 0.005 })
  model.compile({ optimizer, loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] })
  return model
}

/** All weights in one row. */
export const flat = (model) => model.getWeights().flatMap((matrix) => [...matrix.data])
