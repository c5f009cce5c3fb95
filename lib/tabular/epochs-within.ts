/** With fewer epochs than these, epochs are made shorter, so that a whole number of them fits. */
const fewEpochs = 4
/** The share of rows that a single epoch has of those that fit: without a whole epoch there is no model. */
const shareOfOne = 0.85
/** Where there is no time for so many rows, there is no epoch, and so no model. */
export const leastRows = 1000

/** Whole epochs for a time that is enough for so many, and the rows that each of them trains with. */
export function epochsWithin(epochs: number, rows: number): { epochs: number; rows: number } {
  if (epochs >= fewEpochs) return { epochs: Math.floor(epochs), rows }
  const count = Math.max(1, Math.ceil(epochs))
  const share = (epochs / count) * (count === 1 ? shareOfOne : 1)
  return { epochs: count, rows: Math.min(rows, Math.max(leastRows, Math.floor(rows * share))) }
}
