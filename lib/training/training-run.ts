import { TrainingError } from '../base/errors.js'
import { History, type Logs, type StopReason } from '../base/history.js'
import type { Callback, Hook, Progress, TrainingRun as SeenRun, TrainedModel } from '../callbacks/types.js'
import type { Core } from '../network/core.js'
import { sliceMs } from '../network/inference.js'
import { logKeysOf, Sums } from '../network/sums.js'
import { readWeights } from '../network/weights.js'
import type { LearningRate } from '../spec/rate.js'
import { EpochParts } from './epoch-parts.js'
import { freeJob, type Job } from './fit-options.js'
import { LayerStatistics, statisticKeysOf } from './layer-statistics.js'
import { Rates } from './rates.js'

/** As many epochs at most run in one slice where nobody looks at each. */
const mostEpochs = 4096

/** The core is given rates even where none are looked at. */
function ratesOf(rate: LearningRate | undefined): Rates {
  return new Rates(rate ?? 0)
}

/** What the loop keeps of a run, and the steps that it goes through. */
export class TrainingRun {
  readonly history = new History()
  /** Whether the model is this run's to train. */
  began = false
  failed = false
  /** Whether a step was not finite, and the run ends for it without an error. */
  blewUp = false
  epoch = 0
  /** Steps done of the epoch's; a stream tells how many these are when it has ended for the first time. */
  step = 0
  steps = 0
  /** Why the run ends after the epoch, if it is asked to. */
  stopReason: StopReason = 'stopTraining'
  readonly #core: Core
  readonly #job: Job
  #rate: LearningRate | undefined
  #rates: Rates
  readonly #began = performance.now()
  readonly #deadline: number
  #stopped = false
  #resolvesOnNaN = false
  #sums: Sums
  #statistics: LayerStatistics | undefined
  #trainingMs = 0
  readonly #parts: EpochParts
  #lastSteps: number | undefined
  #lastLogs: Partial<Logs> = {}
  readonly #looksAtEpochs: boolean

  constructor(core: Core, job: Job, watched: boolean) {
    this.#core = core
    this.#job = job
    this.#rate = core.learningRate
    this.#rates = ratesOf(this.#rate)
    this.#deadline = this.#began + job.timeLimit * 1000
    this.#parts = new EpochParts(core, job, this.#deadline)
    this.#sums = new Sums(job.compiled.metrics)
    const looks = (callback: Callback) => callback.onEpochBegin ?? callback.onEpochEnd ?? callback.onProgress
    this.#looksAtEpochs =
      watched ||
      job.validation !== undefined ||
      job.layerStatistics ||
      job.callbacks.some((callback) => looks(callback))
  }

  get epochDone(): boolean {
    return this.#parts.done
  }

  stop(reason: StopReason): void {
    this.#stopped = true
    this.history.stopReason = reason
  }

