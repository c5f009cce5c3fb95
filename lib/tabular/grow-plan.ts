import { rowBlocks, type Work } from '../base/breathing.js'
import { readCell } from './drift.js'
import { isUsed, type SchemaColumn } from './feature.js'
import { frequentValues } from './frequent-values.js'
import { binOfNumber } from './histogram.js'
import { mostValues, wordAt } from './infer-column.js'
import type { Plan, PlanColumn } from './plan.js'
import type { CellTable } from './read-rows.js'
import type { TableReport } from './report.js'
import { Schema } from './schema.js'

/** A plan with places for values that it did not have. */
export interface Growth {
  readonly plan: Plan
  /** The new place of each old one, and the places that are new. */
  readonly moved: Uint32Array
  readonly added: readonly number[]
  /** The new values by column. */
  readonly values: ReadonlyMap<string, readonly string[]>
}

/** Adds a place for each category of the rows that the plan does not have, the most frequent first. */
export function* growPlan(plan: Plan, cells: CellTable): Work<Growth> {
  const [moved, added] = [new Uint32Array(plan.width), [] as number[]]
  const values = new Map<string, readonly string[]>()
  const columns: PlanColumn[] = []
  for (const [k, column] of plan.columns.entries()) {
    const end = plan.columns[k + 1]?.at ?? plan.width
    const shift = added.length
    const to = (place: number) => (place < 0 ? place : place + shift)
    for (let place = column.at; place < end; place++) moved[place] = to(place)
    const { at, missingAt, hotAt, binsAt, levelAt } = column
    const shifted = {
      ...{ ...column, at: to(at), missingAt: to(missingAt), hotAt: to(hotAt) },
      ...{ binsAt: to(binsAt), levelAt: to(levelAt) },
    }
    const more = column.kind === 'category' ? yield* newValues(column, cells) : []
    if (more.length === 0) columns.push(shifted)
    else {
      values.set(column.name, more)
      columns.push({ ...shifted, values: [...column.values, ...more], hotAt: hotAt < 0 ? to(end) : to(hotAt) })
      added.push(...more.map((_, i) => to(end) + i))
    }
  }
  const width = plan.width + added.length
  const [center, factor] = [new Float64Array(width), new Float64Array(width).fill(factorOfRare)]
  for (const [from, place] of moved.entries()) {
    center[place] = plan.center[from]!
    factor[place] = plan.factor[from]!
  }
  return { plan: { ...plan, columns, width, center, factor }, moved, added, values }
}

/** That of ones among mostly zeros, as learnScales has it. */
const factorOfRare = 2

function* newValues({ name, values }: PlanColumn, { rows, columns }: CellTable): Work<string[]> {
  const column = columns.get(name)!
  const known = new Set(values)
  const counts = new Map<string, number>()
  yield* rowBlocks(rows, 8, (begin, end) => {
    for (let i = begin; i < end; i++) {
      const word = wordAt(column, i)
      if (word !== null && !known.has(word)) counts.set(word, (counts.get(word) ?? 0) + 1)
    }
  })
  return frequentValues(counts, rows, values.length)
}

/** A schema that knows these rows too: their values, ranges and numbers. */
export function* growSchema(schema: Schema<object>, cells: CellTable): Work<Schema<object>> {
  const columns: SchemaColumn[] = []
  for (const column of schema.columns) {
    columns.push(isUsed(column.kind) ? yield* growColumn(column, cells) : column)
  }
  const { report, target, policy } = schema
  const rows = report.rows + cells.rows
  // Columns that are left out were counted in the rows of fit alone.
  const shares = new Map(report.missing.map(({ column, share }) => [column, share]))
  const missing = columns.flatMap(({ name, kind, missing: count }) =>
    count > 0 ? [{ column: name, count, share: (isUsed(kind) ? undefined : shares.get(name)) ?? count / rows }] : [],
  )
  return new Schema(
    { columns: new Map(columns.map((column) => [column.name, column])), target, policy },
    { ...report, rows, missing, ...(report.classes && (yield* growClasses(report.classes, cells, target!))) },
  )
}

/** The rows of each class, with those of these rows. */
function* growClasses(
  classes: NonNullable<TableReport['classes']>,
  cells: CellTable,
  target: string,
): Work<Pick<TableReport, 'classes' | 'imbalanced'>> {
  const counts = new Map(classes.map(({ label, count }) => [label, count]))
  const column = cells.columns.get(target)!
  yield* rowBlocks(cells.rows, 8, (begin, end) => {
    for (let i = begin; i < end; i++) {
      const word = wordAt(column, i)
      if (word !== null) counts.set(word, (counts.get(word) ?? 0) + 1)
    }
  })
  const sorted = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
  const rows = sorted.reduce((sum, [, count]) => sum + count, 0)
  return {
    classes: sorted.map(([label, count]) => ({ label, count, share: count / rows })),
    imbalanced: sorted.length > 1 && sorted[0]![1] >= 10 * sorted.at(-1)![1],
  }
}

function* growColumn(column: SchemaColumn, { rows, columns }: CellTable): Work<SchemaColumn> {
  const cells = columns.get(column.name)!
  const { histogram } = column
  const counts = new Map(column.values?.map((value, k) => [value, column.counts?.[k] ?? 0]))
  const bins = [...(histogram?.counts ?? [])]
  let { missing, min = Infinity, max = -Infinity } = column
  yield* rowBlocks(rows, 8, (begin, end) => {
    for (let i = begin; i < end; i++) {
      const cell = readCell(column, cells.valueAt(i))
      if (cell === null || cell === undefined || Number.isNaN(cell)) {
        missing++
        continue
      }
      if (typeof cell === 'number') {
        if (histogram) bins[binOfNumber(cell, histogram.edges)]!++
        if (cell < min) min = cell
        if (cell > max) max = cell
      }
      if (column.values) counts.set(String(cell), (counts.get(String(cell)) ?? 0) + 1)
    }
  })
  const sorted = [...counts].sort(([, m], [, n]) => n - m).slice(0, mostValues)
  return {
    ...column,
    missing,
    ...(column.min !== undefined && { min, max }),
    ...(histogram && { histogram: { edges: histogram.edges, counts: bins } }),
    ...(column.values && { values: sorted.map(([value]) => value), counts: sorted.map(([, count]) => count) }),
  }
}
