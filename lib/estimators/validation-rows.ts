import { mismatch } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import type { NumberTable } from '../base/matrix.js'
import { native } from '../native/addon.js'

/** Row numbers to train and to validate with, each in their order. */
export interface RowSplit {
  training: Uint32Array
  validation: Uint32Array
}

/**
 * Draws the rows to stop early by: ceil(fraction x rows) of them, as scikit-learn's ShuffleSplit; with classes the share of
 * each class is the same to within a row (StratifiedShuffleSplit).
 * @param numbers the class number of each row, or undefined.
 * @throws ArgumentError where a part would be empty, or hold fewer rows than there are classes.
 */
export function splitForValidation(
  rows: number,
  fraction: number,
  seed: number,
  numbers?: Int32Array,
  classes = 1,
): RowSplit {
  const held = Math.ceil(fraction * rows)
  if (held < classes || rows - held < classes) {
    throw mismatch(
      'validationFraction',
      `a share that leaves at least ${classes} rows each to train and to validate with`,
      `${fraction}, which of ${rows} rows leaves ${rows - held} to train and ${held} to validate with`,
      'Give more rows, or turn earlyStopping off.',
    )
  }
  const order = native.permutation(rows, seed, 0)
  const quota = numbers ? quotas(numbers, classes, held) : [held]
  const inValidation = new Uint8Array(rows)
  for (const row of order) {
    const number = numbers ? numbers[row]! : 0
    if (quota[number]! === 0) continue
    quota[number]!--
    inValidation[row] = 1
  }
  const all = Uint32Array.from({ length: rows }, (_, row) => row)
  return { training: all.filter((row) => !inValidation[row]), validation: all.filter((row) => inValidation[row]) }
}

/** How many rows of each class to hold back: shares rounded down, what is left to the largest remainders. */
function quotas(numbers: Int32Array, classes: number, held: number): number[] {
  const counts = new Array<number>(classes).fill(0)
  for (const number of numbers) counts[number]!++
  const few = counts.indexOf(1)
  if (few !== -1) {
    throw new ArgumentError(
      `Expected at least two rows of each class for earlyStopping, but class number ${few} has one. ` +
        'Give more rows, or turn earlyStopping off.',
    )
  }
  const shares = counts.map((count) => (count * held) / numbers.length)
  const quota = shares.map(Math.floor)
  const byRemainder = shares
    .map((share, k) => ({ k, remainder: share - Math.floor(share) }))
    .sort((a, b) => b.remainder - a.remainder || a.k - b.k)
  const left = held - quota.reduce((sum, count) => sum + count, 0)
  for (const { k } of byRemainder.slice(0, left)) quota[k]!++
  return quota
}

/** The rows of a table that are named, copied. */
export function takeRows({ data, columns }: NumberTable, rows: Uint32Array): NumberTable {
  const taken = new (data.constructor as Float32ArrayConstructor)(rows.length * columns)
  for (const [i, row] of rows.entries()) taken.set(data.subarray(row * columns, (row + 1) * columns), i * columns)
  return { data: taken, rows: rows.length, columns }
}

/** The numbers of the rows that are named. */
export function takeNumbers(numbers: Float64Array, rows: Uint32Array): Float64Array<ArrayBuffer> {
  return Float64Array.from(rows, (row) => numbers[row]!)
}