  /** The run as callbacks see it. */
  describe(model: TrainedModel): SeenRun {
    const { history } = this
    const { validation, compiled, initialEpoch, epochs, layerStatistics } = this.#job
    const statistics = layerStatistics ? statisticKeysOf(this.#core) : []
    const logKeys = [...logKeysOf(compiled.metrics, validation !== undefined), ...statistics]
    const learningRate = this.#core.learningRate
    const stop = (reason: StopReason) => {
      this.stopReason = reason
      this.#core.stopTraining = true
    }
    const resolveOnNaN = () => {
      this.#resolvesOnNaN = true
    }
    const weights = () => readWeights(this.#core, true)
    return { model, initialEpoch, epochs, logKeys, learningRate, history, weights, stop, resolveOnNaN }
  }

  mustStop(): boolean {
    if (this.#stopped) return true
    if (this.#job.signal?.aborted) this.stop('aborted')
    else if (performance.now() >= this.#deadline) this.stop('timeLimit')
    return this.#stopped
  }

  async beginEpoch(epoch: number): Promise<void> {
    const { data, layerStatistics, compiled } = this.#job
    this.#lastSteps = this.epochDone ? this.step : undefined
    this.epoch = epoch
    this.step = 0
    this.steps = data.steps ?? this.#lastSteps ?? Infinity
    this.#rates.forget()
    this.#sums = new Sums(compiled.metrics)
    this.#statistics = layerStatistics ? new LayerStatistics(this.#core) : undefined
    this.#trainingMs = 0
    this.#parts.beginEpoch()
    await this.#nextPart()
  }

  async #nextPart(): Promise<void> {
    const before = performance.now()
    await this.#parts.next()
    this.#trainingMs += performance.now() - before
    if (!this.#job.whole && this.epochDone) this.steps = this.step
    if (this.#job.whole && !this.epochDone) this.steps = this.#parts.steps
  }

  /** One slice of the epoch's steps, or of those of several; false when there are none yet, because the run is to stop. */
  async train(): Promise<boolean> {
    if (this.#parts.steps === 0) await this.#nextPart()
    if (this.#parts.steps === 0) return false
    if (this.#rate !== this.#core.learningRate) {
      this.#rate = this.#core.learningRate
      this.#rates = ratesOf(this.#rate)
    }
    const epochs = this.#epochsAtOnce()
    const wanted = epochs * this.#parts.steps - this.#parts.step
    const { steps, rates } = this.#rates.take(this.#core.steps, Math.max(1, wanted))
    const before = performance.now()
    const result = await this.#core.slice(() => this.#core.native.train(steps, rates, this.#budget(before), epochs))
    this.#trainingMs += performance.now() - before
    this.step += result.steps
    this.#parts.step += result.steps
    this.#addFinished(result.finished)
    this.#core.steps += result.updates
    this.#sums.add(result)
    this.#statistics?.add(result)
    if (result.converged) this.stopReason = 'converged'
    if (!result.finite) this.#fail(result.stepsBack)
    if (result.epochDone && !this.blewUp) await this.#nextPart()
    return true
  }

  /** A function of the step may look at anything: it is asked anew in each epoch. */
  #epochsAtOnce(): number {
    if (this.#looksAtEpochs || !this.#job.whole || this.#core.stopTraining || typeof this.#rate === 'function') return 1
    return Math.min(this.#job.epochs - this.epoch, mostEpochs)
  }

  /** Epochs that a slice has gone on from. */
  #addFinished(finished: Float64Array): void {
    const { compiled } = this.#job
    const width = 2 + compiled.metrics.length
    for (let at = 0; at < finished.length; at += width) {
      const [loss = 0, , ...metrics] = finished.subarray(at, at + width)
      this.#sums.add({ rows: this.#parts.rows - this.#sums.rows, loss, metrics })
      this.#lastLogs = this.#sums.toLogs()
      this.history.add(this.epoch, this.#sums.toLogs())
      this.#sums = new Sums(compiled.metrics)
      this.epoch++
      this.step -= this.#parts.steps
      this.#parts.step -= this.#parts.steps
      this.#core.epochs++
    }
  }

  /** The whole epoch's logs, with those of the validation data; none when it was cut short. */
  async endEpoch(): Promise<Logs | undefined> {
    if (!this.epochDone || this.blewUp) return undefined
    const logs: Logs = { ...this.#sums.toLogs(), ...this.#statistics?.toLogs() }
    const { validation, compiled } = this.#job
    if (validation) {
      const sums = new Sums(compiled.metrics)
      while (sums.rows < validation.rows) {
        if (this.mustStop()) return undefined
        sums.add(await this.#core.slice(() => this.#core.native.evaluate(validation, sums.rows, sliceMs, true)))
      }
      sums.addValidationTo(logs)
    }
    this.history.add(this.epoch, logs)
    this.#lastLogs = logs
    return logs
  }

  progress(): Progress {
    const { epochs, initialEpoch } = this.#job
    const { epoch, steps } = this
    // A line search of lbfgs may go through the rows more than once.
    const step = Math.min(this.step, steps)
    // Of a stream's first epoch nobody knows how much is left.
    const done = epoch - initialEpoch + (steps > 0 ? step / steps : 1)
    const elapsed = (performance.now() - this.#began) / 1000
    return {
      epoch,
      epochs,
      step,
      steps,
      samplesPerSecond: (this.#sums.rows / this.#trainingMs) * 1000,
      etaSeconds: (elapsed / done) * (epochs - initialEpoch - done),
      ...this.#lossSoFar(),
    }
  }

  /** Within an iteration lbfgs tells nothing yet: the last epoch's numbers stand, the loss infinite before there is one. */
  #lossSoFar(): Pick<Progress, 'loss' | 'metrics'> {
    if (this.#sums.rows > 0) return { loss: this.#sums.meanLoss, metrics: this.#sums.meanMetrics() }
    const { loss = Infinity } = this.#lastLogs
    const known = this.#job.compiled.metrics.filter(({ key }) => this.#lastLogs[key] !== undefined)
    return { loss, metrics: Object.fromEntries(known.map(({ key }) => [key, this.#lastLogs[key]!])) }
  }

  /** Calls a function of each callback that has it, one after the other. */
  async call<H extends Hook>(hook: H, ...given: Parameters<NonNullable<Callback[H]>>): Promise<void> {
    for (const callback of this.#job.callbacks) {
      const called = (callback[hook] as ((...args: unknown[]) => unknown) | undefined)?.apply(callback, given)
      if (called) await called
    }
    this.#core.checkAlive()
  }

  /** Frees the data and calls every onTrainEnd; the first error of a run is the one that counts. */
  async end(): Promise<void> {
    freeJob(this.#job)
    if (!this.began) return
    let failure: { error: unknown } | undefined
    try {
      await this.#job.data.close()
    } catch (error) {
      failure = { error }
    }
    await this.#core.rest()
    try {
      this.#core.settle()
    } catch (error) {
      failure ??= { error }
    }
    for (const callback of this.#job.callbacks) {
      try {
        await callback.onTrainEnd?.(this.#lastLogs)
      } catch (error) {
        failure ??= { error }
      }
    }
    this.#core.endRun()
    if (failure && !this.failed) throw failure.error
  }

  #budget(now: number): number {
    return Math.min(sliceMs, Math.max(1, this.#deadline - now))
  }

  #fail(stepsBack: number): void {
    this.#core.readSteps()
    if (this.#resolvesOnNaN) {
      this.blewUp = true
      this.stop('terminateOnNaN')
      return
    }
    // What the last step did shows after it.
    const [epoch, step] = [this.epoch, Math.min(this.step, this.steps - 1)]
    throw new TrainingError(
      `The loss became NaN or infinite in epoch ${epoch}, step ${step}. The model keeps its last finite weights` +
        `${stepsBack > 0 ? `, those of ${stepsBack} steps before` : ''}. ` +
        'Try a lower learning rate, or scale the inputs (and targets) to about -1 to 1.',
      { epoch, step },
    )
  }
}
