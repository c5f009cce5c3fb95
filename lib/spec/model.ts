import { checkOptions, checkSeed, checkString, invalid, mismatch, optionKeys } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import type { NativeLayer, NativeSpec } from '../native/spec.js'
import { toNativeActivation } from './activation.js'
import { countLayer, type LayerSpec, maxWeights, outputsOfLayer, readLayer } from './layer.js'
import { toNativeConstraint, toNativeRegularizer } from './tensor.js'

/** A layer of a model: every one has a name. */
export type NamedLayer = LayerSpec & { readonly name: string }

/** A model as plain JSON, every default filled in: what `toJSON` returns and files hold. */
export interface ModelSpec {
  readonly name: string
  readonly seed: number
  readonly layers: readonly NamedLayer[]
}

/** What `Sequential` takes. */
export const modelOptionKeys = optionKeys<ModelSpec>({ layers: true, seed: true, name: true })

/**
 * Checks a model's options, or a spec from elsewhere, and fills in names.
 * @param seed the seed where none is given.
 * @throws ArgumentError that names the layer and what is wrong with it.
 */
export function readModel(options: object, what: string, seed: () => number): ModelSpec {
  checkOptions(options, what, modelOptionKeys)
  const given = options as { layers?: unknown; seed?: unknown; name?: unknown }
  if (!Array.isArray(given.layers) || given.layers.length === 0) {
    throw invalid(`layers of ${what}`, 'an array of at least one layer', given.layers)
  }
  const layers = given.layers.map((layer: unknown, i) => readLayer(layer, `layer ${i}`))
  return Object.freeze({
    name: given.name === undefined ? 'sequential' : checkString(given.name, `name of ${what}`),
    seed: given.seed === undefined ? seed() : checkSeed(given.seed),
    layers: nameLayers(chain(layers)),
  })
}

/** Numbers per row of input. */
export function inputsOf(spec: ModelSpec): number {
  return spec.layers[0]!.inputShape![0]
}

/** Numbers per row of output, of the whole model or of its first `count` layers. */
export function outputsOf(spec: ModelSpec, count = spec.layers.length): number {
  return spec.layers.slice(0, count).reduce((inputs, layer) => outputsOfLayer(layer, inputs), inputsOf(spec))
}

/** The model as the core takes it. */
export function toNativeSpec(spec: ModelSpec): NativeSpec {
  return { inputs: inputsOf(spec), seed: spec.seed, layers: spec.layers.map(toNativeLayer) }
}

function toNativeLayer(layer: LayerSpec): NativeLayer {
  const { name: _, inputShape: __, type, trainable, learningRateFactor, ...options } = layer
  const native: NativeLayer = { type, trainable, rateFactor: learningRateFactor, ...options }
  for (const [key, value] of Object.entries(options as object)) {
    if (key === 'activation') native[key] = toNativeActivation(value)
    else if (key.endsWith('Regularizer')) native[key] = toNativeRegularizer(value)
    else if (key.endsWith('Constraint')) native[key] = toNativeConstraint(value)
  }
  return native
}

/** Fits the layers' sizes together. */
function chain(layers: readonly LayerSpec[]): LayerSpec[] {
  if (!layers[0]!.inputShape) {
    throw new ArgumentError('The first layer needs an inputShape: give it inputShape: [n] for rows of n numbers.')
  }
  let inputs = layers[0]!.inputShape[0]
  let weights = 0
  return layers.map((layer, i) => {
    const { inputShape, ...rest } = layer
    if (inputShape && inputShape[0] !== inputs) {
      const hint = `Layer ${i - 1} puts out ${inputs} numbers; leave inputShape out on all layers but the first.`
      throw mismatch(`inputShape of layer ${i}`, `[${inputs}]`, `[${inputShape}]`, hint)
    }
    weights += countLayer(layer, inputs)
    if (weights > maxWeights) {
      throw new ArgumentError(
        `The layers up to layer ${i} have ${weights} weights, more than the ${maxWeights} that a model may have.`,
      )
    }
    if (layer.type === 'embedding' && i > 0) {
      throw new ArgumentError(
        `An embedding reads whole numbers from the data, so it must be the first layer, but it is layer ${i}.`,
      )
    }
    inputs = outputsOfLayer(layer, inputs)
    if (inputs > maxWeights)
      throw new ArgumentError(`Layer ${i} puts out ${inputs} numbers a row, more than ${maxWeights}.`)
    return i === 0 ? layer : (rest as LayerSpec)
  })
}

/** Keras's names: dense, dense_1, ... around those that the user chose. */
function nameLayers(layers: readonly LayerSpec[]): ModelSpec['layers'] {
  const taken = new Set<string>()
  for (const [i, { name }] of layers.entries()) {
    if (name === undefined) continue
    if (taken.has(name)) throw invalid(`name of layer ${i}`, 'a name that no other layer has', name)
    taken.add(name)
  }
  const counts = new Map<string, number>()
  const fresh = (type: string): string => {
    const count = counts.get(type) ?? 0
    const name = count === 0 ? type : `${type}_${count}`
    counts.set(type, count + 1)
    if (taken.has(name)) return fresh(type)
    taken.add(name)
    return name
  }
  return Object.freeze(
    layers.map(({ type, name = fresh(type), ...rest }) => Object.freeze({ type, name, ...rest }) as NamedLayer),
  )
}
