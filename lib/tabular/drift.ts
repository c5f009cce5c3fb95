import { invalid } from '../base/check.js'
import { readNumber, readTime, readTruth, readWord } from './cells.js'
import { cellError, checkIsRow } from './check-row.js'
import { type FeatureKind, isUsed, type SchemaColumn } from './feature.js'
import { binOfNumber } from './histogram.js'
import type { RowOf, Schema } from './schema.js'

/** How the cells of a column differ from those that the schema was inferred from. */
export interface ColumnDrift {
  readonly column: string
  readonly kind: FeatureKind
  /**
   * The population stability index: sum of (p - q) ln(p / q) over the column's bins, p the share of the new rows, q that of the schema's
   * rows; 0 for no rows. Missing cells are a bin.
   */
  readonly psi: number
  /** About the mean index of rows that have not drifted, which few rows make large: (bins - 1) (1 / new rows + 1 / schema's rows). */
  readonly chance: number
  /** Whether `psi` exceeds `chance` by 0.2 or more. */
  readonly isDrifted: boolean
  /** Rows in which the cell is missing. */
  readonly missing: number
  /** Of categories and codes: rows with a value that the schema does not have. */
  readonly unknown: number
  /** Of numbers, codes and dates: rows below the schema's range, and above it. */
  readonly below: number
  readonly above: number
}

/** How rows differ from those that a schema was inferred from. */
export interface DriftReport {
  readonly rows: number
  /** The columns that a model reads. */
  readonly columns: readonly ColumnDrift[]
  /** What should be looked at, in sentences. */
  readonly warnings: readonly string[]
}

/** Drift of so much is commonly called significant. */
const drifted = 0.2
/** The most frequent values of a category are a bin each; the others are one bin. */
const mostValueBins = 20

/**
 * Counts rows as they come, and compares them with those that a schema was inferred from: a watch over the inputs of a served model.
 * Memory does not grow with the rows.
 * @example
 * const trained = Array.from({ length: 500 }, (_, i) => ({ age: 20 + (i % 40), plan: i % 3 ? 'basic' : 'pro' }))
 * const watch = new DriftWatch(await inferSchema(trained))
 * for (let i = 0; i < 300; i++) watch.add({ age: 50 + (i % 30), plan: i % 4 ? 'basic' : 'team' })
 * const { columns, warnings } = watch.report() // columns[0].psi is about 2
 */
export class DriftWatch {
  readonly #columns: readonly Counter[]
  readonly #trained: number
  #rows = 0

