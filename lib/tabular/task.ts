import type { MetricName } from '../base/log-keys.js'
import type { Matrix } from '../base/matrix.js'
import type { LossSpec } from '../spec/loss.js'

/** What a network is trained for. */
export interface Task {
  /** Class numbers, or standardised numbers. */
  readonly isClasses: boolean
  /** Units of the output, and its activation. */
  readonly outputs: number
  readonly activation: 'softmax' | 'linear' | 'exponential'
  readonly loss: LossSpec
  /** Whether the recipe's label smoothing fits the metric. */
  readonly smoothes: boolean
  /** What is logged, and the key of it that decides the best epoch. */
  readonly metrics: readonly MetricName[]
  readonly monitor: 'valLoss' | `val${Capitalize<MetricName>}`
  /** The metric as users read it, of what is logged for `monitor`; undefined where that does not tell it. */
  readonly fromLog: (logged: number) => number | undefined
  /** The metric as users read it. */
  readonly score: (outputs: Matrix, truth: Truth) => number
  /** What greedy selection makes small. */
  readonly cost: (outputs: Matrix, truth: Truth) => number
}

/** Class numbers, or standardised numbers. */
export type Targets = Int32Array | Float32Array

/** What outputs are scored against: class numbers, or the numbers as they were read. */
export type Truth = Int32Array | Float64Array

/** Rows as numbers, with their targets. */
export interface EncodedRows {
  readonly x: Matrix
  readonly y: Targets
}
