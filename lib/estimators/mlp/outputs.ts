import { setImmediate } from 'node:timers/promises'
import { checkOptions, checkSignal } from '../../base/check.js'
import { checkFinite, type NumberTable } from '../../base/matrix.js'
import { native } from '../../native/addon.js'
import type { NativeDataset } from '../../native/model.js'
import { type Core, fromNative, makeDataset } from '../../network/core.js'
import { predictOptionKeys, type RunOptions, sliceMs } from '../../network/inference.js'
import type { MlpLearned } from './learned.js'
import { networkWith } from './network.js'

/** Networks to predict with, made when they are first asked. */
const networks = new WeakMap<MlpLearned, Core>()

function networkOf(learned: MlpLearned): Core {
  const known = networks.get(learned)
  if (known) return known
  const core = networkWith(learned.topology, learned.weights)
  networks.set(learned, core)
  return core
}

/** Outputs of all rows, off the event loop: (rows, outputs). */
export async function outputsOf(
  core: Core,
  data: NativeDataset,
  rows: number,
  signal?: AbortSignal,
): Promise<Float32Array> {
  const out = new Float32Array(rows * core.outputs)
  const snapshot = new native.Snapshot()
  try {
    for (let row = 0; row < rows; ) {
      signal?.throwIfAborted()
      row += await core.native.predict(data, row, out.subarray(row * core.outputs), sliceMs, snapshot)
    }
  } catch (error) {
    throw fromNative(error)
  } finally {
    snapshot.dispose()
  }
  return out
}

/**
 * Multiply-adds, and numbers that are read or written, of some tenths of a millisecond: done sooner here than handed to threads
 * that are busy with training, where they may have to wait for the end of a slice.
 */
const soonDone = { products: 4e6, numbers: 2e5 }

/** The same for a table. */
export async function outputsOffLoop(learned: MlpLearned, x: NumberTable, options: RunOptions): Promise<Float32Array> {
  checkOptions(options, 'predict()', predictOptionKeys)
  const signal = options.signal === undefined ? undefined : checkSignal(options.signal)
  const products = x.rows * learned.weights.length
  const numbers = x.rows * (x.columns + learned.topology.units.at(-1)!) + learned.weights.length
  if (products <= soonDone.products && numbers <= soonDone.numbers) {
    checkFinite(x, 'x')
    const out = outputsHere(learned, x)
    // Who predicts again and again lets the event loop turn all the same.
    await setImmediate()
    signal?.throwIfAborted()
    return out
  }
  const data = makeDataset(x, null, 'x')
  try {
    return await outputsOf(networkOf(learned), data, x.rows, signal)
  } finally {
    data.dispose()
  }
}

/** The same on the spot. */
export function outputsHere(learned: MlpLearned, { data, rows }: NumberTable): Float32Array {
  const core = networkOf(learned)
  const out = new Float32Array(rows * core.outputs)
  core.native.predictSync(data, rows, out)
  return out
}
