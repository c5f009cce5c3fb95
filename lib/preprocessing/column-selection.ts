import { checkOneOf, checkOptions, describe, invalid, mismatch, optionKeys } from '../base/check.js'
import { kindsOfColumns } from '../table/column.js'
import type { ColumnKind, Table } from '../table/table.js'

/** Columns by name, by place, or by what a function says of the table that fit is given. */
export type ColumnSelection =
  | string
  | readonly string[]
  | readonly number[]
  | ((table: Table) => readonly string[] | readonly number[])

/** What `makeColumnSelector` goes by. */
export interface ColumnSelectorOptions {
  /** The kind of the columns, or several; all without it. */
  kind?: ColumnKind | readonly ColumnKind[] | undefined
  /** What their names match; anything without it. */
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
  const kinds = (Array.isArray(kind) ? kind : [kind]).map((each) => checkOneOf(each, 'kind', kindsOfColumns))
  if (pattern !== undefined && !(pattern instanceof RegExp)) throw invalid('pattern', 'a RegExp', pattern)
  // With search a flag such as g does not matter.
  const select = (table: Table) =>
    table.names.filter((name) => kinds.includes(table.kind(name)) && (!pattern || name.search(pattern) !== -1))
  // What tells it from others, whose text is the same.
  return Object.assign(select, { kinds, pattern })
}

/** Whether something can be a selection at all. */
export function checkSelection(value: unknown, name: string): ColumnSelection {
  if (typeof value === 'string' || typeof value === 'function') return value as ColumnSelection
  const isList = (type: string) => Array.isArray(value) && value.every((each) => typeof each === type)
  if (isList('string') || isList('number')) return Object.freeze([...(value as string[])])
  throw invalid(name, 'names or places of columns, or a function that gives them', value)
}

/**
 * The places of selected columns, in the order in which they are named.
 * @throws ArgumentError for a column that is not there, or is there twice.
 */
export function placesOf(selection: ColumnSelection, table: Table, name: string): number[] {
  const given: unknown = typeof selection === 'function' ? selection(table) : selection
  const list = checkSelection(given, name)
  const names = table.names
  const places = (typeof list === 'string' ? [list] : (list as readonly (string | number)[])).map((each) => {
    const place = typeof each === 'string' ? names.indexOf(each) : each < 0 ? each + names.length : each
    if (Number.isInteger(place) && place >= 0 && place < names.length) return place
    const some = `${names.slice(0, 10).map(describe).join(', ')}${names.length > 10 ? ', ...' : ''}`
    throw mismatch(name, `columns among ${some}`, describe(each))
  })
  const twice = places.find((place, i) => places.indexOf(place) !== i)
  if (twice === undefined) return places
  throw mismatch(name, 'each column once', `${describe(names[twice])} twice`)
}
