import { describe, mismatch } from '../base/check.js'
import type { ColumnKind } from './column.js'

/** A column of a table. */
interface TypedColumn {
  readonly kind: ColumnKind
  readonly values: ArrayLike<unknown>
}

/** @throws ArgumentError for a column that is not of one of the kinds. */
function checkKind({ kind }: TypedColumn, name: string, kinds: readonly ColumnKind[], expected: string): void {
  if (!kinds.includes(kind)) throw mismatch(`column ${describe(name)}`, expected, `${kind}s`)
}

/** Numbers, or booleans as 0 and 1; NaN where missing. */
export function numbersOf(column: TypedColumn, name: string): Float64Array {
  checkKind(column, name, ['number', 'boolean'], 'numbers or booleans')
  const { values } = column
  if (values instanceof Float64Array) return values
  return Float64Array.from(values as ArrayLike<boolean | null>, (value) =>
    value === null ? Number.NaN : Number(value),
  )
}

/** Strings, or null where missing. */
export function stringsOf(column: TypedColumn, name: string): readonly (string | null)[] {
  checkKind(column, name, ['string'], 'strings')
  return column.values as readonly (string | null)[] & ArrayLike<unknown>
}

/** Strings, numbers or booleans, none of them missing. */
export function labelsOf(column: TypedColumn, name: string): (string | number | boolean)[] {
  checkKind(column, name, ['string', 'number', 'boolean'], 'strings, numbers or booleans')
  const labels = Array.from(column.values as ArrayLike<string | number | boolean | null>)
  const row = labels.findIndex((label) => label === null || Number.isNaN(label))
  if (row === -1) return labels as (string | number | boolean)[]
  const place = { row, column: name }
  const hint = 'Labels cannot be missing: leave the row out.'
  throw mismatch(`row ${row} of column ${describe(name)}`, 'a label', 'a missing entry', hint, place)
}
