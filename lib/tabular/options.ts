import {
  checkInteger,
  checkNumber,
  checkOneOf,
  checkOptions,
  checkSignal,
  checkString,
  invalid,
  keysOf,
  optionKeys,
} from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { type QueueOptions, type QueueSettings, readQueue } from '../jobs/options.js'
import { choiceParameter, seedParameter } from '../learning/parameters.js'
import type { Group } from '../training/group/group.js'
import type { FeatureChoice } from './feature.js'
import { type PresetName, presets } from './presets.js'
import type { TableRows } from './read-rows.js'

/** The parameters of TabularClassifier and TabularRegressor. */
export const tabularParameters = {
  preset: choiceParameter<PresetName>('fast', keysOf(presets), {
    description: 'How much training is spent: fast takes seconds, balanced about a minute, best many.',
  }),
  unknownColumns: choiceParameter('error', ['error', 'ignore'], {
    description: 'What happens to rows with columns that the schema does not have.',
  }),
  missingColumns: choiceParameter('error', ['error', 'impute'], {
    description: 'What happens to rows that lack a column: impute reads it as missing.',
  }),
  seed: seedParameter(),
}

/** The progress of `fit`. */
export interface TabularProgress {
  /** What is being done: rows are read, then prepared, then trained with. */
  readonly stage: 'reading' | 'preparing' | 'training'
  /** Whole epochs done, and their number. */
  readonly epoch: number
  readonly epochs: number
  /** The remaining seconds at the average speed so far; Infinity if unknown. */
  readonly etaSeconds: number
  /** The mean loss of the current epoch so far; undefined before training. */
  readonly loss: number | undefined
  /** The metric on the held-out rows after the last epoch; undefined before the first. */
  readonly score: number | undefined
}

/** Options of `fit`, without those that differ between classes and numbers. */
export interface TabularFitOptions<F extends object, M extends string> {
  /** The column to predict. */
  target: keyof F & string
  /** Kinds of columns that are not to be inferred: `{ zip: 'category' }`; `'ignored'` leaves a column out. */
  columns?: { readonly [K in keyof F & string]?: FeatureChoice | undefined } | undefined
  /** What decides the best epoch, on rows that are held out. */
  metric?: M | undefined
  /** Rows to hold out; by default a fifth of the rows, or a tenth of 4,000 or more, drawn by the seed. */
  validation?: TableRows<F> | undefined
  /** Aborting it rejects with its reason; the model keeps what it had learned before. */
  signal?: AbortSignal | undefined
  /** Seconds within which fit ends, with as many epochs as there is time for. Infinity by default. */
  timeLimit?: number | undefined
  /**
   * The number of networks that are trained at once, for the presets `balanced` and `best`: by default as many as there are cores.
   * Several have one thread each; with 1, each network in turn has all cores, so that sums are rounded otherwise. What is
   * learned does not depend on more, but for a time limit.
   */
  concurrency?: number | undefined
  /**
   * The path of a file that keeps each network that was trained with all its epochs, so that the same fit, with the same rows, options and
   * seed, goes on from there: after a crash, an abort or the time limit. It is created, and left when fit is done.
   */
  resume?: string | undefined
  /**
   * A queue of BullMQ (Redis or Valkey): networks are trained in the processes of `npx perceptra worker`, on this machine or others,
   * and are the same as with a `concurrency` of more than 1 here. It is for the presets `balanced` and `best`.
   */
  queue?: QueueOptions | undefined
  /**
   * A group, as `await join()` of `perceptra/distributed` gives it, of which all ranks pass the same rows, options and seed: each trains some of
   * the networks of `balanced` and `best`, and all get the same model, that of a `concurrency` of more than 1. It takes no time limit.
   */
  group?: Group | undefined
  /** Called and awaited about ten times a second. If it throws, fit rejects. */
  onProgress?: ((progress: TabularProgress) => unknown) | undefined
}

/** The checked options of `fit`. */
export interface FitSettings<M extends string> {
  readonly target: string
  readonly columns: unknown
  readonly metric: M
  readonly validation: unknown
  readonly signal: AbortSignal | undefined
  /** When fit must end, as performance.now() counts. */
  readonly deadline: number
  readonly onProgress: ((progress: TabularProgress) => unknown) | undefined
  readonly concurrency: number | undefined
  readonly resume: string | undefined
  readonly queue: QueueSettings | undefined
  readonly group: Group | undefined
  /** Whether training ends after the current epoch. */
  readonly isStopped: () => boolean
}

const fitKeys = optionKeys<TabularFitOptions<object, string>>({
  ...{ target: true, columns: true, metric: true, validation: true, signal: true, timeLimit: true, onProgress: true },
  ...{ concurrency: true, resume: true, queue: true, group: true },
})

/** @throws ArgumentError for wrong options. */
export function readFitOptions<M extends string>(
  options: unknown,
  metrics: readonly M[],
): Omit<FitSettings<M>, 'isStopped'> {
  checkOptions(options ?? {}, 'fit()', fitKeys)
  const { target, columns, metric, validation, signal, timeLimit, onProgress, concurrency, resume, queue, group } =
    (options ?? {}) as TabularFitOptions<Record<string, unknown>, M>
  if (onProgress !== undefined && typeof onProgress !== 'function')
    throw invalid('onProgress', 'a function', onProgress)
  const refused = Object.entries({ timeLimit, resume, queue }).find(([, value]) => value !== undefined)
  if (group !== undefined && refused) {
    throw new ArgumentError(
      `Expected no ${refused[0]} with a group: its ranks train whole networks. Leave one of the two out.`,
    )
  }
  const limit = timeLimit ?? Infinity
  if (limit !== Infinity) checkNumber(limit, 'timeLimit', { above: 0 })
  return {
    target: checkString(target, 'target'),
    columns,
    metric: checkOneOf(metric ?? metrics[0]!, 'metric', metrics),
    validation,
    signal: signal === undefined ? undefined : checkSignal(signal),
    deadline: performance.now() + limit * 1000,
    onProgress,
    concurrency: concurrency === undefined ? undefined : checkInteger(concurrency, 'concurrency', { min: 1, max: 256 }),
    resume: resume === undefined ? undefined : checkString(resume, 'resume'),
    queue: readQueue(queue),
    group,
  }
}
