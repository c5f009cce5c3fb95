/** Where a run is, as the live page shows it. */
export interface LiveState {
  readonly title: string
  /** What is being done: training, or for table models reading and preparing too. */
  readonly stage: string
  /** Whole epochs done, and their number; 0 where it is not known yet. */
  readonly epoch: number
  readonly epochs: number
  /** Infinity is null in JSON. */
  readonly etaSeconds: number | null
}

/** Figures of one epoch, counted from 1, by the names of the logs: `loss`, `valLoss`, `score`. */
export interface LiveEpoch {
  readonly epoch: number
  readonly logs: Readonly<Record<string, number>>
}
