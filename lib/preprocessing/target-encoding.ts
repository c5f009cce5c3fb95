import { rowBlocks, type Work } from '../base/breathing.js'
import { type CategoryColumns, categoryAt } from './categories.js'
import type { Out } from './doubles.js'
import type { EncodedTargets } from './encoder-targets.js'
import type { Vocabulary } from './vocabulary.js'

/** The overall means, and the encodings of each column's categories for each of them. */
interface Encodings {
  readonly means: Float64Array
  readonly encodings: readonly Float64Array[]
}

/**
 * The mean of each category, shrunk towards the overall mean. With a number m it is (sum + m mean) / (count + m). With 'auto' it is
 * λ (category's mean) + (1 - λ) mean with λ = count v / (count v + s), where v is the variance of y and s that within the category.
 *
 * Source: Micci-Barreca 2001, equations 3 to 7.
 * @param codes for each column the index of each row's category; rows of -1 do not count.
 * @param training 1 for the rows to learn from, 0 for the others.
 */
export function* encodeCategories(
  codes: readonly Int32Array[],
  vocabularies: readonly Vocabulary[],
  { columns }: Pick<EncodedTargets, 'columns'>,
  training: Uint8Array,
  smooth: 'auto' | number,
): Work<Encodings> {
  const overall: { mean: number; variance: number }[] = []
  for (const column of columns) overall.push(yield* spreadOf(column, training))
  const encodings: Float64Array[] = []
  for (const [j, { categories }] of vocabularies.entries()) {
    for (const [k, column] of columns.entries()) {
      const sums = yield* sumsOf(codes[j]!, categories.length, column, training)
      encodings.push(smooth === 'auto' ? mixByVariance(sums, overall[k]!) : mixByCount(sums, overall[k]!.mean, smooth))
    }
  }
  return { means: Float64Array.from(overall, ({ mean }) => mean), encodings }
}

interface Sums {
  readonly counts: Float64Array
  readonly sums: Float64Array
  /** Squared distances from the mean of the category. */
  readonly squares: Float64Array
}

function mixByCount({ counts, sums }: Sums, mean: number, rows: number): Float64Array {
  return sums.map((sum, c) => (counts[c]! + rows === 0 ? mean : (sum + rows * mean) / (counts[c]! + rows)))
}

function mixByVariance({ counts, sums, squares }: Sums, { mean, variance }: { mean: number; variance: number }) {
  return sums.map((sum, c) => {
    const count = counts[c]!
    const share = (variance * count) / (variance * count + squares[c]! / count)
    return Number.isNaN(share) ? mean : share * (sum / count) + (1 - share) * mean
  })
}

function* sumsOf(codes: Int32Array, categories: number, column: Float64Array, training: Uint8Array): Work<Sums> {
  const [counts, sums, squares] = [0, 0, 0].map(() => new Float64Array(categories)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ]
  const visit = (add: (code: number, value: number) => void) =>
    rowBlocks(codes.length, 1, (begin, end) => {
      for (let i = begin; i < end; i++) if (training[i] === 1 && codes[i] !== -1) add(codes[i]!, column[i]!)
    })
  yield* visit((code, value) => {
    counts[code]!++
    sums[code]! += value
  })
  yield* visit((code, value) => {
    squares[code]! += (value - sums[code]! / counts[code]!) ** 2
  })
  return { counts, sums, squares }
}

function* spreadOf(column: Float64Array, training: Uint8Array): Work<{ mean: number; variance: number }> {
  const all = new Int32Array(column.length)
  const { counts, sums, squares } = yield* sumsOf(all, 1, column, training)
  return { mean: sums[0]! / counts[0]!, variance: squares[0]! / counts[0]! }
}

/** The index of each row's category in its column; -1 for an unknown one. */
export function* codesOf(rows: CategoryColumns, vocabularies: readonly Vocabulary[]): Work<Int32Array[]> {
  const codes = vocabularies.map(() => new Int32Array(rows.rows))
  yield* rowBlocks(rows.rows, rows.columns, (begin, end) => {
    for (const [j, { indices }] of vocabularies.entries()) {
      for (let i = begin; i < end; i++) codes[j]![i] = indices.get(categoryAt(rows.values[j]!, i)) ?? -1
    }
  })
  return codes
}

export function encodeRow(
  { means, encodings }: Encodings,
  codeAt: (j: number, i: number) => number,
  i: number,
  out: Out,
): void {
  for (let k = 0; k < encodings.length; k++) {
    const code = codeAt(Math.floor(k / means.length), i)
    out[i * encodings.length + k] = code === -1 ? means[k % means.length]! : encodings[k]![code]!
  }
}
