import { rowBlocks, runSoon, type Work } from '../../base/breathing.js'
import type { Logs } from '../../base/history.js'
import type { NativeDataset } from '../../native/model.js'
import type { Core } from '../../network/core.js'
import { Disposables, freedOnError, makeDataset } from '../../network/dataset.js'
import { readAllWeights } from '../../network/state.js'
import { Curve } from '../curve.js'
import type { EstimatorStopReason } from '../fit-limits.js'
import { type EpochResult, EpochRunner } from './epoch-runner.js'
import type { MLPJob } from './job.js'
import { countWeights, layersOf, type MLPLearned } from './learned.js'
import { makeNetwork } from './network.js'
import { outputsOf } from './outputs.js'
import { Patience } from './patience.js'
import { Ranks } from './ranks.js'

/** Upper bound on epochs that run without a look at their losses. */
const mostEpochs = 4096

/**
 * Copies and checks the data, and returns what runs the epochs in native slices.
 * @param publish called after each epoch, or after several that ran at once, and at the end.
 * @throws TrainingError when the loss or weights become NaN or infinite; the state published last stays.
 */
export function* trainNetwork(job: MLPJob, publish: (learned: MLPLearned) => void): Work<() => Promise<void>> {
  const { params, limits } = job
  const isWatched = limits.onEpochEnd !== undefined || Number(params.verbose) > 0
  const oneByOne = params.solver === 'lbfgs' || job.validation !== undefined || isWatched || job.together !== undefined
  const held = new Disposables()
  function* begin(): Work<Training> {
    const data = held.add(yield* makeDataset(job.x, job.targets, 'x', job.x, job.weights))
    const validation = job.validation && held.add(yield* makeDataset(job.validation.x, null, 'x'))
    const core = held.add(makeNetwork(job.topology, params.alpha, job.seed))
    return new Training(job, core, yield* EpochRunner.make(job, core, data, oneByOne), validation, publish)
  }
  const training = yield* freedOnError(held, begin())
  return () => training.run().finally(() => held.dispose())
}

class Training {
  readonly #job: MLPJob
  readonly #core: Core
  readonly #runner: EpochRunner
  readonly #validation: NativeDataset | undefined
  readonly #publish: (learned: MLPLearned) => void
  readonly #patience: Patience
  readonly #rateInit: number
  #lossCurve: Curve
  #validationScores: Curve
  /** With early stopping the weights of the best score. */
  #best: Float32Array | undefined
  #nIter = 0

  constructor(
    job: MLPJob,
    core: Core,
    runner: EpochRunner,
    validation: NativeDataset | undefined,
    publish: (learned: MLPLearned) => void,
  ) {
    const { params } = job
    const { progress, optimizer, weights } = job.start
    this.#job = job
    this.#core = core
    this.#validation = validation
    this.#runner = runner
    this.#publish = publish
    this.#rateInit = params.learningRateInit
    const goesOn = optimizer !== undefined && progress?.rateInit === this.#rateInit
    this.#patience = new Patience(params, progress, goesOn ? progress.rate : this.#rateInit)
    this.#lossCurve = (progress?.lossCurve ?? Curve.empty).recent()
    this.#validationScores = (progress?.validationScores ?? Curve.empty).recent()
    // A warm start begins with the best weights of the run before.
    if (validation && progress && Number.isFinite(progress.bestValidationScore)) this.#best = weights
  }

