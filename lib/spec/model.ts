import { checkInteger, checkOptions, checkSeed, checkString, invalid, mismatch, optionKeys } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import type { NativeLayer, NativeSpec } from '../native/spec.js'
import { toNativeActivation } from './activation.js'
import { codesOfParts, namedParts, toNativePart } from './columns.js'
import { maxWeights, readLayer } from './layer.js'
import type { ColumnsSpec, LayerSpec } from './layer-spec.js'
import {
  countLayer,
  differsByMember,
  factorsOf,
  outputsOfLayer,
  type TensorShape,
  tensorsOfLayer,
} from './layer-tensors.js'
import { toNativeConstraint, toNativeRegularizer } from './tensor.js'

/** A layer of a model, which always has a name. */
export type NamedLayer = LayerSpec & { readonly name: string }

/** A model as plain JSON with all defaults filled in, as `toJSON` returns it and files hold it. */
export interface ModelSpec {
  readonly name: string
  readonly seed: number
  /** The number of members, if there are several. */
  readonly members?: number
  readonly layers: readonly NamedLayer[]
}

/** Options of `Sequential`, which are the keys of its spec. */
export const modelOptionKeys = optionKeys<ModelSpec>({ layers: true, seed: true, name: true, members: true })

/** Upper bound on members; more is assumed to be a mistake. */
export const maxMembers = 1024

/**
 * Checks a model's options, or its spec from a file, and fills in names.
 * @param seed makes a seed where the options have none.
 * @throws ArgumentError that names the layer and what is wrong with it.
 */
export function readModel(options: object, what: string, seed: () => number): ModelSpec {
  checkOptions(options, what, modelOptionKeys)
  const { layers: layerOptions, seed: seedOption, name, members = 1 } = options as { [K in keyof ModelSpec]?: unknown }
  if (!Array.isArray(layerOptions) || layerOptions.length === 0) {
    throw invalid(`layers of ${what}`, 'an array of at least one layer', layerOptions)
  }
  const layers = layerOptions.map((layer: unknown, i) => readLayer(layer, `layer ${i}`))
  const count = checkInteger(members, `members of ${what}`, { min: 1, max: maxMembers })
  if (count > 1 && !layers.some(differsByMember)) {
    throw new ArgumentError(
      `Expected a layer that differs by member for ${count} members: memberScale, denseBatchEnsemble or memberDense. ` +
        'Without one all members would be the same network. Add one, or leave members out.',
    )
  }
  return Object.freeze({
    name: name === undefined ? 'sequential' : checkString(name, `name of ${what}`),
    seed: seedOption === undefined ? seed() : checkSeed(seedOption),
    ...(count > 1 && { members: count }),
    layers: nameLayers(chain(layers, count)),
  })
}

/** The length of an input row. */
export function inputsOf(spec: ModelSpec): number {
  return spec.layers[0]!.inputShape![0]
}

/** The length of an output row, of the whole model or of its first `count` layers. */
export function outputsOf(spec: ModelSpec, count = spec.layers.length): number {
  return spec.layers.slice(0, count).reduce((inputs, layer) => outputsOfLayer(layer, inputs), inputsOf(spec))
}

/** The number of members: networks that are trained together and share weights. */
export function membersOf({ members = 1 }: ModelSpec): number {
  return members
}

/** A tensor of a model, as files name it: `dense.kernel`. */
export interface NamedTensor extends TensorShape {
  readonly key: string
}

/** The tensors of a model, in the order of its weights. */
export function tensorsOf(spec: ModelSpec): NamedTensor[] {
  let inputs = inputsOf(spec)
  return spec.layers.flatMap((layer) => {
    const tensors = tensorsOfLayer(layer, inputs, membersOf(spec))
    inputs = outputsOfLayer(layer, inputs)
    return tensors.map((tensor) => ({ ...tensor, key: `${layer.name}.${tensor.name}` }))
  })
}

/** The model as the core takes it. */
export function toNativeSpec(spec: ModelSpec): NativeSpec {
  const members = membersOf(spec)
  return { inputs: inputsOf(spec), seed: spec.seed, members, layers: spec.layers.map(toNativeLayer) }
}

