import {
  checkBoolean,
  checkInteger,
  checkNumber,
  checkOptions,
  checkSignal,
  invalid,
  mismatch,
  optionKeys,
} from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import type { MatrixLike } from '../base/matrix.js'
import type { SampleWeight } from '../base/sample-weight.js'
import { forThisRun } from '../callbacks/per-run.js'
import { progress } from '../callbacks/progress.js'
import { type Callback, checkCallbacks } from '../callbacks/types.js'
import type { TargetsLike } from '../network/targets.js'
import type { CompileSpec } from '../spec/compile.js'
import type { BatchSource } from './batch-source.js'
import type { Agreement } from './group/agreement.js'
import type { Group } from './group/group.js'
import type { ClassWeight } from './row-weights.js'

/** Options of `fit` and `train`. */
export interface FitOptions {
  /** Training ends before the epoch of this number; with `initialEpoch` 0 it is the number of epochs. 1 by default. */
  epochs?: number | undefined
  /**
   * Rows per optimizer step; 32 by default. The last step of an epoch takes the remaining rows. lbfgs takes all rows at
   * once, and an epoch is one of its iterations: it accepts neither `batchSize` nor `shuffle`.
   */
  batchSize?: number | undefined
  /** The share of rows, from 0 to below 1, at the end of x and y that is used for validation only. */
  validationSplit?: number | undefined
  /**
   * Rows and targets to validate with after each epoch, and optionally the weight of each row; or batches of them, as fit
   * takes them, which are read one by one after each epoch.
   */
  validationData?:
    | readonly [MatrixLike, TargetsLike]
    | readonly [MatrixLike, TargetsLike, SampleWeight]
    | BatchSource
    | undefined
  /**
   * The weight of each row: its loss is multiplied by it. The mean still divides by the number of rows, as in Keras.
   */
  sampleWeight?: SampleWeight | undefined
  /** The weight of the rows of each class; it does not apply to validation data. */
  classWeight?: ClassWeight | undefined
  /** Whether to shuffle the rows before each epoch; true by default. */
  shuffle?: boolean | undefined
  /**
   * Whether all members of a network with `members` train on the same batches. False, the default, gives each member a
   * shuffle of the rows of its own: an epoch takes a little longer, and the members differ more.
   */
  shareBatches?: boolean | undefined
  /** The number of the first epoch, up to `epochs`, for runs that continue an earlier one; 0 by default. */
  initialEpoch?: number | undefined
  /**
   * The number of shares that a step is divided into, up to 256. As many threads compute them, or one per core if there
   * are fewer cores and no share waits for another (docs/training.md). Validation has no more threads than that. 0, the
   * default, chooses by the size of the work.
   */
  threads?: number | undefined
  /** 1 adds `callbacks.progress()`, 2 prints a line for each epoch; 0, the default, prints nothing. */
  verbose?: 0 | 1 | 2 | undefined
  /**
   * Aborting it rejects with its reason, after the current slice (about 100 ms); `train` throws it. The model has the weights
   * of the last finished step.
   */
  signal?: AbortSignal | undefined
  /** Seconds after which training ends; fit resolves with the history so far. Infinity, the default, sets no limit. */
  timeLimit?: number | undefined
  /**
   * Logs, for each tensor, the root mean square of its weights (`dense.kernel.weightRms`) at the end of the epoch, and
   * that of its gradient (`dense.kernel.gradientRms`) before any clipping, averaged over the updates of the epoch.
   */
  layerStatistics?: boolean | undefined
  /** A callback, or several, which are called in their order. */
  callbacks?: Callback | readonly Callback[] | undefined
  /**
   * The group of this process, from `join` of `perceptra/distributed`. All ranks train one model, each on its own
   * rows. `batchSize` is that of all together. All give the same options; weights begin as those of rank 0, and logs are of all rows.
   */
  group?: Group | undefined
}

/** Options of `fit` and `train` with batches, which carry their own sample weights and cannot be split. */
export interface StreamFitOptions extends Omit<FitOptions, 'validationSplit' | 'sampleWeight'> {
  /**
   * The number of rows that are collected, shuffled and trained together, while the next ones are read; by default a
   * few megabytes of rows, from 1,024 to 65,536. Memory holds at most three times as many. With `shuffle: false` rows
   * keep their order.
   */
  shuffleBuffer?: number | undefined
  /**
   * The number of steps of `batchSize` rows in an epoch; by default an epoch ends with the batches. With an iterable
   * the next epoch continues where this one ended, and restarts it when it is exhausted; a function is called again for
   * each epoch.
   */
  stepsPerEpoch?: number | undefined
}

/** The option keys of `fit` and `train`. */
export const fitOptionKeys = optionKeys<FitOptions>({
  epochs: true,
  batchSize: true,
  validationSplit: true,
  validationData: true,
  shuffle: true,
  shareBatches: true,
  initialEpoch: true,
  threads: true,
  verbose: true,
  signal: true,
  timeLimit: true,
  callbacks: true,
  sampleWeight: true,
  classWeight: true,
  layerStatistics: true,
  group: true,
})

