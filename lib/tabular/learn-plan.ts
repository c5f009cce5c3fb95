import { rowBlocks, type Work } from '../base/breathing.js'
import { normalQuantile } from '../math/normal.js'
import { quantileOf } from '../math/percentiles.js'
import { sortedColumn } from '../preprocessing/sorted-column.js'
import { binEdges, differentOf } from './bin-edges.js'
import type { CellColumn } from './cell-column.js'
import { readNumber, readTime } from './cells.js'
import { Encoder } from './encoder.js'
import { isUsed, type SchemaColumn } from './feature.js'
import { frequentValues } from './frequent-values.js'
import { wordAt } from './infer-column.js'
import { learnScales } from './learn-scales.js'
import { datePlaces, type Plan, type PlanColumn, placesOf, timePlaces } from './plan.js'
import type { CellTable } from './read-rows.js'
import type { Schema } from './schema.js'

/** See learnPlan. */
export interface NumberPlaces {
  readonly bins: number
  readonly hasLevels: boolean
}

/** Values of a code that get places of their own, beside the number. */
const mostCodePlaces = 8

/**
 * Learns from some rows how columns become numbers: RealMLP's preparation. Categories are one-hot (missing ones are zeros), those
 * of two values are 1 and -1 (missing: 0), missing numbers are the mean, with an indicator. Then at each place: minus the
 * median, times 1 / (q75 - q25), or times 2 / (max - min) if the quartiles are equal, 0 for a constant, and clipped smoothly.
 *
 * @param places what a column of numbers has beside its scaled number: bins, of which there are at most so many (0 for none), and its
 * quantile as a normal number.
 *
 * Source: Holzmüller, Grinsztajn and Steinwart 2024, "Better by default", section 3.
 */
export function* learnPlan(
  cells: CellTable,
  schema: Schema<object>,
  rows: Uint32Array,
  places: NumberPlaces = { bins: 0, hasLevels: false },
): Work<Plan> {
  const columns: PlanColumn[] = []
  let width = 0
  for (const found of schema.columns) {
    if (!isUsed(found.kind)) continue
    const column = yield* planColumn(cells.columns.get(found.name)!, found, rows, width, places)
    columns.push(column)
    width += placesOf(column)
  }
  const scales = { center: new Float64Array(width), factor: new Float64Array(width) }
  for (const column of columns) yield* learnScales(cells.columns.get(column.name)!, column, rows, scales)
  return { columns, width, ...scales }
}

/** All rows as numbers, row by row. */
export function* encodeAll(cells: CellTable, schema: Schema<object>, plan: Plan): Work<Float32Array> {
  const encoder = new Encoder(plan, schema)
  const data = new Float32Array(cells.rows * plan.width)
  yield* rowBlocks(cells.rows, plan.width, (begin, end) => {
    for (let i = begin; i < end; i++) encoder.begin(data, i * plan.width)
  })
  for (const [k, { name }] of plan.columns.entries()) {
    const column = cells.columns.get(name)!
    yield* rowBlocks(cells.rows, 8, (begin, end) => {
      for (let i = begin; i < end; i++) encoder.writeCell(k, column.valueAt(i), data, i * plan.width)
    })
  }
  return data
}