  async run(): Promise<void> {
    const ranks = new Ranks(this.#job)
    try {
      await this.#runner.begin(ranks)
      // As rank 0 has them.
      if (this.#best && !ranks.agreement.isAlone) this.#best = await this.#soon(this.#weights())
      await this.#runEpochs(ranks)
    } catch (error) {
      await ranks.fail(error)
      throw error
    } finally {
      ranks.agreement.end()
    }
  }

  async #runEpochs(ranks: Ranks): Promise<void> {
    const { epochs, limits, params } = this.#job
    const verbose = ranks.agreement.rank === 0 && params.verbose
    while (this.#nIter < epochs) {
      const { results, done } = await this.#runner.train(this.#epochsAtOnce(), this.#patience.rate, this.#nIter)
      let ended: EstimatorStopReason | undefined
      let logs: Logs | undefined
      for (const result of results) {
        this.#nIter++
        const { rate } = this.#patience
        logs = await this.#evaluate(result, ranks)
        ended = this.#ended(result.converged)
        if (!ended) await this.#soon(this.#runner.changeRate(rate, this.#patience.rate))
      }
      if (!logs || !done) {
        this.#core.settle()
        return this.#soon(this.#report('timeLimit'))
      }
      const limit = await ranks.endEpoch()
      await this.#soon(this.#report(limit ?? ended ?? 'maxIter'))
      await limits.endEpoch(this.#nIter - 1, logs, verbose)
      if (ended || limit) break
    }
    await ranks.end()
  }

  /** Epochs until the user, or the rule that ends training, looks at the next result. */
  #epochsAtOnce(): number {
    return this.#runner.oneByOne ? 1 : Math.min(this.#patience.horizon, this.#job.epochs - this.#nIter, mostEpochs)
  }

  /** Logs an epoch, and scores the validation rows. */
  async #evaluate(result: EpochResult, ranks: Ranks): Promise<Logs> {
    const { params, validation } = this.#job
    const loss = await this.#soon(this.#loss(result, ranks))
    this.#lossCurve = this.#lossCurve.with(loss)
    if (params.solver === 'lbfgs') {
      this.#patience.bestLoss = Math.min(this.#patience.bestLoss, loss)
      return { loss }
    }
    if (!validation || !this.#validation) {
      this.#patience.endEpoch(ranks.rows, loss, undefined)
      return { loss }
    }
    const outputs = await outputsOf(this.#core, this.#validation, validation.x.rows, this.#job.limits.signal)
    const valScore = validation.score(await ranks.collect(await this.#soon(validation.partOf(outputs))))
    this.#validationScores = this.#validationScores.with(valScore)
    if (this.#patience.endEpoch(ranks.rows, loss, valScore)) this.#best = await this.#soon(this.#weights())
    return { loss, valScore }
  }

  /** The loss as scikit-learn reports it. */
  *#loss(result: EpochResult, { constant, weight }: Ranks): Work<number> {
    const { topology, params } = this.#job
    const outputs = topology.units.at(-1)!
    if (topology.outActivation !== 'identity' || outputs === 1) return result.loss + constant
    // scikit-learn reports a mean over outputs, though its gradient is that of the sum.
    const penalty = params.solver === 'lbfgs' ? yield* this.#penalty(weight) : result.penalty
    return (result.loss - penalty) / outputs + penalty
  }

  /** The penalty at the current weights. @param total the sum of the weights of rows. */
  *#penalty(total: number): Work<number> {
    const { topology, params } = this.#job
    let squares = 0
    for (const { kernel } of layersOf(topology, yield* this.#weights())) {
      yield* rowBlocks(kernel.length, 1, (begin, end) => {
        for (let k = begin; k < end; k++) squares += kernel[k]! * kernel[k]!
      })
    }
    return ((params.alpha / 2) * squares) / total
  }

  #weights(): Work<Float32Array<ArrayBuffer>> {
    return readAllWeights(this.#core.native, countWeights(this.#job.topology))
  }

  /** Short work at once, long work in slices between turns of the event loop. */
  #soon<R>(work: Work<R>): R | Promise<R> {
    return runSoon(work, { signal: this.#job.limits.signal })
  }

  #ended(converged: boolean): EstimatorStopReason | undefined {
    if (converged || this.#patience.converged) return 'converged'
    return this.#runner.evaluations > this.#job.params.maxFun ? 'maxFun' : undefined
  }

  *#report(stopReason: EstimatorStopReason): Work<void> {
    const { topology, params } = this.#job
    const { rate, t, bestLoss, bestValidationScore, withoutProgress } = this.#patience
    const { weights, optimizer, epochs } = yield* this.#runner.keep()
    this.#publish({
      nFeaturesIn: topology.units[0]!,
      topology,
      weights: this.#best ?? weights,
      optimizer: { solver: params.solver, ...optimizer },
      progress: {
        ...{ nIter: this.#nIter, t, rate, rateInit: this.#rateInit, epochs: epochs % 2 ** 32, stopReason },
        ...{ bestLoss, bestValidationScore, withoutProgress },
        lossCurve: this.#lossCurve,
        validationScores: this.#validationScores,
      },
    })
  }
}
