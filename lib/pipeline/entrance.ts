import { runNow, type Work } from '../base/breathing.js'
import { readCells } from '../preprocessing/cells.js'
import { Doubles } from '../preprocessing/doubles.js'
import { hasDoubles } from '../preprocessing/float64.js'
import { type Features, isObject, namesForObjects, toNamed } from '../preprocessing/input.js'
import {
  type ColumnPolicy,
  NamedCells,
  readObjectRow,
  readObjects,
  unknownColumn,
} from '../preprocessing/named-cells.js'
import type { TransformerLike } from '../preprocessing/transformer-like.js'
import { Table } from '../table/table.js'
import type { FittedSteps } from './steps.js'

/** Rows for the first step of a fit, and the names of their columns. */
export function* enterFit(
  first: TransformerLike | undefined,
  x: unknown,
): Work<{ rows: unknown; names: readonly string[] | undefined }> {
  const named = x instanceof NamedCells ? yield* toNamed(x.toObjects()) : yield* toNamed(x)
  if (!(named instanceof Table)) return { rows: x, names: undefined }
  const names = Object.freeze(named.names)
  // An estimator takes neither a Table nor objects; a transformer of another package gets the rows as they came.
  if (!first) return { rows: yield* numbers(named), names }
  return { rows: hasDoubles(first) ? named : x, names }
}

/** A plain object for the first step after fit, as `enter` reads several. */
export function enterRow({ transformers, featureNamesIn }: FittedSteps, x: object, policy: ColumnPolicy): unknown {
  const row = readObjectRow(x, namesForObjects({ nFeaturesIn: 0, featureNamesIn }), policy)
  return transformers.length > 0 ? row : runNow(numbers(row))
}

/**
 * Rows for the first step after fit: those with names have the columns of fit, in their order.
 * @throws ArgumentError that names the row and column of an unknown or missing column.
 */
export function* enter(steps: FittedSteps, x: unknown, policy: ColumnPolicy): Work<unknown> {
  const named = yield* byName(steps, x, policy)
  if (steps.transformers.length > 0) return named
  if (!(named instanceof NamedCells) && !(named instanceof Table)) return named
  const { featureNamesIn } = steps
  return yield* numbers(named, featureNamesIn && { nFeaturesIn: featureNamesIn.length, featureNamesIn })
}

function* byName({ featureNamesIn }: FittedSteps, x: unknown, policy: ColumnPolicy): Work<unknown> {
  if (x instanceof NamedCells) return featureNamesIn ? x.inOrder(featureNamesIn) : x
  if (Array.isArray(x) && isObject(x[0]))
    return yield* readObjects(x, namesForObjects({ nFeaturesIn: 0, featureNamesIn }), policy)
  return x instanceof Table && featureNamesIn ? adapt(x, featureNamesIn, policy) : x
}

/** A table without unknown columns, and with empty columns for missing ones if the policy imputes them. */
function adapt(table: Table, names: readonly string[], { unknownColumns, missingColumns }: ColumnPolicy): Table {
  const unknown = table.names.filter((name) => !names.includes(name))
  if (unknown.length > 0 && unknownColumns === 'error') throw unknownColumn('x', undefined, unknown[0]!, names)
  let adapted = unknown.length > 0 ? table.drop(unknown) : table
  if (missingColumns === 'error') return adapted
  const present = new Set(adapted.names)
  for (const name of names) if (!present.has(name)) adapted = adapted.withColumn(name, emptyColumn(table.rows))
  return adapted
}

function emptyColumn(rows: number): Float64Array {
  return new Float64Array(rows).fill(Number.NaN)
}

/** Rows of numbers for an estimator. */
function* numbers(named: NamedCells | Table, fitFeatures?: Features): Work<Doubles> {
  const { data, rows, columns } = yield* readCells(named, 'x', fitFeatures)
  const isRow = named instanceof NamedCells && named.isRow
  return new Doubles(data instanceof Float64Array ? data : Float64Array.from(data), rows, columns, isRow)
}
