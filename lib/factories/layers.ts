import type { ActivationLike } from '../spec/activation.js'
import type {
  AnyColumnPart,
  EmbeddingPart,
  OneHotPart,
  PassthroughPart,
  PeriodicEmbeddingPart,
  PiecewiseLinearEmbeddingPart,
} from '../spec/columns.js'
import type { InitializerLike } from '../spec/initializer.js'
import type {
  ActivationLayerSpec,
  BatchNormalizationSpec,
  ColumnsSpec,
  DenseSpec,
  DropoutSpec,
  EmbeddingSpec,
  GaussianNoiseSpec,
  LayerNormalizationSpec,
  RescalingSpec,
  ScaleSpec,
} from '../spec/layer-spec.js'
import type { ConstraintLike, RegularizerLike } from '../spec/tensor.js'
import { type LayerOptions, make } from './layer-options.js'

export type { LayerOptions } from './layer-options.js'
export * from './member-layers.js'

/** Options of `layers.dense`. */
export interface DenseOptions extends LayerOptions {
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
  /** Added to the loss for the kernel; none by default. */
  kernelRegularizer?: RegularizerLike | undefined
  /** Added to the loss for the bias; none by default. */
  biasRegularizer?: RegularizerLike | undefined
  /** Applied to the kernel after each update; none by default. */
  kernelConstraint?: ConstraintLike | undefined
  /** Applied to the bias after each update; none by default. */
  biasConstraint?: ConstraintLike | undefined
  /**
   * `'standard'` by default. `'ntk'`: y = activation(x W / sqrt(inputs) + b), whose kernel begins as N(0, 1):
   * `kernelInitializer: { name: 'randomNormal', stddev: 1 }` (Jacot et al. 2018, "Neural tangent kernel").
   */
  parametrization?: 'standard' | 'ntk' | undefined
}

/**
 * A dense layer: y = activation(x W + b) with the kernel W (inputs, units) and the bias b (units).
 * @throws ArgumentError for an unknown option or a wrong value.
 * @example
 * const model = new Sequential({
 *   layers: [
 *     layers.dense({ units: 32, activation: 'relu', kernelInitializer: 'heNormal', inputShape: [64] }),
 *     layers.dense({ units: 10, activation: 'softmax' }),
 *   ],
 * })
 */
export function dense(options: DenseOptions): DenseSpec {
  return make('dense', options)
}

/** Options of `layers.activation`. */
export interface ActivationLayerOptions extends LayerOptions {
  /** A name or what a factory of `activations` returns. */
  activation: ActivationLike
  /**
   * Whether y = x + alpha (f(x) - x), where alpha, one for each input, is learned and starts at 1 (Holzmueller et al.
   * 2024, "Better by default", whose factor of the learning rate is 0.1); false by default.
   */
  parametric?: boolean | undefined
}

/**
 * An activation as a separate layer: y = f(x), for instance behind batchNormalization. If it is the last layer, softmax
 * and sigmoid are fused with the loss as in a dense layer.
 * @throws ArgumentError for an unknown option or a wrong value.
 */
export function activation(options: ActivationLayerOptions): ActivationLayerSpec {
  return make('activation', options)
}

/** Options of `layers.dropout` and `layers.alphaDropout`. */
export interface DropoutOptions extends LayerOptions {
  /** The share of numbers that is dropped, from 0 to below 1. */
  rate: number
}

/**
 * In training a number is set to 0 with probability `rate`, else divided by 1 - rate; in inference y = x (Srivastava et
 * al. 2014, "Dropout: a simple way to prevent neural networks from overfitting"). The numbers that are dropped depend
 * only on the model's seed, the epoch and the row.
 * @throws ArgumentError for a rate that is not from 0 to below 1.
 */
export function dropout(options: DropoutOptions): DropoutSpec {
  return make('dropout', options)
}

