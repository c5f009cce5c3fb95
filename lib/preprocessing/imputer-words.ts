import { rowBlocks, type Work } from '../base/breathing.js'
import { describe, invalidEntry, mismatch } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import type { ColumnKind } from '../table/table.js'
import { fromColumnsInSteps, Table } from '../table/table.js'
import { type Category, type CategoryColumns, categoryAt, compareCategories } from './categories.js'
import { withoutNames } from './input.js'
import { NamedCells } from './named-cells.js'
import type { Counts } from './vocabulary.js'

/** Whether rows of fit, a table or arrays, have a column of strings. */
export function* holdWords(x: unknown): Work<boolean> {
  if (x instanceof Table) return x.names.some((name) => x.kind(name) === 'string')
  if (!Array.isArray(x)) return false
  let found = false
  yield* rowBlocks(x.length, Object(x[0]).length ?? 1, (begin, end) => {
    for (let i = begin; i < end && !found; i++) {
      const row = x[i] as unknown
      found = Array.isArray(row) && row.some((value) => typeof value === 'string')
    }
  })
  return found
}

/** How missing entries of words are replaced. */
export interface WordOptions {
  readonly strategy: 'mostFrequent' | 'constant'
  readonly fillValue: number | string | null
  readonly keepEmptyFeatures: boolean
}

/**
 * The replacement of missing entries in each column; null for a column without entries, unless it is kept.
 * @param counts those of the entries in each column.
 * @throws ArgumentError for a fillValue of another type than the column's entries, or if batches mix kinds in a column.
 */
export function replacements(
  counts: Counts,
  names: readonly string[],
  { strategy, fillValue, keepEmptyFeatures }: WordOptions,
): Category[] {
  return counts.map((columnCounts, j) => {
    const [kind, other] = new Set([...columnCounts.keys()].filter((key) => key !== null).map((key) => typeof key))
    if (other) throw mismatch(`column ${describe(names[j])} of x`, 'entries of one kind', `${kind}s and ${other}s`)
    if (kind === undefined) return emptyReplacement(strategy, fillValue, keepEmptyFeatures)
    if (strategy === 'mostFrequent') return mostFrequent(columnCounts)
    const fill = fillValue ?? (kind === 'number' ? 0 : missingValue)
    if (typeof fill === kind) return fill
    const expected = `a ${kind} as fillValue for column ${describe(names[j])}`
    throw mismatch(
      'SimpleImputer',
      expected,
      describe(fill),
      'Impute columns of other kinds by an imputer of their own.',
    )
  })
}

/** scikit-learn's constant for strings. */
const missingValue = 'missing_value'

function emptyReplacement(strategy: string, fillValue: number | string | null, isKept: boolean): Category {
  if (!isKept) return null
  return strategy === 'constant' ? (fillValue ?? 0) : 0
}

/** The most frequent entry, the smallest of several. */
function mostFrequent(counts: ReadonlyMap<Category, number>): Category {
  let [best, most]: [Category, number] = [null, 0]
  for (const [value, count] of counts) {
    if (value === null || count < most) continue
    if (count > most || compareCategories(value, best) < 0) [best, most] = [value, count]
  }
  return best
}

/** What the result of an imputer of words consists of. */
export interface WordPlan {
  readonly statistics: readonly Category[]
  /** The columns that are not dropped, and those with an indicator. */
  readonly kept: readonly number[]
  readonly indicated: readonly number[]
  /** The names of the result's columns. */
  readonly names: readonly string[]
  /** Whether the columns of fit had names. */
  readonly isNamed: boolean
}

/**
 * Rows without missing entries; indicators are true or false.
 * @throws ArgumentError for an entry of another kind than in fit.
 */
export function* imputeTable(plan: WordPlan, rows: CategoryColumns): Work<Table> {
  const { kept, indicated, statistics, names } = plan
  const twice = names.find((name, k) => names.indexOf(name) !== k)
  if (twice !== undefined) {
    throw new ArgumentError(`Expected names that differ, but two results of SimpleImputer are ${describe(twice)}.`)
  }
  const columns: [string, ArrayLike<Category>][] = []
  for (const [k, name] of names.entries()) {
    const isIndicator = k >= kept.length
    const j = isIndicator ? indicated[k - kept.length]! : kept[k]!
    const out = typeof statistics[j] === 'number' && !isIndicator ? new Float64Array(rows.rows) : new Array(rows.rows)
    yield* rowBlocks(rows.rows, 1, (begin, end) => {
      for (let i = begin; i < end; i++) {
        out[i] = isIndicator ? categoryAt(rows.values[j]!, i) === null : imputed(plan, rows, i, j)
      }
    })
    columns.push([name, out])
  }
  const kinds = new Map(columns.map(([name], k) => [name, k < kept.length ? kindOf(statistics[kept[k]!]!) : 'boolean']))
  const table = yield* Table[fromColumnsInSteps](columns, kinds)
  return plan.isNamed ? table : withoutNames(table)
}

/** As imputeTable, of a single row. */
export function imputeRow(plan: WordPlan, row: CategoryColumns): NamedCells {
  const entries = plan.kept.map((j) => imputed(plan, row, 0, j))
  for (const j of plan.indicated) entries.push(categoryAt(row.values[j]!, 0) === null)
  return new NamedCells(entries, 1, plan.names, true)
}

function imputed({ statistics }: WordPlan, { values, names }: CategoryColumns, i: number, j: number): Category {
  const [value, replacement] = [categoryAt(values[j]!, i), statistics[j]!]
  if (value === null) return replacement
  if (typeof value === typeof replacement) return value
  throw invalidEntry('x', { row: i, column: names?.[j] ?? j }, `a ${typeof replacement} or null, as in fit`, value)
}

function kindOf(value: Category): ColumnKind {
  return typeof value as ColumnKind
}
