import * as layers from '../../../factories/layers.js'
import type { ActivationSpec } from '../../../spec/activation.js'
import type { ColumnsSpec, LayerSpec } from '../../../spec/layer-spec.js'
import { outputsOfLayer, tensorsOfLayer } from '../../../spec/layer-tensors.js'
import type { Numbers, ReadLayer } from '../../read/network.js'

/** A dense layer while it is read: a bias and an activation may follow in nodes of their own. */
interface Dense {
  readonly type: 'dense'
  readonly inputs: number
  readonly units: number
  /** (inputs, units). */
  kernel: Float32Array
  bias: Float64Array | undefined
  activation: ActivationSpec
  alpha: Float32Array | undefined
}

/** Any other layer: what a factory made, and its tensors. */
interface Other {
  readonly type: 'other'
  readonly layer: LayerSpec
  readonly tensors: readonly Float32Array[]
}

const linear: ActivationSpec = { name: 'linear' }

/** The layers of a network while a graph is read, from the input on. */
export class Stack {
  readonly #layers: (Dense | Other)[] = []
  /** Numbers a row of input; undefined until something tells. */
  inputs: number | undefined
  /** Numbers a row after the last layer. */
  width: number | undefined

  constructor(inputs: number | undefined) {
    this.inputs = inputs
    this.width = inputs
  }

  get isEmpty(): boolean {
    return this.#layers.length === 0
  }

  /** Checks, or sets, the width. */
  fits(width: number): boolean {
    this.width ??= width
    this.inputs ??= width
    return this.width === width
  }

  dense(kernel: Float32Array, units: number, bias: Float64Array | undefined): void {
    const inputs = this.width!
    this.#layers.push({ type: 'dense', inputs, units, kernel, bias, activation: linear, alpha: undefined })
    this.width = units
  }

  /** @param alpha the slopes of prelu, one a column. */
  activation(activation: ActivationSpec, alpha?: Float32Array): void {
    if (activation.name === 'linear') return
    const last = this.#layers.at(-1)
    if (last?.type === 'dense' && last.activation.name === 'linear') {
      last.activation = activation
      last.alpha = alpha
    } else this.other(layers.activation({ activation }), alpha ? [alpha] : [])
  }

  other(layer: LayerSpec, tensors: readonly Float32Array[] = []): void {
    this.#layers.push({ type: 'other', layer, tensors })
  }

  /** The table of an embedding, (vocabulary, size): the width is that of all its rows together. */
  embedding(table: Float32Array, inputDim: number, outputDim: number): void {
    this.other(layers.embedding({ inputDim, outputDim }), [table])
    this.width! *= outputDim
  }

  /** A layer that sends columns to parts: the first one. */
  columns(layer: ColumnsSpec, tensors: readonly Float32Array[]): void {
    this.other(layer, tensors)
    this.width = outputsOfLayer(layer, this.inputs!)
  }

  /** Multiplies and shifts each column: in the dense layer before it, or in a layer of its own. */
  affine(scale: Float64Array, shift: Float64Array): void {
    const last = this.#layers.at(-1)
    if (last?.type === 'dense' && last.activation.name === 'linear') {
      const { units } = last
      if (scale.some((factor) => factor !== 1)) last.kernel = last.kernel.map((weight, k) => weight * scale[k % units]!)
      last.bias = shift.map((value, k) => value + scale[k]! * (last.bias?.[k] ?? 0))
      return
    }
    if (scale.every((value) => value === scale[0]) && shift.every((value) => value === shift[0])) {
      this.other(layers.rescaling({ scale: scale[0]!, offset: shift[0]! }))
      return
    }
    // A frozen layer computes gamma (x - mean) / root in training too: the root of 1 - epsilon + epsilon is 1.
    const layer = layers.batchNormalization({ trainable: false, center: false })
    const { epsilon } = layer as { epsilon: number }
    const means = Float32Array.from(shift, (value, k) => (value === 0 ? 0 : -value / scale[k]!))
    this.other(layer, [new Float32Array(scale), means, new Float32Array(scale.length).fill(1 - epsilon)])
  }

  /** From one sigmoid the softmax of two outputs with the same probabilities; false if the last layer is another. */
  twoClasses(): boolean {
    const last = this.#layers.at(-1)
    if (last?.type !== 'dense' || last.units !== 1 || last.activation.name !== 'sigmoid') return false
    const kernel = Float32Array.from({ length: 2 * last.inputs }, (_, k) => (k % 2 ? last.kernel[(k - 1) / 2]! : 0))
    const bias = Float64Array.of(0, last.bias?.[0] ?? 0)
    this.#layers[this.#layers.length - 1] = { ...last, units: 2, kernel, bias, activation: { name: 'softmax' } }
    this.width = 2
    return true
  }

  /** Two sigmoids of opposite sums are the probabilities of two classes: a softmax of the same probabilities. */
  oppositeClasses(): void {
    const last = this.#layers.at(-1)
    if (last?.type !== 'dense' || last.units !== 2 || last.activation.name !== 'sigmoid') return
    const { kernel, bias } = last
    const isOpposite = kernel.every((weight, k) => k % 2 === 0 || weight === -kernel[k - 1]!)
    if (!isOpposite || (bias && bias[1] !== -bias[0]!)) return
    const second = {
      kernel: kernel.map((weight, k) => (k % 2 ? weight : 0)),
      bias: bias && Float64Array.of(0, bias[1]!),
    }
    this.#layers[this.#layers.length - 1] = { ...last, ...second, activation: { name: 'softmax' } }
  }

  /** The activation of the last layer. */
  get lastActivation(): string | undefined {
    const last = this.#layers.at(-1)
    if (last?.type === 'dense') return last.activation.name
    return last?.layer.type === 'activation' ? last.layer.activation.name : undefined
  }

  /** The layers with their tensors. */
  get layers(): ReadLayer[] {
    let inputs = this.inputs!
    return this.#layers.map((layer) => {
      const spec = specOf(layer)
      const numbers = layer.type === 'dense' ? numbersOf(layer) : layer.tensors
      const tensors = tensorsOfLayer(spec, inputs, 1).map(({ name, shape }, k): [string, Numbers] => {
        return [name, { shape, data: numbers[k]! }]
      })
      inputs = outputsOfLayer(spec, inputs)
      return { options: spec, tensors: new Map(tensors) }
    })
  }
}

function specOf(layer: Dense | Other): LayerSpec {
  if (layer.type === 'other') return layer.layer
  const { units, activation, bias } = layer
  return layers.dense({ units, activation, useBias: bias !== undefined })
}

function numbersOf({ kernel, bias, alpha }: Dense): Float32Array[] {
  return [kernel, ...(bias ? [new Float32Array(bias)] : []), ...(alpha ? [alpha] : [])]
}
