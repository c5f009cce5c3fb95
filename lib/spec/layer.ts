import {
  checkBoolean,
  checkInteger,
  checkNumber,
  checkOneOf,
  checkOptions,
  checkString,
  invalid,
  keysOf,
} from '../base/check.js'
import { booleanReader, choiceReader, numberReader, type Reader, type Readers } from '../base/choice.js'
import { maxFloat32 } from '../base/matrix.js'
import { type ActivationSpec, activationChoices } from './activation.js'
import { readParts } from './columns.js'
import { type InitializerSpec, readInitializer, readVectorInitializer } from './initializer.js'
import type { AnyLayerSpec, LayerOf, LayerSpec, LayerType, TensorFactors } from './layer-spec.js'
import { tensorsOfLayer } from './layer-tensors.js'
import { type ConstraintSpec, constraintChoices, type RegularizerSpec, regularizerChoices } from './tensor.js'

/** Upper bound on weights (8 GiB); more is assumed to be a mistake. */
export const maxWeights = 2 ** 31

const matrix =
  (defaultName: InitializerSpec['name']): Reader<InitializerSpec> =>
  (value = defaultName, name) =>
    readInitializer(value, name)
const vector =
  (defaultName: InitializerSpec['name']): Reader<InitializerSpec> =>
  (value = defaultName, name) =>
    readVectorInitializer(value, name)
const regularizer = choiceReader<RegularizerSpec>(regularizerChoices)
const constraint = choiceReader<ConstraintSpec>(constraintChoices)
const linearByDefault = choiceReader<ActivationSpec>(activationChoices, 'linear')
const optionalActivation = choiceReader<ActivationSpec>(activationChoices)
const requiredActivation: Reader<ActivationSpec> = (value, name) => {
  const activation = optionalActivation(value, name)
  if (activation) return activation
  throw invalid(name, "an activation's name or what a factory of activations returns", undefined)
}
const count: Reader<number> = (value, name) => checkInteger(value, name, { min: 1, max: maxWeights })
const share: Reader<number> = (value, name) => checkNumber(value, name, { min: 0, below: 1 })

const chunks: Reader<readonly number[] | undefined> = (value, name) => {
  if (value === undefined) return undefined
  if (!Array.isArray(value) || value.length === 0) {
    throw invalid(name, 'an array of the sizes of groups of inputs, such as [1, 1, 16]', value)
  }
  return Object.freeze(value.map((size, i) => checkInteger(size, `${name}[${i}]`, { min: 1, max: maxWeights })))
}

const normalization = {
  epsilon: numberReader(1e-3, { above: 0, max: maxFloat32 }),
  center: booleanReader(true),
  scale: booleanReader(true),
  betaInitializer: vector('zeros'),
  gammaInitializer: vector('ones'),
  betaRegularizer: regularizer,
  gammaRegularizer: regularizer,
  betaConstraint: constraint,
  gammaConstraint: constraint,
}

