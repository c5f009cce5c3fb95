import type { Work } from '../../base/breathing.js'
import type { NumberTable } from '../../base/matrix.js'
import { native } from '../../native/addon.js'
import type { NativeLinearState } from '../../native/linear.js'
import type { NativeDataset } from '../../native/model.js'
import { makeWideDataset } from '../../network/dataset.js'
import { sliceMs } from '../../network/slice-ms.js'
import type { Outputs } from '../classes.js'

/** w x + b of all rows, off the event loop. Shape (rows, units). */
export async function weightedSums(
  state: NativeLinearState,
  data: NativeDataset,
  rows: number,
  signal?: AbortSignal,
): Promise<Float64Array> {
  const units = state.intercepts.length
  const out = new Float64Array(rows * units)
  for (let row = 0; row < rows; ) {
    signal?.throwIfAborted()
    row += await native().linearScores(state, data, row, out.subarray(row * units), sliceMs)
  }
  return out
}

/** Copies the rows of a table, and returns what computes w x + b of them off the event loop. */
export function* prepareSums(
  state: NativeLinearState,
  x: NumberTable,
  signal: AbortSignal | undefined,
): Work<() => Promise<Outputs>> {
  const data = yield* makeWideDataset(x, 'x')
  return async () => {
    try {
      return { data: await weightedSums(state, data, x.rows, signal), columns: state.intercepts.length }
    } finally {
      data.dispose()
    }
  }
}

/** w x + b of a table, on the spot. */
export function sumsHere(state: NativeLinearState, { data, rows }: NumberTable): Outputs {
  const columns = state.intercepts.length
  const out = new Float64Array(rows * columns)
  native().linearScoresSync(state, data, rows, out)
  return { data: out, columns }
}