function* planColumn(
  column: CellColumn,
  found: SchemaColumn,
  rows: Uint32Array,
  at: number,
  { bins: most, hasLevels }: NumberPlaces,
): Work<PlanColumn> {
  const { name, kind } = found
  const none = {
    name,
    kind,
    at,
    missingAt: -1,
    mean: 0,
    values: [],
    hotAt: -1,
    isSign: false,
    newest: 0,
    hasTime: false,
    bins: 0,
    edges: [],
    binsAt: -1,
    knots: [],
    levels: [],
    levelAt: -1,
  }
  if (kind === 'category') {
    const values = frequentValues(yield* countWords(column, rows), column.length)
    return values.length === 2 ? { ...none, values, isSign: true } : { ...none, values, hotAt: at }
  }
  if (kind === 'boolean') return none
  if (kind === 'text') {
    const bins = found.bins!
    const hasMissing = rows.some((row) => column.valueAt(row) === null)
    return { ...none, bins, missingAt: hasMissing ? at + bins : -1 }
  }
  const read = kind === 'date' ? readTime : readNumber
  let [sum, count, newest] = [0, 0, -Infinity]
  yield* rowBlocks(rows.length, 8, (begin, end) => {
    for (let i = begin; i < end; i++) {
      const number = read(column.valueAt(rows[i]!))!
      if (Number.isNaN(number)) continue
      count++
      // The mean so far: a sum of large numbers would overflow.
      sum += (number - sum) / count
      if (number > newest) newest = number
    }
  })
  const mean = count > 0 ? sum : 0
  const hasMissing = count < rows.length
  if (kind === 'date') {
    const hasTime = found.hasTime ?? false
    const places = hasTime ? datePlaces + timePlaces : datePlaces
    return { ...none, mean, newest: count > 0 ? newest : 0, hasTime, missingAt: hasMissing ? at + places : -1 }
  }
  const values = kind === 'code' && found.values!.length <= mostCodePlaces ? found.values! : []
  const hotAt = values.length > 2 ? at + 1 : -1
  const hot = hotAt < 0 ? [] : values
  const binsAt = at + 1 + hot.length
  const sorted = yield* sortedNumbers(column, rows)
  const edges = most > 1 ? edgesOf(sorted, most) : []
  const next = binsAt + Math.max(edges.length - 1, 0)
  const steps = hasLevels ? levelsOf(sorted) : { knots: [], levels: [] }
  const levelAt = steps.knots.length > 0 ? next : -1
  const missingAt = hasMissing ? next + (levelAt < 0 ? 0 : 1) : -1
  return { ...none, mean, values: hot, hotAt, edges, binsAt, ...steps, levelAt, missingAt }
}

/** The present numbers of some rows, ascending. */
function* sortedNumbers(column: CellColumn, rows: Uint32Array): Work<Float64Array> {
  const numbers = new Float64Array(rows.length)
  yield* rowBlocks(rows.length, 8, (begin, end) => {
    for (let i = begin; i < end; i++) numbers[i] = readNumber(column.valueAt(rows[i]!))!
  })
  return yield* sortedColumn({ data: numbers, rows: numbers.length, columns: 1, names: undefined }, 0)
}

/**
 * Quantiles at equal distances, and the normal numbers of their ranks; equal quantiles share the mean rank. As TabM's preparation,
 * where a little noise makes numbers different before their ranks are taken. None for a constant, or without numbers.
 */
function levelsOf(sorted: Float64Array): Pick<PlanColumn, 'knots' | 'levels'> {
  if (sorted.length === 0) return { knots: [], levels: [] }
  const count = Math.max(Math.min(Math.floor(sorted.length / 30), 1000), 10)
  const [knots, levels]: [number[], number[]] = [[], []]
  for (let first = 0; first < count; ) {
    const knot = quantileOf(sorted, first / (count - 1))
    let last = first
    while (last + 1 < count && quantileOf(sorted, (last + 1) / (count - 1)) === knot) last++
    knots.push(knot)
    levels.push(normalQuantile(((first + last) / 2 + 0.5) / count))
    first = last + 1
  }
  return knots.length > 1 ? { knots, levels } : { knots: [], levels: [] }
}

/** Edges of at most so many bins (see binEdges); none for fewer than two bins. */
function edgesOf(sorted: Float64Array, most: number): readonly number[] {
  if (sorted.length === 0) return []
  const different = differentOf(sorted)
  const edges = binEdges(
    (share) => quantileOf(sorted, share),
    (share) => quantileOf(different, share),
    most,
  )
  return edges.length > 2 ? edges : []
}

/** How many of the rows have each value. */
function* countWords(column: CellColumn, rows: Uint32Array): Work<Map<string, number>> {
  const counts = new Map<string, number>()
  yield* rowBlocks(rows.length, 8, (begin, end) => {
    for (let i = begin; i < end; i++) {
      const word = wordAt(column, rows[i]!)
      if (word !== null) counts.set(word, (counts.get(word) ?? 0) + 1)
    }
  })
  return counts
}
