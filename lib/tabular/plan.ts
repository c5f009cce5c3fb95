import type { SchemaColumn } from './feature.js'

/**
 * How one column of a schema becomes numbers of a row: its places in the row, and what is looked up. Plain data, which a file
 * holds as it is.
 */
export interface PlanColumn {
  readonly name: string
  readonly kind: SchemaColumn['kind']
  /** The first place. */
  readonly at: number
  /** The place of the indicator that the cell is missing; -1 if it never was in training. */
  readonly missingAt: number
  /** What a missing number is read as. */
  readonly mean: number
  /**
   * Values with a place of their own, in the order of the places from `hotAt` on. Two values of a category share one place, at
   * which the first is 1 and the second -1 (`isSign`); those that `update` adds have places from `hotAt` on.
   */
  readonly values: readonly string[]
  readonly hotAt: number
  readonly isSign: boolean
  /** Of dates: the newest in training, in milliseconds, and whether there are hours. */
  readonly newest: number
  readonly hasTime: boolean
  /** Of texts. */
  readonly bins: number
  /**
   * Of numbers and codes: the edges of bins with equal counts, each of which has a place from `binsAt` on. It is the share of the
   * bin that lies below the number, from 0 to 1. Empty without bins.
   */
  readonly edges: readonly number[]
  readonly binsAt: number
  /**
   * Of numbers and codes: different quantiles, ascending, and the standard normal number that each becomes, at `levelAt`; numbers
   * between them by interpolation. Empty if there is no such place.
   */
  readonly knots: readonly number[]
  readonly levels: readonly number[]
  readonly levelAt: number
}

/** What preparation has learned: the places of columns, and how the raw number at each place is scaled. */
export interface Plan {
  readonly columns: readonly PlanColumn[]
  readonly width: number
  /** A raw number x becomes z = (x - center) factor, and then z / sqrt(1 + (z / 3)²), which is within -3 and 3. */
  readonly center: Float64Array
  readonly factor: Float64Array
}

/** Places of a date: days since the newest, year, month, weekday; month and weekday as points on a circle. */
export const datePlaces = 8
/** Further ones where there are times: the hour, and it as a point on a circle. */
export const timePlaces = 3

/** How many places a column has. */
export function placesOf({
  kind,
  values,
  hotAt,
  isSign,
  missingAt,
  hasTime,
  bins,
  edges,
  levelAt,
}: PlanColumn): number {
  const indicator = missingAt < 0 ? 0 : 1
  if (kind === 'category') return isSign ? 1 : values.length
  if (kind === 'date') return datePlaces + (hasTime ? timePlaces : 0) + indicator
  if (kind === 'text') return bins + indicator
  return 1 + (hotAt < 0 ? 0 : values.length) + Math.max(edges.length - 1, 0) + (levelAt < 0 ? 0 : 1) + indicator
}

const dayMs = 86_400_000

/** The raw numbers of a time in milliseconds, at `out[at]` and the places behind it. */
export function writeDate(time: number, { newest, hasTime }: PlanColumn, out: Float64Array, at: number): void {
  const date = new Date(time)
  const month = date.getUTCMonth()
  const weekday = date.getUTCDay()
  out[at] = (newest - time) / dayMs
  out[at + 1] = date.getUTCFullYear()
  out[at + 2] = month
  out[at + 3] = weekday
  writeCircle((month + (date.getUTCDate() - 1) / 31) / 12, out, at + 4)
  writeCircle(weekday / 7, out, at + 6)
  if (!hasTime) return
  const hour = (((time % dayMs) + dayMs) % dayMs) / 3_600_000
  out[at + 8] = hour
  writeCircle(hour / 24, out, at + 9)
}

function writeCircle(turn: number, out: Float64Array, at: number): void {
  out[at] = Math.sin(2 * Math.PI * turn)
  out[at + 1] = Math.cos(2 * Math.PI * turn)
}

/** The bin of a word: FNV-1a over its code units, as offset in the bins. */
export function binOf(word: string, bins: number): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < word.length; i++) hash = Math.imul(hash ^ word.charCodeAt(i), 0x01000193)
  return (hash ^ (hash >>> 15)) & (bins - 1)
}

/** The normal number of a number: that of its rank among the quantiles. */
export function levelOf(number: number, { knots, levels }: Pick<PlanColumn, 'knots' | 'levels'>): number {
  let [low, high] = [0, knots.length - 1]
  if (number <= knots[low]!) return levels[low]!
  if (number >= knots[high]!) return levels[high]!
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (knots[middle]! <= number) low = middle
    else high = middle
  }
  const share = (number - knots[low]!) / (knots[high]! - knots[low]!)
  return levels[low]! + share * (levels[high]! - levels[low]!)
}

/** The shares of bins that lie below a number: piecewise linear encoding (Gorishniy, Rubachev and Babenko 2022). */
export function shareOfBin(number: number, edges: readonly number[], bin: number): number {
  const low = edges[bin]!
  return Math.min(Math.max((number - low) / (edges[bin + 1]! - low), 0), 1)
}
