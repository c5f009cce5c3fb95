import { runBreathing } from '../base/breathing.js'
import { type ErrorData, errorFromData } from '../jobs/error-data.js'
import type { JobQueue } from '../jobs/index.js'
import type { QueueSettings } from '../jobs/options.js'
import { orAborted } from '../jobs/or-aborted.js'
import type { Evaluation, EvaluationSpec, FitRunner, SplitScore, Subset } from './evaluation.js'
import type { CallableModel } from './model.js'

/** What workers need for all fits of a run, but the rows: those are uploaded apart, as several runs may have them in common. */
export interface FitsSpec
  extends Pick<EvaluationSpec, 'model' | 'method' | 'splits' | 'errorScore' | 'returnTrainScore' | 'seed'> {
  readonly scoring: unknown
  /** The name of the score that decides, of several. */
  readonly decides: string | undefined
  /** The SHA-256 of the rows. */
  readonly rows: string
}

/** What workers need for one fit. */
export interface FitTask {
  readonly params: object
  readonly split: number
  /** The SHA-256 of the numbers of the training rows, if they are not all of the split. */
  readonly subset: string | undefined
  /** Whether the fitted model is sent back. */
  readonly keepModel: boolean
}

/** The result of a fit: a score whose model is bytes, or the error that ends the run. */
export type FitResult =
  | { readonly thrown: ErrorData }
  | (Omit<SplitScore, 'error' | 'model'> & {
      readonly error: ErrorData | undefined
      readonly model: Uint8Array | undefined
    })

/** What a queue needs to know beforehand. */
interface QueuedOptions {
  readonly keepModels: boolean
  /** The parameters that will be tried, in any form: what is no data is refused before anything is queued. */
  readonly params: object
  /** Ends the upload: Redis may go away meanwhile. */
  readonly signal: AbortSignal
}

/**
 * What runs the fits of an evaluation: this process without a queue.
 * @throws ArgumentError for what cannot be sent to workers, or Redis that does not answer; MlpError ERR_QUEUE for a queue of others.
 */
export async function runnerFor(
  evaluation: Evaluation,
  queue: QueueSettings | undefined,
  options: QueuedOptions,
): Promise<FitRunner> {
  if (!queue) return evaluation
  try {
    return await openQueue(evaluation, queue, options)
  } catch (error) {
    if (options.signal.aborted) return noFits
    throw error
  }
}

/** A run that was ended before its first fit. */
const noFits: FitRunner = { run: async () => undefined, end: async () => {} }

async function openQueue(
  evaluation: Evaluation,
  queue: QueueSettings,
  { keepModels, params, signal }: QueuedOptions,
): Promise<FitRunner> {
  const { pack, JobQueue } = await import('../jobs/index.js')
  const { model, method, x, y, sampleWeight, splits, scorers, errorScore, returnTrainScore, seed } = evaluation.spec
  const { scoring, names, primary } = scorers
  const common = { model, method, splits, errorScore, returnTrainScore, seed, scoring, decides: names?.[primary] }
  const packed = (value: unknown, name: string) => runBreathing(pack(value, name), signal)
  await packed(params, 'params')
  await packed(common, 'the estimator and its options')
  const rows = await packed({ x, y, sampleWeight }, 'the rows')
  const jobs = await JobQueue.open(queue, signal)
  try {
    const spec: FitsSpec = { ...common, rows: await jobs.uploadRows(rows, signal) }
    const id = await jobs.upload(await packed(spec, 'the estimator and its options'), signal)
    return new QueuedFits(evaluation, jobs, id, keepModels)
  } catch (error) {
    await jobs.end()
    throw error
  }
}

/** Fits that workers run. */
class QueuedFits implements FitRunner {
  readonly #evaluation: Evaluation
  readonly #jobs: JobQueue
  readonly #spec: string
  readonly #keepModels: boolean
  readonly #subsets = new WeakMap<Uint32Array, Promise<string>>()

  constructor(evaluation: Evaluation, jobs: JobQueue, spec: string, keepModels: boolean) {
    this.#evaluation = evaluation
    this.#jobs = jobs
    this.#spec = spec
    this.#keepModels = keepModels
  }

  async run(params: object, split: number, signal: AbortSignal, subset?: Subset): Promise<SplitScore | undefined> {
    let result: FitResult
    try {
      const sent = subset && (await orAborted(this.#upload(subset.rows, signal), signal))
      const task: FitTask = { params, split, subset: sent, keepModel: this.#keepModels }
      result = (await this.#jobs.run('fit', this.#spec, task, { signal })) as FitResult
    } catch (error) {
      if (signal.aborted) return undefined
      throw error
    }
    if (signal.aborted) return undefined
    if ('thrown' in result) throw errorFromData(result.thrown)
    const { error, model, ...score } = result
    return {
      ...score,
      error: error && errorFromData(error),
      model: model && (await this.#load(params, model)),
    }
  }

  end(): Promise<void> {
    return this.#jobs.end()
  }

  /** Subsets of rows are those of many fits. */
  #upload(rows: Uint32Array, signal: AbortSignal): Promise<string> {
    const known = this.#subsets.get(rows)
    if (known) return known
    const upload = async () => {
      const { pack } = await import('../jobs/index.js')
      return this.#jobs.upload(await runBreathing(pack(rows, 'rows'), undefined), signal)
    }
    const uploaded = upload()
    this.#subsets.set(rows, uploaded)
    return uploaded
  }

  async #load(params: object, bytes: Uint8Array): Promise<CallableModel> {
    type Class = { load(bytes: Uint8Array): Promise<CallableModel> }
    return (this.#evaluation.candidate(params).constructor as unknown as Class).load(bytes)
  }
}
