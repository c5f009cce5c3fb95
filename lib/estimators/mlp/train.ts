import { TrainingError } from '../../base/errors.js'
import type { Logs } from '../../base/history.js'
import { maxFloat32, type NumberTable } from '../../base/matrix.js'
import type { NativeDataset, NativeOptimizerState, NativeTrainResult } from '../../native/model.js'
import { type Core, callNative, makeDataset } from '../../network/core.js'
import type { Targets } from '../../network/targets.js'
import type { EstimatorStopReason, FitLimits } from '../fit-limits.js'
import { layersOf, type MlpLearned, type MlpProgress } from './learned.js'
import { compileFor, makeNetwork, type Topology } from './network.js'
import { outputsOf } from './outputs.js'
import type { MlpParams } from './parameters.js'
import { Patience } from './patience.js'

/** A run of training, every option checked. */
export interface MlpJob {
  topology: Topology
  params: MlpParams
  seed: number
  x: NumberTable
  targets: Targets
  weights: Float32Array | null
  /** Rows to stop early by; `score` rates the outputs for them. */
  validation: { x: NumberTable; score: (outputs: Float32Array) => number } | undefined
  /** What scikit-learn's loss has beside the core's: the same for all weights. */
  constant: number
  start: MlpStart
  epochs: number
  threads: number
  limits: FitLimits
}

/** Where training starts. */
export interface MlpStart {
  /** None: those that the seed gives. */
  weights: Float32Array | undefined
  /** To count on from. */
  progress: MlpProgress | undefined
  /** To step on with. */
  optimizer: MlpLearned['optimizer'] | undefined
}

/** L-BFGS takes its rows in blocks of so many. */
const block = 8192

/** As many epochs at most run in one slice. */
const mostEpochs = 4096

/**
 * Copies the data and checks them at once; the promise runs the epochs: native slices, and between them all else.
 * @param publish called after each epoch, or after as many as were trained at once, and at the end.
 * @throws TrainingError when the loss or weights become NaN or infinite; what was published last stays.
 */
export function trainMlp(job: MlpJob, publish: (learned: MlpLearned) => void): Promise<void> {
  const data = makeDataset(job.x, job.targets, 'x', job.x, job.weights)
  const held = job.validation && makeDataset(job.validation.x, null, 'x')
  const core = makeNetwork(job.topology, job.params.alpha, job.seed)
  return new Training(job, core, data, held, publish).run().finally(() => {
    core.dispose()
    data.dispose()
    held?.dispose()
  })
}

class Training {
  readonly #job: MlpJob
  readonly #core: Core
  readonly #data: NativeDataset
  readonly #held: NativeDataset | undefined
  readonly #publish: (learned: MlpLearned) => void
  readonly #patience: Patience
  readonly #rateInit: number
  readonly #lossCurve: number[]
  readonly #validationScores: number[]
  #best: Float32Array | undefined
  #epochs: number
  #nIter = 0
  #evaluations = 0
  /** What was reported last, or the start: to go back to. */
  #kept: { weights: Float32Array; optimizer: NativeOptimizerState; epochs: number }
  #oneByOne: boolean

  constructor(
    job: MlpJob,
    core: Core,
    data: NativeDataset,
    held: NativeDataset | undefined,
    publish: (learned: MlpLearned) => void,
  ) {
    const { params, start, topology } = job
    const { progress, optimizer } = start
    this.#job = job
    this.#core = core
    this.#data = data
    this.#held = held
    this.#publish = publish
    this.#rateInit = params.learningRateInit
    const goesOn = optimizer !== undefined && progress?.rateInit === this.#rateInit
    this.#patience = new Patience(params, progress, goesOn ? progress.rate : this.#rateInit)
    this.#lossCurve = [...(progress?.lossCurve ?? [])]
    this.#validationScores = [...(progress?.validationScores ?? [])]
    this.#epochs = progress?.epochs ?? 0
    const isSeen = job.limits.onEpochEnd !== undefined || Number(params.verbose) > 0
    this.#oneByOne = params.solver === 'lbfgs' || held !== undefined || isSeen
    callNative(() => {
      core.native.compile(compileFor(topology, params))
      if (start.weights) core.native.setWeights(start.weights)
      if (optimizer) core.native.setOptimizerState(optimizer)
      core.native.beginRun()
    })
    this.#kept = this.#state()
    // A warm start has the best of the run before until it finds a better one.
    if (held && progress && Number.isFinite(progress.bestValidationScore)) this.#best = start.weights
  }

