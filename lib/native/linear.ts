import type { NativeDataset } from './model.js'

/** How the core trains a linear model; all defaults are filled in. */
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
  /** Averages the weights from this step on; 0: never. */
  average: number
  /** Rows whose mean gradient makes a step; 0: each row makes a step. */
  batch: number
  fitIntercept: boolean
  /** Targets are class numbers. One unit stands for the second of two classes; several stand for one class each. */
  classes: boolean
  units: number
  seed: number
  threads: number
  /** 1 + the number of steps taken since the first fit. */
  steps: number
}

export interface NativeLinearData {
  x: NativeDataset
  targets: Float64Array
  /** One for each row, or empty. */
  weights: Float64Array
  /** For each unit the factor of the weights of rows of its class. */
  ownClass: Float64Array
  /** For each unit the factor of the weights of all other rows. */
  otherClasses: Float64Array
}

/** The weights of all units, a row for each unit. */
export interface NativeLinearState {
  weights: Float64Array
  intercepts: Float64Array
  /** Empty without averaging. */
  averageWeights: Float64Array
  averageIntercepts: Float64Array
}

/** Sums over the rows of an epoch, one for each unit. */
export interface NativeLinearSums {
  loss: Float64Array
  /** The loss with the penalty. */
  objective: Float64Array
  /** The sum of the rows' weights with batches, else the number of rows. */
  weight: Float64Array
  finite: boolean
}

export interface NativeLinearRun {
  /**
   * For a run that was made with `later`: copies the next numbers of the targets (part 0) or of the weights of rows (1), which are
   * those of `from` from `begin` up to, not including, `end`. It can be used when it has all numbers.
   */
  copy(part: 0 | 1, from: Float64Array, begin: number, end: number): void
  /** `active`: 1 for units that learn, 0 for units that have stopped. */
  beginEpoch(epoch: number, shuffle: boolean, rates: Float64Array, active: Float64Array): void
  /** Continues the epoch for `budgetMs` at most; resolves to the number of its rows done so far. */
  train(budgetMs: number): Promise<number>
  sums(): NativeLinearSums
  read(): NativeLinearState
  dispose(): void
}
