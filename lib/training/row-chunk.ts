import { rowBlocks, type Work } from '../base/breathing.js'
import type { NumberTable } from '../base/matrix.js'
import type { Targets } from '../network/targets.js'

/** The rows of a batch, checked. */
export interface BatchRows {
  table: NumberTable
  targets: Targets
  weights: Float32Array | null
  /** The name of x in messages: `x of batch 3`. */
  name: string
}

/** A buffer for rows of several batches, reused for one part after the other. */
export class RowChunk {
  rows = 0
  readonly #capacity: number
  #x: Float32Array | Uint8Array = new Uint8Array(0)
  #y: Float32Array | Int32Array = new Float32Array(0)
  #weights: Float32Array | undefined
  #columns = 0
  #targetColumns = 0

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  /** Copies rows of a batch from `begin` on until the chunk holds `limit` rows. Returns how many it copied. */
  *add({ table, targets, weights }: BatchRows, begin: number, limit: number): Work<number> {
    const count = Math.min(table.rows - begin, limit - this.rows)
    this.#allocate(table, targets)
    const first = this.rows
    if (weights) this.#weights ??= new Float32Array(this.#capacity).fill(1)
    yield* rowBlocks(count, Math.ceil((table.columns + targets.columns + 1) / cheaper), (from, to) => {
      copyRows(this.#x, first + from, table.data, begin + from, to - from, table.columns)
      copyRows(this.#y, first + from, targets.data, begin + from, to - from, targets.columns)
      if (weights) copyRows(this.#weights!, first + from, weights, begin + from, to - from, 1)
      else this.#weights?.fill(1, first + from, first + to)
    })
    this.rows += count
    return count
  }

  clear(): void {
    this.rows = 0
  }

  /** Views of the rows so far. */
  get filled(): { table: NumberTable; targets: Targets; weights: Float32Array | null } {
    const { rows } = this
    return {
      table: { data: this.#x.subarray(0, rows * this.#columns), rows, columns: this.#columns },
      targets: { data: this.#y.subarray(0, rows * this.#targetColumns), columns: this.#targetColumns },
      weights: this.#weights?.subarray(0, rows) ?? null,
    }
  }

  /** Allocates with the first batch. Keeps bytes until a batch of another type comes. */
  #allocate({ data, columns }: NumberTable, targets: Targets): void {
    if (this.#columns === 0) {
      this.#columns = columns
      this.#targetColumns = targets.columns
      const size = this.#capacity * targets.columns
      this.#y = targets.data instanceof Int32Array ? new Int32Array(size) : new Float32Array(size)
      this.#x =
        data instanceof Uint8Array
          ? new Uint8Array(this.#capacity * columns)
          : new Float32Array(this.#capacity * columns)
    } else if (this.#x instanceof Uint8Array && !(data instanceof Uint8Array)) {
      this.#x = new Float32Array(this.#x)
    }
  }
}

/** How many times cheaper a number is to copy with others than to be read on its own, about. */
const cheaper = 8

function copyRows(
  to: Float32Array | Uint8Array | Int32Array,
  toRow: number,
  from: Float32Array | Float64Array | Uint8Array | Int32Array,
  fromRow: number,
  count: number,
  columns: number,
): void {
  to.set(from.subarray(fromRow * columns, (fromRow + count) * columns), toRow * columns)
}