  async run(): Promise<void> {
    const { epochs, limits, params } = this.#job
    while (this.#nIter < epochs) {
      const { results, done } = await this.#train(this.#epochsAtOnce())
      const reached = limits.reached()
      let ended: EstimatorStopReason | undefined
      let logs: Logs | undefined
      for (const result of results) {
        this.#nIter++
        const { rate } = this.#patience
        logs = await this.#look(result)
        ended = this.#ended(result.converged)
        if (!ended) this.#changeRate(rate)
      }
      if (!logs || !done) {
        this.#core.settle()
        return this.#report(reached ?? 'aborted')
      }
      this.#report(reached ?? ended ?? 'maxIter')
      if (Number(params.verbose) > 0) process.stdout.write(`${line(this.#nIter - 1, logs)}\n`)
      await limits.onEpochEnd?.(this.#nIter - 1, logs)
      if (ended || reached) return
    }
  }

  /** As many as nobody needs to look in between: neither the user nor the rule that ends training. */
  #epochsAtOnce(): number {
    return this.#oneByOne ? 1 : Math.min(this.#patience.horizon, this.#job.epochs - this.#nIter, mostEpochs)
  }

  /**
   * Trains so many epochs, in slices that go through several where they are short.
   * @returns one entry for each that came to its end; not `done` where a limit was reached before.
   */
  async #train(epochs: number): Promise<{ results: EpochResult[]; done: boolean }> {
    const { x, params, threads, limits } = this.#job
    const { native } = this.#core
    const lbfgs = params.solver === 'lbfgs'
    const batchSize = Math.min(x.rows, lbfgs ? block : params.batchSize === 'auto' ? 200 : params.batchSize)
    const shuffle = params.shuffle && !lbfgs
    const { steps } = callNative(() =>
      native.beginEpoch(this.#data, { batchSize, shuffle, threads, epoch: this.#epochs % 2 ** 32 }),
    )
    this.#epochs++
    const rates = Float64Array.of(this.#patience.rate)
    const results: EpochResult[] = []
    let sums = { loss: 0, penalty: 0 }
    const end = (loss: number, penalty: number, converged: boolean) => {
      results.push({ loss: (sums.loss + loss) / x.rows, penalty: (sums.penalty + penalty) / x.rows, converged })
      sums = { loss: 0, penalty: 0 }
    }
    let [step, done] = [0, false]
    while (!done) {
      if (limits.reached()) return { results, done }
      // An iteration of L-BFGS may look at all rows several times.
      const wanted = lbfgs ? 2 ** 31 : epochs * steps - step
      const result = await this.#core.slice(() => native.train(wanted, rates, limits.budget(), epochs - results.length))
      step += result.steps
      if (!result.finite) {
        if (this.#oneByOne) throw blownUp(this.#nIter, Math.max(0, step - 1), result)
        return this.#goBack()
      }
      const { finished } = result
      for (let at = 0; at < finished.length; at += 2) end(finished[at]!, finished[at + 1]!, false)
      this.#epochs += finished.length / 2
      if (result.epochDone) end(result.loss, result.penalty, result.converged)
      else sums = { loss: sums.loss + result.loss, penalty: sums.penalty + result.penalty }
      done = result.epochDone
    }
    if (lbfgs) this.#evaluations += step / steps
    return { results, done }
  }

  /** Goes through the last epochs anew, one by one: what was learned before the one that blows up is to be reported. */
  #goBack(): Promise<{ results: EpochResult[]; done: boolean }> {
    const { weights, optimizer, epochs } = this.#kept
    callNative(() => {
      this.#core.native.setWeights(weights)
      this.#core.native.setOptimizerState(optimizer)
    })
    this.#epochs = epochs
    this.#oneByOne = true
    return this.#train(1)
  }

  /** Looks at how the epoch went. */
  async #look({ loss: found, penalty: told }: EpochResult): Promise<Logs> {
    const { topology, params, x, constant, validation } = this.#job
    const outputs = topology.units.at(-1)!
    let loss = found + constant
    if (topology.outActivation === 'identity' && outputs > 1) {
      // scikit-learn's value, though not its gradient, is a mean over outputs.
      const penalty = params.solver === 'lbfgs' ? this.#penalty() : told
      loss = (found - penalty) / outputs + penalty
    }
    this.#lossCurve.push(loss)
    if (params.solver === 'lbfgs') {
      this.#patience.bestLoss = Math.min(this.#patience.bestLoss, loss)
      return { loss }
    }
    if (!validation || !this.#held) {
      this.#patience.see(x.rows, loss, undefined)
      return { loss }
    }
    const valScore = validation.score(await outputsOf(this.#core, this.#held, validation.x.rows))
    this.#validationScores.push(valScore)
    if (this.#patience.see(x.rows, loss, valScore)) this.#best = this.#core.native.getWeights()
    return { loss, valScore }
  }

  /** The penalty at the point that L-BFGS has reached. */
  #penalty(): number {
    const { topology, params, x, weights } = this.#job
    let [squares, total] = [0, x.rows]
    for (const { kernel } of layersOf(topology, this.#core.native.getWeights())) {
      for (const weight of kernel) squares += weight * weight
    }
    if (weights) total = weights.reduce((sum, weight) => sum + weight, 0)
    return ((params.alpha / 2) * squares) / total
  }

  #ended(converged: boolean): EstimatorStopReason | undefined {
    if (converged || this.#patience.done) return 'converged'
    return this.#evaluations > this.#job.params.maxFun ? 'maxFun' : undefined
  }

  /**
   * scikit-learn's velocities have the rates of their steps in them, ours the next step's: they are the same where ours are
   * scaled when the rate changes.
   */
  #changeRate(before: number): void {
    const { rate } = this.#patience
    if (this.#job.params.solver !== 'sgd' || rate === before || rate === 0) return
    const { native } = this.#core
    const { steps, slots } = callNative(() => native.getOptimizerState())
    const clip = (value: number) => Math.min(Math.max(value, -maxFloat32), maxFloat32)
    const scaled = slots.map((slot) => slot.map((velocity) => clip((velocity * before) / rate)))
    callNative(() => native.setOptimizerState({ steps, slots: scaled }))
  }

  #state(): { weights: Float32Array; optimizer: NativeOptimizerState; epochs: number } {
    const { native } = this.#core
    const weights = callNative(() => native.getWeights())
    return { weights, optimizer: callNative(() => native.getOptimizerState()), epochs: this.#epochs }
  }

  #report(stopReason: EstimatorStopReason): void {
    const { topology, params } = this.#job
    const { rate, t, bestLoss, bestValidationScore, withoutProgress } = this.#patience
    this.#kept = this.#state()
    const { optimizer } = this.#kept
    this.#publish({
      nFeaturesIn: topology.units[0]!,
      topology,
      weights: this.#best ?? this.#kept.weights,
      optimizer: { solver: params.solver, ...optimizer },
      progress: {
        ...{ nIter: this.#nIter, t, rate, rateInit: this.#rateInit, epochs: this.#epochs % 2 ** 32, stopReason },
        ...{ bestLoss, bestValidationScore, withoutProgress },
        lossCurve: [...this.#lossCurve],
        validationScores: [...this.#validationScores],
      },
    })
  }
}

/** Means over the rows of an epoch. */
interface EpochResult {
  readonly loss: number
  /** The part of the loss that is the penalty. */
  readonly penalty: number
  /** Nothing is left to gain: lbfgs alone. */
  readonly converged: boolean
}

function blownUp(epoch: number, step: number, { stepsBack }: NativeTrainResult): TrainingError {
  return new TrainingError(
    `The loss became NaN or infinite in epoch ${epoch}${stepsBack > 0 ? '' : `, step ${step}`}. What was learned in the ` +
      'epochs before stays. Scale the columns of x (and y) to about -1 to 1, or lower learningRateInit.',
    { epoch, step },
  )
}

function line(epoch: number, { loss, valScore }: Logs): string {
  return `epoch ${epoch + 1}: loss ${loss.toPrecision(6)}${valScore === undefined ? '' : `, valScore ${valScore.toPrecision(6)}`}`
}
