import type { NativeDataset } from './model.js'

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
