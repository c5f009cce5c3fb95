import { checkInteger, checkOptions, invalid, mismatch, optionKeys } from '../base/check.js'
import { isNumberArray, Matrix, type MatrixLike, type NumberArray } from '../base/matrix.js'
import { Table } from '../table/table.js'
import type { IdxArray } from './idx.js'

/** A process of several: a group of `perceptra/distributed`, or any other numbering. */
export interface ShardOf {
  /** From 0. */
  readonly rank: number
  readonly size: number
}

/** Options of `datasets.shard`. */
export interface ShardOptions {
  /** Of a flat array of several numbers for each row: how many; 1 by default. */
  columns?: number | undefined
}

/** Rows with their targets. */
export interface ShardableRows {
  readonly x: MatrixLike
  readonly y: ArrayLike<unknown> | Matrix
  /** A number a row. */
  readonly sampleWeight?: NumberArray | readonly number[] | undefined
}

/** The key of a function of readers that read only a part of their file. */
export const takePart: unique symbol = Symbol('perceptra.takePart')

/** A reader of a file that can read a part of it. */
export interface InParts<T> {
  [takePart](part: ShardOf): AsyncIterable<T>
}

/**
 * The part of a source that is this process's: no row is in two parts, and all parts together are the source.
 *
 * - Of arrays, a `Matrix`, a `Table` or `{ x, y }`: rows rank, rank + size, rank + 2 size, ...; parts differ by one row at most. Beside
 *   x and y, `sampleWeight` is cut too. Arrays of the same rows may also be cut one by one.
 * - Of `rawNumbers` and `parquetBatches`: a range of rows; the rest of the file is not read.
 * - Of tables one after the other, as `csvBatches` gives: rows in turn, as of one table.
 * - Of any other iterable: items in turn. A function that returns an iterable, as fit takes it, becomes one that returns the part.
 * @throws ArgumentError for a source of another kind.
 * @example
 * const { train } = datasets.digits()
 * const group = { rank: 1, size: 4 } // await join() of perceptra/distributed
 * const { x, y } = datasets.shard(train, group)
 * console.log(x.rows, y.length, train.x.rows)
 */
export function shard<T extends IdxArray | Table | Matrix | NumberArray | readonly unknown[] | ShardableRows>(
  source: T,
  group: ShardOf,
  options?: ShardOptions,
): T
export function shard<T>(source: () => Iterable<T> | AsyncIterable<T>, group: ShardOf): () => AsyncIterable<T>
export function shard<T>(source: Iterable<T> | AsyncIterable<T>, group: ShardOf): AsyncIterable<T>
export function shard(source: unknown, group: ShardOf, options: ShardOptions = {}): unknown {
  checkOptions(options, 'datasets.shard()', optionKeys<ShardOptions>({ columns: true }))
  const size = checkInteger(group?.size, 'size of group', { min: 1 })
  const part = { size, rank: checkInteger(group.rank, 'rank of group', { min: 0, max: size - 1 }) }
  if (options.columns === undefined) return cut(source, part)
  if (!isNumberArray(source)) throw invalid('source', 'a flat array of numbers beside the option columns', source)
  return cutFlat(source, part, checkInteger(options.columns, 'columns', { min: 1 }))
}

function cut(source: unknown, part: ShardOf): unknown {
  if (source instanceof Matrix) return cutMatrix(source, part)
  if (source instanceof Table) return source.take(places(source.rows, part))
  if (isNumberArray(source)) return cutFlat(source, part, 1)
  if (Array.isArray(source)) return source.filter((_, i) => i % part.size === part.rank)
  if (typeof source === 'function')
    return async function* () {
      yield* cutIterable(await source(), part)
    }
  if (source !== null && typeof source === 'object') {
    if (takePart in source) return (source as InParts<unknown>)[takePart](part)
    if (Symbol.asyncIterator in source || Symbol.iterator in source) return again(source as Iterable<unknown>, part)
    if ('shape' in source && 'data' in source) return cutIdx(source as IdxArray, part)
    if ('x' in source && 'y' in source) return cutRows(source as ShardableRows, part)
  }
  throw invalid('source', 'rows, { x, y }, a Table or an iterable', source)
}

function places(count: number, { rank, size }: ShardOf): Uint32Array {
  return Uint32Array.from({ length: Math.max(0, Math.ceil((count - rank) / size)) }, (_, k) => rank + k * size)
}

function cutMatrix({ data, rows, cols }: Matrix, part: ShardOf): Matrix {
  const taken = cutFlat(data, part, cols, rows)
  return new Matrix(taken as Float32Array, places(rows, part).length, cols)
}

function cutFlat<T extends NumberArray>(values: T, part: ShardOf, columns: number, rows = values.length / columns): T {
  if (!Number.isInteger(rows)) {
    throw mismatch('source', `a multiple of ${columns} numbers, as columns has it`, `${values.length}`)
  }
  const taken = places(rows, part)
  const out = new (values.constructor as new (length: number) => T)(taken.length * columns)
  for (const [k, row] of taken.entries())
    out.set(values.subarray(row * columns, (row + 1) * columns) as never, k * columns)
  return out
}

function cutIdx({ shape, data }: IdxArray, part: ShardOf): IdxArray {
  const [rows = 0, ...rest] = shape
  const columns = rest.reduce((product, length) => product * length, 1)
  return { shape: [places(rows, part).length, ...rest], data: cutFlat(data, part, columns, rows) }
}

/** A flat x has as many rows as y. */
function cutRows(source: ShardableRows, part: ShardOf): ShardableRows {
  const { x, y, sampleWeight } = source
  const rows = y instanceof Matrix ? y.rows : y.length
  const isFlat = isNumberArray(x)
  const found = x instanceof Matrix ? x.rows : isFlat ? rows : x.length
  if (found !== rows || (isFlat && x.length % rows !== 0)) {
    throw mismatch('x of source', `${rows} rows, as y has`, isFlat ? `${x.length} numbers` : `${found}`)
  }
  if (sampleWeight && sampleWeight.length !== rows) {
    throw mismatch('sampleWeight of source', `${rows} numbers, as many as there are rows`, `${sampleWeight.length}`)
  }
  return {
    ...source,
    x: (isFlat ? cutFlat(x, part, x.length / rows) : cut(x, part)) as MatrixLike,
    y: cut(y, part) as ArrayLike<unknown>,
    ...(sampleWeight && { sampleWeight: cut(sampleWeight, part) as NumberArray }),
  }
}

/** An iterable that may be read again, if the source may. */
function again(source: Iterable<unknown> | AsyncIterable<unknown>, part: ShardOf): AsyncIterable<unknown> {
  return { [Symbol.asyncIterator]: () => cutIterable(source, part) }
}

async function* cutIterable(source: Iterable<unknown> | AsyncIterable<unknown>, { rank, size }: ShardOf) {
  if (takePart in source) return yield* (source as unknown as InParts<unknown>)[takePart]({ rank, size })
  // How many rows, and other items, have passed.
  let [rows, items] = [0, 0]
  for await (const item of source) {
    if (!(item instanceof Table)) {
      if (items++ % size === rank) yield item
      continue
    }
    const first = (((rank - rows) % size) + size) % size
    rows += item.rows
    const taken = places(item.rows, { rank: first, size })
    if (taken.length > 0) yield item.take(taken)
  }
}

/** The rows of a part of a file: from `first` up to, not including, `end`. */
export function rangeOf(rows: number, { rank, size }: ShardOf): { first: number; end: number } {
  return { first: Math.floor((rows * rank) / size), end: Math.floor((rows * (rank + 1)) / size) }
}
