import type { Part } from '../network/row-scores.js'

/** The rows of a run, epoch by epoch, in one or more native data sets (parts). */
export interface TrainingData {
  /** The number of steps of an epoch, if it is set in advance. */
  readonly steps: number | undefined
  beginEpoch(): void
  /** The next part of the epoch, or undefined at its end. Frees the part before. */
  next(): Promise<Part | undefined>
  /** Frees the memory. */
  dispose(): void
  /**
   * Frees the memory and closes the source of the rows.
   * @param atOnce whether to wait only a moment for a source that does not close.
   */
  close(atOnce: boolean): Promise<void>
}

/** All rows as one part. */
export function wholeData(part: Part): TrainingData {
  let taken = false
  return {
    steps: undefined,
    beginEpoch() {
      taken = false
    },
    async next() {
      if (taken) return undefined
      taken = true
      return part
    },
    dispose: () => part.data.dispose(),
    close: async () => part.data.dispose(),
  }
}

/** The data of a run that ended before its rows were read. */
export const unreadData: TrainingData = {
  steps: undefined,
  beginEpoch() {},
  next: async () => undefined,
  dispose() {},
  async close() {},
}
