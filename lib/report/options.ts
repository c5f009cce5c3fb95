import {
  checkBoolean,
  checkInteger,
  checkNumber,
  checkOptions,
  checkSeed,
  checkSignal,
  checkString,
  invalid,
  optionKeys,
} from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import type { MatrixLike } from '../base/matrix.js'
import { randomSeed } from '../base/random-seed.js'
import type { InspectedLike } from '../inspection/rows.js'
import { type Label, type LabelsLike, readLabels } from '../learning/labels.js'
import type { TableRows } from '../tabular/read-rows.js'

/** The logs of a run of training: what `fit` of a network resolves to, or the same as plain JSON. */
export interface HistoryLike {
  readonly epochs: readonly number[]
  readonly logs: Readonly<Record<string, readonly number[]>>
  readonly stopReason?: string
}

/** How far `report` has come. */
export interface ReportProgress {
  /** Rows are read, predicted, compared with the truth; columns are shuffled and varied; the page is written. */
  readonly stage: 'reading' | 'predicting' | 'measuring' | 'inspecting' | 'writing'
  /** The work of this stage that is done, from 0 to 1. */
  readonly done: number
}

/** Options of `report`. */
export interface ReportOptions {
  /** For a table model: rows that have the target, which the model was not trained with. */
  rows?: TableRows | undefined
  /** For other models: rows as `predict` takes them, which the model was not trained with. */
  x?: InspectedLike | undefined
  /** The labels or numbers of the rows of `x`; one-hot rows too. */
  y?: LabelsLike | MatrixLike | undefined
  /** The logs of training, for its curves. Estimators keep theirs. */
  history?: HistoryLike | undefined
  /** Where the page is written. An existing file is replaced as a whole or not at all. */
  path?: string | undefined
  /** The heading of the page; the kind of the model by default. */
  title?: string | undefined
  /** What the model is for, by whom, its limits: a text for the model card. */
  description?: string | undefined
  /** What the rows are, for the model card: `'customers of May, held out'`. */
  data?: string | undefined
  /** What `y` is called; `'y'` by default. Table models know the name of their target. */
  target?: string | undefined
  /** The names of the columns of `x` where its rows are arrays. */
  columns?: readonly string[] | undefined
  /** The names of the classes of a network, in the order of its outputs; 0, 1, ... by default. */
  classes?: readonly Label[] | undefined
  /** Columns to score by group; by default those of words, codes and booleans. Numbers are put into four groups. */
  groups?: readonly string[] | undefined
  /** Whether to measure importance and dependence, which takes most of the time. True by default. */
  inspect?: boolean | undefined
  /** Rows to measure with at most; of more a sample is drawn. 20,000 by default. */
  maxRows?: number | undefined
  /** The seed of samples and shuffles; random by default. */
  seed?: number | undefined
  /** Aborting it rejects with its reason. */
  signal?: AbortSignal | undefined
  /** Seconds after which importance and dependence end with what they have. Infinity by default. */
  timeLimit?: number | undefined
  /** Called and awaited between steps. If it throws, report rejects. */
  onProgress?: ((progress: ReportProgress) => unknown) | undefined
}

const keys = optionKeys<ReportOptions>({
  ...{ rows: true, x: true, y: true, history: true, path: true, title: true, description: true, data: true },
  ...{
    target: true,
    columns: true,
    classes: true,
    groups: true,
    inspect: true,
    maxRows: true,
    seed: true,
    signal: true,
  },
  ...{ timeLimit: true, onProgress: true },
})

/** Checked options. */
export interface ReportSettings extends ReportOptions {
  readonly inspect: boolean
  readonly maxRows: number
  readonly seed: number
  /** When inspection ends, as performance.now() counts. */
  readonly deadline: number
  readonly tell: (stage: ReportProgress['stage'], done?: number) => Promise<void>
}

/** @throws ArgumentError for wrong options. */
export function readOptions(options: unknown): ReportSettings {
  checkOptions(options, 'report()', keys)
  const settings = options as ReportOptions
  const { history, onProgress, signal, timeLimit = Infinity } = settings
  for (const key of ['path', 'title', 'description', 'data', 'target'] as const)
    if (settings[key] !== undefined) checkString(settings[key], key)
  for (const key of ['columns', 'groups'] as const) if (settings[key] !== undefined) checkNames(settings[key], key)
  if (settings.classes !== undefined) checkDifferent(readLabels(settings.classes, 'classes'), 'classes')
  if (history !== undefined) checkHistory(history)
  if (onProgress !== undefined && typeof onProgress !== 'function')
    throw invalid('onProgress', 'a function', onProgress)
  if (signal !== undefined) checkSignal(signal)
  if (timeLimit !== Infinity) checkNumber(timeLimit, 'timeLimit', { above: 0 })
  return {
    ...settings,
    inspect: checkBoolean(settings.inspect ?? true, 'inspect'),
    maxRows: checkInteger(settings.maxRows ?? 20_000, 'maxRows', { min: 1, max: 200_000 }),
    seed: settings.seed === undefined ? randomSeed() : checkSeed(settings.seed),
    deadline: performance.now() + timeLimit * 1000,
    tell: async (stage, done = 0) => {
      await onProgress?.({ stage, done })
      signal?.throwIfAborted()
    },
  }
}

function checkNames(value: unknown, name: string): void {
  if (!Array.isArray(value)) throw invalid(name, 'an array of names', value)
  checkDifferent(
    value.map((entry, k) => checkString(entry, `${name}[${k}]`)),
    name,
  )
}

/** @throws ArgumentError for a name that comes twice. */
export function checkDifferent(values: readonly unknown[], name: string): void {
  const repeated = values.find((value, k) => values.indexOf(value) < k)
  if (repeated !== undefined)
    throw new ArgumentError(`Expected each name once for ${name}, but got ${String(repeated)} twice.`)
}

function checkHistory(history: unknown): void {
  const { epochs, logs } = Object(history) as Partial<HistoryLike>
  const hint = 'Pass what fit of a network resolves to.'
  if (!Array.isArray(epochs) || logs === null || typeof logs !== 'object') {
    throw invalid('history', 'a history of training: { epochs, logs }', history, hint)
  }
  for (const [key, values] of Object.entries(logs)) {
    if (!Array.isArray(values)) throw invalid(`logs.${key} of history`, 'an array of numbers', values, hint)
  }
}
