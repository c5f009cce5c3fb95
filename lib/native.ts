import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { MlpError } from './errors.js'

/** A network with every default filled in, as the core takes it. */
export interface NativeSpec {
  /** Numbers per row of input. */
  inputs: number
  seed: number
  layers: NativeLayer[]
}

/** What every layer has, and what its type takes: `layerOptions` in layer-spec.ts, its parts as below. */
export interface NativeLayer {
  type: string
  trainable: boolean
  /** Multiplies the learning rate. */
  rateFactor: number
  [option: string]: unknown
}

export interface NativeRegularizer {
  l1: number
  l2: number
}

export interface NativeConstraint {
  name: 'maxNorm' | 'unitNorm' | 'nonNeg'
  /** maxNorm alone. */
  limit: number
}

export interface NativeActivation {
  name:
    | 'linear'
    | 'relu'
    | 'leakyRelu'
    | 'prelu'
    | 'elu'
    | 'selu'
    | 'gelu'
    | 'geluTanh'
    | 'silu'
    | 'mish'
    | 'sigmoid'
    | 'hardSigmoid'
    | 'tanh'
    | 'softplus'
    | 'softsign'
    | 'exponential'
    | 'step'
    | 'softmax'
  /** leakyRelu: the slope below 0; elu: its alpha; prelu: what its slopes start from. */
  alpha?: number
}

export interface NativeInitializer {
  name:
    | ('zeros' | 'ones' | 'constant' | 'orthogonal' | 'randomUniform' | 'randomNormal' | 'truncatedNormal')
    | ('glorotUniform' | 'glorotNormal' | 'heUniform' | 'heNormal' | 'lecunUniform' | 'lecunNormal')
  /** Draws from this seed in place of the model's. */
  seed?: number
  /** What the one of this name takes. */
  value?: number
  gain?: number
  min?: number
  max?: number
  mean?: number
  stddev?: number
}

export interface NativeLoss {
  name:
    | 'meanSquaredError'
    | 'meanAbsoluteError'
    | 'huber'
    | 'logCosh'
    | 'binaryCrossentropy'
    | 'categoricalCrossentropy'
    | 'sparseCategoricalCrossentropy'
    | 'hinge'
    | 'squaredHinge'
    | 'poisson'
    | 'kullbackLeibler'
    | 'quantile'
    | 'gaussianNll'
    | 'focal'
  /** The last layer is linear and its outputs are logits. */
  fromLogits: boolean
  labelSmoothing?: number
  delta?: number
  quantile?: number
  gamma?: number
  alpha?: number
}

export interface NativeCompileSpec {
  loss: NativeLoss
  optimizer: { rules?: NativeUpdateRules } & (
    | { name: 'sgd'; momentum: number; nesterov: boolean }
    | { name: 'adagrad'; initialAccumulatorValue: number; epsilon: number }
    | { name: 'rmsprop'; rho: number; momentum: number; epsilon: number; centered: boolean }
    | { name: 'adadelta'; rho: number; epsilon: number }
    | { name: 'adam'; beta1: number; beta2: number; epsilon: number; amsgrad: boolean; rawEpsilon?: boolean }
    | { name: 'adamw'; beta1: number; beta2: number; epsilon: number; amsgrad: boolean; weightDecay: number }
    | { name: 'adamax' | 'nadam'; beta1: number; beta2: number; epsilon: number }
    | { name: 'lion'; beta1: number; beta2: number }
    | {
        name: 'lbfgs'
        historySize: number
        maxLineSearchSteps: number
        gradientTolerance: number
        valueTolerance: number
      }
  )
  metrics: NativeMetric[]
  /** A batch's loss is divided by the sum of its rows' weights, penalties and all, as scikit-learn's is. */
  meanOverWeights?: boolean
  /** Multiplies each row's loss, not the penalties; 1 when missing. */
  lossFactor?: number
}

/** What is done beside the optimizer's own rule; 0 where it is not. */
export interface NativeUpdateRules {
  weightDecay: number
  clipValue: number
  clipNorm: number
  globalClipNorm: number
  ema: number
  accumulationSteps: number
}

export type NativeMetric =
  | 'binaryAccuracy'
  | 'categoricalAccuracy'
  | 'sparseCategoricalAccuracy'
  | 'meanSquaredError'
  | 'meanAbsoluteError'

