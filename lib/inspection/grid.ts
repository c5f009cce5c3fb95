import { rowBlocks, type Work } from '../base/breathing.js'
import { checkNumber, checkOptions, describe, invalid, mismatch } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { isNumberArray } from '../base/matrix.js'
import { sortInSteps } from '../math/sort-in-steps.js'
import { compareCategories } from '../preprocessing/categories.js'
import { sortedColumn } from '../preprocessing/sorted-column.js'
import type { CellValue, ColumnKind } from '../table/table.js'
import { type InspectedRows, readColumnOf } from './rows.js'

/** Options for the values of a grid. */
export interface GridOptions {
  /** The number of values along each column; a column with fewer distinct values uses these. 100 by default. */
  gridResolution?: number | undefined
  /** The quantiles of the column between which the values lie; [0.05, 0.95] by default. */
  percentiles?: readonly [number, number] | undefined
  /** Numeric columns for which every distinct value is used, as it always is for columns of strings and booleans. */
  categoricalFeatures?: readonly (number | string)[] | undefined
  /** Custom values, by column; null is a missing string or boolean. */
  customValues?: Readonly<Record<number | string, readonly CellValue[] | Float32Array | Float64Array>> | undefined
}

/** @throws ArgumentError for anything but two ascending numbers from 0 to 1. */
export function readPercentiles(value: unknown = [0.05, 0.95]): [number, number] {
  if (!Array.isArray(value) || value.length !== 2)
    throw invalid('percentiles', 'two numbers, such as [0.05, 0.95]', value)
  const [low, high] = value.map((share, k) => checkNumber(share, `percentiles[${k}]`, { min: 0, max: 1 })) as [
    number,
    number,
  ]
  if (low < high) return [low, high]
  throw mismatch('percentiles', 'a lower and a higher share', `${low} and ${high}`)
}

/** The values along one column, sorted: numbers, or in a table strings or booleans. */
export type GridValues = Float64Array | readonly CellValue[]

/**
 * The values along one column, without missing ones.
 * @throws ArgumentError for percentiles that are equal in this column, a column without values, or a column of dates.
 */
export function* gridOf(
  x: InspectedRows,
  column: number,
  resolution: number,
  [low, high]: [number, number],
  { categorical, custom }: GridChoice,
): Work<GridValues> {
  const name = describe(x.names?.[column] ?? column)
  const kind = x.kind(column)
  if (kind === 'date') throw mismatch(`column ${name}`, 'numbers, strings or booleans', 'dates')
  const customValues = custom.get(column)
  if (customValues) return kind === 'number' ? Float64Array.from(customValues as number[]) : customValues
  const entries = yield* x.entries(column)
  const none = () => new ArgumentError(`Expected values in column ${name}, but all are missing.`)
  if (kind !== 'number') {
    const present = new Set<string | boolean>()
    yield* rowBlocks(entries.length, 1, (begin, end) => {
      for (let row = begin; row < end; row++)
        if (!isMissing(entries[row])) present.add(entries[row] as string | boolean)
    })
    if (present.size === 0) throw none()
    return yield* sortInSteps<string | boolean>([...present], compareCategories)
  }
  const sorted = yield* sortedColumn(
    { data: entries as Float64Array, rows: entries.length, columns: 1, names: undefined },
    0,
  )
  if (sorted.length === 0) throw none()
  const distinct = new Float64Array(sorted.length)
  let count = 0
  yield* rowBlocks(sorted.length, 1, (begin, end) => {
    for (let k = begin; k < end; k++) if (k === 0 || sorted[k] !== sorted[k - 1]) distinct[count++] = sorted[k]!
  })
  const unique = distinct.slice(0, count)
  if (categorical.has(column) || unique.length < resolution) return unique
  const [first, last] = [quantile(sorted, low), quantile(sorted, high)]
  if (Math.abs(first - last) <= 1e-8 + 1e-5 * Math.abs(last)) {
    throw new ArgumentError(
      `Expected percentiles that are further apart: in column ${name} both are ${first}. ` +
        'Give a lower and a higher one.',
    )
  }
  return Float64Array.from({ length: resolution }, (_, k) => first + ((last - first) * k) / (resolution - 1))
}

function isMissing(value: unknown): boolean {
  return value === null || value === undefined || Number.isNaN(value)
}

/** The options of a grid by column index. */
interface GridChoice {
  readonly categorical: ReadonlySet<number>
  readonly custom: ReadonlyMap<number, CellValue[]>
}

/** @throws ArgumentError for unknown columns, or values of another kind. */
export function readGridChoice(
  { categoricalFeatures = [], customValues = {} }: GridOptions,
  x: InspectedRows,
): GridChoice {
  if (!Array.isArray(categoricalFeatures)) {
    throw invalid('categoricalFeatures', 'an array of columns', categoricalFeatures)
  }
  const categorical = new Set(categoricalFeatures.map((feature) => readColumnOf(x, feature, 'categoricalFeatures')))
  const indices = Array.from({ length: x.columns }, (_, column) => `${column}`)
  checkOptions(customValues, 'customValues', x.names ? [...x.names, ...indices] : indices)
  const custom = new Map(
    Object.entries(customValues).flatMap(([key, values]: [string, unknown]) => {
      const column = x.names?.includes(key) ? x.names.indexOf(key) : Number(key)
      if (values === undefined) return []
      return [[column, readCustom(values, `customValues[${key}]`, x.kind(column))] as const]
    }),
  )
  return { categorical, custom }
}

/** With Cunnane's plotting positions (0.4, 0.4), as scipy's mquantiles. */
function quantile(sorted: Float64Array, share: number): number {
  const count = sorted.length
  if (count === 1) return sorted[0]!
  const position = count * share + 0.4 + 0.2 * share
  const k = Math.floor(Math.min(Math.max(position, 1), count - 1))
  const fraction = Math.min(Math.max(position - k, 0), 1)
  return (1 - fraction) * sorted[k - 1]! + fraction * sorted[k]!
}

function readCustom(values: unknown, name: string, kind: ColumnKind): CellValue[] {
  if ((!Array.isArray(values) && !isNumberArray(values)) || values.length === 0) {
    throw invalid(name, `an array of ${kind}s`, values)
  }
  return Array.from(values as ArrayLike<unknown>, (value, k) => {
    if (kind === 'number') return checkNumber(value, `${name}[${k}]`)
    if (value === null || typeof value === kind) return value as CellValue
    throw invalid(`${name}[${k}]`, `a ${kind} or null`, value)
  })
}