/**
 * Dropout for networks with selu: a dropped number is set to selu's lower bound -1.7581, and an affine map restores the
 * mean and the variance (Klambauer et al. 2017, "Self-normalizing neural networks").
 * @throws ArgumentError for a rate that is not from 0 to below 1.
 */
export function alphaDropout(options: DropoutOptions): DropoutSpec {
  return make('alphaDropout', options)
}

/** Options of `layers.gaussianNoise`. */
export interface GaussianNoiseOptions extends LayerOptions {
  /** The noise's standard deviation, at least 0. */
  stddev: number
}

/**
 * In training y = x + noise, normal with mean 0; in inference y = x (Bishop 1995, "Training with noise is equivalent
 * to Tikhonov regularization").
 * @throws ArgumentError for a deviation below 0.
 */
export function gaussianNoise(options: GaussianNoiseOptions): GaussianNoiseSpec {
  return make('gaussianNoise', options)
}

/** Options of `layers.rescaling`. */
export interface RescalingOptions extends LayerOptions {
  /** The factor of each number. */
  scale: number
  /** Added to the product; 0 by default. */
  offset?: number | undefined
}

/**
 * y = scale x + offset, in training and in inference, without weights. As the first layer it can read the bytes of
 * images as they are: a `Uint8Array` takes a quarter of the memory of a `Float32Array`.
 * @throws ArgumentError for a scale or an offset that is not a finite float32.
 * @example
 * const { train } = await datasets.mnist({ dir: 'data/mnist', raw: true }) // 784 bytes a row, 47 MB
 * const model = new Sequential({
 *   layers: [
 *     layers.rescaling({ scale: 1 / 255, inputShape: [784] }),
 *     layers.dense({ units: 128, activation: 'relu' }),
 *     layers.dense({ units: 10, activation: 'softmax' }),
 *   ],
 * })
 */
export function rescaling(options: RescalingOptions): RescalingSpec {
  return make('rescaling', options)
}

/** What both normalizations take. */
export interface NormalizationOptions extends LayerOptions {
  /** Added to the variance, above 0; 1e-3 by default, as Keras's (PyTorch's is 1e-5). */
  epsilon?: number | undefined
  /** Whether beta is added; true by default. */
  center?: boolean | undefined
  /** Whether gamma multiplies; true by default. */
  scale?: boolean | undefined
  /** `'zeros'` by default. */
  betaInitializer?: InitializerLike | undefined
  /** `'ones'` by default. */
  gammaInitializer?: InitializerLike | undefined
  betaRegularizer?: RegularizerLike | undefined
  gammaRegularizer?: RegularizerLike | undefined
  betaConstraint?: ConstraintLike | undefined
  gammaConstraint?: ConstraintLike | undefined
}

/** Options of `layers.batchNormalization`. */
export interface BatchNormalizationOptions extends NormalizationOptions {
  /** Decay of the moving statistics, from 0 to below 1; 0.99 by default (PyTorch counts the other way: 1 - 0.99). */
  momentum?: number | undefined
}

/**
 * y = (x - mean) / sqrt(variance + epsilon) gamma + beta, per input (Ioffe and Szegedy 2015, "Batch normalization").
 * In training mean and variance are the batch's; inference uses moving ones: m = momentum m + (1 - momentum) of the
 * batch's, the variance divided by n, as Keras has it (PyTorch: by n - 1). With `trainable: false` it uses the moving
 * ones in training, too.
 * @throws ArgumentError for an unknown option or a wrong value.
 */
export function batchNormalization(options: BatchNormalizationOptions = {}): BatchNormalizationSpec {
  return make('batchNormalization', options)
}

/**
 * y = (x - mean) / sqrt(variance + epsilon) gamma + beta with mean and variance over the numbers of a row, in training
 * and inference alike (Ba, Kiros and Hinton 2016, "Layer normalization").
 * @throws ArgumentError for an unknown option or a wrong value.
 */
