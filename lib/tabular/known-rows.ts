import { rowBlocks, type Work } from '../base/breathing.js'
import { mismatch } from '../base/check.js'
import { Matrix } from '../base/matrix.js'
import { permutationInSteps } from '../native/permutation.js'
import { CellColumn } from './cell-column.js'
import { eachRow } from './each-row.js'
import { isUsed } from './feature.js'
import type { CellTable } from './read-rows.js'
import type { Schema } from './schema.js'
import type { Targets, Truth } from './task.js'

/**
 * Reads rows that fit a schema into columns: those that a model reads, and the target, which is missing in rows that lack it.
 * @throws ArgumentError with row and column as `Schema.check` does; the signal's reason when it is aborted.
 */
export async function readKnownRows(
  rows: unknown,
  schema: Schema<object>,
  signal: AbortSignal | undefined,
): Promise<CellTable> {
  const names = schema.columns.filter(({ kind }) => isUsed(kind)).map(({ name }) => name)
  const columns = new Map([...names, schema.target!].map((name) => [name, new CellColumn(name)]))
  let count = 0
  await eachRow(rows, signal, (row, index) => {
    schema.check(row, index)
    for (const column of columns.values()) {
      column.push(Object.hasOwn(row, column.name) ? (row as Record<string, unknown>)[column.name] : null)
    }
    count++
  })
  for (const column of columns.values()) column.trim()
  return { rows: count, columns }
}

/** Some of the rows as objects. */
export function* rowsOf({ columns }: CellTable, numbers: Uint32Array): Generator<Record<string, unknown>> {
  for (const i of numbers)
    yield Object.fromEntries([...columns.values()].map((column) => [column.name, column.valueAt(i)]))
}

/** Row numbers to train and to validate with. */
export interface HeldOut {
  readonly training: Uint32Array
  readonly validation: Uint32Array
}

const leastRows = 10

/**
 * Holds every fifth of the rows in a shuffled order out.
 * @throws ArgumentError for fewer than ten rows.
 */
export function* heldOutOf(rows: number, seed: number): Work<HeldOut> {
  if (rows < leastRows) throw mismatch('rows', `at least ${leastRows} rows`, `${rows}`)
  const order = yield* permutationInSteps(rows, seed, 0)
  const isHeldOut = new Uint8Array(rows)
  let count = 0
  yield* rowBlocks(rows, 1, (begin, end) => {
    for (let k = begin; k < end; k++) {
      if (k % 5 !== 1) continue
      isHeldOut[order[k]!] = 1
      count++
    }
  })
  const [training, validation] = [new Uint32Array(rows - count), new Uint32Array(count)]
  let [own, held] = [0, 0]
  yield* rowBlocks(rows, 1, (begin, end) => {
    for (let row = begin; row < end; row++) {
      if (isHeldOut[row]) validation[held++] = row
      else training[own++] = row
    }
  })
  return { training, validation }
}

/** Some rows of encoded ones. */
export function* matrixOf(data: Float32Array, width: number, rows: Uint32Array): Work<Matrix> {
  const out = new Float32Array(rows.length * width)
  yield* rowBlocks(rows.length, width, (begin, end) => {
    for (let k = begin; k < end; k++) {
      const row = rows[k]!
      out.set(data.subarray(row * width, (row + 1) * width), k * width)
    }
  })
  return new Matrix(out, rows.length, width)
}

export function takeRows<Y extends Targets | Truth>(y: Y, rows: Uint32Array): Y {
  const taken = new (y.constructor as new (length: number) => Y)(rows.length)
  for (const [k, row] of rows.entries()) taken[k] = y[row]!
  return taken
}

/** The numbers of all rows. */
export function allRows(rows: number): Uint32Array {
  return Uint32Array.from({ length: rows }, (_, row) => row)
}

/** The metric of a model for rows that have the target. */
export async function scoreOf(
  model: { evaluate(rows: never, options: { signal: AbortSignal | undefined }): Promise<object> },
  rows: Iterable<object>,
  metric: string,
  signal: AbortSignal | undefined,
): Promise<number> {
  const scores = (await model.evaluate(rows as never, { signal })) as Readonly<Record<string, number>>
  return scores[metric]!
}
