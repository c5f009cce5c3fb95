import { checkInteger, checkOneOf } from '../base/check.js'
import type { Matrix, MatrixLike } from '../base/matrix.js'
import type { LayerSpec } from '../spec/layer.js'
import type { Core } from './core.js'
import { predict, type RunOptions } from './inference.js'
import { readWeights } from './weights.js'

/** One layer of a model, to look into. */
export class LayerView {
  readonly #core: Core
  /** Its place, from 0 on. */
  readonly index: number

  constructor(core: Core, index: number) {
    this.#core = core
    this.index = index
  }

  get name(): string {
    return this.#core.spec.layers[this.index]!.name
  }

  /** Its options, every default filled in. */
  get spec(): LayerSpec {
    return this.#core.spec.layers[this.index]!
  }

  /**
   * What the layer puts out for each row of x: hidden activations, computed off the event loop as predict does.
   * @param x rows of as many numbers as the model has inputs.
   * @returns (rows, outputs of the layer).
   * @throws ArgumentError for wrong data.
   */
  async output(x: MatrixLike, options: RunOptions = {}): Promise<Matrix> {
    return predict(this.#core, x, options, this.index + 1)
  }

  /** Copies of its weights, in the order of the model's getWeights; none for a layer without. */
  getWeights(): Matrix[] {
    this.#core.checkAlive()
    const all = readWeights(this.#core)
    return all.filter((_, i) => this.#core.tensors[i]!.layer === this.index)
  }
}

/** @throws ArgumentError for a number or a name that no layer has. */
export function findLayer(core: Core, layer: number | string): LayerView {
  core.checkAlive()
  const { layers } = core.spec
  if (typeof layer !== 'string')
    return new LayerView(core, checkInteger(layer, 'layer', { min: 0, max: layers.length - 1 }))
  const names = layers.map(({ name }) => name)
  return new LayerView(core, names.indexOf(checkOneOf(layer, 'layer', names)))
}
