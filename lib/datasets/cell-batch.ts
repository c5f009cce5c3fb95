import { describe, mismatch } from '../base/check.js'
import { ArgumentError, FormatError } from '../base/errors.js'
import { type ColumnKind, type ColumnLike, Table } from '../table/table.js'

/** How cells of a file are told apart and read. */
export interface CellReader {
  /** The kind of a column by all of its cells; undefined where all are missing. */
  infer(cells: readonly unknown[]): ColumnKind | undefined
  /** A cell as an entry of its kind, null where it is missing; undefined where it is of another kind. */
  read(cell: unknown, kind: ColumnKind): number | string | boolean | Date | null | undefined
}

const words: Readonly<Record<ColumnKind, string>> = {
  number: 'a number',
  string: 'a string',
  boolean: 'true or false',
  date: 'a date as in ISO 8601',
}

/** Rows of a file that have not been told apart by kind yet, and the lines that they came from. */
export class CellBatch {
  readonly #path: string
  readonly #names: readonly string[]
  readonly #reader: CellReader
  /** Those that were named, then those that the first table found. */
  readonly #kinds: Map<string, ColumnKind>
  #cells: unknown[][]
  #lines: number[] = []

  /** @throws ArgumentError where a kind is given for a column that there is not. */
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
    this.#cells = names.map(() => [])
  }

  get rows(): number {
    return this.#lines.length
  }

  /** Adds a row: one cell for each name. */
  add(line: number, cells: readonly unknown[]): void {
    this.#lines.push(line)
    for (let j = 0; j < this.#cells.length; j++) this.#cells[j]!.push(cells[j])
  }

  /**
   * The rows as a table, and none are left. Columns keep from one table to the next the kinds that they were found to be of.
   * @throws FormatError that names the line and column of a cell of another kind.
   */
  takeTable(): Table {
    const columns = this.#names.map((name, j): [string, ColumnLike] => [name, this.#readColumn(name, this.#cells[j]!)])
    const kinds = Object.fromEntries(this.#kinds)
    this.#cells = this.#names.map(() => [])
    this.#lines = []
    // Object.entries puts names that are whole numbers first.
    return Table.from(Object.fromEntries(columns), { kinds }).select(this.#names)
  }

  #readColumn(name: string, cells: readonly unknown[]): ColumnLike {
    const known = this.#kinds.get(name)
    const kind = known ?? this.#reader.infer(cells) ?? 'number'
    this.#kinds.set(name, kind)
    const entries = kind === 'number' ? new Float64Array(cells.length) : ([] as (string | boolean | Date | null)[])
    for (const [row, cell] of cells.entries()) {
      const entry = this.#reader.read(cell, kind)
      if (entry === undefined) throw this.#wrong(name, row, kind, cell)
      entries[row] = entry === null && kind === 'number' ? Number.NaN : (entry as never)
    }
    return entries
  }

  #wrong(name: string, row: number, kind: ColumnKind, cell: unknown): FormatError {
    return new FormatError(
      `${this.#path}: expected ${words[kind]} in line ${this.#lines[row]}, column ${describe(name)}, but found ` +
        `${describe(cell)}. Name the column's kind by the option kinds, or the words for what is missing.`,
    )
  }
}

/** The names to take, all without a choice, and where they lie in a row. */
export function chooseColumns(
  names: readonly string[],
  wanted: readonly string[] | undefined,
): { names: readonly string[]; places: number[] } {
  const chosen = wanted ?? names
  const twice = chosen.find((name, i) => chosen.indexOf(name) !== i)
  if (twice !== undefined) {
    throw new ArgumentError(`Expected each name once for columns, but got ${describe(twice)} twice.`)
  }
  return { names: chosen, places: chosen.map((name) => checkColumn(name, names, 'columns')) }
}

function checkColumn(name: string, names: readonly string[], option: string): number {
  const at = names.indexOf(name)
  if (at >= 0) return at
  const some = names.slice(0, 10).map(describe).join(', ')
  throw mismatch(option, `names out of ${some}${names.length > 10 ? ', ...' : ''}`, describe(name))
}
