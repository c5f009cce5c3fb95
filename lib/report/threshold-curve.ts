// Types alone, which the programs of pages read too: nothing here may import another room.

/** Counts at thresholds of one class against the rest: rows of at least a threshold count as positive. */
export interface ThresholdCurve {
  readonly name: string
  readonly positives: number
  readonly negatives: number
  readonly auc: number
  readonly averagePrecision: number
  /** Ascending. */
  readonly thresholds: readonly number[]
  readonly truePositives: readonly number[]
  readonly falsePositives: readonly number[]
  /** The index of the threshold that the model uses. */
  readonly chosen: number
}
