import type { Work } from '../base/breathing.js'
import { describe, mismatch } from '../base/check.js'
import { ArgumentError, FormatError } from '../base/errors.js'
import { type ColumnKind, type ColumnLike, fromColumnsInSteps, Table } from '../table/table.js'

/** Cells of a column in one step, which takes some milliseconds at most. */
const cellsInStep = 4096

/** The cells of a column, in blocks: one array would be copied whole, in one turn, each time that it grows. */
export type CellBlocks = readonly (readonly unknown[])[]

/** Finds the kinds of columns and reads cells of a file format. */
export interface CellReader {
  /** The kind of a column, from all its cells; undefined if all are missing. It may pause after each block. */
  infer(blocks: CellBlocks): Work<ColumnKind | undefined>
  /**
   * A cell as an entry of the kind, null for a missing cell; undefined for a cell of another kind.
   * @param isInferred whether the kind was inferred, and not set by the user.
   */
  read(cell: unknown, kind: ColumnKind, isInferred: boolean): number | string | boolean | Date | null | undefined
}

const kindNames: Readonly<Record<ColumnKind, string>> = {
  number: 'a number',
  string: 'a string',
  boolean: 'true or false',
  date: 'a date as in ISO 8601',
}

/** Rows of a file that are not converted to a table yet, with their line numbers. */
export class CellBatch {
  readonly #path: string
  readonly #names: readonly string[]
  readonly #reader: CellReader
  /** The kinds of the option `kinds`, and those that the first table inferred. */
  readonly #kinds: Map<string, ColumnKind>
  /** The columns of the option `kinds`. */
  readonly #given: ReadonlySet<string>
  /** By column. */
  #cells: unknown[][][]
  #lines: number[] = []

  /** @throws ArgumentError if `kinds` names an unknown column. */
  constructor(
    path: string,
    names: readonly string[],
    kinds: Readonly<Record<string, ColumnKind>> | undefined,
    reader: CellReader,
  ) {
    for (const name of Object.keys(kinds ?? {})) checkColumn(name, names, 'kinds')
    this.#path = path
    this.#names = names
    this.#reader = reader
    this.#kinds = new Map(Object.entries(kinds ?? {}))
    this.#given = new Set(this.#kinds.keys())
    this.#cells = names.map(() => [])
  }

  get rows(): number {
    return this.#lines.length
  }

  /** Adds a row: one cell for each name. */
  add(line: number, cells: readonly unknown[]): void {
    this.#lines.push(line)
    const beginsBlock = (this.#lines.length - 1) % cellsInStep === 0
    for (let j = 0; j < this.#cells.length; j++) {
      const blocks = this.#cells[j]!
      if (beginsBlock) blocks.push([])
      blocks.at(-1)!.push(cells[j])
    }
  }

  /**
   * The rows as a table; empties the batch. The kinds of columns stay the same in later tables.
   * @throws FormatError that names the line and column of a cell of another kind.
   */
  *takeTable(): Work<Table> {
    const columns: [string, ColumnLike][] = []
    for (const [j, name] of this.#names.entries()) {
      columns.push([name, yield* this.#readColumn(name, this.#cells[j]!)])
      this.#cells[j] = []
    }
    this.#lines = []
    return yield* Table[fromColumnsInSteps](columns, this.#kinds)
  }

  *#readColumn(name: string, blocks: CellBlocks): Work<ColumnLike> {
    const kind = this.#kinds.get(name) ?? (yield* this.#reader.infer(blocks)) ?? 'number'
    this.#kinds.set(name, kind)
    const { rows } = this
    const entries = kind === 'number' ? new Float64Array(rows) : new Array<string | boolean | Date | null>(rows)
    const isInferred = !this.#given.has(name)
    let row = 0
    for (const block of blocks) {
      for (const cell of block) {
        const entry = this.#reader.read(cell, kind, isInferred)
        if (entry === undefined) throw this.#wrong(name, row, kind, cell)
        entries[row++] = entry === null && kind === 'number' ? Number.NaN : (entry as never)
      }
      yield
    }
    return entries
  }

  #wrong(name: string, row: number, kind: ColumnKind, cell: unknown): FormatError {
    return new FormatError(
      `${this.#path}: expected ${kindNames[kind]} in line ${this.#lines[row]}, column ${describe(name)}, but found ` +
        `${describe(cell)}. Set the column's kind with the option kinds, or the words for missing cells with missing.`,
    )
  }
}

/** The names of the columns to read, all by default, and their places in a row. */
export function chooseColumns(
  names: readonly string[],
  columns: readonly string[] | undefined,
): { names: readonly string[]; places: number[] } {
  const selection = columns ?? names
  const twice = selection.find((name, i) => selection.indexOf(name) !== i)
  if (twice !== undefined) {
    throw new ArgumentError(`Expected each name once for columns, but got ${describe(twice)} twice.`)
  }
  return { names: selection, places: selection.map((name) => checkColumn(name, names, 'columns')) }
}

function checkColumn(name: string, names: readonly string[], option: string): number {
  const at = names.indexOf(name)
  if (at >= 0) return at
  const first = names.slice(0, 10).map(describe).join(', ')
  throw mismatch(option, `names out of ${first}${names.length > 10 ? ', ...' : ''}`, describe(name))
}
