import { runBreathing } from '../base/breathing.js'
import { checkBoolean, invalid } from '../base/check.js'
import type { CallableModel } from './model.js'
import { missingSeeds, singleThread } from './model.js'
import { type RowsLike, takingRows } from './rows.js'
import { call, type Scorers } from './scoring.js'
import { type Split, warn } from './splits.js'

/** The score of a fit that fails, or `'raise'` to throw its error. */
export type ErrorScore = number | 'raise'

/** The result of one fit on a split. */
export interface SplitScore {
  /** The score that decides, and all scores in their order. */
  readonly score: number
  readonly scores: readonly number[]
  readonly trainScore: number | undefined
  readonly trainScores: readonly number[] | undefined
  /** Seconds. */
  readonly fitTime: number
  readonly scoreTime: number
  /** The error of a fit that failed. */
  readonly error: unknown
  readonly model: CallableModel | undefined
  /** With a method in place of scores: what it answered for the rows of the test, and the classes of the model, as JSON. */
  readonly answers?: unknown
  readonly classes?: string | undefined
}

/** What fits clones on splits and scores them: this process, or workers. */
export interface FitRunner {
  /**
   * Fits a clone on a split and scores it.
   * @returns undefined if the signal ended it.
   * @throws the error of the fit with errorScore 'raise'.
   */
  run(params: object, split: number, signal: AbortSignal, subset?: Subset): Promise<SplitScore | undefined>
  /** Releases what it holds; no run follows. */
  end(): Promise<void>
}

/** What all fits of an evaluation share. */
export interface EvaluationSpec {
  readonly model: CallableModel
  readonly x: RowsLike
  readonly y: RowsLike
  readonly splits: readonly Split[]
  readonly sampleWeight: RowsLike | undefined
  readonly scorers: Scorers
  /** Called for the rows of a test in place of scores. */
  readonly method?: string | undefined
  readonly errorScore: ErrorScore
  readonly returnTrainScore: boolean
  readonly seed: number
  /** Upper bound on copies of splits in memory. */
  readonly maxCopies: number
}

/** Some of a split's training rows; `key` identifies them among the subsets of that split. */
export interface Subset {
  readonly rows: Uint32Array
  readonly key: string
}

/** Some of the rows. */
export interface Part {
  x: RowsLike
  y: RowsLike
  sampleWeight: RowsLike | undefined
}

/** @throws ArgumentError for neither a number nor 'raise'. */
export function readErrorScore(value: unknown = Number.NaN): ErrorScore {
  if (value === 'raise' || typeof value === 'number') return value
  throw invalid('errorScore', "a number, NaN or 'raise'", value)
}

export function readTrainScore(value: unknown = false): boolean {
  return checkBoolean(value, 'returnTrainScore')
}

/** Fits clones on splits and scores them, each fit on one thread. */
export class Evaluation implements FitRunner {
  readonly spec: EvaluationSpec
  readonly #parts = new Map<string, Promise<{ train: Part; test: Part }>>()

  constructor(spec: EvaluationSpec) {
    this.spec = spec
  }

  async run(params: object, split: number, signal: AbortSignal, subset?: Subset): Promise<SplitScore | undefined> {
    const { scorers, method, errorScore, returnTrainScore } = this.spec
    let fitStart = performance.now()
    try {
      const model = this.candidate(params)
      const { train, test } = await this.#take(split, subset)
      if (signal.aborted) return undefined
      fitStart = performance.now()
      await fitOne(model, train, { ...singleThread(model), signal })
      const fitEnd = performance.now()
      if (signal.aborted) return undefined
      const answers = method === undefined ? undefined : await call(model, method, [test.x, { signal }])
      const scores = method === undefined ? await scorers.score(model, test.x, test.y, signal) : [Number.NaN]
      const scoreEnd = performance.now()
      const trainScores = returnTrainScore ? await scorers.score(model, train.x, train.y, signal) : undefined
      if (signal.aborted) return undefined
      const times = { fitTime: (fitEnd - fitStart) / 1000, scoreTime: (scoreEnd - fitEnd) / 1000 }
      const classes = method === undefined ? undefined : JSON.stringify((model as { classes?: unknown }).classes)
      return { ...this.#scored(scores, trainScores), ...times, error: undefined, model, answers, classes }
    } catch (error) {
      if (signal.aborted) return undefined
      if (errorScore === 'raise') throw error
      const times = { fitTime: (performance.now() - fitStart) / 1000, scoreTime: 0 }
      const scores = (scorers.names ?? ['']).map(() => errorScore)
      return { ...this.#scored(scores, returnTrainScore ? scores : undefined), ...times, error, model: undefined }
    }
  }

  async end(): Promise<void> {}

  #scored(scores: readonly number[], trainScores: readonly number[] | undefined) {
    const { primary } = this.spec.scorers
    return { score: scores[primary]!, scores, trainScore: trainScores?.[primary], trainScores }
  }

  /** A clone with the parameters of a candidate. Steps among them are cloned, and missing seeds are set. */
  candidate(params: object): CallableModel {
    const model = this.spec.model.clone()
    model.setParams(Object.fromEntries(Object.entries(params).map(([key, value]) => [key, copyOf(value)])))
    const seeds = missingSeeds(model, this.spec.seed)
    if (Object.keys(seeds).length > 0) model.setParams(seeds)
    return model
  }

  /** Copies of the rows of a split, made between turns of the event loop and shared by several fits, whose signals differ in a worker. */
  #take(split: number, subset: Subset | undefined): Promise<{ train: Part; test: Part }> {
    const key = `${split} ${subset?.key ?? ''}`
    const parts = this.#parts.get(key)
    if (parts) return parts
    const { train, test } = this.spec.splits[split]!
    const copy = async () => ({
      train: await this.#part(subset?.rows ?? train),
      test: await this.#part(test),
    })
    const copies = copy()
    const [oldest] = this.#parts.keys()
    if (this.#parts.size >= this.spec.maxCopies && oldest !== undefined) this.#parts.delete(oldest)
    this.#parts.set(key, copies)
    // The caller gets the error; the next call copies again.
    copies.catch(() => this.#parts.delete(key))
    return copies
  }

  async #part(rows: Uint32Array): Promise<Part> {
    const { x, y, sampleWeight } = this.spec
    const take = (values: RowsLike) => runBreathing(takingRows(values, rows), undefined)
    return { x: await take(x), y: await take(y), sampleWeight: sampleWeight && (await take(sampleWeight)) }
  }
}

/** Clones steps: candidates share them, but set their parameters and seeds independently. */
function copyOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyOf)
  const { clone } = Object(value) as { clone?: unknown }
  return typeof clone === 'function' ? (clone.call(value) as unknown) : value
}

/** Fits a model to rows, with sample weights if there are some. */
export async function fitOne(model: CallableModel, { x, y, sampleWeight }: Part, options: object): Promise<void> {
  await model.fit(x, y, sampleWeight === undefined ? options : { ...options, sampleWeight })
}

/** Warns that a fit failed, and of the score that it gets. */
export function warnOfFailure(fit: string, score: number, error: unknown): void {
  warn(`${fit} failed, and its score is ${score}: ${(error as Error).message}`)
}
