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
import { type ColumnPart, namedParts, outputsOfPart, readParts, tensorsOfPart } from './columns.js'
import { type InitializerSpec, readInitializer, readVectorInitializer } from './initializer.js'
import { type ConstraintSpec, constraintChoices, type RegularizerSpec, regularizerChoices } from './tensor.js'

/** A factor for all tensors of a layer, or factors by the names of tensors: `{ bias: 0.1 }`. The others have 1. */
export type TensorFactors = number | Readonly<Record<string, number>>

/** Options that every layer has. */
export interface AnyLayerSpec {
  readonly name?: string
  /** Whether training changes its weights. */
  readonly trainable: boolean
  /** Multiplies the learning rate for its weights: for all, or for tensors by name. */
  readonly learningRateFactor: TensorFactors
  /** Multiplies the weight decay likewise; 1 where it is left out. */
  readonly weightDecayFactor?: TensorFactors
  /** Numbers per row of input. */
  readonly inputShape?: readonly [number]
}

export interface DenseSpec extends AnyLayerSpec {
  readonly type: 'dense'
  readonly units: number
  readonly activation: ActivationSpec
  readonly useBias: boolean
  readonly kernelInitializer: InitializerSpec
  readonly biasInitializer: InitializerSpec
  readonly kernelRegularizer?: RegularizerSpec
  readonly biasRegularizer?: RegularizerSpec
  readonly kernelConstraint?: ConstraintSpec
  readonly biasConstraint?: ConstraintSpec
  /** `'ntk'`: the products are divided by the root of the number of inputs. */
  readonly parametrization?: 'ntk'
}

export interface ActivationLayerSpec extends AnyLayerSpec {
  readonly type: 'activation'
  readonly activation: ActivationSpec
  /** Whether y = x + alpha (f(x) - x), with an alpha for each input. */
  readonly parametric?: true
}

export interface ScaleSpec extends AnyLayerSpec {
  readonly type: 'scale'
  readonly scaleInitializer: InitializerSpec
  readonly scaleRegularizer?: RegularizerSpec
  readonly scaleConstraint?: ConstraintSpec
}

export interface ColumnsSpec extends AnyLayerSpec {
  readonly type: 'columns'
  readonly parts: readonly ColumnPart[]
}

export interface DropoutSpec extends AnyLayerSpec {
  readonly type: 'dropout' | 'alphaDropout'
  readonly rate: number
}

export interface GaussianNoiseSpec extends AnyLayerSpec {
  readonly type: 'gaussianNoise'
  readonly stddev: number
}

export interface RescalingSpec extends AnyLayerSpec {
  readonly type: 'rescaling'
  readonly scale: number
  readonly offset: number
}

interface NormalizationSpec extends AnyLayerSpec {
  readonly epsilon: number
  readonly center: boolean
  readonly scale: boolean
  readonly betaInitializer: InitializerSpec
  readonly gammaInitializer: InitializerSpec
  readonly betaRegularizer?: RegularizerSpec
  readonly gammaRegularizer?: RegularizerSpec
  readonly betaConstraint?: ConstraintSpec
  readonly gammaConstraint?: ConstraintSpec
}

export interface BatchNormalizationSpec extends NormalizationSpec {
  readonly type: 'batchNormalization'
  readonly momentum: number
}

export interface LayerNormalizationSpec extends NormalizationSpec {
  readonly type: 'layerNormalization'
}

export interface EmbeddingSpec extends AnyLayerSpec {
  readonly type: 'embedding'
  readonly inputDim: number
  readonly outputDim: number
  readonly embeddingsInitializer: InitializerSpec
  readonly embeddingsRegularizer?: RegularizerSpec
  readonly embeddingsConstraint?: ConstraintSpec
}

/** y = x * scale_j + bias_j for rows of member j. */
export interface MemberScaleSpec extends AnyLayerSpec {
  readonly type: 'memberScale'
  readonly useBias: boolean
  readonly scaleInitializer: InitializerSpec
  readonly biasInitializer: InitializerSpec
  /** Sizes of groups of neighbouring inputs whose scales begin with one value. */
  readonly chunks?: readonly number[]
  readonly scaleRegularizer?: RegularizerSpec
  readonly biasRegularizer?: RegularizerSpec
}

/** A dense layer of its own for each member. */
export interface MemberDenseSpec extends AnyLayerSpec {
  readonly type: 'memberDense'
  readonly units: number
  readonly activation: ActivationSpec
  readonly useBias: boolean
  readonly kernelInitializer: InitializerSpec
  readonly biasInitializer: InitializerSpec
  readonly kernelRegularizer?: RegularizerSpec
  readonly biasRegularizer?: RegularizerSpec
}

/** A dense layer with a kernel for all members, and scales of its inputs and outputs and a bias for each. */
export interface DenseBatchEnsembleSpec extends AnyLayerSpec {
  readonly type: 'denseBatchEnsemble'
  readonly units: number
  readonly activation: ActivationSpec
  readonly useBias: boolean
  readonly inputScaleInitializer: InitializerSpec
  readonly kernelInitializer: InitializerSpec
  readonly outputScaleInitializer: InitializerSpec
  readonly biasInitializer: InitializerSpec
  /** Sizes of groups of neighbouring inputs whose scales begin with one value. */
  readonly chunks?: readonly number[]
  readonly kernelRegularizer?: RegularizerSpec
  readonly biasRegularizer?: RegularizerSpec
  readonly kernelConstraint?: ConstraintSpec
}