/** Where a tensor lies in the flat vector of all weights. */
export interface NativeTensor {
  layer: number
  name: string
  /** Whether an optimizer changes it. */
  trainable: boolean
  rows: number
  columns: number
  offset: number
}

/** Rows copied out of JavaScript's hands; bytes stay bytes. */
export interface NativeDataset {
  readonly rows: number
  dispose(): void
}

/** One state of a model's weights; the first prediction that is given it fills it. */
export interface NativeSnapshot {
  dispose(): void
}

/** Sums over rows: divide by `rows` for means. */
export interface NativeSums {
  rows: number
  loss: number
  /** The part of the loss that is regularizers', in training; not told by L-BFGS. */
  penalty: number
  metrics: number[]
  /** Norms of the gradient of each tensor, over updates, where they were asked for. */
  gradientNorms: number[]
}

export interface NativeTrainResult extends NativeSums {
  /** Batches that were taken, and the updates that they made. */
  steps: number
  updates: number
  epochDone: boolean
  /** Nothing is left to gain: L-BFGS alone. */
  converged: boolean
  /** False when the loss of the next step was NaN or infinite, and that step was not taken, or an update overflowed. */
  finite: boolean
  /** Steps that were undone, because an update overflowed. */
  stepsBack: number
}

export interface NativeEpoch {
  batchSize: number
  shuffle: boolean
  /** Which shuffle: the same seed and epoch give the same order. */
  epoch: number
  /** 0 lets the cost model choose. */
  threads: number
  gradientNorms?: boolean
}

/** A point of a run: with the weights, all it takes to go on as if never stopped. */
export interface NativeOptimizerState {
  steps: number
  /** Flat vectors laid out like the weights: velocity, moments, sums of squares. */
  slots: Float32Array[]
}

/** A network, its weights and its optimizer. Promises settle on the thread that asked; one thread owns a model. */
export interface NativeModel {
  tensors(): NativeTensor[]
  /** During a slice: the weights at the end of a step. `averaged`, at rest: those that endRun would leave. */
  getWeights(averaged?: boolean): Float32Array
  setWeights(weights: Float32Array): void
  /** Forgets the optimizer's state. */
  compile(spec: NativeCompileSpec): void
  getOptimizerState(): NativeOptimizerState
  setOptimizerState(state: NativeOptimizerState): void
  /** A run of epochs begins: L-BFGS starts anew. */
  beginRun(): void
  /** It ends: the average of the weights, if one is kept, takes their place, and L-BFGS leaves its best point. */
  endRun(): void
  /** Shuffles and prepares the memory for `batchSize`. */
  beginEpoch(data: NativeDataset, epoch: NativeEpoch): { steps: number; threads: number }
  /** Takes up to `steps` steps of the epoch, until `budgetMs` is spent. `rates` holds one rate an update, or one for all. */
  train(steps: number, rates: Float64Array, budgetMs: number): Promise<NativeTrainResult>
  /**
   * Loss and metrics of rows from `firstRow` on, until `budgetMs` is spent: `rows` says how many. `averaged`: by the
   * weights that endRun would leave.
   */
  evaluate(data: NativeDataset, firstRow: number, budgetMs: number, averaged?: boolean): Promise<NativeSums>
  /**
   * Outputs of the first `layers` layers for rows from `firstRow` on into `out` (rows x outputs, from row 0), until `budgetMs` is spent; resolves to the rows
   * done. Calls with the same snapshot, one after the other, answer from the same weights.
   */
  predict(
    data: NativeDataset,
    firstRow: number,
    out: Float32Array,
    budgetMs: number,
    snapshot: NativeSnapshot,
    layers?: number,
  ): Promise<number>
  /** Outputs of `rows` rows of `x` into `out`, on this thread. */
  predictSync(x: Float32Array | Float64Array | Uint8Array, rows: number, out: Float32Array): void
  /** A function that puts the outputs of the row in `input` into `output`, on this thread: the cheapest call there is. */
  bindRow(input: Float32Array, output: Float32Array): () => void
  dispose(): void
}

