import type { Work } from '../base/breathing.js'
import { describe } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { Table } from '../table/table.js'
import { readCells } from './cells.js'
import { type ColumnParams, copy } from './column-parts.js'
import { placesOf } from './column-selection.js'
import type { FitTable, NamedTable } from './column-tables.js'
import { Doubles } from './doubles.js'
import { hasDoubles } from './float64.js'
import { selectColumns, withoutNames } from './input.js'
import { NamedCells } from './named-cells.js'
import type { TransformerLike } from './transformer-like.js'

/** A transformer with the places of its columns in the rows of fit. */
export interface FittedPart {
  readonly name: string
  readonly transformer: TransformerLike | 'passthrough'
  readonly places: readonly number[]
}

/**
 * Clones of the parts that have columns, the remainder last.
 * @throws ArgumentError where no part has any.
 */
export function selectParts({ transformers, remainder }: ColumnParams, { table, features }: FitTable): FittedPart[] {
  const selected = transformers.map(([name, part, columns]) => {
    return { name, part, places: placesOf(columns, table, `the columns of ${name}`) }
  })
  const taken = new Set(selected.flatMap(({ places }) => places))
  const rest = Array.from({ length: features.columns }, (_, place) => place).filter((place) => !taken.has(place))
  const parts = [...selected, { name: 'remainder', part: remainder, places: rest }].flatMap(({ name, part, places }) =>
    part === 'drop' || places.length === 0 ? [] : [{ name, transformer: copy(part), places }],
  )
  if (parts.length > 0) return parts
  throw new ArgumentError('Expected a transformer for at least one column, but all columns are dropped.')
}

/**
 * The columns of a part.
 * @throws ArgumentError that names a missing column.
 */
export function columnsOf({ table, names, features }: NamedTable, { places, transformer }: FittedPart) {
  if (table instanceof NamedCells) return cellsOf(table, { places, transformer })
  const columns = places.map((place) => names[place]!)
  const selected = selectColumns(table, columns, 'x')
  return features.names ? selected : withoutNames(selected)
}

/** The columns of a part; a transformer of another package gets a Table, as in fit. */
export function cellsOf(
  cells: NamedCells,
  { places, transformer }: Pick<FittedPart, 'places' | 'transformer'>,
): NamedCells | Table {
  const own = cells.select(places)
  return transformer === 'passthrough' || hasDoubles(transformer) ? own : Table.fromRows(own.toObjects())
}

/** The columns of a part, unchanged. */
export function* passThrough(cells: Table | NamedCells): Work<Doubles> {
  const { data, rows, columns } = yield* readCells(cells, 'x')
  return new Doubles(data instanceof Float64Array ? data : Float64Array.from(data), rows, columns)
}

/**
 * The names of the results.
 * @param names those of the columns in fit.
 * @param isVerbose whether the name of the part comes first: `num__age`.
 * @throws ArgumentError where two results have one name.
 */
export function resultNames(parts: readonly FittedPart[], names: readonly string[], isVerbose: boolean): string[] {
  const all = parts.flatMap(({ name, transformer, places }) => {
    const columns = places.map((place) => names[place]!)
    const results = transformer === 'passthrough' ? columns : transformer.featureNamesOut(columns)
    return isVerbose ? results.map((result) => `${name}__${result}`) : results
  })
  const twice = all.find((name, i) => all.indexOf(name) !== i)
  if (twice === undefined) return all
  throw new ArgumentError(
    `Expected names that differ, but two results are ${describe(twice)}. Use verboseFeatureNamesOut.`,
  )
}
