import { type LayerSpec, Sequential } from '../../../lib/index.js'

/** A network whose vectors (biases, statistics) differ from those that a network begins with. */
export function network(layers: readonly LayerSpec[]): Sequential {
  const model = new Sequential({ layers, seed: 3 })
  const weights = model.getWeights()
  for (const [k, { rows, data }] of weights.entries()) {
    if (rows === 1) data.set(data.map((value, i) => value + 0.3 + 0.2 * Math.sin(i + k)))
  }
  model.setWeights(weights)
  return model
}
