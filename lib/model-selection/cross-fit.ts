import { runBreathing } from '../base/breathing.js'
import { checkNumber, checkSignal, optionKeys } from '../base/check.js'
import type { SampleWeight } from '../base/sample-weight.js'
import { Stopping } from '../base/stopping.js'
import { fitOne, type Part } from './evaluation.js'
import { type CallableModel, missingSeeds, singleThread } from './model.js'
import { type RowsLike, takingRows } from './rows.js'
import { readConcurrency, sideBySide } from './side-by-side.js'
import type { Split } from './splits.js'

/** What `fit` of models takes that fit what they hold on several splits of the rows. */
export interface CrossFitOptions {
  /** One number of at least 0 a row: how much the row counts, in training and in what is learned from the other rows. */
  sampleWeight?: SampleWeight | undefined
  /** The group of each row, for splitters that keep groups together. */
  groups?: readonly unknown[] | RowsLike | undefined
  /** Aborting it rejects with its reason. The model then has what it had learned before this call. */
  signal?: AbortSignal | undefined
  /**
   * Seconds for all fits together, each of which gets its share; Infinity by default: no limit. A fitted model keeps what it had
   * learned if a fit did no whole epoch.
   */
  timeLimit?: number | undefined
  /** The number of threads of each fit: 1 by default. With it, fits run one after the other unless `concurrency` says more. */
  threads?: number | undefined
  /** The number of fits that run side by side; by default one more than there are cores. It changes no result. */
  concurrency?: number | undefined
}

export const crossFitKeys = optionKeys<CrossFitOptions>({
  sampleWeight: true,
  groups: true,
  signal: true,
  timeLimit: true,
  threads: true,
  concurrency: true,
})

/** A model, and the rows to fit it with. */
export interface CrossFitSpec {
  readonly model: CallableModel
  readonly x: RowsLike
  readonly y: RowsLike
  /** The seed of models that have none. */
  readonly seed: number
  readonly options: CrossFitOptions
}

/** A fit of a clone: on the training rows of a split, or on all rows if there is none. */
export interface CrossFitJob {
  readonly split: Split | undefined
  /** Gets the fitted clone, and the rows of the split's test. */
  use(model: CallableModel, test: Part | undefined, signal: AbortSignal): Promise<void>
}

/**
 * Fits a clone of the model for each job, side by side.
 * @throws ArgumentError for wrong options; the error of the first fit that fails; the signal's reason.
 */
export async function crossFit(spec: CrossFitSpec, jobs: readonly CrossFitJob[]): Promise<void> {
  const { model, x, y, seed, options } = spec
  const { sampleWeight, threads, timeLimit = Infinity } = options
  const callerSignal = options.signal === undefined ? undefined : checkSignal(options.signal)
  callerSignal?.throwIfAborted()
  if (timeLimit !== Infinity) checkNumber(timeLimit, 'timeLimit', { above: 0 })
  const atOnce = threads !== undefined && options.concurrency === undefined ? 1 : readConcurrency(options.concurrency)
  const deadline = performance.now() + timeLimit * 1000
  const stopping = new Stopping({ signal: callerSignal })
  const { signal } = stopping
  // Cloned before any await, so that setParams takes effect at the next fit.
  const clones = jobs.map(() => {
    const clone = model.clone()
    clone.setParams(missingSeeds(clone, seed))
    return clone
  })
  const part = async (rows: Uint32Array | undefined): Promise<Part> => {
    if (!rows) return { x, y, sampleWeight }
    const take = (values: RowsLike) => runBreathing(takingRows(values, rows), signal)
    return { x: await take(x), y: await take(y), sampleWeight: sampleWeight && (await take(sampleWeight)) }
  }
  const work = jobs.map(({ split, use }, k) => async () => {
    const clone = clones[k]!
    const train = await part(split?.train)
    const rounds = Math.ceil((jobs.length - k) / atOnce)
    const share = Math.max(1, deadline - performance.now()) / rounds / 1000
    const own = threads === undefined ? singleThread(clone) : { threads }
    await fitOne(clone, train, { ...own, signal, ...(timeLimit !== Infinity && { timeLimit: share }) })
    signal.throwIfAborted()
    await use(clone, split && (await part(split.test)), signal)
  })
  try {
    await sideBySide(work, atOnce, stopping)
  } catch (error) {
    callerSignal?.throwIfAborted()
    throw error
  } finally {
    stopping.end()
  }
  callerSignal?.throwIfAborted()
}
