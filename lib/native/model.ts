import type { NativeCompileSpec } from './spec.js'

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
  /**
   * For each epoch that was gone on from: the sums of its loss and penalty over rows, then those of metrics. The others are of
   * the last.
   */
  finished: Float64Array
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
  /** 0: chosen by the size of the work, or by trial. */
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
  /**
   * Takes up to `steps` steps of the epoch, until `budgetMs` is spent. `rates` holds one rate an update, or one for all. Goes
   * on to the next epochs, up to `epochs` in all (1 by default), where nothing speaks against it.
   */
  train(steps: number, rates: Float64Array, budgetMs: number, epochs?: number): Promise<NativeTrainResult>
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
  /** As predict, the gradient of one output of each row (`which`, one number for every row of the data) by the row's inputs. */
  inputGradients(
    data: NativeDataset,
    firstRow: number,
    out: Float32Array,
    budgetMs: number,
    snapshot: NativeSnapshot,
    which: Int32Array,
  ): Promise<number>
  /** Outputs of `rows` rows of `x` into `out`, on this thread. */
  predictSync(x: Float32Array | Float64Array | Uint8Array, rows: number, out: Float32Array): void
  /**
   * A function that puts the outputs of the row in `input` into `output`, on this thread: the cheapest call there is. With
   * a row given that is read in its place, and the answer is false, and nothing done, where it holds NaN or infinity.
   */
  bindRow(input: Float32Array, output: Float32Array): (row?: Float32Array) => boolean | undefined
  /** Whether single rows are predicted, at rest, from weights kept in half precision beside the others. */
  keepHalves(keep: boolean): void
  dispose(): void
}