/** The same with batches. */
export const streamOptionKeys = [
  ...fitOptionKeys.filter((key) => key !== 'validationSplit' && key !== 'sampleWeight'),
  ...optionKeys<Omit<StreamFitOptions, keyof FitOptions>>({ shuffleBuffer: true, stepsPerEpoch: true }),
]

/** The checked options that do not concern the data, with defaults. */
export interface Settings {
  epochs: number
  initialEpoch: number
  /** The rows of a step; with a group those of this rank, and the most of any rank. */
  batchSize: number
  mostRows: number
  shuffle: boolean
  shareBatches: boolean
  threads: number
  layerStatistics: boolean
  signal: AbortSignal | undefined
  timeLimit: number
  callbacks: readonly Callback[]
  agreement: Agreement
  /** What must be the same on all ranks of a group. */
  common: object
}

/** The number of rows, each counted once for each member, whose activations lbfgs keeps in memory at a time. */
const lbfgsBlock = 2048

/** @throws ArgumentError for an unknown or wrong option. */
export function readSettings(
  compiled: CompileSpec,
  options: FitOptions | StreamFitOptions,
  keys: readonly string[],
  members: number,
  agreement: Agreement,
): Settings {
  checkOptions(options, 'fit()', keys)
  const {
    epochs = 1,
    batchSize = 32,
    shuffle = true,
    initialEpoch = 0,
    threads = agreement.threads,
    verbose = 0,
  } = options
  const { timeLimit = Infinity } = options
  const lbfgs = compiled.optimizer.name === 'lbfgs'
  for (const key of ['batchSize', 'shuffle'] as const) {
    if (lbfgs && options[key] !== undefined) {
      throw new ArgumentError(`Expected no ${key} for lbfgs, which takes all rows at once. Leave it out.`)
    }
  }
  if (checkInteger(initialEpoch, 'initialEpoch', { min: 0 }) > checkInteger(epochs, 'epochs', { min: 1 })) {
    const hint = 'Training ends before the epoch of the number `epochs`: it is not the number of further epochs.'
    throw mismatch('initialEpoch', `at most ${epochs} (the option epochs)`, `${initialEpoch}`, hint)
  }
  if (options.shareBatches === true && (members === 1 || lbfgs)) {
    const what = lbfgs ? 'lbfgs takes all rows at once' : 'this network has no members'
    throw new ArgumentError(`shareBatches is for networks with members that take batches, but ${what}. Leave it out.`)
  }
  const { validationData, validationSplit, classWeight, layerStatistics, stepsPerEpoch } = options as FitOptions &
    StreamFitOptions
  if (!agreement.isAlone && classWeight === 'balanced') {
    const hint = "'balanced' needs the class counts of all ranks. Pass { label: weight }."
    throw invalid('classWeight', 'weights by class number with a group', classWeight, hint)
  }
  const common = {
    epochs,
    initialEpoch,
    batchSize,
    shuffle,
    shareBatches: options.shareBatches,
    classWeight,
    layerStatistics,
  }
  const block = Math.max(1, Math.floor(lbfgsBlock / members))
  const { own, most } = lbfgs
    ? { own: block, most: block }
    : agreement.share(checkInteger(batchSize, 'batchSize', { min: 1 }))
  return {
    epochs,
    initialEpoch,
    batchSize: own,
    mostRows: most,
    agreement,
    common: { ...common, stepsPerEpoch, validation: Boolean(validationData ?? validationSplit) },
    shuffle: !lbfgs && checkBoolean(shuffle, 'shuffle'),
    shareBatches: checkBoolean(options.shareBatches ?? false, 'shareBatches'),
    threads: checkInteger(threads, 'threads', { min: 0, max: 256 }),
    layerStatistics: checkBoolean(options.layerStatistics ?? false, 'layerStatistics'),
    signal: options.signal === undefined ? undefined : checkSignal(options.signal),
    timeLimit: timeLimit === Infinity ? timeLimit : checkNumber(timeLimit, 'timeLimit', { above: 0 }),
    callbacks: [
      ...(checkInteger(verbose, 'verbose', { min: 0, max: 2 }) > 0 ? [progress({ bar: verbose === 1 })] : []),
      ...checkCallbacks(options.callbacks ?? []).map(forThisRun),
    ],
  }
}

/**
 * The options of `fit(batches, options)`, or of another call.
 * @throws ArgumentError for targets in the second place, or a third argument.
 */
export function readStreamOptions(second: unknown, third: unknown, call = 'fit'): StreamFitOptions {
  const options = second ?? {}
  const isObject = typeof options === 'object' && !ArrayBuffer.isView(options) && !Array.isArray(options)
  if (isObject && third === undefined) return options
  throw new ArgumentError(
    `Expected ${call}(batches, options), with the targets in the batches, but got targets or a third argument.`,
  )
}