  /** @throws ArgumentError for anything but a Schema. */
  constructor(schema: Schema<object>) {
    if (!Array.isArray(schema?.columns)) throw invalid('schema', 'a Schema, such as model.schema', schema)
    this.#trained = schema.report.rows
    this.#columns = schema.columns
      .filter(({ kind }) => isUsed(kind))
      .map((column) => new Counter(column, this.#trained))
  }

  /** The number of rows so far. */
  get rows(): number {
    return this.#rows
  }

  /**
   * Counts one row. A column that the row lacks is missing in it; columns that the schema lacks are passed over.
   * @param index the number of the row in an error.
   * @throws ArgumentError with row and column for a value that a model cannot read, or what is no row; then the row is not counted.
   */
  add(row: RowOf<object>, index: number = this.#rows): void {
    checkIsRow(row, index)
    const cells = row as Readonly<Record<string, unknown>>
    const values = this.#columns.map(({ column }) => {
      const value = Object.hasOwn(row, column.name) ? cells[column.name] : null
      const read = readCell(column, value)
      if (read === undefined) throw cellError(column, value, index)
      return read
    })
    for (const [k, counter] of this.#columns.entries()) counter.add(values[k]!)
    this.#rows++
  }

  /** Forgets all rows. */
  reset(): void {
    this.#rows = 0
    for (const counter of this.#columns) counter.reset()
  }

  /** The comparison so far. */
  report(): DriftReport {
    const columns = this.#columns.map((counter) => counter.report(this.#rows, this.#trained))
    return { rows: this.#rows, columns, warnings: columns.flatMap((column) => sentencesOf(column, this.#rows)) }
  }
}

/** A number or a word; NaN or null where the cell is missing; undefined for a wrong value. */
export function readCell({ kind }: SchemaColumn, value: unknown): number | string | null | undefined {
  if (kind === 'number' || kind === 'code') return readNumber(value)
  if (kind === 'date') return readTime(value)
  return kind === 'boolean' ? readTruth(value) : readWord(value)
}

/** Counts the cells of one column. The last bin is for missing cells. */
class Counter {
  readonly column: SchemaColumn
  readonly #places: ReadonlyMap<string, number> | undefined
  /** The counts of the schema's rows, and of the new ones. */
  readonly #trained: Float64Array
  readonly #counts: Float64Array
  #unknown = 0
  #below = 0
  #above = 0

  constructor(column: SchemaColumn, rows: number) {
    this.column = column
    const { values, counts, histogram, missing } = column
    if (values && counts) {
      this.#places = new Map(values.map((value, k) => [value, Math.min(k, mostValueBins)]))
      const first = counts.slice(0, mostValueBins)
      const others = rows - missing - first.reduce((sum, count) => sum + count, 0)
      this.#trained = Float64Array.of(...first, Math.max(others, 0), missing)
    } else this.#trained = Float64Array.of(...(histogram?.counts ?? [rows - missing]), missing)
    this.#counts = new Float64Array(this.#trained.length)
  }

  add(value: number | string | null): void {
    const last = this.#counts.length - 1
    if (value === null || Number.isNaN(value)) {
      this.#counts[last]!++
      return
    }
    const { min, max, histogram } = this.column
    if (typeof value === 'number') {
      if (value < min!) this.#below++
      else if (value > max!) this.#above++
    }
    if (!this.#places) {
      this.#counts[typeof value === 'number' && histogram ? binOfNumber(value, histogram.edges) : 0]!++
      return
    }
    const place = this.#places.get(String(value))
    if (place === undefined) this.#unknown++
    this.#counts[place ?? last - 1]!++
  }

  reset(): void {
    this.#counts.fill(0)
    this.#unknown = this.#below = this.#above = 0
  }

  report(rows: number, trained: number): ColumnDrift {
    const psi = rows === 0 ? 0 : stabilityIndex(this.#counts, this.#trained)
    // Bins that are empty in both do not count.
    const bins = this.#counts.filter((count, k) => count + this.#trained[k]! > 0).length
    const chance = rows === 0 ? 0 : Math.max(bins - 1, 0) * (1 / rows + 1 / trained)
    return {
      ...{ column: this.column.name, kind: this.column.kind, psi, chance, isDrifted: psi - chance >= drifted },
      ...{ missing: this.#counts.at(-1)!, unknown: this.#unknown, below: this.#below, above: this.#above },
    }
  }
}

/** Half a row is added to each bin, so that an empty one is no infinity; bins that are empty in both do not count. */
function stabilityIndex(counts: Float64Array, trained: Float64Array): number {
  const used = Array.from(counts.keys()).filter((k) => counts[k]! + trained[k]! > 0)
  const shares = (all: Float64Array) => {
    const smooth = used.map((k) => all[k]! + 0.5)
    const sum = smooth.reduce((total, count) => total + count, 0)
    return smooth.map((count) => count / sum)
  }
  const [p, q] = [shares(counts), shares(trained)]
  return p.reduce((sum, share, k) => sum + (share - q[k]!) * Math.log(share / q[k]!), 0)
}

function sentencesOf({ column, psi, isDrifted, unknown, below, above }: ColumnDrift, rows: number): string[] {
  const name = JSON.stringify(column)
  return [
    ...(isDrifted ? [`The column ${name} has drifted: its population stability index is ${psi.toFixed(2)}.`] : []),
    ...(unknown > 0 ? [`${unknown} of ${rows} rows have a value of ${name} that fit did not see.`] : []),
    ...(below + above > 0
      ? [`${below + above} of ${rows} rows have a value of ${name} outside of its range in fit.`]
      : []),
  ]
}