/** The layers and the options of each; defaults are Keras's. */
export const layerOptions = {
  dense: {
    units: count,
    activation: linearByDefault,
    useBias: booleanReader(true),
    kernelInitializer: matrix('glorotUniform'),
    biasInitializer: vector('zeros'),
    kernelRegularizer: regularizer,
    biasRegularizer: regularizer,
    kernelConstraint: constraint,
    biasConstraint: constraint,
    parametrization: (value, name) =>
      value === undefined || checkOneOf(value, name, ['standard', 'ntk']) === 'standard' ? undefined : 'ntk',
  },
  activation: {
    activation: requiredActivation,
    parametric: (value, name) => (value !== undefined && checkBoolean(value, name)) || undefined,
  },
  dropout: { rate: share },
  alphaDropout: { rate: share },
  gaussianNoise: { stddev: (value, name) => checkNumber(value, name, { min: 0, max: maxFloat32 }) },
  rescaling: {
    scale: (value, name) => checkNumber(value, name, { min: -maxFloat32, max: maxFloat32 }),
    offset: numberReader(0, { min: -maxFloat32, max: maxFloat32 }),
  },
  batchNormalization: { momentum: numberReader(0.99, { min: 0, below: 1 }), ...normalization },
  layerNormalization: normalization,
  embedding: {
    // The core takes the numbers as float32, which is exact up to 2^24.
    inputDim: (value, name) => checkInteger(value, name, { min: 1, max: 2 ** 24 }),
    outputDim: count,
    embeddingsInitializer: matrix('randomUniform'),
    embeddingsRegularizer: regularizer,
    embeddingsConstraint: constraint,
  },
  scale: { scaleInitializer: vector('ones'), scaleRegularizer: regularizer, scaleConstraint: constraint },
  columns: { parts: readParts },
  memberScale: {
    useBias: booleanReader(false),
    scaleInitializer: vector('randomSigns'),
    biasInitializer: vector('zeros'),
    chunks,
    scaleRegularizer: regularizer,
    biasRegularizer: regularizer,
  },
  memberDense: {
    units: count,
    activation: linearByDefault,
    useBias: booleanReader(true),
    kernelInitializer: vector('glorotUniform'),
    biasInitializer: vector('zeros'),
    kernelRegularizer: regularizer,
    biasRegularizer: regularizer,
  },
  denseBatchEnsemble: {
    units: count,
    activation: linearByDefault,
    useBias: booleanReader(true),
    inputScaleInitializer: vector('ones'),
    kernelInitializer: matrix('glorotUniform'),
    outputScaleInitializer: vector('ones'),
    biasInitializer: vector('zeros'),
    chunks,
    kernelRegularizer: regularizer,
    biasRegularizer: regularizer,
    kernelConstraint: constraint,
  },
} satisfies { readonly [T in LayerType]: Readers<Omit<LayerOf<T>, 'type' | keyof AnyLayerSpec>> }

/** The options of every layer but its name. */
export const commonLayerOptions = {
  trainable: booleanReader(true),
  learningRateFactor: (value = 1, name) => readFactors(value, name),
  weightDecayFactor: (value, name) => (value === undefined ? undefined : readFactors(value, name)),
  inputShape: (value: unknown, name: string) => (value === undefined ? undefined : readShape(value, name)),
} satisfies Readers<Omit<AnyLayerSpec, 'name'>>

/**
 * Checks a layer's options and fills in the defaults.
 * @throws ArgumentError for an unknown option or a wrong value.
 */
export function readLayerOptions<T extends LayerType>(type: T, options: object, what: string): LayerOf<T> {
  const readers: Readonly<Record<string, Reader>> = { ...layerOptions[type], ...commonLayerOptions }
  checkOptions(options, what, [...Object.keys(readers), 'name'])
  const values = options as Record<string, unknown>
  const layer: Record<string, unknown> = { type }
  if (values.name !== undefined) layer.name = checkString(values.name, `name of ${what}`)
  for (const [key, read] of Object.entries(readers)) {
    const value = read(values[key], `${key} of ${what}`)
    if (value !== undefined) layer[key] = value
  }
  const made = Object.freeze(layer) as unknown as LayerOf<T>
  if (layer.parametric && (layer.activation as ActivationSpec).name === 'prelu') {
    throw invalid(`activation of ${what}`, 'another activation than prelu, whose slopes are learned', 'prelu')
  }
  for (const key of ['learningRateFactor', 'weightDecayFactor'] as const) {
    const names = tensorsOfLayer(made, 1, 1).map(({ name }) => name)
    if (typeof made[key] === 'object') checkOptions(made[key], `${key} of ${what}`, names)
  }
  return made
}

function readFactors(value: unknown, name: string): TensorFactors {
  const read = (factor: unknown, name: string) => checkNumber(factor, name, { min: 0, max: maxFloat32 })
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return read(value, name)
  return Object.freeze(
    Object.fromEntries(Object.entries(value).map(([tensor, factor]) => [tensor, read(factor, `${tensor} in ${name}`)])),
  )
}

/** Checks a layer from an untrusted source. */
export function readLayer(layer: unknown, what: string): LayerSpec {
  if (layer === null || typeof layer !== 'object') {
    throw invalid(what, 'a layer, such as layers.dense({ units: 10 })', layer)
  }
  const { type, ...options } = layer as { type?: unknown }
  const layerType = checkOneOf(type, `type of ${what}`, keysOf(layerOptions))
  return readLayerOptions(layerType, options, what)
}

function readShape(value: unknown, name: string): readonly [number] {
  if (!Array.isArray(value) || value.length !== 1) throw invalid(name, 'an array of one size, such as [784]', value)
  return Object.freeze([checkInteger(value[0], name, { min: 1, max: maxWeights })] as const)
}
