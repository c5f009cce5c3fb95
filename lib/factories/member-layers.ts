import type { ActivationLike } from '../spec/activation.js'
import type { InitializerLike } from '../spec/initializer.js'
import type { DenseBatchEnsembleSpec, MemberDenseSpec, MemberScaleSpec } from '../spec/layer-spec.js'
import type { ConstraintLike, RegularizerLike } from '../spec/tensor.js'
import { type LayerOptions, make } from './layer-options.js'

/** Options of `layers.memberScale`. */
export interface MemberScaleOptions extends LayerOptions {
  /** `'randomSigns'` by default; TabM uses randomNormal with stddev 1 behind embeddings of numbers. */
  scaleInitializer?: InitializerLike | undefined
  /** Whether each member adds a bias; false by default. */
  useBias?: boolean | undefined
  /** `'zeros'` by default. */
  biasInitializer?: InitializerLike | undefined
  /**
   * The sizes of groups of neighbouring inputs, such as the numbers that stand for one column of a table: the scales of a
   * group begin with one value. They add up to the number of inputs. By default each scale has a value of its own.
   */
  chunks?: readonly number[] | undefined
  scaleRegularizer?: RegularizerLike | undefined
  biasRegularizer?: RegularizerLike | undefined
}

/**
 * y = x * scale_j + bias_j for rows of member j, elementwise, in a network with `members`: as the first layer it makes the
 * members of TabM's mini version differ (Gorishniy et al. 2024; ElementwiseAffineEnsemble in the package tabm).
 * @throws ArgumentError for an unknown option or a wrong value.
 * @example
 * const model = new Sequential({
 *   layers: [
 *     layers.memberScale({ inputShape: [10] }),
 *     layers.dense({ units: 512, activation: 'relu' }),
 *     layers.dropout({ rate: 0.1 }),
 *     layers.dense({ units: 512, activation: 'relu' }),
 *     layers.dropout({ rate: 0.1 }),
 *     layers.memberDense({ units: 3, activation: 'softmax' }),
 *   ],
 *   members: 32,
 * })
 */
export function memberScale(options: MemberScaleOptions = {}): MemberScaleSpec {
  return make('memberScale', options)
}

/** Options of `layers.memberDense`. */
export interface MemberDenseOptions extends LayerOptions {
  /** The number of outputs. */
  units: number
  /** A name or what a factory of `activations` returns; `'linear'` by default. */
  activation?: ActivationLike | undefined
  /** Whether a bias is added; true by default. */
  useBias?: boolean | undefined
  /** `'glorotUniform'` by default. */
  kernelInitializer?: InitializerLike | undefined
  /** `'zeros'` by default. */
  biasInitializer?: InitializerLike | undefined
  kernelRegularizer?: RegularizerLike | undefined
  biasRegularizer?: RegularizerLike | undefined
}

/**
 * A dense layer of its own for each member of a network with `members`: y = activation(x W_j + b_j) for rows of member j,
 * with the kernels W (members x inputs, units), one below the other, and the biases b (members, units). As the last layer
 * it is the members' heads (LinearEnsemble in the package tabm).
 * @throws ArgumentError for an unknown option or a wrong value.
 */
export function memberDense(options: MemberDenseOptions): MemberDenseSpec {
  return make('memberDense', options)
}

/** Options of `layers.denseBatchEnsemble`. */
export interface DenseBatchEnsembleOptions extends LayerOptions {
  /** The number of outputs. */
  units: number
  /** A name or what a factory of `activations` returns; `'linear'` by default. */
  activation?: ActivationLike | undefined
  /** Whether each member adds a bias; true by default. */
  useBias?: boolean | undefined
  /** Of the scales of the inputs; `'ones'` by default. TabM uses `'randomSigns'` in the first layer. */
  inputScaleInitializer?: InitializerLike | undefined
  /** `'glorotUniform'` by default. */
  kernelInitializer?: InitializerLike | undefined
  /** Of the scales of the outputs; `'ones'` by default. */
  outputScaleInitializer?: InitializerLike | undefined
  /** `'zeros'` by default. */
  biasInitializer?: InitializerLike | undefined
  /** Of the scales of the inputs, as in `layers.memberScale`. */
  chunks?: readonly number[] | undefined
  kernelRegularizer?: RegularizerLike | undefined
  biasRegularizer?: RegularizerLike | undefined
  kernelConstraint?: ConstraintLike | undefined
}

/**
 * A dense layer with one kernel for all members of a network with `members`, and scales and a bias for each:
 * y = activation(((x * r_j) W) * s_j + b_j) for rows of member j (Wen, Tran and Ba 2020, "BatchEnsemble: an alternative
 * approach to efficient ensemble and lifelong learning", eq. 5; LinearBatchEnsemble in the package tabm).
 * @throws ArgumentError for an unknown option or a wrong value.
 */
export function denseBatchEnsemble(options: DenseBatchEnsembleOptions): DenseBatchEnsembleSpec {
  return make('denseBatchEnsemble', options)
}
