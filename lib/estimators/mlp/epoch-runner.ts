import { rowBlocks, type Work } from '../../base/breathing.js'
import { TrainingError } from '../../base/errors.js'
import { maxFloat32 } from '../../base/matrix.js'
import type { NativeDataset, NativeOptimizerState, NativeTrainResult } from '../../native/model.js'
import type { Core } from '../../network/core.js'
import { readAllWeights, readOptimizerState, writeAllWeights, writeOptimizerState } from '../../network/state.js'
import type { MLPJob } from './job.js'
import { countWeights } from './learned.js'
import { compileFor } from './network.js'
import type { Ranks } from './ranks.js'

/** Means over the rows of an epoch. */
export interface EpochResult {
  readonly loss: number
  /** The part of the loss that is the penalty. */
  readonly penalty: number
  /** L-BFGS alone: its stop rule holds. */
  readonly converged: boolean
}

/** Weights, and the optimizer's state, after a number of epochs. */
interface NetworkState {
  readonly weights: Float32Array
  readonly optimizer: NativeOptimizerState
  readonly epochs: number
}

/** Weights of a network whose epochs may run several at a time. */
const smallNetwork = 1 << 20

/** L-BFGS reads the rows in blocks of this size. */
const block = 8192

/** Runs epochs of a network in native slices. */
export class EpochRunner {
  readonly #job: MLPJob
  readonly #core: Core
  readonly #data: NativeDataset
  #epochs: number
  #evaluations = 0
  /** The state at the last `keep`; while epochs run one by one, it is not needed. */
  #kept: NetworkState | undefined
  #oneByOne: boolean
  #ranks!: Ranks

  private constructor(job: MLPJob, core: Core, data: NativeDataset, oneByOne: boolean) {
    this.#job = job
    this.#core = core
    this.#data = data
    this.#epochs = job.start.progress?.epochs ?? 0
    this.#oneByOne = oneByOne
  }

