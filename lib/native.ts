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

export interface NativeLayer {
  type: 'dense'
  units: number
  useBias: boolean
  activation: NativeActivation
  kernelInitializer: NativeInitializer
  biasInitializer: NativeInitializer
}

export interface NativeActivation {
  name: 'linear' | 'relu' | 'leakyRelu' | 'sigmoid' | 'tanh' | 'softmax'
  /** leakyRelu alone. */
  negativeSlope?: number
}

export interface NativeInitializer {
  name: 'glorotUniform' | 'glorotNormal' | 'heUniform' | 'heNormal' | 'zeros' | 'ones'
  /** Draws from this seed in place of the model's. */
  seed?: number
}

export interface NativeCompileSpec {
  loss: {
    name: 'meanSquaredError' | 'binaryCrossentropy' | 'categoricalCrossentropy' | 'sparseCategoricalCrossentropy'
    /** The last layer is linear and its outputs are logits. */
    fromLogits: boolean
  }
  optimizer:
    | { name: 'sgd'; momentum: number; nesterov: boolean }
    | { name: 'adam'; beta1: number; beta2: number; epsilon: number }
  metrics: NativeMetric[]
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
  name: 'kernel' | 'bias'
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
  metrics: number[]
}

export interface NativeTrainResult extends NativeSums {
  /** Optimizer steps that were taken. */
  steps: number
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
}

/** A point of a run: with the weights, all it takes to go on as if never stopped. */
export interface NativeOptimizerState {
  steps: number
  /** Flat vectors laid out like the weights: velocity, or first and second moment. */
  slots: Float32Array[]
}

/** A network, its weights and its optimizer. Promises settle on the thread that asked; one thread owns a model. */
export interface NativeModel {
  tensors(): NativeTensor[]
  /** During a slice: the weights at the end of a step. */
  getWeights(): Float32Array
  setWeights(weights: Float32Array): void
  /** Forgets the optimizer's state. */
  compile(spec: NativeCompileSpec): void
  getOptimizerState(): NativeOptimizerState
  setOptimizerState(state: NativeOptimizerState): void
  /** Shuffles and prepares the memory for `batchSize`. */
  beginEpoch(data: NativeDataset, epoch: NativeEpoch): { steps: number; threads: number }
  /** Takes up to `steps` steps of the epoch, until `budgetMs` is spent. `rates` holds one rate a step, or one for all. */
  train(steps: number, rates: Float64Array, budgetMs: number): Promise<NativeTrainResult>
  /** Loss and metrics of rows from `firstRow` on, until `budgetMs` is spent: `rows` says how many. */
  evaluate(data: NativeDataset, firstRow: number, budgetMs: number): Promise<NativeSums>
  /**
   * Outputs of rows from `firstRow` on into `out` (rows x outputs, from row 0), until `budgetMs` is spent; resolves to the rows
   * done. Calls with the same snapshot, one after the other, answer from the same weights.
   */
  predict(
    data: NativeDataset,
    firstRow: number,
    out: Float32Array,
    budgetMs: number,
    snapshot: NativeSnapshot,
  ): Promise<number>
  /** Outputs of `rows` rows of `x` into `out`, on this thread. */
  predictSync(x: Float32Array | Float64Array | Uint8Array, rows: number, out: Float32Array): void
  /** A function that puts the outputs of the row in `input` into `output`, on this thread: the cheapest call there is. */
  bindRow(input: Float32Array, output: Float32Array): () => void
  dispose(): void
}

export interface Native {
  Model: new (spec: NativeSpec) => NativeModel
  /** Targets are values, `targetColumns` a row, or class numbers, one a row; null for rows to predict. */
  Dataset: new (
    x: Float32Array | Float64Array | Uint8Array,
    columns: number,
    targets: Float32Array | Int32Array | null,
    targetColumns: number,
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