function toNativeLayer(layer: LayerSpec): NativeLayer {
  const {
    name: _,
    inputShape: __,
    type,
    trainable,
    learningRateFactor: ___,
    weightDecayFactor: ____,
    ...options
  } = layer
  const rates = factorsOf(layer, 'learningRateFactor')
  const decays = factorsOf(layer, 'weightDecayFactor')
  const native: NativeLayer = {
    type,
    trainable,
    ...(rates.some((rate) => rate !== 1) && { rateFactors: rates }),
    ...(decays.some((decay) => decay !== 1) && { decayFactors: decays }),
    ...options,
  }
  for (const [key, value] of Object.entries(options as object)) {
    if (key === 'activation') native[key] = toNativeActivation(value)
    else if (key.endsWith('Regularizer')) native[key] = toNativeRegularizer(value)
    else if (key.endsWith('Constraint')) native[key] = toNativeConstraint(value)
    else if (key === 'parts') native[key] = namedParts(value).map(({ name, part }) => toNativePart(part, name))
  }
  return native
}

/** Checks that the layers' sizes fit, and drops the inputShape of all layers but the first. */
function chain(layers: readonly LayerSpec[], members: number): LayerSpec[] {
  if (!layers[0]!.inputShape) {
    throw new ArgumentError('The first layer needs an inputShape. Pass inputShape: [n] for rows of n numbers.')
  }
  let inputs = layers[0]!.inputShape[0]
  let weights = 0
  return layers.map((layer, i) => {
    const { inputShape, ...rest } = layer
    if (inputShape && inputShape[0] !== inputs) {
      const hint = `Layer ${i - 1} puts out ${inputs} numbers; leave inputShape out on all layers but the first.`
      throw mismatch(`inputShape of layer ${i}`, `[${inputs}]`, `[${inputShape}]`, hint)
    }
    checkChunks(layer, i, inputs)
    weights += countLayer(layer, inputs, members)
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
    if (layer.type === 'columns') checkParts(layer, i, inputs)
    inputs = outputsOfLayer(layer, inputs)
    if (inputs > maxWeights)
      throw new ArgumentError(`Layer ${i} puts out ${inputs} numbers a row, more than ${maxWeights}.`)
    return i === 0 ? layer : (rest as LayerSpec)
  })
}

/** Checks that the parts' columns are there, and that codes come from the data. */
function checkParts({ parts }: ColumnsSpec, i: number, inputs: number): void {
  const outside = parts.flatMap(({ columns }) => columns).find((column) => column >= inputs)
  if (outside !== undefined) {
    throw new ArgumentError(
      `Expected columns from 0 to ${inputs - 1} for the parts of layer ${i}, as its rows have ${inputs} numbers, but got ${outside}.`,
    )
  }
  if (i > 0 && codesOfParts(parts).length > 0) {
    throw new ArgumentError(
      `The parts embedding and oneHot read whole numbers from the data, so their layer must be the first, but it is layer ${i}.`,
    )
  }
}

/** Checks that a layer's chunks are its inputs. */
function checkChunks(layer: LayerSpec, i: number, inputs: number): void {
  if (!('chunks' in layer) || layer.chunks === undefined) return
  const sum = layer.chunks.reduce((a, b) => a + b, 0)
  if (sum !== inputs) throw mismatch(`chunks of layer ${i}`, `sizes that add up to its ${inputs} inputs`, `${sum}`)
}

/** Names layers as Keras does: dense, dense_1, ..., without the names that the user chose. */
function nameLayers(layers: readonly LayerSpec[]): ModelSpec['layers'] {
  const taken = new Set<string>()
  for (const [i, { name }] of layers.entries()) {
    if (name === undefined) continue
    if (taken.has(name)) throw invalid(`name of layer ${i}`, 'a name that no other layer has', name)
    taken.add(name)
  }
  const counts = new Map<string, number>()
  const nextName = (type: string): string => {
    const count = counts.get(type) ?? 0
    const name = count === 0 ? type : `${type}_${count}`
    counts.set(type, count + 1)
    if (taken.has(name)) return nextName(type)
    taken.add(name)
    return name
  }
  return Object.freeze(
    layers.map(({ type, name = nextName(type), ...rest }) => Object.freeze({ type, name, ...rest }) as NamedLayer),
  )
}
