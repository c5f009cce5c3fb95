import { checkOptions, describe, invalid, mismatch, optionKeys } from '../base/check.js'
import { type InspectArguments, inspectAs, inspected } from '../base/inspected.js'
import type { Cell } from './cells.js'
import { checkRow, issuesOf, messageOf, type RowRules } from './check-row.js'
import { eachRow } from './each-row.js'
import type { SchemaColumn } from './feature.js'
import { jsonSchemaOf, type RowJsonSchema } from './json-schema.js'
import type { ColumnPolicy, TableRows } from './read-rows.js'
import type { TableReport } from './report.js'

/** A row with these columns. Any may be missing, and hold what a cell can hold: numbers may be words, dates may be too. */
export type RowOf<R extends object> = { readonly [K in keyof R]?: R[K] | Cell }

/** What Standard Schema (version 1, standardschema.dev) asks of a schema. */
export interface StandardProperties<R extends object> {
  readonly version: 1
  readonly vendor: 'perceptra'
  /** Checks one row: its value as it came, or what is wrong with it. */
  readonly validate: (value: unknown) => StandardResult<R>
  /** For TypeScript alone: never set. */
  readonly types?: { readonly input: RowOf<R>; readonly output: RowOf<R> } | undefined
}

/** What `validate` returns: a value, or issues with the path to each. */
export type StandardResult<R extends object> =
  | { readonly value: RowOf<R>; readonly issues?: undefined }
  | { readonly issues: readonly { readonly message: string; readonly path?: readonly PropertyKey[] | undefined }[] }

/**
 * What the columns of a table hold, inferred from its rows by `inferSchema`. It is a Standard Schema, which form libraries and
 * servers take as it is; `toJSON()` is a JSON Schema. Both check a row as a model does that was fitted to such rows.
 *
 * Missing values and categories that were not among the rows are valid. The target, and columns that a model leaves out, may
 * be in a row or not.
 * @typeParam R the type of rows.
 */
export class Schema<R extends object = Record<string, unknown>> {
  readonly #rules: RowRules
  readonly #report: TableReport

  /** @internal Schemas are made by `inferSchema`. */
  constructor(rules: RowRules, report: TableReport) {
    this.#rules = rules
    this.#report = report
  }

  /** The columns in order, without the target. */
  get columns(): readonly SchemaColumn[] {
    return [...this.#rules.columns.values()]
  }

  /** The column that is to be predicted, if one was named. */
  get target(): string | undefined {
    return this.#rules.target
  }

  /** What was found in the rows: what is missing, left out, doubled, leaky or out of balance. */
  get report(): TableReport {
    return this.#report
  }

  /** What happens to rows with other columns. */
  get policy(): ColumnPolicy {
    return this.#rules.policy
  }

  /**
   * A column by its name.
   * @throws ArgumentError for a name that the schema does not have.
   */
  column(name: string): SchemaColumn {
    const column = this.#rules.columns.get(name)
    if (column) return column
    const some = [...this.#rules.columns.keys()].slice(0, 10).map(describe).join(', ')
    throw mismatch('a column', `one of ${some}${this.#rules.columns.size > 10 ? ', ...' : ''}`, describe(name))
  }

  /**
   * Checks one row.
   * @param index the number of the row in the error.
   * @throws ArgumentError with row and column for a missing or an unknown column, or a value of another kind.
   */
  check(row: RowOf<R>, index = 0): void {
    checkRow(row, index, this.#rules)
  }

  /**
   * Checks many rows, in steps between turns of the event loop.
   * @throws as check does; the signal's reason when it is aborted.
   */
  async checkAll(rows: TableRows<RowOf<R>>, options: { signal?: AbortSignal | undefined } = {}): Promise<void> {
    checkOptions(options, 'checkAll()', optionKeys<{ signal?: unknown }>({ signal: true }))
    const { signal } = options
    if (signal !== undefined && !(signal instanceof AbortSignal)) throw invalid('signal', 'an AbortSignal', signal)
    await eachRow(rows, signal, (row, index) => checkRow(row, index, this.#rules))
  }

  /** The JSON Schema (draft 2020-12) of a row. Kinds and ranges of columns are in keys that begin with `x-`. */
  toJSON(): RowJsonSchema {
    return jsonSchemaOf(this.#rules)
  }

  /** The Standard Schema of a row. */
  get '~standard'(): StandardProperties<R> {
    return {
      version: 1,
      vendor: 'perceptra',
      validate: (value) => {
        const issues = [...issuesOf(value, this.#rules)].map((issue) => ({
          message: messageOf(issue),
          path: issue.column === undefined ? [] : [issue.column],
        }))
        return issues.length > 0 ? { issues } : { value: value as RowOf<R> }
      },
    }
  }

  /** @internal What console.log shows. */
  [inspected](...how: InspectArguments): string {
    const columns = Object.fromEntries(this.columns.map(({ name, kind }) => [name, kind]))
    return inspectAs('Schema', { target: this.target, columns, report: this.#report }, how)
  }
}
