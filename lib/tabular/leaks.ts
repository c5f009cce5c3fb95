import { rowBlocks, type Work } from '../base/breathing.js'
import { ascendingOrder } from '../math/sort.js'
import { type CellColumn, tag } from './cell-column.js'
import { readNumber, readTime } from './cells.js'
import type { SchemaColumn } from './feature.js'
import { inSteps } from './in-steps.js'
import { wordAt } from './infer-column.js'

/** A column that nearly gives the target away. */
export interface LeakyColumn {
  readonly column: string
  /**
   * From 0 to 1: how much of what there is to know about the target this column alone tells. For classes, the share of the
   * errors of guessing the most frequent class that it avoids; for numbers, the share of the variance of the target, or of its
   * ranks.
   */
  readonly score: number
}

/** From here on a column is called leaky. */
const leakyScore = 0.98
const leastRows = 30
/** Rows that are looked at, one of each of equal steps. */
const mostRows = 20_000
/** Bins of a column of numbers, with equal numbers of rows. */
const bins = 64

/**
 * Finds columns that tell the target on their own. Rows are put into groups by the column: by its value, or for numbers and dates
 * into 64 bins of equal counts. Each row's target is guessed from the other rows of its group, as the most frequent class or
 * the mean; of numbers against numbers the squared correlation of ranks counts, if it is more. A score of 0.98 or more is leaky.
 */
export function* findLeaks(
  columns: readonly { column: CellColumn; found: SchemaColumn }[],
  target: CellColumn,
  isClasses: boolean,
): Work<LeakyColumn[]> {
  const rows = yield* sampleOf(target)
  if (rows.length < leastRows) return []
  const truth = isClasses ? numbersOfClasses(target, rows) : numbersOf(target, rows)
  if (!isClasses && truth.some(Number.isNaN)) return []
  const leaks: LeakyColumn[] = []
  const ranks = isClasses ? undefined : ranksOf(truth)
  for (const { column, found } of columns) {
    const isOrdered = found.kind === 'number' || found.kind === 'date'
    if (!isOrdered && !['code', 'boolean', 'category'].includes(found.kind)) continue
    yield
    const numbers = isOrdered ? numbersOf(column, rows) : undefined
    const groups = numbers ? binsOf(numbers) : groupsOf(column, rows)
    const score = isClasses ? scoreOfClasses(groups, truth) : scoreOfNumbers(groups, truth)
    const byRank = ranks && numbers && !numbers.some(Number.isNaN) ? correlation(ranksOf(numbers), ranks) ** 2 : 0
    const best = Math.max(score, byRank)
    if (best >= leakyScore) leaks.push({ column: found.name, score: Math.min(best, 1) })
  }
  return leaks
}

/** Rows with a target, one of each of equal steps. */
function* sampleOf(target: CellColumn): Work<Uint32Array> {
  const present: number[] = []
  yield* rowBlocks(target.length, 1, (begin, end) => {
    for (let i = begin; i < end; i++) if (target.tags[i] !== tag.missing) present.push(i)
  })
  return inSteps(present.length, Math.min(present.length, mostRows)).map((k) => present[k]!)
}

function numbersOf(column: CellColumn, rows: Uint32Array): Float64Array {
  return Float64Array.from(rows, (row) => {
    const value = column.valueAt(row)
    return readNumber(value) ?? readTime(value) ?? Number.NaN
  })
}

function numbersOfClasses(column: CellColumn, rows: Uint32Array): Float64Array {
  return Float64Array.from(groupsOf(column, rows))
}

/** The group of each row by its value; a missing one is a value too. */
function groupsOf(column: CellColumn, rows: Uint32Array): Int32Array {
  const places = new Map<string | null, number>()
  return Int32Array.from(rows, (row) => {
    const word = wordAt(column, row)
    const place = places.get(word) ?? places.size
    places.set(word, place)
    return place
  })
}

function binsOf(numbers: Float64Array): Int32Array {
  const finite = numbers.map((number) => (Number.isNaN(number) ? -Infinity : number))
  const order = ascendingOrder(finite)
  const groups = new Int32Array(numbers.length)
  let group = 0
  for (const [k, row] of order.entries()) {
    // Equal numbers are in one bin.
    const isNew = k > 0 && finite[row] !== finite[order[k - 1]!]
    if (isNew) group = Math.max(group, Math.floor((k * bins) / order.length))
    groups[row] = group
  }
  return groups
}

function scoreOfClasses(groups: Int32Array, classes: Float64Array): number {
  const counts = new Map<number, Map<number, number>>()
  const totals = new Map<number, number>()
  for (const [i, group] of groups.entries()) {
    const ofGroup = counts.get(group) ?? new Map<number, number>()
    counts.set(group, ofGroup)
    ofGroup.set(classes[i]!, (ofGroup.get(classes[i]!) ?? 0) + 1)
    totals.set(classes[i]!, (totals.get(classes[i]!) ?? 0) + 1)
  }
  // A row is right if its class is the most frequent among the other rows of its group.
  let right = 0
  for (const ofGroup of counts.values()) {
    const [first = 0, second = 0] = [...ofGroup.values()].sort((a, b) => b - a)
    if (first - 1 >= second && first > 1) right += first
  }
  const base = Math.max(...totals.values()) / groups.length
  return base === 1 ? 0 : (right / groups.length - base) / (1 - base)
}

function scoreOfNumbers(groups: Int32Array, truth: Float64Array): number {
  const sums = new Map<number, { sum: number; count: number }>()
  let total = 0
  for (const [i, group] of groups.entries()) {
    const entry = sums.get(group) ?? { sum: 0, count: 0 }
    sums.set(group, entry)
    entry.sum += truth[i]!
    entry.count++
    total += truth[i]!
  }
  const mean = total / truth.length
  let [residual, variance] = [0, 0]
  for (const [i, group] of groups.entries()) {
    const { sum, count } = sums.get(group)!
    const guess = count > 1 ? (sum - truth[i]!) / (count - 1) : mean
    residual += (truth[i]! - guess) ** 2
    variance += (truth[i]! - mean) ** 2
  }
  return variance === 0 ? 0 : 1 - residual / variance
}

/** The rank of each number; equal numbers have the mean of their ranks. */
function ranksOf(numbers: Float64Array): Float64Array {
  const order = ascendingOrder(numbers)
  const ranks = new Float64Array(numbers.length)
  for (let begin = 0; begin < order.length; ) {
    let end = begin + 1
    while (end < order.length && numbers[order[end]!] === numbers[order[begin]!]) end++
    for (let k = begin; k < end; k++) ranks[order[k]!] = (begin + end - 1) / 2
    begin = end
  }
  return ranks
}

function correlation(a: Float64Array, b: Float64Array): number {
  const mean = (a.length - 1) / 2
  let [ab, aa, bb] = [0, 0, 0]
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i]! - mean, b[i]! - mean]
    ab += x * y
    aa += x * x
    bb += y * y
  }
  return aa === 0 || bb === 0 ? 0 : ab / Math.sqrt(aa * bb)
}
