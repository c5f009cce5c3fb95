import type { ActivationSpec } from './activation.js'
import type { ColumnPart } from './columns.js'
import type { InitializerSpec } from './initializer.js'
import type { ConstraintSpec, RegularizerSpec } from './tensor.js'

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
