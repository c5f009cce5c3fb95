import type { NumberTable } from '../base/matrix.js'
import type { Targets } from '../network/targets.js'

/** Rows of a batch, checked. */
export interface BatchRows {
  table: NumberTable
  targets: Targets
  weights: Float32Array | null
  /** What it is called in messages: `x of batch 3`. */
  name: string
}

/** Room for rows out of several batches; one and the same is filled again and again. */
export class RowChunk {
  rows = 0
  readonly #room: number
  #x: Float32Array | Uint8Array = new Uint8Array(0)
  #y: Float32Array | Int32Array = new Float32Array(0)
  #weights: Float32Array | undefined
  #columns = 0
  #targetColumns = 0

  constructor(room: number) {
    this.#room = room
  }

  /** Takes rows of a batch from `begin` on, as many as there is room for up to `limit` rows in all; returns how many. */
  add({ table, targets, weights }: BatchRows, begin: number, limit: number): number {
    const count = Math.min(table.rows - begin, limit - this.rows)
    this.#fit(table, targets)
    const at = this.rows
    this.#x.set(table.data.subarray(begin * table.columns, (begin + count) * table.columns), at * table.columns)
    const { columns } = targets
    this.#y.set(targets.data.subarray(begin * columns, (begin + count) * columns), at * columns)
    if (weights) this.#weights ??= new Float32Array(this.#room).fill(1)
    if (weights) this.#weights!.set(weights.subarray(begin, begin + count), at)
    else this.#weights?.fill(1, at, at + count)
    this.rows += count
    return count
  }

  clear(): void {
    this.rows = 0
  }

  /** The rows so far: views. */
  get filled(): { table: NumberTable; targets: Targets; weights: Float32Array | null } {
    const { rows } = this
    return {
      table: { data: this.#x.subarray(0, rows * this.#columns), rows, columns: this.#columns },
      targets: { data: this.#y.subarray(0, rows * this.#targetColumns), columns: this.#targetColumns },
      weights: this.#weights?.subarray(0, rows) ?? null,
    }
  }

  /** Bytes stay bytes as long as nothing else comes. */
  #fit({ data, columns }: NumberTable, targets: Targets): void {
    if (this.#columns === 0) {
      this.#columns = columns
      this.#targetColumns = targets.columns
      const size = this.#room * targets.columns
      this.#y = targets.data instanceof Int32Array ? new Int32Array(size) : new Float32Array(size)
      this.#x =
        data instanceof Uint8Array ? new Uint8Array(this.#room * columns) : new Float32Array(this.#room * columns)
    } else if (this.#x instanceof Uint8Array && !(data instanceof Uint8Array)) {
      this.#x = new Float32Array(this.#x)
    }
  }
}
