import { setImmediate } from 'node:timers/promises'
import { runNow, type Work } from '../../base/breathing.js'
import { checkFinite, type NumberTable } from '../../base/matrix.js'
import { native } from '../../native/addon.js'
import type { NativeDataset } from '../../native/model.js'
import type { Core } from '../../network/core.js'
import { makeDataset } from '../../network/dataset.js'
import { sliceMs } from '../../network/slice-ms.js'
import { writeAllWeights } from '../../network/state.js'
import type { Outputs } from '../classes.js'
import type { MLPLearned } from './learned.js'
import { makeNetwork } from './network.js'

/** Outputs of a network, which are float32. */
type NetworkOutputs = Outputs & { readonly data: Float32Array }

/** A network to predict with, and the work that writes its weights until that is done, or has failed with an error. */
interface Made {
  readonly core: Core
  writing: Work<void> | undefined
  failure?: { readonly error: unknown }
}

/** Made at the first prediction. */
const networks = new WeakMap<MLPLearned, Made>()

function* networkOf(learned: MLPLearned): Work<Core> {
  let made = networks.get(learned)
  if (!made) {
    const core = makeNetwork(learned.topology, 0, 0)
    made = { core, writing: writeAllWeights(core.native, learned.weights) }
    networks.set(learned, made)
  }
  // Predictions that begin meanwhile take turns at the same work; one that is aborted leaves the rest to them.
  while (made.writing && !stepOf(made, made.writing)) yield
  if (!made.failure) return made.core
  // A later prediction tries again.
  if (networks.get(learned) === made) networks.delete(learned)
  throw made.failure.error
}

/** Whether that was the last step of the writing. */
function stepOf(made: Made, writing: Work<void>): boolean {
  try {
    if (!writing.next().done) return false
  } catch (error) {
    made.failure = { error }
    made.core.dispose()
  }
  made.writing = undefined
  return true
}

/** Outputs of all rows, off the event loop. Shape (rows, outputs). */
export async function outputsOf(
  core: Core,
  data: NativeDataset,
  rows: number,
  signal?: AbortSignal,
): Promise<Float32Array> {
  const out = new Float32Array(rows * core.outputs)
  const snapshot = new (native().Snapshot)()
  try {
    for (let row = 0; row < rows; ) {
      signal?.throwIfAborted()
      row += await core.native.predict(data, row, out.subarray(row * core.outputs), sliceMs, snapshot)
    }
  } finally {
    snapshot.dispose()
  }
  return out
}

/**
 * Upper bounds on the work of a prediction on the event loop, some tenths of a millisecond: multiply-adds, and numbers read
 * or written. A thread of the pool may be busy with training until the end of a slice.
 */
const smallWork = { products: 4e6, numbers: 2e5 }

/** Copies the rows of a table, and returns what computes their outputs. */
export function* prepareOutputs(
  learned: MLPLearned,
  x: NumberTable,
  signal: AbortSignal | undefined,
): Work<() => Promise<NetworkOutputs>> {
  const columns = learned.topology.units.at(-1)!
  const products = x.rows * learned.weights.length
  const numbers = x.rows * (x.columns + columns) + learned.weights.length
  if (products <= smallWork.products && numbers <= smallWork.numbers) {
    checkFinite(x, 'x')
    const outputs = outputsHere(learned, x)
    return async () => {
      // Lets the event loop turn while a program predicts in a loop.
      await setImmediate()
      signal?.throwIfAborted()
      return outputs
    }
  }
  const core = yield* networkOf(learned)
  const data = yield* makeDataset(x, null, 'x')
  return async () => {
    try {
      return { data: await outputsOf(core, data, x.rows, signal), columns }
    } finally {
      data.dispose()
    }
  }
}

/** Outputs of a table, on the spot. */
export function outputsHere(learned: MLPLearned, { data, rows }: NumberTable): NetworkOutputs {
  const made = networks.get(learned)
  const core = made && !made.writing ? made.core : runNow(networkOf(learned))
  const out = new Float32Array(rows * core.outputs)
  core.native.predictSync(data, rows, out)
  return { data: out, columns: core.outputs }
}