/** A layer with all defaults filled in. The first one has an `inputShape`; a name is optional. */
export type LayerSpec =
  | DenseSpec
  | ActivationLayerSpec
  | DropoutSpec
  | GaussianNoiseSpec
  | RescalingSpec
  | BatchNormalizationSpec
  | LayerNormalizationSpec
  | EmbeddingSpec
  | ScaleSpec
  | ColumnsSpec
  | MemberScaleSpec
  | MemberDenseSpec
  | DenseBatchEnsembleSpec

export type LayerType = LayerSpec['type']

/** The layer of this type. */
export type LayerOf<T extends LayerType, L = LayerSpec> = L extends { readonly type: infer U }
  ? T extends U
    ? L
    : never
  : never

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

/** The length of an output row, for input rows of `inputs` numbers. */
export function outputsOfLayer(layer: LayerSpec, inputs: number): number {
  if ('units' in layer) return layer.units
  if (layer.type === 'columns') return layer.parts.reduce((sum, part) => sum + outputsOfPart(part), 0)
  return layer.type === 'embedding' ? inputs * layer.outputDim : inputs
}

/** Whether a layer's outputs depend on the member that a row belongs to. */
export function differsByMember({ type }: LayerSpec): boolean {
  return type === 'memberScale' || type === 'memberDense' || type === 'denseBatchEnsemble'
}

/** A tensor of a layer; `trainable` is false for moving statistics, which no optimizer changes. */
export interface TensorShape {
  readonly name: string
  readonly shape: readonly number[]
  readonly trainable: boolean
  /** Whether its first dimension is that of the members. */
  readonly byMember?: boolean
}

/** The tensors of a layer with `inputs` inputs, in Keras's order. */
export function tensorsOfLayer(layer: LayerSpec, inputs: number, members: number): TensorShape[] {
  const tensor = (name: string, ...shape: number[]) => ({ name, shape, trainable: layer.trainable })
  const ofMembers = (name: string, ...shape: number[]) => ({ ...tensor(name, members, ...shape), byMember: true })
  if (layer.type === 'memberScale') {
    return [ofMembers('scale', inputs), ...(layer.useBias ? [ofMembers('bias', inputs)] : [])]
  }
  if (layer.type === 'memberDense') {
    return [
      ofMembers('kernel', inputs, layer.units),
      ...(layer.useBias ? [ofMembers('bias', layer.units)] : []),
      ...(layer.activation.name === 'prelu' ? [tensor('alpha', layer.units)] : []),
    ]
  }
  if (layer.type === 'denseBatchEnsemble') {
    return [
      ofMembers('inputScale', inputs),
      tensor('kernel', inputs, layer.units),
      ofMembers('outputScale', layer.units),
      ...(layer.useBias ? [ofMembers('bias', layer.units)] : []),
      ...(layer.activation.name === 'prelu' ? [tensor('alpha', layer.units)] : []),
    ]
  }
  if (layer.type === 'dense') {
    return [
      tensor('kernel', inputs, layer.units),
      ...(layer.useBias ? [tensor('bias', layer.units)] : []),
      ...(layer.activation.name === 'prelu' ? [tensor('alpha', layer.units)] : []),
    ]
  }
  if (layer.type === 'activation') {
    return layer.parametric || layer.activation.name === 'prelu' ? [tensor('alpha', inputs)] : []
  }
  if (layer.type === 'scale') return [tensor('scale', inputs)]
  if (layer.type === 'columns') {
    return namedParts(layer.parts).flatMap(({ name, part }) =>
      tensorsOfPart(part).map((made) => tensor(`${name}/${made.name}`, ...made.shape)),
    )
  }
  if (layer.type === 'embedding') return [tensor('embeddings', layer.inputDim, layer.outputDim)]
  if (layer.type !== 'batchNormalization' && layer.type !== 'layerNormalization') return []
  const moving = ['movingMean', 'movingVariance'].map((name) => ({ name, shape: [inputs], trainable: false }))
  return [
    ...(layer.scale ? [tensor('gamma', inputs)] : []),
    ...(layer.center ? [tensor('beta', inputs)] : []),
    ...(layer.type === 'batchNormalization' ? moving : []),
  ]
}

/** The factors of the learning rate or of the weight decay, tensor by tensor. */
export function factorsOf(layer: LayerSpec, key: 'learningRateFactor' | 'weightDecayFactor'): number[] {
  const factors = layer[key] ?? 1
  const ofParts =
    layer.type === 'columns' ? layer.parts.flatMap((part) => tensorsOfPart(part).map(() => part[key])) : []
  return tensorsOfLayer(layer, 1, 1).map(({ name }, i) => {
    const factor = typeof factors === 'number' ? factors : Object.hasOwn(factors, name) ? factors[name]! : 1
    return factor * (ofParts[i] ?? 1)
  })
}

/** The number of weights of a layer with `inputs` inputs. */
export function countLayer(layer: LayerSpec, inputs: number, members: number): number {
  return tensorsOfLayer(layer, inputs, members).reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0)
}

/** The activation of a layer's outputs. */
export function activationOf(layer: LayerSpec): ActivationSpec {
  if (layer.type === 'activation' && layer.parametric) return { name: 'linear' }
  return 'activation' in layer ? layer.activation : { name: 'linear' }
}
