import { runBreathing } from '../base/breathing.js'
import { checkBoolean, invalid } from '../base/check.js'
import type { CallableModel } from './model.js'
import { missingSeeds, singleThread } from './model.js'
import { type RowsLike, takingRows } from './rows.js'
import type { Scorer } from './scoring.js'
import type { Split } from './splits.js'

/** A number in place of the score of a fit that fails, or `'raise'`: then the error is thrown. */
export type ErrorScore = number | 'raise'

/** What one fit on a split came to. */
export interface SplitScore {
  readonly score: number
  readonly trainScore: number | undefined
  /** Seconds. */
  readonly fitTime: number
  readonly scoreTime: number
  /** What a fit failed by. */
  readonly error: unknown
  readonly model: CallableModel | undefined
}

/** All that evaluations have in common. */
export interface EvaluationSpec {
  readonly model: CallableModel
  readonly x: RowsLike
  readonly y: RowsLike
  readonly splits: readonly Split[]
  readonly sampleWeight: RowsLike | undefined
  readonly scorer: Scorer
  readonly errorScore: ErrorScore
  readonly returnTrainScore: boolean
  readonly seed: number
  /** How many copies of splits are kept at most. */
  readonly kept: number
}

/** Training rows to take in place of all of a split's. */
export interface Subset {
  readonly rows: Uint32Array
  readonly key: string
}

interface Part {
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
export class Evaluation {
  readonly spec: EvaluationSpec
  readonly #parts = new Map<string, Promise<{ train: Part; test: Part }>>()

  constructor(spec: EvaluationSpec) {
    this.spec = spec
  }

  /**
   * @returns undefined when the signal ended it.
   * @throws what the fit does with errorScore 'raise'.
   */
  async run(params: object, split: number, signal: AbortSignal, subset?: Subset): Promise<SplitScore | undefined> {
    const { scorer, errorScore, returnTrainScore } = this.spec
    let began = performance.now()
    let fitted = began
    try {
      const model = this.candidate(params)
      const { train, test } = await this.#take(split, subset, signal)
      began = performance.now()
      await fitOne(model, train, { ...singleThread(model), signal })
      fitted = performance.now()
      if (signal.aborted) return undefined
      const score = await scorer(model, test.x, test.y, signal, split)
      const ended = performance.now()
      const trainScore = returnTrainScore ? await scorer(model, train.x, train.y, signal, split) : undefined
      if (signal.aborted) return undefined
      const times = { fitTime: (fitted - began) / 1000, scoreTime: (ended - fitted) / 1000 }
      return { score, trainScore, ...times, error: undefined, model }
    } catch (error) {
      if (signal.aborted) return undefined
      if (errorScore === 'raise') throw error
      const times = { fitTime: (performance.now() - began) / 1000, scoreTime: 0 }
      const trainScore = returnTrainScore ? errorScore : undefined
      return { score: errorScore, trainScore, ...times, error, model: undefined }
    }
  }

  /** A clone with parameters, of which steps are clones too, and with a seed where it has none. */
  candidate(params: object): CallableModel {
    const model = this.spec.model.clone()
    model.setParams(Object.fromEntries(Object.entries(params).map(([key, value]) => [key, ownCopy(value)])))
    const seeds = missingSeeds(model, this.spec.seed)
    if (Object.keys(seeds).length > 0) model.setParams(seeds)
    return model
  }

  /** The rows of a split, copied between turns of the event loop, and once for fits that follow or run beside. */
  #take(split: number, subset: Subset | undefined, signal: AbortSignal): Promise<{ train: Part; test: Part }> {
    const key = `${split} ${subset?.key ?? ''}`
    const known = this.#parts.get(key)
    if (known) return known
    const { train, test } = this.spec.splits[split]!
    const copy = async () => ({
      train: await this.#part(subset?.rows ?? train, signal),
      test: await this.#part(test, signal),
    })
    const taken = copy()
    const [oldest] = this.#parts.keys()
    if (this.#parts.size >= this.spec.kept && oldest !== undefined) this.#parts.delete(oldest)
    this.#parts.set(key, taken)
    // Who waits for it is told; the next one tries again.
    taken.catch(() => this.#parts.delete(key))
    return taken
  }

  async #part(rows: Uint32Array, signal: AbortSignal): Promise<Part> {
    const { x, y, sampleWeight } = this.spec
    const take = (all: RowsLike) => runBreathing(takingRows(all, rows), signal)
    return { x: await take(x), y: await take(y), sampleWeight: sampleWeight && (await take(sampleWeight)) }
  }
}

/** A step that several candidates share is set and seeded by each in its own way: each has a clone. */
function ownCopy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ownCopy)
  const { clone } = Object(value) as { clone?: unknown }
  return typeof clone === 'function' ? (clone.call(value) as unknown) : value
}

/** Fits a model to rows; weights are handed on where there are some. */
export async function fitOne(model: CallableModel, { x, y, sampleWeight }: Part, options: object): Promise<void> {
  await model.fit(x, y, sampleWeight === undefined ? options : { ...options, sampleWeight })
}

/** Says that a fit failed, and that its score is a number in place of one. */
export function warnOfFailure(what: string, score: number, error: unknown): void {
  process.emitWarning(`${what} failed, and its score is ${score}: ${(error as Error).message}`, {
    type: 'ModelSelectionWarning',
    code: 'PERCEPTRA_MODEL_SELECTION',
  })
}
