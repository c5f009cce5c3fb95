import { TrainingError } from '../base/errors.js'
import type { History, Logs, StopReason } from '../base/history.js'
import { mayAddLogs } from '../callbacks/per-run.js'
import type { Callback, Hook, Progress, TrainedModel, TrainingRun as VisibleRun } from '../callbacks/types.js'
import type { Core } from '../network/core.js'
import { Evaluation } from '../network/evaluation.js'
import { RowScores, type ScoringRun } from '../network/row-scores.js'
import { sliceMs } from '../network/slice-ms.js'
import { readWeights } from '../network/weights.js'
import { EpochParts } from './epoch-parts.js'
import { Meetings } from './group/meetings.js'
import { freeRows, type Job } from './job.js'
import { RunLogs } from './run-logs.js'
import { RunRates } from './run-rates.js'
import type { EvaluationData } from './validation-data.js'

/** Upper bound on the epochs of one slice. */
const maxEpochsPerSlice = 4096

/** The state of a run of training, and the steps of the loop over its epochs. */
export class TrainingRun {
  failed = false
  /** Whether the loss was not finite, and the run ends for it without an error. */
  blewUp = false
  epoch = 0
  /** Steps done in the epoch, and its number of steps. The length of a stream is known after its first epoch. */
  step = 0
  steps = 0
  /** The reason that is reported if the run ends after this epoch. */
  stopReason: StopReason = 'stopTraining'
  readonly #core: Core
  readonly #job: Job
  readonly #closing: AbortSignal
  readonly #logs: RunLogs
  readonly #parts: EpochParts
  /** Of the rows of the epoch in progress. */
  #scores: RowScores
  readonly #rates: RunRates
  readonly #meetings: Meetings
  readonly #startTime: number
  readonly #deadline: number
  /** Milliseconds of the epoch so far, without callbacks. */
  #trainingMs = 0
  #stopped = false
  /** Whether the run was ended from outside, rather than by its epochs or callbacks. */
  #endsAtOnce = false
  #resolvesOnNaN = false
  readonly #observesEpochs: boolean

