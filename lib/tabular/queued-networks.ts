import { runBreathing } from '../base/breathing.js'
import { type ErrorData, errorFromData } from '../jobs/error-data.js'
import type { JobQueue } from '../jobs/index.js'
import type { QueueSettings } from '../jobs/options.js'
import { orAborted } from '../jobs/or-aborted.js'
import { Sequential } from '../sequential.js'
import type { Inputs } from './inputs.js'
import type { NetworkJob, NetworkTrainer } from './network-trainer.js'
import type { Recipe } from './recipes.js'
import type { SplitData } from './split-data.js'
import type { Task } from './task.js'
import type { Length, Limits, Trained } from './train.js'

/** A task without its functions. */
export type TaskData = Omit<Task, 'fromLog' | 'score' | 'cost'>

/** What workers need for all networks of a fit. */
export interface NetworksSpec {
  readonly data: SplitData
  readonly inputs: Inputs
  readonly task: TaskData
}

/** What workers need for one network, or to measure its speed. */
export interface NetworkTask {
  readonly recipe: Recipe
  readonly split: number
  readonly seed: number
  readonly size: number
  /** Undefined to measure the speed. */
  readonly epochs: number | undefined
  readonly rows: number
  /** When it must end, in seconds of the clock of Redis; Infinity: no limit. */
  readonly deadline: number
}

/** What a worker says of a network while it is trained; `score` as the core logs it. */
export interface NetworkProgress {
  readonly epochs: number
  readonly loss: number | null
  readonly logged: number | null
}

/** A trained network as data, the speed, or the error that ended it. */
export type NetworkResult =
  | { readonly thrown: ErrorData }
  | { readonly speed: number }
  | (Omit<Trained, 'network'> & { readonly network: Uint8Array })

/** How often this process looks whether training is to end early. */
const stopMs = 500
/** How long a network may take to come back after the deadline or a stop; then it counts as not trained. */
const graceMs = 5000

/** Trains networks on workers, each on one thread. */
export class QueuedTrainer implements NetworkTrainer {
  /** Jobs that workers do at once. */
  readonly slots: number
  readonly #jobs: JobQueue
  readonly #spec: string
  readonly #task: Task

  private constructor(jobs: JobQueue, spec: string, slots: number, task: Task) {
    this.#jobs = jobs
    this.#spec = spec
    this.slots = slots
    this.#task = task
  }

  /** @throws as JobQueue.open does. */
  static async open(
    queue: QueueSettings,
    data: SplitData,
    inputs: Inputs,
    task: Task,
    signal: AbortSignal,
  ): Promise<QueuedTrainer> {
    const { JobQueue, pack } = await import('../jobs/index.js')
    const { fromLog: _, score: __, cost: ___, ...rest } = task
    const { x, y, splits, given } = data
    const spec: NetworksSpec = {
      data: { x, y, splits, given: given && { x: given.x, y: given.y } },
      ...{ inputs, task: rest },
    }
    const packed = await runBreathing(pack(spec, 'the rows'), signal)
    const jobs = await JobQueue.open(queue, signal)
    try {
      const id = await jobs.uploadRows(packed, signal)
      return new QueuedTrainer(jobs, id, await orAborted(jobs.slots(), signal), task)
    } catch (error) {
      await jobs.end()
      throw error
    }
  }

  async train(job: NetworkJob, rows: number, { size, epochs }: Length, limits: Limits): Promise<Trained | undefined> {
    const { onEpochs } = limits
    let score: number | undefined
    const { promise: failed, report } = reporting(async (progress: NetworkProgress) => {
      if (progress.logged !== null) score = this.#task.fromLog(progress.logged)
      await onEpochs(progress.epochs, progress.loss ?? Number.NaN, score)
    })
    const run = this.#run(job, { size, epochs, rows }, limits, report as (progress: unknown) => void)
    const result = await Promise.race([run, failed])
    if (!result) return undefined
    const { network, ...trained } = result as Omit<Trained, 'network'> & { network: Uint8Array }
    await onEpochs(trained.epochs, Number.NaN, score)
    return { ...trained, network: await Sequential.load(network) }
  }

  async speed(job: NetworkJob, size: number, limits: Omit<Limits, 'onEpochs'>): Promise<number | undefined> {
    const result = await this.#run(job, { size, epochs: undefined, rows: 0 }, limits)
    return (result as { speed: number } | undefined)?.speed
  }

  end(): Promise<void> {
    return this.#jobs.end()
  }

  /** The result of a worker; undefined where there is none soon after the deadline or a stop, as workers may be few, or none. */
  async #run(
    { recipe, split, seed }: NetworkJob,
    extent: Pick<NetworkTask, 'size' | 'epochs' | 'rows'>,
    { deadline, isStopped, signal }: Omit<Limits, 'onEpochs'>,
    onProgress?: (progress: unknown) => void,
  ): Promise<NetworkResult | undefined> {
    const late = new AbortController()
    let latest = deadline + graceMs
    let isStopping = false
    const watch = setInterval(() => {
      if (isStopped() && !isStopping) {
        isStopping = true
        this.#jobs.stop()
        latest = Math.min(latest, performance.now() + graceMs)
      }
      if (performance.now() >= latest) late.abort()
    }, stopMs)
    const ending = signal ? AbortSignal.any([signal, late.signal]) : late.signal
    try {
      const left = (deadline - performance.now()) / 1000
      const until = left === Infinity ? Infinity : (await this.#jobs.now(ending)) + left
      const task: NetworkTask = { recipe, split, seed, ...extent, deadline: until }
      const result = (await this.#jobs.run('network', this.#spec, task, {
        signal: ending,
        onProgress,
      })) as NetworkResult
      if ('thrown' in result) throw errorFromData(result.thrown)
      return result
    } catch (error) {
      if (late.signal.aborted && !signal?.aborted) return undefined
      throw error
    } finally {
      clearInterval(watch)
    }
  }
}

/** Calls `tell` with reports, one after the other, the last of those that came meanwhile; `promise` rejects if it throws. */
function reporting<T>(tell: (value: T) => Promise<void>) {
  let fail: (error: unknown) => void = () => {}
  const promise = new Promise<never>((_, reject) => {
    fail = reject
  })
  promise.catch(() => {})
  let last: T | undefined
  let isTelling = false
  const report = (value: T) => {
    last = value
    if (isTelling) return
    isTelling = true
    const run = async () => {
      while (last !== undefined) {
        const next = last
        last = undefined
        await tell(next)
      }
    }
    run()
      .catch(fail)
      .finally(() => {
        isTelling = false
      })
  }
  return { promise, report }
}
