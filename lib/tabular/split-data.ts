import { runBreathing } from '../base/breathing.js'
import type { Matrix } from '../base/matrix.js'
import { inSteps } from './in-steps.js'
import { matrixOf, takeRows } from './known-rows.js'
import type { Split } from './network-trainer.js'
import type { SplitRows } from './split-rows.js'
import type { EncodedRows, Targets } from './task.js'

/** Encoded rows, and which of them are held out in which split; or the rows that are held out, in one split of all rows. */
export interface SplitData {
  readonly x: Matrix
  readonly y: Targets
  readonly splits: readonly SplitRows[]
  readonly given: EncodedRows | undefined
}

/** The rows of each split, which are copied when a network is trained with them. */
export function splitsOf({ x, y, splits, given }: SplitData, signal: AbortSignal | undefined): Split[] {
  const encoded = async (numbers: Uint32Array): Promise<EncodedRows> => ({
    x: await runBreathing(matrixOf(x.data, x.cols, numbers), signal),
    y: takeRows(y, numbers),
  })
  if (given) {
    const taken = async (most = x.rows) => (most < x.rows ? encoded(inSteps(x.rows, most)) : { x, y })
    return [{ rows: x.rows, heldOut: given.x.rows, training: taken, validation: () => given }]
  }
  // Networks of one split are trained at once: they read the same copy.
  const shared = splits.length > 1 ? encoded : onceEach(encoded)
  return splits.map(({ training, validation }) => ({
    ...{ rows: training.length, heldOut: validation.length },
    training: (most = training.length) =>
      most < training.length ? encoded(inSteps(training.length, most).map((k) => training[k]!)) : shared(training),
    validation: () => shared(validation),
  }))
}

/** The function, which keeps its results. */
function onceEach<A extends object, R>(make: (from: A) => R): (from: A) => R {
  const made = new Map<A, R>()
  return (from) => {
    if (!made.has(from)) made.set(from, make(from))
    return made.get(from)!
  }
}
