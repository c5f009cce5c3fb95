import type { Work } from '../../base/breathing.js'
import { ArgumentError } from '../../base/errors.js'
import type { MatrixLike, NumberTable } from '../../base/matrix.js'
import type { SampleWeight } from '../../base/sample-weight.js'
import { floatRange, readSampleWeightInSteps } from '../../base/sample-weight.js'
import { readsDoubles } from '../../learning/doubles.js'
import type { Definition, OptionsOf, ParameterTable } from '../../learning/parameters.js'
import type { Outputs } from '../classes.js'
import type { LearnedRecord } from '../estimator.js'
import { type EstimatorFile, loadEstimator } from '../file.js'
import type { EstimatorFitOptions, FitLimits } from '../fit-limits.js'
import { inside, type LinearInside } from '../inside.js'
import { type NumbersLike, readNumbersInSteps } from '../numbers.js'
import { Regressor } from '../regressor.js'
import { fitLinear, type LinearRows } from './fit.js'
import { initKeys, type LinearFitOptions, readInits } from './inits.js'
import { type LinearLearned, predicting, recordLinear, restoreLinear } from './learned.js'
import { checkSgdRegressor, sgdRegressorParameters as parameters } from './parameters.js'
import { sgdModel } from './spec.js'
import { type LinearStart, startOfFit, startOfPartialFit } from './start.js'
import { prepareSums, sumsHere } from './sums.js'

const definition: Definition<typeof parameters> = { name: 'SGDRegressor', parameters, check: checkSgdRegressor }

/** What `new SGDRegressor` takes: scikit-learn's parameters, `random_state` as `seed`. */
export type SGDRegressorOptions = OptionsOf<typeof SGDRegressor.parameters>

/**
 * Linear regression by stochastic gradient descent: after each row,
 * w <- w - rate (d loss / d w + d penalty / d w). Names, parameters, defaults and arithmetic are scikit-learn's;
 * `docs/estimators.md` has the formulas of losses, penalties and rates. Columns (and y) should be of about the same
 * size, around 0.
 *
 * Source: Bottou 2012, "Stochastic Gradient Descent Tricks"; Tsuruoka, Tsujii and Ananiadou 2009 for l1.
 * @example
 * const reg = new SGDRegressor({ eta0: 0.1, maxIter: 2000, tol: 1e-9, alpha: 0, seed: 1 })
 * await reg.fit([[-1], [0], [1]], [-1, 1, 3])
 * reg.predictSync([0.5]) // about 2
 */
export class SGDRegressor extends Regressor<typeof parameters, LinearLearned> {
  /** Every parameter with its default, its check, its description and its search range. */
  static readonly parameters = parameters

  /** @internal */
  readonly [readsDoubles] = true

  /** @throws ArgumentError for an unknown parameter, a wrong value, or a combination that makes no sense. */
  constructor(options: SGDRegressorOptions = {}) {
    super(definition, options)
  }

  /**
   * Reads a regressor that `save` wrote.
   * @param source the file's path, or its bytes.
   * @throws FormatError that names the file and what is wrong with it; ArgumentError when it cannot be opened.
   */
  static load(source: string | Uint8Array): Promise<SGDRegressor> {
    return loadEstimator(source, definition, (file) => {
      const regressor = new SGDRegressor(file.params)
      regressor.adopt(restoreRegressor(file as EstimatorFile<ParameterTable>), file.seed)
      return regressor
    })
  }

  /**
   * The weights, one for each column.
   * @throws MlpError ERR_NOT_FITTED.
   */
  get coef(): Float64Array {
    return predicting(this.learned('read coef')).weights.slice()
  }

  /** The intercept, in an array of one number. */
  get intercept(): Float64Array {
    return predicting(this.learned('read the intercept')).intercepts.slice()
  }

