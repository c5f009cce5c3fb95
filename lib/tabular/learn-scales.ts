import { rowBlocks, type Work } from '../base/breathing.js'
import { interpolate, quantileOf } from '../math/percentiles.js'
import { sortedColumn } from '../preprocessing/sorted-column.js'
import type { CellColumn } from './cell-column.js'
import { readNumber, readTime, readTruth, readWord, wordsOf } from './cells.js'
import { binOf, datePlaces, type Plan, type PlanColumn, timePlaces, writeDate } from './plan.js'

/** Learns center and factor of each place of a column. */
export function* learnScales(
  column: CellColumn,
  plan: PlanColumn,
  rows: Uint32Array,
  scales: Pick<Plan, 'center' | 'factor'>,
): Work<void> {
  const set = (at: number, { center, factor }: Scale) => {
    scales.center[at] = center
    scales.factor[at] = factor
  }
  const count = rows.length
  const { at, hotAt, missingAt, values, kind, edges, binsAt } = plan
  if (kind === 'text') {
    for (const [bin, most] of (yield* mostOfBins(column, plan, rows)).entries()) {
      set(at + bin, { center: 0, factor: most > 0 ? 2 / Math.log1p(most) : 0 })
    }
    if (missingAt >= 0) set(missingAt, scaleOfOnes(count, yield* countIf(column, rows, (value) => value === null)))
    return
  }
  if (hotAt >= 0) {
    const ones = yield* countValues(column, plan, rows)
    for (const k of values.keys()) set(hotAt + k, scaleOfOnes(count, ones[k]!))
    if (kind === 'category') return
  }
  for (let bin = 0; bin < edges.length - 1; bin++) set(binsAt + bin, { center: 0.5, factor: 2 })
  for (const [k, numbers] of (yield* rawPlaces(column, plan, rows)).entries()) set(at + k, yield* scaleOf(numbers))
  if (missingAt < 0) return
  const read = kind === 'date' ? readTime : readNumber
  set(missingAt, scaleOfOnes(count, yield* countIf(column, rows, (value) => Number.isNaN(read(value)))))
}

interface Scale {
  center: number
  factor: number
}

/** The median, and 1 / (q75 - q25), or 2 / (max - min) if the quartiles are equal; 0 for a constant. */
function scaleFrom(quantile: (share: number) => number): Scale {
  const [low, high, least, most] = [quantile(0.25), quantile(0.75), quantile(0), quantile(1)]
  const factor = high > low ? 1 / (high - low) : most > least ? 2 / (most - least) : 0
  return { center: quantile(0.5), factor: Number.isFinite(factor) ? factor : 0 }
}

/** That of zeros and ones. */
function scaleOfOnes(count: number, ones: number): Scale {
  return scaleFrom((share) => interpolate(count, share, (rank) => (rank < count - ones ? 0 : 1)))
}

function* scaleOf(numbers: Float64Array): Work<Scale> {
  const sorted = yield* sortedColumn({ data: numbers, rows: numbers.length, columns: 1, names: undefined }, 0)
  return scaleFrom((share) => quantileOf(sorted, share))
}

function* countIf(column: CellColumn, rows: Uint32Array, is: (value: unknown) => boolean): Work<number> {
  let count = 0
  yield* rowBlocks(rows.length, 8, (begin, end) => {
    for (let i = begin; i < end; i++) if (is(column.valueAt(rows[i]!))) count++
  })
  return count
}

/** How many rows have each of the values. */
function* countValues(column: CellColumn, { kind, values }: PlanColumn, rows: Uint32Array): Work<Uint32Array> {
  const places = new Map(values.map((value, k) => [value, k]))
  const counts = new Uint32Array(values.length)
  yield* rowBlocks(rows.length, 8, (begin, end) => {
    for (let i = begin; i < end; i++) {
      const value = column.valueAt(rows[i]!)
      const place = places.get(kind === 'code' ? String(readNumber(value)) : (readWord(value) ?? ''))
      if (place !== undefined) counts[place]!++
    }
  })
  return counts
}

/** The largest count of each bin in one text. */
function* mostOfBins(column: CellColumn, { bins }: PlanColumn, rows: Uint32Array): Work<Uint32Array> {
  const [most, counts] = [new Uint32Array(bins), new Uint32Array(bins)]
  yield* rowBlocks(rows.length, 1024, (begin, end) => {
    for (let i = begin; i < end; i++) {
      counts.fill(0)
      for (const word of wordsOf(readWord(column.valueAt(rows[i]!)) ?? '')) {
        const bin = binOf(word, bins)
        counts[bin]!++
        if (counts[bin]! > most[bin]!) most[bin] = counts[bin]!
      }
    }
  })
  return most
}

/** The raw numbers of the rows at the first places of a column: all that are not zeros and ones. */
function* rawPlaces(column: CellColumn, plan: PlanColumn, rows: Uint32Array): Work<Float64Array[]> {
  const { kind, values, mean, hasTime } = plan
  const places = kind === 'date' ? datePlaces + (hasTime ? timePlaces : 0) : 1
  const raw = Array.from({ length: places }, () => new Float64Array(rows.length))
  const one = new Float64Array(datePlaces + timePlaces)
  const first = raw[0]!
  yield* rowBlocks(rows.length, 8, (begin, end) => {
    for (let i = begin; i < end; i++) {
      const value = column.valueAt(rows[i]!)
      if (kind === 'category') {
        const place = values.indexOf(readWord(value) ?? '')
        first[i] = place < 0 ? 0 : place === 0 ? 1 : -1
      } else if (kind === 'boolean') {
        const truth = readTruth(value)!
        first[i] = Number.isNaN(truth) ? 0 : truth === 1 ? 1 : -1
      } else if (kind === 'date') {
        const time = readTime(value)!
        writeDate(Number.isNaN(time) ? mean : time, plan, one, 0)
        for (let k = 0; k < places; k++) raw[k]![i] = one[k]!
      } else {
        const number = readNumber(value)!
        first[i] = Number.isNaN(number) ? mean : number
      }
    }
  })
  return raw
}