/** A linear model's training with every default filled in, as the core takes it. */
export interface NativeLinearSpec {
  loss:
    | 'hinge'
    | 'squaredHinge'
    | 'logLoss'
    | 'modifiedHuber'
    | 'perceptron'
    | 'squaredError'
    | 'huber'
    | 'epsilonInsensitive'
    | 'squaredEpsilonInsensitive'
  penalty: 'none' | 'l1' | 'l2' | 'elasticNet'
  learningRate: 'constant' | 'optimal' | 'invscaling' | 'adaptive' | 'pa1' | 'pa2'
  alpha: number
  l1Ratio: number
  eta0: number
  powerT: number
  epsilon: number
  /** 0: no averaging; else from this step on. */
  average: number
  /** 0: a step a row; else a step along the mean gradient of so many rows. */
  batch: number
  fitIntercept: boolean
  /** Targets are class numbers; one unit is for the second of two classes, several for one class each. */
  classes: boolean
  units: number
  seed: number
  threads: number
  /** 1 + the steps ever taken. */
  steps: number
}

export interface NativeLinearData {
  x: NativeDataset
  targets: Float64Array
  /** One a row, or empty. */
  weights: Float64Array
  /** One a unit: times these for rows of its class and for all others. */
  ownClass: Float64Array
  otherClasses: Float64Array
}

/** What units have learned, a row a unit. */
export interface NativeLinearState {
  weights: Float64Array
  intercepts: Float64Array
  /** Empty without averaging. */
  averageWeights: Float64Array
  averageIntercepts: Float64Array
}

/** Sums over the rows of an epoch, one a unit. */
export interface NativeLinearSums {
  loss: Float64Array
  /** With the penalty. */
  objective: Float64Array
  /** Of the rows, with batches; else their number. */
  weight: Float64Array
  finite: boolean
}

export interface NativeLinearRun {
  /** `active`: 1 for units that learn, 0 for those that rest. */
  beginEpoch(epoch: number, shuffle: boolean, rates: Float64Array, active: Float64Array): void
  /** Goes on with the epoch until `budgetMs` is spent; resolves to the rows done of it. */
  train(budgetMs: number): Promise<number>
  sums(): NativeLinearSums
  read(): NativeLinearState
  dispose(): void
}

export interface Native {
  LinearRun: new (spec: NativeLinearSpec, data: NativeLinearData, from: NativeLinearState) => NativeLinearRun
  /** Weighted sums of rows from `firstRow` on into `out`, until `budgetMs` is spent; resolves to the rows done. */
  linearScores(
    state: NativeLinearState,
    data: NativeDataset,
    firstRow: number,
    out: Float64Array,
    budgetMs: number,
  ): Promise<number>
  linearScoresSync(
    state: NativeLinearState,
    x: Float32Array | Float64Array | Uint8Array,
    rows: number,
    out: Float64Array,
  ): void
  /** 0 .. count - 1 in an order that the seed and the stream name. */
  permutation(count: number, seed: number, stream: number): Uint32Array
  Model: new (spec: NativeSpec) => NativeModel
  /** Targets are values, `targetColumns` a row, or class numbers, one a row; null for rows to predict. */
  Dataset: new (
    x: Float32Array | Float64Array | Uint8Array,
    columns: number,
    targets: Float32Array | Int32Array | null,
    targetColumns: number,
    /** How much each row counts; null for once. */
    weights?: Float32Array | null,
  ) => NativeDataset
  Snapshot: new () => NativeSnapshot
  /** What computes here: the BLAS, its kernels for this CPU, ours, and the cores. */
  info(): { blas: string; blasKernels: string; kernels: string; cores: number }
}

const root = fileURLToPath(new URL('..', import.meta.url))

function load(): Native {
  const require = createRequire(import.meta.url)
  try {
    const nodeGypBuild = require('node-gyp-build') as (root: string) => Native
    return nodeGypBuild(root)
  } catch (error) {
    throw new MlpError(
      `perceptra's native part could not be loaded for ${process.platform}-${process.arch}, Node ${process.version}: ` +
        `${(error as Error).message}\nLooked in ${root}build/Release and ${root}prebuilds. ` +
        'To build it from source, run `npm run build:native` there (needs a C++ compiler, CMake and OpenBLAS).',
      'ERR_NATIVE',
      { cause: error },
    )
  }
}

export const native: Native = load()
