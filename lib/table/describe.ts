import { quantileOf } from '../math/percentiles.js'
import { deviationOf, meanOf } from '../math/statistics.js'
import type { ColumnKind } from './column.js'

/** Facts about a column of a table. */
export interface ColumnDescription {
  readonly kind: ColumnKind
  /** Entries that are there, and those that are missing. */
  readonly count: number
  readonly missing: number
  /** Of all columns but those of numbers: how many different entries there are. */
  readonly unique?: number
  /** Of strings and booleans: the most frequent entry, the first of several, and how often it occurs. */
  readonly top?: string | boolean
  readonly topCount?: number
  /** Of numbers: the mean, and the standard deviation with the divisor count - 1. NaN where there are too few. */
  readonly mean?: number
  readonly std?: number
  /** The smallest and the largest number or date. */
  readonly min?: number | Date
  readonly max?: number | Date
  /** Of numbers: the quartiles, with linear interpolation. */
  readonly q25?: number
  readonly median?: number
  readonly q75?: number
}

/** Describes a column as pandas' `describe` does. */
export function describeColumn(kind: ColumnKind, values: ArrayLike<unknown>): ColumnDescription {
  const present = Array.from(values).filter((value) => value !== null && !Number.isNaN(value))
  const about = { kind, count: present.length, missing: values.length - present.length }
  if (kind === 'number') return { ...about, ...describeNumbers(Float64Array.from(present as number[])) }
  if (kind === 'date') return { ...about, ...describeDates(present as Date[]) }
  const counts = new Map<unknown, number>()
  for (const value of present) counts.set(value, (counts.get(value) ?? 0) + 1)
  const [top, topCount] = [...counts].reduce((best, entry) => (entry[1] > best[1] ? entry : best), [undefined, 0])
  return { ...about, unique: counts.size, ...(topCount > 0 && { top: top as string | boolean, topCount }) }
}

function describeNumbers(numbers: Float64Array) {
  const { length } = numbers
  const std = length > 1 ? deviationOf(numbers) * Math.sqrt(length / (length - 1)) : Number.NaN
  const sorted = numbers.slice().sort()
  const at = (share: number) => quantileOf(sorted, share)
  return { mean: meanOf(numbers), std, min: at(0), q25: at(0.25), median: at(0.5), q75: at(0.75), max: at(1) }
}

function describeDates(dates: readonly Date[]) {
  const times = new Set(dates.map((date) => date.getTime()))
  if (times.size === 0) return { unique: 0 }
  const [min, max] = dates.reduce(
    ([least, most], date) => [date < least ? date : least, date > most ? date : most],
    [dates[0]!, dates[0]!],
  )
  return { unique: times.size, min, max }
}
