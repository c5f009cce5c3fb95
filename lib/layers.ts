import { type ActivationLike, type InitializerLike, type LayerSpec, readDense } from './spec.js'

/** What `layers.dense` takes. */
export interface DenseOptions {
  /** Numbers per row of output. */
  units: number
  /** A name or what a factory of `activations` returns; `'linear'` by default. */
  activation?: ActivationLike | undefined
  /** Whether a bias is added; true by default. */
  useBias?: boolean | undefined
  /** `'glorotUniform'` by default. */
  kernelInitializer?: InitializerLike | undefined
  /** `'zeros'` by default. */
  biasInitializer?: InitializerLike | undefined
  /** Numbers per row of input, as `[n]`. The first layer needs it; others take it from the layer before. */
  inputShape?: readonly [number] | readonly number[] | undefined
  /** By default `dense`, `dense_1`, ... */
  name?: string | undefined
}

/**
 * A dense layer: y = activation(x W + b) with the kernel W (inputs, units) and the bias b (units).
 * @throws ArgumentError for an unknown option or a wrong value.
 * @example
 * const model = new Sequential({
 *   layers: [
 *     layers.dense({ units: 32, activation: 'relu', kernelInitializer: 'heNormal', inputShape: [64] }),
 *     layers.dense({ units: 10, activation: 'softmax' }),
 *   ],
 * })
 */
export function dense(options: DenseOptions): LayerSpec {
  return readDense(options, 'layers.dense()')
}