  /**
   * @param observed whether the caller reads the events of the run.
   * @param closing aborted when the caller wants no more events.
   * @param startTime on the clock of performance.now().
   */
  constructor(core: Core, job: Job, observed: boolean, closing: AbortSignal, startTime: number) {
    this.#startTime = startTime
    this.#core = core
    this.#job = job
    this.#closing = closing
    this.#logs = new RunLogs(core, job)
    this.#rates = new RunRates(core, job.compiled, !job.agreement.isAlone)
    this.#meetings = new Meetings(job.agreement, {
      signal: job.signal,
      reasonToStop: () => this.#reasonToStop(),
      stopAtOnce: (reason) => this.#stopAtOnce(reason),
      endAfterEpoch: (reason) => this.#endAfterEpoch(reason),
    })
    this.#deadline = startTime + job.timeLimit * 1000
    this.#parts = new EpochParts(core, job, this.#deadline, closing, {
      nextRows: (steps) => this.#meetings.meet('nextRows', { steps }),
      stepsBegin: async (steps) =>
        this.#meetings.meet('stepsBegin', { rates: await this.#rates.prepare(core.steps, steps) }),
    })
    this.#scores = new RowScores(core, job.compiled.rowMetrics)
    this.#observesEpochs =
      observed ||
      !job.agreement.isAlone ||
      job.validation !== undefined ||
      job.layerStatistics ||
      job.compiled.rowMetrics.length > 0 ||
      job.callbacks.some(({ onEpochBegin, onEpochEnd, onProgress }) => onEpochBegin ?? onEpochEnd ?? onProgress)
  }

  get history(): History {
    return this.#logs.history
  }

  get epochDone(): boolean {
    return this.#parts.done
  }

  stop(reason: StopReason): void {
    this.#stopped = true
    this.history.stopReason = reason
  }

  /** The run as callbacks see it. */
  describe(model: TrainedModel): VisibleRun {
    const { initialEpoch, epochs } = this.#job
    return {
      model,
      initialEpoch,
      epochs,
      logKeys: this.#logs.keys,
      logsMayGrow: this.#job.callbacks.some(mayAddLogs),
      rank: this.#job.agreement.rank,
      learningRate: this.#core.learningRate,
      history: this.history,
      weights: () => readWeights(this.#core, true),
      stop: (reason) => {
        this.stopReason = reason
        this.#core.stopTraining = true
      },
      resolveOnNaN: () => {
        this.#resolvesOnNaN = true
      },
    }
  }

  mustStop(): boolean {
    if (this.#stopped) return true
    const reason = this.#reasonToStop()
    // Ranks of a group stop together, where they meet.
    if (reason === undefined || !this.#job.agreement.isAlone) return false
    this.#stopAtOnce(reason)
    return true
  }

  #reasonToStop(): StopReason | undefined {
    if (this.#job.signal?.aborted) return 'aborted'
    if (this.#closing.aborted || this.#meetings.isLeaving) return 'stopTraining'
    return this.#parts.outOfTime || performance.now() >= this.#deadline ? 'timeLimit' : undefined
  }

  #stopAtOnce(reason: StopReason): void {
    this.stop(reason)
    this.#endsAtOnce = true
  }

  #endAfterEpoch(reason: StopReason): void {
    if (this.epoch + 1 < this.#job.epochs) this.stop(reason)
  }

  /** @throws the reason of an aborted signal, or an AbortError for that of another rank. */
  throwIfAborted(): void {
    this.#meetings.throwIfAborted()
  }

  /** Of a group: all ranks have agreed on the end. */
  finish(): void {
    this.#job.agreement.end()
  }

  /** Begins the run, as rank 0 of a group has it. */
  async begin(): Promise<void> {
    const { agreement, common } = this.#job
    await agreement.begin(this.#core, common)
    this.#core.beginRun(agreement.group)
  }

  /**
   * Tells other ranks that this one goes on no longer. They may be in the middle of an update, which waits for this rank.
   * @param failure the error that ends the run, if one does.
   */
  async leave(failure?: { error: unknown }): Promise<void> {
    await this.#meetings.leave(failure, async () => {
      // An iteration of L-BFGS may take more steps than the epoch has.
      if (this.#parts.steps === 0 || this.epochDone) return false
      await this.train()
      return true
    })
  }

  async beginEpoch(epoch: number): Promise<void> {
    this.#scores = new RowScores(this.#core, this.#job.compiled.rowMetrics)
    const lastSteps = this.epochDone ? this.step : Infinity
    this.epoch = epoch
    this.step = 0
    this.steps = this.#job.data.steps ?? lastSteps
    this.#rates.forget()
    this.#logs.beginEpoch()
    this.#trainingMs = 0
    this.#parts.beginEpoch()
    this.#job.agreement.setInSteps(true)
    await this.#nextPart()
  }

  async #nextPart(): Promise<void> {
    const before = performance.now()
    await this.#parts.next()
    this.#trainingMs += performance.now() - before
    if (!this.#job.whole && this.epochDone) this.steps = this.step
    if (this.#job.whole && !this.epochDone) this.steps = this.#parts.steps
  }

  /** One slice of steps of the epoch, or of several epochs. Returns false without one when the run is to stop first. */
  async train(): Promise<boolean> {
    if (this.#parts.steps === 0) await this.#nextPart()
    if (this.#parts.steps === 0) return false
    this.#rates.follow(this.#meetings.isLeaving)
    const epochs = this.#epochsAtOnce()
    const remaining = epochs * this.#parts.steps - this.#parts.step
    const { steps, rates, factors } = this.#rates.take(this.#core.steps, Math.max(1, remaining))
    const before = performance.now()
    const { agreement } = this.#job
    const stop = !agreement.isAlone && this.#reasonToStop() !== undefined
    const result = await this.#core
      .slice(() => this.#core.native.train(steps, rates, this.#budget(before), epochs, factors, stop))
      .catch((error) => {
        agreement.abandon(error)
        throw error
      })
    this.#trainingMs += performance.now() - before
    this.step += result.steps
    this.#parts.step += result.steps
    this.#addFinished(result.finished)
    this.#core.steps += result.updates
    this.#logs.add(result)
    if (result.converged) this.stopReason = 'converged'
    if (!result.finite) this.#fail(result.stepsBack)
    // An overflow has ended the agreement already.
    else if (result.stopped) await this.#meetings.meet('stepsEnd')
    else if (result.epochDone && !this.blewUp && (await this.#scorePart())) await this.#nextPart()
    return true
  }

  /** Predicts the rows of the part that has been trained, for metrics over all rows. Returns false when the run is to stop. */
  async #scorePart(): Promise<boolean> {
    const { current } = this.#parts
    return current === undefined || this.#scores.add(current, this.#scoring(false))
  }

  /** At most the option `threads`: with more, runs side by side would wait for each other's threads. 0: no bound. */
  #scoring(averaged: boolean): ScoringRun {
    return { averaged, threads: this.#job.threads, mustStop: () => this.mustStop() }
  }

  /** How many epochs a slice may span. */
  #epochsAtOnce(): number {
    if (this.#observesEpochs || !this.#job.whole || this.#core.stopTraining || this.#rates.areCalled) return 1
    return Math.min(this.#job.epochs - this.epoch, maxEpochsPerSlice)
  }

  /** Logs the epochs that ended in the middle of a slice. */
  #addFinished(finished: Float64Array): void {
    const width = 2 + this.#job.compiled.metrics.length
    for (let begin = 0; begin < finished.length; begin += width) {
      this.#logs.addFinished(this.epoch, this.#parts.rows, finished.subarray(begin, begin + width))
      this.epoch++
      this.step -= this.#parts.steps
      this.#parts.step -= this.#parts.steps
      this.#core.epochs++
    }
  }

  /** The logs of the epoch, with those of the validation data; undefined when the epoch was cut short. */
  async endEpoch(): Promise<Logs | undefined> {
    if (!this.epochDone || this.blewUp) return undefined
    const { validation, agreement } = this.#job
    const evaluation = validation && (await this.#validate(validation))
    if (!agreement.isAlone && (await this.#meetings.meet('epochEnds')) === 'stopped') return undefined
    if (evaluation === 'stopped') return undefined
    if (!agreement.isAlone) {
      agreement.setInSteps(false)
      await this.#logs.join((values) => agreement.addUp(values))
      await this.#scores.join((bytes) => agreement.gather(bytes))
      await evaluation?.join(agreement)
    }
    return this.#logs.endEpoch(this.epoch, this.#scores, evaluation)
  }

  async #validate(validation: EvaluationData): Promise<Evaluation | 'stopped'> {
    const evaluation = new Evaluation(this.#core, this.#job.compiled)
    const run = {
      ...this.#scoring(true),
      slice: <T>(work: () => Promise<T>) => this.#core.slice(work),
    }
    const next = <T>(part: Promise<T>) => (validation.waits ? this.#parts.orStop(part) : part)
    let part = await next(validation.begin().then(() => validation.next()))
    while (part !== undefined) {
      if (part === 'stopped' || !(await evaluation.add(part, run))) return 'stopped'
      part = await next(validation.next())
    }
    return evaluation
  }

  /** Calls onEpochEnd, and keeps what callbacks add to the logs. */
  async callEpochEnd(logs: Logs): Promise<void> {
    await this.call('onEpochEnd', this.epoch, logs)
    this.#logs.keepAdded(logs)
  }

  /** Ends the run after this epoch, if the model or a callback says so: that of any rank. */
  async endEarly(): Promise<void> {
    const ends = this.#core.stopTraining || this.stopReason === 'converged' ? this.stopReason : undefined
    if (!this.#job.agreement.isAlone) await this.#meetings.meet('epochEnds', { ends })
    else if (ends !== undefined) this.#endAfterEpoch(ends)
  }

  progress(): Progress {
    const { epochs, initialEpoch } = this.#job
    const { epoch, steps } = this
    // A line search of L-BFGS may take more steps than the epoch has.
    const step = Math.min(this.step, steps)
    // In the first epoch of a stream `steps` is Infinity, and so is the estimate.
    const done = epoch - initialEpoch + (steps > 0 ? step / steps : 1)
    const elapsed = (performance.now() - this.#startTime) / 1000
    return {
      epoch,
      epochs,
      step,
      steps,
      samplesPerSecond: (this.#logs.rows / this.#trainingMs) * 1000,
      etaSeconds: (elapsed / done) * (epochs - initialEpoch - done),
      ...this.#logs.soFar(),
    }
  }

  /** Calls a hook of every callback that has it, one after the other. */
  async call<H extends Hook>(hook: H, ...args: Parameters<NonNullable<Callback[H]>>): Promise<void> {
    for (const callback of this.#job.callbacks) {
      const result = (callback[hook] as ((...args: unknown[]) => unknown) | undefined)?.apply(callback, args)
      if (result) await result
    }
    this.#core.checkAlive()
  }

  /** Frees the data and calls every onTrainEnd. Throws the first error, unless the run has failed before. */
  async end(): Promise<void> {
    freeRows(this.#job)
    this.#parts.dispose()
    this.#job.agreement.end()
    let failure: { error: unknown } | undefined
    try {
      const atOnce = this.failed || this.#endsAtOnce
      await Promise.all([this.#job.data.close(atOnce), this.#job.validation?.close(atOnce)])
    } catch (error) {
      failure = { error }
    }
    await this.#core.waitForEvaluations()
    try {
      this.#core.settle()
    } catch (error) {
      failure ??= { error }
    }
    for (const callback of this.#job.callbacks) {
      try {
        await callback.onTrainEnd?.(this.#logs.last)
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
    // All ranks of a group know.
    this.#job.agreement.end()
    if (this.#resolvesOnNaN) {
      this.blewUp = true
      this.stop('terminateOnNaN')
      return
    }
    // The effect of the last step shows in the loss after it.
    const [epoch, step] = [this.epoch, Math.min(this.step, this.steps - 1)]
    throw new TrainingError(
      `The loss became NaN or infinite in epoch ${epoch}, step ${step}. The model keeps its last finite weights` +
        `${stepsBack > 0 ? `, those of ${stepsBack} steps before` : ''}. ` +
        'Try a lower learning rate, or scale the inputs (and targets) to about -1 to 1.',
      { epoch, step },
    )
  }
}
