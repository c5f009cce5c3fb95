import { ArgumentError } from '../../errors.js'
import type { Label } from '../labels.js'
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
  if (count === 2) return Array.from(outputs, (second) => classes[second > 0.5 ? 1 : 0]!)
  return Array.from({ length: outputs.length / count }, (_, i) => {
    let best = 0
    for (let k = 1; k < count; k++) if (outputs[i * count + k]! > outputs[i * count + best]!) best = k
    return classes[best]!
  })
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
  for (const [i, label] of truth.entries()) {
    const weight = weights?.[i] ?? 1
    if (isSame(label, found[i]!)) right += weight
    all += weight
  }
  return right / all
}

function isSame(a: Label | LabelRow, b: Label | LabelRow): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return a === b
  return a.every((value, k) => value === b[k])
}
