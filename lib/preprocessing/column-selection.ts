import { checkOneOf, checkOptions, describe, invalid, mismatch, optionKeys } from '../base/check.js'
import { kindsOfColumns } from '../table/column.js'
import type { ColumnKind, Table } from '../table/table.js'

/** Columns by name, by place (from the end if negative), or by a function of the table in fit that returns either. */
export type ColumnSelection =
  | string
  | readonly string[]
  | readonly number[]
  | ((table: Table) => readonly string[] | readonly number[])

/** Options of `makeColumnSelector`. */
export interface ColumnSelectorOptions {
  /** One or several kinds of columns; all kinds by default. */
  kind?: ColumnKind | readonly ColumnKind[] | undefined
  /** A pattern that names must match; any name by default. */
  pattern?: RegExp | undefined
}

/**
 * A function that selects columns by their kind and name, for ColumnTransformer: scikit-learn's make_column_selector.
 * @throws ArgumentError for wrong options.
 * @example
 * const numbers = preprocessing.makeColumnSelector({ kind: 'number' })
 * numbers(Table.from({ age: [39], job: ['cook'] })) // ['age']
 */
export function makeColumnSelector(options: ColumnSelectorOptions = {}): (table: Table) => string[] {
  checkOptions(options, 'makeColumnSelector()', optionKeys<ColumnSelectorOptions>({ kind: true, pattern: true }))
  const { kind = kindsOfColumns, pattern } = options
  const kinds = (Array.isArray(kind) ? kind : [kind]).map((entry) => checkOneOf(entry, 'kind', kindsOfColumns))
  if (pattern !== undefined && !(pattern instanceof RegExp)) throw invalid('pattern', 'a RegExp', pattern)
  // String.search ignores the flags g and y, and lastIndex.
  const select = (table: Table) =>
    table.names.filter((name) => kinds.includes(table.kind(name)) && (!pattern || name.search(pattern) !== -1))
  // All selectors have the same text: the fingerprint of a search distinguishes them by these properties.
  return Object.assign(select, { kinds, pattern })
}

/** @throws ArgumentError for a value that cannot be a selection. */
export function checkSelection(value: unknown, name: string): ColumnSelection {
  if (typeof value === 'string' || typeof value === 'function') return value as ColumnSelection
  const isList = (type: string) => Array.isArray(value) && value.every((entry) => typeof entry === type)
  if (isList('string') || isList('number')) return Object.freeze([...(value as string[])])
  throw invalid(name, 'names or places of columns, or a function that gives them', value)
}

/**
 * The places of selected columns, in the order in which they are named.
 * @throws ArgumentError for an unknown column, or one that is selected twice.
 */
export function placesOf(selection: ColumnSelection, table: Table, name: string): number[] {
  const list = checkSelection(typeof selection === 'function' ? selection(table) : selection, name)
  const names = table.names
  const places = (typeof list === 'string' ? [list] : (list as readonly (string | number)[])).map((column) => {
    const place = typeof column === 'string' ? names.indexOf(column) : column < 0 ? column + names.length : column
    if (Number.isInteger(place) && place >= 0 && place < names.length) return place
    const first = `${names.slice(0, 10).map(describe).join(', ')}${names.length > 10 ? ', ...' : ''}`
    throw mismatch(name, `columns among ${first}`, describe(column))
  })
  const twice = places.find((place, i) => places.indexOf(place) !== i)
  if (twice === undefined) return places
  throw mismatch(name, 'each column once', `${describe(names[twice])} twice`)
}