  /** @param oneByOne whether the caller needs the result of each epoch before the next begins. */
  static *make(job: MLPJob, core: Core, data: NativeDataset, oneByOne: boolean): Work<EpochRunner> {
    const { params, start, topology } = job
    const { native } = core
    native.compile(compileFor(topology, params))
    if (start.weights) yield* writeAllWeights(native, start.weights)
    if (start.optimizer) yield* writeOptimizerState(native, start.optimizer)
    // The initial weights of a large network are made by its first step, off the event loop.
    const runner = new EpochRunner(job, core, data, oneByOne || countWeights(topology) > smallNetwork)
    if (!runner.#oneByOne) yield* runner.keep()
    return runner
  }

  /**
   * Begins the run, with the weights of rank 0.
   * @throws as Ranks.begin does.
   */
  async begin(ranks: Ranks): Promise<void> {
    const { native } = this.#core
    const { topology, params } = this.#job
    this.#ranks = ranks
    await ranks.begin(this.#core, () => native.compile(compileFor(topology, params)))
    native.beginRun(ranks.agreement.group)
  }

  get oneByOne(): boolean {
    return this.#oneByOne
  }

  /** Evaluations of the loss by L-BFGS, each over all rows. */
  get evaluations(): number {
    return this.#evaluations
  }

  /**
   * Trains `epochs` epochs. A slice holds several of them if they are short.
   * @param first the number of the first epoch in this run, for messages.
   * @returns one result for each whole epoch; `done` is false if a limit ended training.
   * @throws TrainingError when the loss becomes NaN or infinite.
   */
  async train(epochs: number, rate: number, first: number): Promise<{ results: EpochResult[]; done: boolean }> {
    const { params, limits } = this.#job
    const { native } = this.#core
    const ranks = this.#ranks
    const lbfgs = params.solver === 'lbfgs'
    const steps = await this.#beginEpoch(rate)
    if (steps === 'stopped') return { results: [], done: false }
    const rates = Float64Array.of(rate)
    const results: EpochResult[] = []
    const end = (loss: number, penalty: number, converged: boolean) => {
      results.push({ loss: loss / ranks.rows, penalty: penalty / ranks.rows, converged })
    }
    let [step, done] = [0, false]
    while (!done) {
      if (ranks.mustStop) return { results, done }
      // An iteration of L-BFGS may read all rows several times.
      const most = lbfgs ? 2 ** 31 : epochs * steps - step
      const left = epochs - results.length
      const result = await this.#core
        .slice(() => native.train(most, rates, limits.budget(), left, undefined, ranks.wantsStop))
        .catch((error) => {
          ranks.agreement.abandon(error)
          throw error
        })
      step += result.steps
      if (!result.finite) {
        // All ranks of a group know.
        ranks.agreement.end()
        if (this.#oneByOne) throw divergence(first, Math.max(0, step - 1), result)
        return this.#trainAgain(rate, first)
      }
      const { finished } = result
      for (let at = 0; at < finished.length; at += 2) end(finished[at]!, finished[at + 1]!, false)
      this.#epochs += finished.length / 2
      done = result.epochDone
      if (done || result.stopped) await ranks.endSteps(result.stopped === true)
      if (!done) continue
      const [loss, penalty] = await ranks.agreement.addUp([result.loss, result.penalty])
      end(loss!, penalty!, result.converged)
    }
    if (lbfgs) this.#evaluations += step / steps
    return { results, done }
  }

  /** The steps of the next epoch, of the rank that needs the most. */
  async #beginEpoch(rate: number): Promise<number | 'stopped'> {
    const { x, params } = this.#job
    const ranks = this.#ranks
    const { isAlone, threads } = ranks.agreement
    const lbfgs = params.solver === 'lbfgs'
    const batch = Math.min(ranks.rows, params.batchSize === 'auto' ? 200 : params.batchSize)
    const batchSize = Math.min(x.rows, lbfgs ? block : ranks.agreement.share(batch).own)
    const shuffle = params.shuffle && !lbfgs
    const options = { batchSize, shuffle, threads: this.#job.threads ?? threads, epoch: this.#epochs % 2 ** 32 }
    const most = await ranks.beginEpoch(Math.ceil(x.rows / batchSize))
    if (most === 'stopped') return most
    const { steps } = this.#core.native.beginEpoch(this.#data, { ...options, ...(!isAlone && { steps: most }) })
    await ranks.beginSteps(rate)
    this.#epochs++
    return steps
  }

  /** Repeats the epochs since `keep` one by one, so that those before the divergence are reported. */
  #trainAgain(rate: number, first: number): Promise<{ results: EpochResult[]; done: boolean }> {
    const { weights, optimizer, epochs } = this.#kept!
    this.#core.native.setWeights(weights)
    this.#core.native.setOptimizerState(optimizer)
    this.#epochs = epochs
    this.#oneByOne = true
    return this.train(1, rate, first)
  }

  /**
   * Scales the velocities of sgd when the rate changes. scikit-learn's velocities contain the rates of past steps; the core
   * multiplies by the rate of the next step.
   */
  *changeRate(before: number, rate: number): Work<void> {
    if (this.#job.params.solver !== 'sgd' || rate === before || rate === 0) return
    const { native } = this.#core
    const state = yield* readOptimizerState(native, countWeights(this.#job.topology))
    for (const slot of state.slots) {
      yield* rowBlocks(slot.length, 1, (begin, end) => {
        for (let k = begin; k < end; k++) {
          slot[k] = Math.min(Math.max((slot[k]! * before) / rate, -maxFloat32), maxFloat32)
        }
      })
    }
    yield* writeOptimizerState(native, state)
  }

  /** The current state, which training returns to if a later epoch diverges. */
  *keep(): Work<NetworkState> {
    const { native } = this.#core
    const count = countWeights(this.#job.topology)
    const weights = yield* readAllWeights(native, count)
    this.#kept = { weights, optimizer: yield* readOptimizerState(native, count), epochs: this.#epochs }
    return this.#kept
  }
}

function divergence(epoch: number, step: number, { stepsBack }: NativeTrainResult): TrainingError {
  return new TrainingError(
    `The loss became NaN or infinite in epoch ${epoch}${stepsBack > 0 ? '' : `, step ${step}`}. The estimator keeps ` +
      'what it learned before that epoch. Scale the columns of x (and y) to about -1 to 1, or lower learningRateInit.',
    { epoch, step },
  )
}
