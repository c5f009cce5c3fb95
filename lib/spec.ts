import {
  checkBoolean,
  checkInteger,
  checkOneOf,
  checkOptions,
  checkSeed,
  checkString,
  invalid,
  mismatch,
} from './check.js'
import { type Choices, numberReader, readChoice, seedReader } from './choice.js'
import { ArgumentError } from './errors.js'
import { maxFloat32 } from './matrix.js'
import type { NativeLayer, NativeSpec } from './native.js'

/** What a layer applies to its sums, with its parameters. */
export type ActivationSpec =
  | { readonly name: 'linear' | 'relu' | 'sigmoid' | 'tanh' | 'softmax' }
  | { readonly name: 'leakyRelu'; readonly negativeSlope: number }

/** An activation's name (with its defaults) or what a factory of `activations` returns. */
export type ActivationLike = ActivationSpec['name'] | ActivationSpec

/** What a tensor starts from. With a `seed` it draws from that one, else from the model's. */
export type InitializerSpec =
  | { readonly name: 'zeros' | 'ones' }
  | { readonly name: 'glorotUniform' | 'glorotNormal' | 'heUniform' | 'heNormal'; readonly seed?: number }

/** An initializer's name or what a factory of `initializers` returns. */
export type InitializerLike = InitializerSpec['name'] | InitializerSpec

/** A dense layer as the user gives it: `inputShape` on the first one, a name where wanted. */
export interface LayerSpec {
  readonly type: 'dense'
  readonly name?: string
  readonly units: number
  readonly activation: ActivationSpec
  readonly useBias: boolean
  readonly kernelInitializer: InitializerSpec
  readonly biasInitializer: InitializerSpec
  /** Numbers per row of input. */
  readonly inputShape?: readonly [number]
}

/** A model as plain JSON, every default filled in: what `toJSON` returns and files hold. */
export interface ModelSpec {
  readonly name: string
  readonly seed: number
  readonly layers: readonly (LayerSpec & { readonly name: string })[]
}

/** The activations and what each takes. */
export const activationChoices: Choices = {
  linear: {},
  relu: {},
  leakyRelu: { negativeSlope: numberReader(0.01, { min: 0, max: maxFloat32 }) },
  sigmoid: {},
  tanh: {},
  softmax: {},
}

/** The initializers and what each takes. */
export const initializerChoices: Choices = {
  glorotUniform: { seed: seedReader },
  glorotNormal: { seed: seedReader },
  heUniform: { seed: seedReader },
  heNormal: { seed: seedReader },
  zeros: {},
  ones: {},
}

const layerKeys = [
  ...['units', 'activation', 'useBias', 'kernelInitializer', 'biasInitializer'],
  ...['inputShape', 'name'],
] as const

/** More weights than this (8 GiB) are taken for a slip. */
const maxWeights = 2 ** 31

/**
 * Checks a dense layer's options and fills in the defaults, which are Keras's.
 * @throws ArgumentError for an unknown option or a wrong value.
 */
export function readDense(options: object, what: string): LayerSpec {
  checkOptions(options, what, layerKeys)
  const given: Partial<Record<(typeof layerKeys)[number], unknown>> = options
  const { activation = 'linear', kernelInitializer = 'glorotUniform', biasInitializer = 'zeros' } = given
  return Object.freeze({
    type: 'dense',
    ...(given.name !== undefined && { name: checkString(given.name, `name of ${what}`) }),
    units: checkInteger(given.units, `units of ${what}`, { min: 1, max: maxWeights }),
    activation: readChoice(activation, 'activation', activationChoices) as ActivationSpec,
    useBias: checkBoolean(given.useBias === undefined ? true : given.useBias, `useBias of ${what}`),
    kernelInitializer: readChoice(kernelInitializer, 'kernelInitializer', initializerChoices) as InitializerSpec,
    biasInitializer: readChoice(biasInitializer, 'biasInitializer', initializerChoices) as InitializerSpec,
    ...(given.inputShape !== undefined && { inputShape: readShape(given.inputShape, `inputShape of ${what}`) }),
  })
}

/**
 * Checks a model's options, or a spec from elsewhere, and fills in names.
 * @param seed the seed where none is given.
 * @throws ArgumentError that names the layer and what is wrong with it.
 */
export function readModel(options: object, what: string, seed: () => number): ModelSpec {
  checkOptions(options, what, ['layers', 'seed', 'name'])
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

/** Numbers per row of output. */
export function outputsOf(spec: ModelSpec): number {
  return spec.layers.at(-1)!.units
}

/** How many numbers can be trained in a layer with `inputs` inputs. */
export function countLayer({ units, useBias }: LayerSpec, inputs: number): number {
  return units * (inputs + (useBias ? 1 : 0))
}

/** The model as the core takes it. */
export function toNativeSpec(spec: ModelSpec): NativeSpec {
  const layers = spec.layers.map(({ type, units, useBias, activation, kernelInitializer, biasInitializer }) => {
    return { type, units, useBias, activation, kernelInitializer, biasInitializer } satisfies NativeLayer
  })
  return { inputs: inputsOf(spec), seed: spec.seed, layers }
}

function readLayer(layer: unknown, what: string): LayerSpec {
  if (layer === null || typeof layer !== 'object') {
    throw invalid(what, 'a layer, such as layers.dense({ units: 10 })', layer)
  }
  const { type, ...options } = layer as { type?: unknown }
  checkOneOf(type, `type of ${what}`, ['dense'])
  return readDense(options, what)
}

function readShape(value: unknown, name: string): readonly [number] {
  if (!Array.isArray(value) || value.length !== 1) throw invalid(name, 'an array of one size, such as [784]', value)
  return Object.freeze([checkInteger(value[0], name, { min: 1, max: maxWeights })] as const)
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
      const hint = `Layer ${i - 1} has ${inputs} units; leave inputShape out on all layers but the first.`
      throw mismatch(`inputShape of layer ${i}`, `[${inputs}]`, `[${inputShape}]`, hint)
    }
    weights += countLayer(layer, inputs)
    if (weights > maxWeights) {
      throw new ArgumentError(
        `The layers up to layer ${i} have ${weights} weights, more than the ${maxWeights} that a model may have.`,
      )
    }
    inputs = layer.units
    return i === 0 ? layer : rest
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
  let next = 0
  const fresh = (type: string): string => {
    const name = next === 0 ? type : `${type}_${next}`
    next++
    if (taken.has(name)) return fresh(type)
    taken.add(name)
    return name
  }
  return Object.freeze(layers.map(({ type, name = fresh(type), ...rest }) => Object.freeze({ type, name, ...rest })))
}