export function layerNormalization(options: NormalizationOptions = {}): LayerNormalizationSpec {
  return make('layerNormalization', options)
}

/** Options of `layers.embedding`. */
export interface EmbeddingOptions extends LayerOptions {
  /** The number of different values of an input: whole numbers from 0 to below inputDim, at most 2^24. */
  inputDim: number
  /** The length of the vector of each value. */
  outputDim: number
  /** `'randomUniform'` (-0.05 to 0.05) by default. */
  embeddingsInitializer?: InitializerLike | undefined
  embeddingsRegularizer?: RegularizerLike | undefined
  embeddingsConstraint?: ConstraintLike | undefined
}

/**
 * Each input, a whole number, selects a row of a table of weights (inputDim, outputDim); the rows of several inputs are
 * concatenated. It can only be the first layer.
 * @throws ArgumentError for an unknown option or a wrong value; fit and predict throw one for inputs out of range.
 */
export function embedding(options: EmbeddingOptions): EmbeddingSpec {
  return make('embedding', options)
}

/** Options of `layers.scale`. */
export interface ScaleOptions extends LayerOptions {
  /** `'ones'` by default. */
  scaleInitializer?: InitializerLike | undefined
  scaleRegularizer?: RegularizerLike | undefined
  scaleConstraint?: ConstraintLike | undefined
}

/**
 * y = s x, with a learned factor for each input. In front of a network with a high `learningRateFactor` it selects
 * inputs (Holzmueller et al. 2024, "Better by default", with a factor of 6).
 * @throws ArgumentError for an unknown option or a wrong value.
 */
export function scale(options: ScaleOptions = {}): ScaleSpec {
  return make('scale', options)
}

/** Some columns of a row and what becomes of them; see `ColumnPart`. */
export type ColumnPartOptions =
  | PartOptions<PassthroughPart, never>
  | (PartOptions<Omit<EmbeddingPart, 'inputDim' | 'embeddingsInitializer'>, 'outputDim'> & {
      inputDim: number | readonly number[]
      embeddingsInitializer?: InitializerLike | undefined
    })
  | (PartOptions<Omit<OneHotPart, 'inputDim'>, never> & { inputDim: number | readonly number[] })
  | PartOptions<PeriodicEmbeddingPart, never>
  | PartOptions<PiecewiseLinearEmbeddingPart, 'edges'>

/** A part as users write it: `type`, `columns` and the options that are `Required`; the others have defaults. */
export type PartOptions<P extends AnyColumnPart & { type: string }, Required extends keyof P> = Pick<
  P,
  'type' | 'columns' | Required
> & { [K in Exclude<keyof P, 'type' | 'columns' | Required>]?: P[K] | undefined }

/** Options of `layers.columns`. */
export interface ColumnsOptions extends LayerOptions {
  /** What becomes of which columns; the outputs of the parts are concatenated. */
  parts: readonly ColumnPartOptions[]
}

/**
 * Sends columns of a row to parts and concatenates what the parts put out: numbers as they are, tables of embeddings or
 * one-hot vectors for codes of categories, periodic and piecewise-linear embeddings for numbers. Columns that no part
 * reads are left out. Parts that read codes need the layer to be the first.
 * @throws ArgumentError for an unknown option or a wrong value; fit and predict throw one for a code that is not an
 * integer from -1 (missing) to below inputDim.
 * @example
 * const model = new Sequential({
 *   layers: [
 *     layers.columns({
 *       inputShape: [3],
 *       parts: [
 *         { type: 'periodicEmbedding', columns: [0, 1] },
 *         { type: 'embedding', columns: [2], inputDim: 30, outputDim: 8 },
 *       ],
 *     }),
 *     layers.dense({ units: 64, activation: 'relu' }),
 *     layers.dense({ units: 1 }),
 *   ],
 * })
 */
export function columns(options: ColumnsOptions): ColumnsSpec {
  return make('columns', options)
}