  /**
   * Trains on rows and their numbers, off the event loop. What it had learned before is replaced after the first epoch.
   * It also resolves when the time limit ends training (see `stopReason`), and rejects with the reason of an aborted signal:
   * then the estimator has what it had learned before.
   * @param y one finite number a row.
   * @throws ArgumentError for wrong data or options, before anything has changed.
   * @throws TrainingError when weights become NaN or infinite; the estimator keeps what it learned before that epoch.
   * @throws MlpError ERR_BUSY while another fit runs.
   */
  fit(x: MatrixLike, y: NumbersLike, options: LinearFitOptions = {}): Promise<this> {
    return this.runFit({ x, y }, options, initKeys, (limits, warm) => this.#toFit(x, y, options, limits, warm))
  }

  /**
   * Trains one epoch on the rows, from where training last ended.
   * @throws as fit does; ArgumentError also with earlyStopping.
   */
  partialFit(x: MatrixLike, y: NumbersLike, options: EstimatorFitOptions = {}): Promise<this> {
    return this.runPartialFit({ x, y }, options, [], (limits, before) =>
      this.#toPartialFit(x, y, options, limits, before),
    )
  }

  /** @internal */
  [inside](): LinearInside {
    const { weights, intercepts } = predicting(this.learned('export the weights'))
    return { weights, intercepts, shares: undefined }
  }

  protected prepare(learned: LinearLearned, x: NumberTable, signal: AbortSignal | undefined) {
    return prepareSums(predicting(learned), x, signal)
  }

  protected outputsSync(learned: LinearLearned, x: NumberTable): Outputs {
    return sumsHere(predicting(learned), x)
  }

  protected record(learned: LinearLearned): LearnedRecord {
    return recordLinear(learned)
  }

  *#toFit(
    x: MatrixLike,
    y: NumbersLike,
    options: LinearFitOptions,
    limits: FitLimits,
    warm: LinearLearned | undefined,
  ): Work<() => Promise<void>> {
    const rows = yield* this.#read(x, y, options.sampleWeight, warm)
    const shape = { units: 1, features: rows.x.columns }
    const start = startOfFit(sgdModel(this.params), shape, warm, readInits(options, shape))
    return yield* this.#toTrain(rows, start, this.params.maxIter, limits)
  }

  *#toPartialFit(
    x: MatrixLike,
    y: NumbersLike,
    options: EstimatorFitOptions,
    limits: FitLimits,
    before: LinearLearned | undefined,
  ): Work<() => Promise<void>> {
    const rows = yield* this.#read(x, y, options.sampleWeight, before)
    const start = startOfPartialFit(sgdModel(this.params), { units: 1, features: rows.x.columns }, before)
    return yield* this.#toTrain(rows, start, 1, limits)
  }

  *#read(
    x: MatrixLike,
    y: NumbersLike,
    sampleWeight: SampleWeight | undefined,
    before: LinearLearned | undefined,
  ): Work<LinearRows> {
    const table = yield* this.trainingRows(x, before)
    const targets = yield* readNumbersInSteps(y, 'y', table.rows)
    const factor = Float64Array.of(1)
    return {
      ...{ x: table, targets, weights: yield* readSampleWeightInSteps(sampleWeight, table.rows, floatRange) },
      ...{ units: 1, ownClass: factor, otherClasses: factor, classes: undefined },
    }
  }

  #toTrain(rows: LinearRows, start: LinearStart, epochs: number, limits: FitLimits): Work<() => Promise<void>> {
    const { params, seed } = this
    const run = { rows, start, epochs, limits, params, model: sgdModel(params), seed, threads: 1 }
    return fitLinear(run, (learned) => this.publish(learned))
  }
}

function restoreRegressor(file: EstimatorFile<ParameterTable>): LinearLearned {
  const learned = restoreLinear(file)
  if (learned.state.intercepts.length === 1) return learned
  throw new ArgumentError(`Expected one unit in a regressor, but got ${learned.state.intercepts.length}.`)
}
