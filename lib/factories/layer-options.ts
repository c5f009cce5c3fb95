import { readLayerOptions } from '../spec/layer.js'
import type { LayerOf, LayerType, TensorFactors } from '../spec/layer-spec.js'

/** Options of every layer. */
export interface LayerOptions {
  /** Whether training changes its weights; true by default. */
  trainable?: boolean | undefined
  /**
   * A factor of the learning rate for its weights, at least 0; 1 by default. By tensor: `{ bias: 0.1 }`; the others
   * have 1.
   */
  learningRateFactor?: TensorFactors | undefined
  /** A factor of the optimizer's weight decay for its weights, likewise: `{ bias: 0 }`; 1 by default. */
  weightDecayFactor?: TensorFactors | undefined
  /** The length of an input row, as `[n]`. The first layer needs it; others take it from the layer before. */
  inputShape?: readonly [number] | undefined
  /** By default the layer's type, with a number from the second one on: `dense`, `dense_1`, ... */
  name?: string | undefined
}

/** A layer with its options checked and its defaults filled in. */
export function make<T extends LayerType>(type: T, options: object): LayerOf<T> {
  return readLayerOptions(type, options, `layers.${type}()`)
}
