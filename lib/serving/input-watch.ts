import { type DriftReport, DriftWatch } from '../tabular/drift.js'
import { Schema } from '../tabular/schema.js'

/** Most rows of one request that are counted, so that a large one does not hold the event loop. */
const mostRows = 500

/** Compares the rows that a table model is asked for with those of its training. */
export class InputWatch {
  readonly #watch: DriftWatch
  readonly #columns: readonly string[]

  private constructor(schema: Schema<object>) {
    this.#watch = new DriftWatch(schema)
    this.#columns = schema.columns.map(({ name }) => name)
  }

  /** Undefined for a model without a schema. */
  static of(model: object): InputWatch | undefined {
    const { schema } = model as { schema?: unknown }
    return schema instanceof Schema ? new InputWatch(schema) : undefined
  }

  /** Counts rows that were answered; of many, some at equal distances. */
  add(rows: readonly unknown[]): void {
    const step = Math.max(1, Math.ceil(rows.length / mostRows))
    for (let i = 0; i < rows.length; i += step) {
      const row = rows[i]
      this.#watch.add(Array.isArray(row) ? this.#named(row) : (row as object))
    }
  }

  report(): DriftReport {
    return this.#watch.report()
  }

  #named(cells: readonly unknown[]): object {
    return Object.fromEntries(this.#columns.map((name, j) => [name, cells[j]]))
  }
}
