import type { Work } from '../base/breathing.js'
import { native } from '../native/addon.js'
import type { NativeModel, NativeOptimizerState } from '../native/model.js'
import { numbersInStep } from './dataset.js'

/**
 * Copies all weights in steps; they are those of one moment.
 * @param count the number of weights.
 * @param averaged (at rest only) whether to read the weights that the current run would install at its end.
 */
export function* readAllWeights(model: NativeModel, count: number, averaged = false): Work<Float32Array<ArrayBuffer>> {
  const weights = new Float32Array(count)
  const snapshot = new (native().Snapshot)()
  try {
    for (const [begin, end] of ranges(count)) {
      model.readWeights(weights.subarray(begin, end), begin, snapshot, averaged)
      yield
    }
  } finally {
    snapshot.dispose()
  }
  return weights
}

/** Sets all weights in steps. At rest; nobody may use the model meanwhile. */
export function* writeAllWeights(model: NativeModel, weights: Float32Array): Work<void> {
  for (const [begin, end] of ranges(weights.length)) {
    model.setWeights(weights, begin, end)
    yield
  }
}

/** Copies the optimizer's state in steps. At rest; nobody may train the model meanwhile. */
export function* readOptimizerState(model: NativeModel, count: number): Work<NativeOptimizerState> {
  const { steps, slots } = model.getOptimizerState(0, 0)
  const copies = slots.map(() => new Float32Array(count))
  if (copies.length === 0) return { steps, slots: copies }
  for (const [begin, end] of ranges(count)) {
    for (const [k, part] of model.getOptimizerState(begin, end).slots.entries()) copies[k]!.set(part, begin)
    yield
  }
  return { steps, slots: copies }
}

/** Sets the optimizer's state in steps. At rest; nobody may train the model meanwhile. */
export function* writeOptimizerState(model: NativeModel, state: NativeOptimizerState): Work<void> {
  const count = state.slots[0]?.length ?? 0
  if (count === 0) return model.setOptimizerState(state)
  for (const [begin, end] of ranges(count)) {
    model.setOptimizerState(state, begin, end)
    yield
  }
}

function* ranges(count: number): Generator<[begin: number, end: number], void, void> {
  for (let begin = 0; begin < count; begin += numbersInStep) yield [begin, Math.min(begin + numbersInStep, count)]
}
