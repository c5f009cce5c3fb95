import { ArgumentError } from '../../base/errors.js'
import type { MatrixLike, NumberTable } from '../../base/matrix.js'
import { floatRange, readSampleWeight } from '../../base/sample-weight.js'
import type { Definition, OptionsOf, ParameterTable } from '../../learning/parameters.js'
import type { RunOptions } from '../../network/inference.js'
import type { LearnedRecord } from '../estimator.js'
import { type EstimatorFile, loadEstimator } from '../file.js'
import { type EstimatorFitOptions, type EstimatorStopReason, FitLimits } from '../fit-limits.js'
import { type NumbersLike, Regressor, readNumbers } from '../regressor.js'
import { holdBackNumbers, type WeightedRows } from './held-back.js'
import { initKeys, type LinearFitOptions, readInits } from './inits.js'
import { type LinearLearned, predicting, recordLinear, restoreLinear } from './learned.js'
import { checkSgdRegressor, sgdRegressorParameters as parameters } from './parameters.js'
import { type LinearStart, sgdModel, startOfFit, startOfPartialFit } from './spec.js'
import { sumsHere, sumsOffLoop } from './sums.js'
import { trainLinear } from './train.js'

const definition: Definition<typeof parameters> = { name: 'SGDRegressor', parameters, check: checkSgdRegressor }

/** What `new SGDRegressor` takes: scikit-learn's parameters, `random_state` as `seed`. */
export type SGDRegressorOptions = OptionsOf<typeof SGDRegressor.parameters>

/**
 * Linear regression learned row by row by stochastic gradient descent: after each row,
 * w <- w - rate (d loss / d w + d penalty / d w). In scikit-learn's words, with its parameters, defaults and arithmetic;
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
  /** Every parameter: its default, what it takes, what it does, and where a search for it begins. */
  static readonly parameters = parameters

  /** @throws ArgumentError for an unknown parameter, a wrong value, or values that do not go together. */
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
   * One weight a column.
   * @throws MlpError ERR_NOT_FITTED.
   */
  get coef(): Float64Array {
    return predicting(this.learned('tell coef')).weights.slice()
  }

  /** One number. */
  get intercept(): Float64Array {
    return predicting(this.learned('tell the intercept')).intercepts.slice()
  }

  /** Whole epochs of the last fit. */
  get nIter(): number {
    return this.learned('tell nIter').nIter
  }

  /** One more than the rows that were learned from: epochs times rows + 1. */
  get t(): number {
    return this.learned('tell t').t
  }

  /** Why the last training ended. */
  get stopReason(): EstimatorStopReason {
    return this.learned('tell stopReason').stopReason
  }

  /** The mean loss over the rows of each epoch, each row's taken before its step; partialFit adds to it. */
  get lossCurve(): number[] {
    return [...this.learned('tell lossCurve').lossCurve]
  }

  /** With earlyStopping, R² on the rows held back after each epoch of the last fit; else empty. */
  get validationScores(): number[] {
    return [...this.learned('tell validationScores').validationScores]
  }

  /**
   * Learns from rows and their numbers, off the event loop; what was learned before goes when the first epoch is over.
   * Resolves also when the signal or the time limit ended it: `stopReason` tells.
   * @param y one finite number a row.
   * @throws ArgumentError for wrong data or options, before anything has changed.
   * @throws TrainingError when weights become NaN or infinite; what was learned in the epochs before stays.
   * @throws MlpError ERR_BUSY while another fit runs.
   */
  fit(x: MatrixLike, y: NumbersLike, options: LinearFitOptions = {}): Promise<this> {
    return this.exclusively('fit', () => {
      const limits = new FitLimits(options, 'fit()', initKeys)
      const { maxIter, warmStart } = this.params
      const warm = warmStart ? this.learnedSoFar : undefined
      const rows = this.#read(x, y, options, warm)
      const given = readInits(options, 1, rows.x.columns)
      const start = startOfFit(sgdModel(this.params), 1, rows.x.columns, warm, given)
      return this.#train(rows, start, maxIter, limits, undefined)
    })
  }

  /**
   * One epoch over the rows, from where training last ended.
   * @throws as fit does; ArgumentError also with earlyStopping.
   */
  partialFit(x: MatrixLike, y: NumbersLike, options: EstimatorFitOptions = {}): Promise<this> {
    return this.exclusively('fit', () => {
      const limits = new FitLimits(options, 'partialFit()')
      if (this.params.earlyStopping) {
        throw new ArgumentError('Expected earlyStopping false for partialFit, but got true.')
      }
      const before = this.learnedSoFar
      const rows = this.#read(x, y, options, before)
      return this.#train(rows, startOfPartialFit(sgdModel(this.params), 1, rows.x.columns, before), 1, limits, before)
    })
  }

  protected async outputs(learned: LinearLearned, x: NumberTable, options: RunOptions): Promise<Float64Array> {
    return (await sumsOffLoop(predicting(learned), x, options)).data
  }

  protected outputsSync(learned: LinearLearned, x: NumberTable): Float64Array {
    return sumsHere(predicting(learned), x).data
  }

  protected record(learned: LinearLearned): LearnedRecord {
    return recordLinear(learned)
  }

  #read(
    x: MatrixLike,
    y: NumbersLike,
    { sampleWeight }: EstimatorFitOptions,
    before: LinearLearned | undefined,
  ): WeightedRows {
    const table = this.trainingRows(x, before)
    return {
      x: table,
      targets: readNumbers(y, 'y', table.rows),
      weights: readSampleWeight(sampleWeight, table.rows, floatRange),
    }
  }

  async #train(
    rows: WeightedRows,
    start: LinearStart,
    epochs: number,
    limits: FitLimits,
    before: LinearLearned | undefined,
  ): Promise<this> {
    const { tol, nIterNoChange, shuffle, verbose, earlyStopping, validationFraction } = this.params
    const { x } = rows
    const spec = { ...sgdModel(this.params), average: start.average, classes: false, units: 1, seed: this.seed }
    const data = earlyStopping
      ? holdBackNumbers(rows, validationFraction, this.seed)
      : { ...rows, validation: undefined }
    const one = Float64Array.of(1)
    const job = { ...data, spec: { ...spec, threads: 1, steps: start.t }, ownClass: one, otherClasses: one }
    const run = { start: start.state, epochs, firstEpoch: start.epoch, shuffle, tol, nIterNoChange, verbose, limits }
    await trainLinear({ ...job, ...run }, ({ state, nIter, begun, rows: extra, ...progress }) => {
      this.publish({
        ...{ nFeaturesIn: x.columns, state, nIter, stopReason: progress.stopReason },
        averageFrom: start.average > 0 ? start.average : undefined,
        t: start.t + nIter * x.rows + extra,
        epochs: (start.epoch + begun) % 2 ** 32,
        lossCurve: [...(before?.lossCurve ?? []), ...progress.lossCurve],
        validationScores: progress.validationScores,
      })
    })
    return this
  }
}

function restoreRegressor(file: EstimatorFile<ParameterTable>): LinearLearned {
  const learned = restoreLinear(file)
  if (learned.state.intercepts.length === 1) return learned
  throw new ArgumentError(`Expected one unit in a regressor, but got ${learned.state.intercepts.length}.`)
}
