import type { FileHandle } from 'node:fs/promises'
import { endianness } from 'node:os'
import {
  checkBoolean,
  checkInteger,
  checkOneOf,
  checkOptions,
  checkSeed,
  checkString,
  optionKeys,
} from '../base/check.js'
import { ArgumentError, FormatError } from '../base/errors.js'
import { Matrix } from '../base/matrix.js'
import { drawFrom } from './draw.js'
import { openFile, readRange } from './read-bytes.js'
import { rangeOf, type ShardOf, takePart } from './shard.js'

/** Options of `datasets.rawNumbers`. */
export interface RawNumbersOptions {
  /** The number of inputs in a row, which come first. */
  columns: number
  /** The number of targets in a row, which follow; 1 by default. */
  targets?: number | undefined
  /** The type of numbers: 4 bytes, little-endian, or one byte; `'float32'` by default. */
  type?: 'float32' | 'uint8' | undefined
  /** Bytes before the first row; 0 by default. */
  headBytes?: number | undefined
  /** Rows in a block, which is read at a time; about a megabyte by default. */
  blockRows?: number | undefined
  /** Whether each iteration reads the blocks in a new random order; true by default. */
  shuffle?: boolean | undefined
  /** The seed of these orders; random by default. */
  seed?: number | undefined
}

/** A file of numbers, as batches for fit. */
export interface RawNumbers extends AsyncIterable<readonly [Matrix | Uint8Array, Float32Array | Uint8Array]> {
  /** The number of rows in the file. */
  readonly rows: number
}

type Batch = readonly [Matrix | Uint8Array, Float32Array | Uint8Array]

const blockBytes = 1 << 20

/**
 * A file of rows of numbers, each row its inputs and then its targets, for `fit` without the file in memory. Each iteration reads
 * blocks of rows in a new random order; `shuffleBuffer` of fit mixes the rows of several blocks.
 * @param path a file, which each iteration reads; this call reads only its size.
 * @returns batches `[x, y]` of the rows of a block, and the number of `rows`.
 * @throws ArgumentError for wrong options or a file that cannot be read; FormatError for a file that does not hold whole rows.
 */
export async function rawNumbers(path: string, options: RawNumbersOptions): Promise<RawNumbers> {
  const keys = optionKeys<RawNumbersOptions>({
    columns: true,
    targets: true,
    type: true,
    headBytes: true,
    blockRows: true,
    shuffle: true,
    seed: true,
  })
  checkString(path, 'path')
  checkOptions(options, 'datasets.rawNumbers()', keys)
  const columns = checkInteger(options.columns, 'columns', { min: 1 })
  const targets = checkInteger(options.targets ?? 1, 'targets', { min: 1 })
  const type = checkOneOf(options.type ?? 'float32', 'type', ['float32', 'uint8'])
  const headBytes = checkInteger(options.headBytes ?? 0, 'headBytes', { min: 0 })
  const shuffle = checkBoolean(options.shuffle ?? true, 'shuffle')
  if (options.seed !== undefined) checkSeed(options.seed)
  if (type === 'float32' && endianness() !== 'LE') {
    throw new ArgumentError("Expected type 'uint8' on a big-endian machine, but got 'float32'.")
  }
  const rowBytes = (columns + targets) * (type === 'float32' ? 4 : 1)
  const defaultRows = Math.max(Math.floor(blockBytes / rowBytes), 1)
  const blockRows = checkInteger(options.blockRows ?? defaultRows, 'blockRows', { min: 1 })
  const layout: Layout = { path, columns, targets, type, headBytes, rowBytes, blockRows }
  const handle = await openFile(path)
  try {
    const rows = countRows(layout, (await handle.stat()).size)
    const draw = drawFrom(options.seed)
    const order = shuffle ? draw.permutation : inOrder
    const read = (first: number, end: number) => ({
      rows: end - first,
      [Symbol.asyncIterator]: () => readBlocks(layout, first, end, order),
    })
    const part = (of: ShardOf) => {
      const { first, end } = rangeOf(rows, of)
      return read(first, end)
    }
    return Object.assign(read(0, rows), { [takePart]: part })
  } finally {
    await handle.close()
  }
}

interface Layout {
  path: string
  columns: number
  targets: number
  type: 'float32' | 'uint8'
  headBytes: number
  rowBytes: number
  blockRows: number
}

function inOrder(count: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, i) => i)
}

function countRows({ path, headBytes, rowBytes }: Layout, size: number): number {
  const rows = (size - headBytes) / rowBytes
  if (rows >= 1 && Number.isInteger(rows)) return rows
  throw new FormatError(
    `${path}: expected ${headBytes} bytes and one or more rows of ${rowBytes}, but found ${size} bytes in total.`,
  )
}

async function* readBlocks(
  layout: Layout,
  begin: number,
  end: number,
  order: (count: number) => Uint32Array,
): AsyncGenerator<Batch> {
  const { blockRows } = layout
  const blocks = order(Math.ceil((end - begin) / blockRows))
  const handle = await openFile(layout.path)
  try {
    for (const block of blocks) {
      const first = begin + block * blockRows
      yield await readBlock(handle, layout, first, Math.min(blockRows, end - first))
    }
  } finally {
    await handle.close()
  }
}

async function readBlock(handle: FileHandle, layout: Layout, first: number, rows: number): Promise<Batch> {
  const { path, columns, targets, type, headBytes, rowBytes } = layout
  const bytes = await readRange(handle, headBytes + first * rowBytes, rows * rowBytes)
  if (!bytes) throw new FormatError(`${path}: expected ${rows} rows from row ${first} on, but the file became shorter.`)
  if (type === 'uint8') return split(bytes, rows, columns, targets)
  const [x, y] = split(new Float32Array(bytes.buffer), rows, columns, targets)
  return [new Matrix(x, rows, columns), y]
}

/** Separates inputs and targets. */
function split<T extends Float32Array | Uint8Array>(
  numbers: T,
  rows: number,
  columns: number,
  targets: number,
): [T, T] {
  const make = numbers.constructor as new (length: number) => T
  const [x, y] = [new make(rows * columns), new make(rows * targets)]
  const width = columns + targets
  for (let row = 0; row < rows; row++) {
    x.set(numbers.subarray(row * width, row * width + columns), row * columns)
    if (targets === 1) y[row] = numbers[row * width + columns]!
    else y.set(numbers.subarray(row * width + columns, (row + 1) * width), row * targets)
  }
  return [x, y]
}
