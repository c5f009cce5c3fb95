import { checkInteger, checkOneOf } from '../base/check.js'
import type { Matrix, MatrixLike } from '../base/matrix.js'
import type { LayerSpec } from '../spec/layer-spec.js'
import type { Core } from './core.js'
import { predictLayers, type RunOptions } from './inference.js'
import { readWeights, type WeightLike, writeWeights } from './weights.js'

/** A view of one layer of a model. */
export class LayerView {
  readonly #core: Core
  /** The index of the layer, counted from 0. */
  readonly index: number

  constructor(core: Core, index: number) {
    this.#core = core
    this.index = index
  }

  get name(): string {
    return this.#core.spec.layers[this.index]!.name
  }

  /** The options of the layer, with all defaults. */
  get spec(): LayerSpec {
    return this.#core.spec.layers[this.index]!
  }

  /**
   * The output of the layer for each row of x (hidden activations), computed off the event loop like predict.
   * @param x rows of as many numbers as the model has inputs.
   * @returns (rows, outputs of the layer); of a network with members, from the first layer on that differs by member,
   * (rows, members x outputs), one member after the other.
   * @throws ArgumentError for wrong data.
   */
  async output(x: MatrixLike, options: RunOptions = {}): Promise<Matrix> {
    return predictLayers(this.#core, x, options, this.index + 1, 'output()')
  }

  /** Copies of the weights of the layer, in the order of the model's getWeights; empty for a layer without weights. */
  getWeights(): Matrix[] {
    this.#core.checkAlive()
    const all = readWeights(this.#core)
    return all.filter((_, i) => this.#core.tensors[i]!.layer === this.index)
  }

  /**
   * Sets the weights of the layer, in the order of its getWeights; those of other layers and the optimizer's state stay.
   * @throws ArgumentError that names the tensor with a wrong shape, NaN or infinity; MlpError ERR_BUSY.
   * @example
   * const [kernel, bias] = model.layer(0).getWeights()
   * model.layer(0).setWeights([kernel!, new Float32Array(bias!.cols)]) // biases of 0
   */
  setWeights(weights: readonly WeightLike[]): void {
    writeWeights(this.#core, weights, this.index)
  }
}

/** @throws ArgumentError for an index or a name that no layer has. */
export function findLayer(core: Core, layer: number | string): LayerView {
  core.checkAlive()
  const { layers } = core.spec
  if (typeof layer !== 'string')
    return new LayerView(core, checkInteger(layer, 'layer', { min: 0, max: layers.length - 1 }))
  const names = layers.map(({ name }) => name)
  return new LayerView(core, names.indexOf(checkOneOf(layer, 'layer', names)))
}
