import { runSoon, type Work } from '../../base/breathing.js'
import { TrainingError } from '../../base/errors.js'
import type { Logs } from '../../base/history.js'
import type { NumberTable } from '../../base/matrix.js'
import { native } from '../../native/addon.js'
import type { NativeLinearRun, NativeLinearSpec, NativeLinearState } from '../../native/linear.js'
import type { NativeDataset } from '../../native/model.js'
import { Disposables, freedOnError, makeWideDataset, numbersInStep } from '../../network/dataset.js'
import { Curve } from '../curve.js'
import type { EstimatorStopReason, FitLimits } from '../fit-limits.js'
import { weightedSums } from './sums.js'
import { UnitProgress } from './unit-progress.js'

/** A run of training, every option checked. */
export interface LinearJob {
  spec: NativeLinearSpec
  x: NumberTable
  /** Values, or class numbers. */
  targets: Float64Array
  weights: Float64Array | undefined
  ownClass: Float64Array
  otherClasses: Float64Array
  start: NativeLinearState
  /** Losses of earlier epochs, which the run adds to. */
  lossCurve: Curve
  /** Rows to stop early by; `score` rates each unit by its weighted sums of them. */
  validation: { x: NumberTable; score: (sums: Float64Array, units: number) => Work<number[]> } | undefined
  epochs: number
  /** The number of the first epoch's shuffle. */
  firstEpoch: number
  shuffle: boolean
  tol: number | null
  nIterNoChange: number
  verbose: number
  limits: FitLimits
}

/** The state of a run after an epoch, or at its early end. */
interface LinearProgress {
  state: NativeLinearState
  /** Whole epochs done. */
  nIter: number
  /** Epochs begun, whole or not. */
  begun: number
  /** Rows trained with in an epoch that was cut short. */
  rowsBegun: number
  lossCurve: Curve
  validationScores: Curve
  stopReason: EstimatorStopReason
}

/**
 * Copies and checks the data, and returns what runs the epochs in native slices.
 * @param publish called after each epoch, and at the end.
 * @throws TrainingError when weights become NaN or infinite; the state published last stays.
 */
export function* trainLinear(job: LinearJob, publish: (progress: LinearProgress) => void): Work<() => Promise<void>> {
  const { spec, targets, ownClass, otherClasses, start } = job
  const held = new Disposables()
  function* begin(): Work<Training> {
    const x = held.add(yield* makeWideDataset(job.x, 'x'))
    const validation = job.validation && held.add(yield* makeWideDataset(job.validation.x, 'x'))
    const weights = job.weights ?? new Float64Array(0)
    const run = held.add(new (native().LinearRun)(spec, { x, targets, weights, ownClass, otherClasses }, start, true))
    for (const [part, numbers] of [[1, weights] as const, [0, targets] as const]) {
      for (let at = 0; at < numbers.length; at += numbersInStep) {
        run.copy(part, numbers, at, Math.min(at + numbersInStep, numbers.length))
        yield
      }
    }
    return new Training(job, run, validation, publish)
  }
  const training = yield* freedOnError(held, begin())
  return () => training.run().finally(() => held.dispose())
}

class Training {
  readonly #job: LinearJob
  readonly #run: NativeLinearRun
  readonly #validation: NativeDataset | undefined
  readonly #publish: (progress: LinearProgress) => void
  readonly #units: UnitProgress[]
  #lossCurve: Curve
  #validationScores = Curve.empty

  constructor(
    job: LinearJob,
    run: NativeLinearRun,
    validation: NativeDataset | undefined,
    publish: (progress: LinearProgress) => void,
  ) {
    this.#job = job
    this.#run = run
    this.#validation = validation
    this.#publish = publish
    this.#lossCurve = job.lossCurve
    const adaptive = job.spec.learningRate === 'adaptive'
    this.#units = Array.from({ length: job.spec.units }, () => new UnitProgress(job, adaptive))
  }

  async run(): Promise<void> {
    const { epochs, limits } = this.#job
    for (let epoch = 0; epoch < epochs; epoch++) {
      const rows = await this.#epoch(epoch)
      const limit = limits.reached()
      if (rows < this.#job.x.rows) return this.#report(epoch, rows, 'timeLimit')
      const logs = await this.#endUnits()
      const goesOn = this.#units.some((unit) => unit.active)
      this.#report(epoch + 1, 0, limit ?? (goesOn ? 'maxIter' : 'converged'))
      await limits.endEpoch(epoch, logs, this.#job.verbose)
      if (!goesOn || limit) return
    }
  }

  /** Trains until the epoch is over or a limit is reached; returns the rows done. */
  async #epoch(epoch: number): Promise<number> {
    const { firstEpoch, shuffle, x, limits } = this.#job
    const rates = Float64Array.from(this.#units, (unit) => unit.rate)
    const active = Float64Array.from(this.#units, (unit) => Number(unit.active))
    this.#run.beginEpoch((firstEpoch + epoch) % 2 ** 32, shuffle, rates, active)
    let rows = 0
    while (rows < x.rows && !limits.reached()) rows = await this.#run.train(limits.budget())
    if (!this.#run.sums().finite) {
      throw new TrainingError(
        `The weights became NaN or infinite in epoch ${epoch}. The estimator keeps what it learned before that epoch. ` +
          'Scale the columns of x (and y) to about -1 to 1, or lower eta0 or learningRate.',
        { epoch, step: Math.max(0, rows - 1) },
      )
    }
    return rows
  }

  /** Ends the epoch of every unit: stops those without progress, lowers adaptive rates. */
  async #endUnits(): Promise<Logs> {
    const { loss, objective, weight } = this.#run.sums()
    const scores = await this.#score()
    let [sum, count] = [0, 0]
    for (const [k, unit] of this.#units.entries()) {
      if (unit.active) {
        unit.loss = loss[k]! / weight[k]!
        if (scores) unit.score = scores[k]!
        unit.endEpoch(scores ? -scores[k]! : objective[k]! / weight[k]!)
      }
      sum += unit.loss
      count++
    }
    const logs: Logs = { loss: sum / count }
    this.#lossCurve = this.#lossCurve.with(logs.loss)
    if (!scores) return logs
    logs.valScore = this.#units.reduce((total, unit) => total + unit.score, 0) / count
    this.#validationScores = this.#validationScores.with(logs.valScore)
    return logs
  }

  async #score(): Promise<number[] | undefined> {
    const { validation, spec } = this.#job
    if (!validation || !this.#validation) return undefined
    const { signal } = this.#job.limits
    const sums = await weightedSums(this.#run.read(), this.#validation, validation.x.rows, signal)
    return runSoon(validation.score(sums, spec.units), { signal })
  }

  #report(nIter: number, rowsBegun: number, stopReason: EstimatorStopReason): void {
    this.#publish({
      state: this.#run.read(),
      nIter,
      begun: nIter + Number(rowsBegun > 0),
      rowsBegun,
      lossCurve: this.#lossCurve,
      validationScores: this.#validationScores,
      stopReason,
    })
  }
}
