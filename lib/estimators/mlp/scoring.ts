import { ArgumentError } from '../../base/errors.js'
import type { Label } from '../../learning/labels.js'
import type { LabelRow } from './targets.js'

/** @throws ArgumentError for rows held back that cannot be scored. */
export function checkHeld(rows: number, weights: Float64Array | undefined): void {
  if (rows < 2) {
    throw new ArgumentError(
      'Expected at least two rows held back for earlyStopping, but got 1: raise validationFraction.',
    )
  }
  if (weights?.every((weight) => weight === 0)) {
    throw new ArgumentError('The rows held back for earlyStopping all have a weight of 0: try another seed.')
  }
}

/** The labels that outputs stand for. */
export function labelsFrom(
  outputs: Float32Array,
  classes: readonly Label[],
  multilabel: boolean,
): (Label | LabelRow)[] {
  const count = classes.length
  if (multilabel) return rowsOf({ data: outputs, columns: count }).map((row) => row.map((value) => Number(value > 0.5)))
  const labels = new Array<Label>(count === 2 ? outputs.length : outputs.length / count)
  for (let i = 0; i < labels.length; i++) {
    labels[i] = classes[count === 2 ? Number(outputs[i]! > 0.5) : largestOf(outputs, i * count, count)]!
  }
  return labels
}

/** Which of so many numbers from `at` on is the largest, the first of equal ones. */
function largestOf(numbers: Float32Array, at: number, count: number): number {
  let best = 0
  for (let k = 1; k < count; k++) if (numbers[at + k]! > numbers[at + best]!) best = k
  return best
}

/** A flat table as arrays. */
export function rowsOf({ data, columns }: { data: Float32Array | Int32Array; columns: number }): LabelRow[] {
  return Array.from({ length: data.length / columns }, (_, i) =>
    Array.from(data.subarray(i * columns, (i + 1) * columns)),
  )
}

/** The share of rows whose label is right, by weight. */
export function accuracy(
  truth: readonly (Label | LabelRow)[],
  found: readonly (Label | LabelRow)[],
  weights: Float64Array | undefined,
): number {
  let [right, all] = [0, 0]
  for (let i = 0; i < truth.length; i++) {
    const weight = weights?.[i] ?? 1
    if (isSame(truth[i]!, found[i]!)) right += weight
    all += weight
  }
  return right / all
}

function isSame(a: Label | LabelRow, b: Label | LabelRow): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return a === b
  return a.every((value, k) => value === b[k])
}
