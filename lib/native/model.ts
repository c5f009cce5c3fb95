import type { NativeGroupRun } from './group.js'
import type { NativeCompileSpec } from './spec.js'

/** A tensor's place in the flat vector of all weights. */
export interface NativeTensor {
  layer: number
  name: string
  /** Whether optimizers change it. */
  trainable: boolean
  rows: number
  columns: number
  offset: number
}

/** A copy of rows in native memory; bytes stay bytes. */
export interface NativeDataset {
  readonly rows: number
  /**
   * For a data set that was made with `later`: copies the next numbers of x (part 0), of the targets (1) or of the weights
   * (2), which are those of `from` from `begin` up to, not including, `end`. It can be used when it has all numbers.
   */
  copy(part: 0 | 1 | 2, from: Float32Array | Float64Array | Uint8Array | Int32Array, begin: number, end: number): void
  dispose(): void
}

/** A copy of a model's weights; the first prediction that takes it fills it. */
export interface NativeSnapshot {
  dispose(): void
}

/** Sums over rows, added in an order that slices do not change: divide by `rows` for means. */
export interface NativeSums {
  /** In training each row counts once for each member. */
  rows: number
  loss: number
  /** The regularizers' part of the loss, in training. L-BFGS does not report it. */
  penalty: number
  metrics: number[]
  /** Norms of each tensor's gradient, summed over updates, if NativeEpoch requests them. */
  gradientNorms: number[]
}

/** Sums over all rows evaluated so far. */
export interface NativeEvaluation extends NativeSums {
  /** The loss without the penalty, and each metric: what the next call goes on from. */
  totals: Float64Array
}

/**
 * The sums are those of the last epoch from its first step on, over all slices. L-BFGS reports them at the end of an iteration
 * only: `rows` is 0 before.
 */
export interface NativeTrainResult extends NativeSums {
  /** The number of batches done. */
  steps: number
  /** The number of updates that these made. */
  updates: number
  epochDone: boolean
  /**
   * For each epoch that ended before the last one began: the sums over rows of its loss, its penalty and its metrics.
   * The other fields are of the last epoch.
   */
  finished: Float64Array
  /** L-BFGS alone: a tolerance is met. */
  converged: boolean
  /**
   * False when the loss of the next step was NaN or infinite (that step was not taken), or when an update overflowed.
   */
  finite: boolean
  /** Steps that were undone because an update overflowed. */
  stepsBack: number
  /** With a group: a rank asked all to stop, after the last step that was taken. */
  stopped?: boolean
}

export interface NativeEpoch {
  batchSize: number
  shuffle: boolean
  /** The number of the shuffle: the same seed and epoch give the same order. */
  epoch: number
  /** 0: the core chooses, by the size of the work or by trial. */
  threads: number
  gradientNorms?: boolean
  /** Whether all members get the same batches; else each has a shuffle of its own. */
  shareBatches?: boolean
  /** With a group: the steps that all ranks take. One that has fewer takes part in the last ones without rows. */
  steps?: number
}

/** With the weights, all that training needs to continue exactly. */
export interface NativeOptimizerState {
  steps: number
  /** Flat vectors laid out like the weights: velocity, moments, sums of squares. */
  slots: Float32Array[]
}

/** A network, its weights and its optimizer. One JavaScript thread owns a model; promises settle on it. */
export interface NativeModel {
  tensors(): NativeTensor[]
  /** During a slice: the weights after a step. `averaged`, between slices: the weights that endRun would install. */
  getWeights(averaged?: boolean): Float32Array
  /**
   * Writes the weights from number `begin` on to `out`. Calls with the same snapshot, which is for these calls alone, read the
   * weights of one moment; `averaged` as in getWeights.
   */
  readWeights(out: Float32Array, begin: number, snapshot: NativeSnapshot, averaged?: boolean): void
  /** With a range: writes that part of `weights`. Parts of new weights come in order, from 0 on. */
  setWeights(weights: Float32Array, begin?: number, end?: number): void
  /** Resets the optimizer's state. Returns the precision of products. */
  compile(spec: NativeCompileSpec): 'float32' | 'float32-fast' | 'bfloat16'
  /** With a range: those numbers of each slot. */
  getOptimizerState(begin?: number, end?: number): NativeOptimizerState
  /** With a range: writes those numbers of each slot. */
  setOptimizerState(state: NativeOptimizerState, begin?: number, end?: number): void
  /** Begins a run of epochs: L-BFGS starts again. With a group each step adds up over ranks, until endRun. */
  beginRun(group?: NativeGroupRun): void
  /** Installs the run's final weights: the moving average if there is one; for L-BFGS its best point. */
  endRun(): void
  /** Shuffles, and allocates memory for `batchSize` rows. */
  beginEpoch(data: NativeDataset, epoch: NativeEpoch): { steps: number; threads: number }
  /**
   * Takes up to `steps` steps of the epoch, for `budgetMs` at most. `rates` holds a rate for each update, or one for
   * all. When the epoch ends it may go on to the next, up to `epochs` in all (1 by default). `factors` are those of the
   * rates of dropout layers and of the weight decay, likewise. With a group `stop` asks all ranks to stop after
   * the next step.
   */
  train(
    steps: number,
    rates: Float64Array,
    budgetMs: number,
    epochs?: number,
    factors?: { dropout: Float64Array | undefined; decay: Float64Array | undefined },
    stop?: boolean,
  ): Promise<NativeTrainResult>
  /**
   * Loss and metrics of rows from `firstRow` on, for `budgetMs` at most, added to the `totals` of the rows before, which are
   * those of the last call. `averaged`: with the weights that endRun would install. On at most `threads` threads, or, if that
   * is 0 or undefined, on as many as pay.
   */
  evaluate(
    data: NativeDataset,
    firstRow: number,
    budgetMs: number,
    averaged?: boolean,
    totals?: Float64Array,
    threads?: number,
  ): Promise<NativeEvaluation>
  /**
   * Writes the outputs of the first `layers` layers, for rows from `firstRow` on, to `out` (rows x outputs, from row
   * 0; with `each` rows x members x outputs, from the first layer on that differs by member), for `budgetMs` at most; resolves to the number of rows done. Calls with the same snapshot compute with the same
   * weights; `threads` as in evaluate.
   */
  predict(
    data: NativeDataset,
    firstRow: number,
    out: Float32Array,
    budgetMs: number,
    snapshot: NativeSnapshot,
    layers?: number,
    each?: boolean,
    threads?: number,
  ): Promise<number>
  /**
   * As predict, but for the gradient of one output by the row's inputs; `which` holds the output's number for each row.
   */
  inputGradients(
    data: NativeDataset,
    firstRow: number,
    out: Float32Array,
    budgetMs: number,
    snapshot: NativeSnapshot,
    which: Int32Array,
  ): Promise<number>
  /** Writes the outputs of `rows` rows of `x` to `out`, on this thread. */
  predictSync(x: Float32Array | Float64Array | Uint8Array, rows: number, out: Float32Array): void
  /**
   * Makes a function that reads a row from `input` and writes its outputs to `output`, on this thread: the cheapest way
   * to predict. With an argument it reads that row instead; it returns false, and writes nothing, if the row has NaN or
   * infinity.
   */
  bindRow(input: Float32Array, output: Float32Array): (row?: Float32Array) => boolean | undefined
  /** The numbers in which few rows read the weights, between slices: as RowWeights. */
  roundWeights(kind: string): void
  dispose(): void
}
