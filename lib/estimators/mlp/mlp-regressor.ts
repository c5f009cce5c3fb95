import type { Work } from '../../base/breathing.js'
import { mismatch } from '../../base/check.js'
import type { Matrix, MatrixLike, NumberArray, NumberTable } from '../../base/matrix.js'
import type { SampleWeight } from '../../base/sample-weight.js'
import { floatRange, readSampleWeightInSteps } from '../../base/sample-weight.js'
import type { Definition, OptionsOf, ParameterTable } from '../../learning/parameters.js'
import type { Outputs } from '../classes.js'
import type { LearnedRecord } from '../estimator.js'
import { type EstimatorFile, loadEstimator } from '../file.js'
import type { FitLimits } from '../fit-limits.js'
import { type NumbersLike, readValues, type Values } from '../numbers.js'
import { type GroupFit, overRanks } from '../over-ranks.js'
import { Regressor } from '../regressor.js'
import {
  checkPartialSolver,
  fitKeys,
  fitNetwork,
  type MLPFitOptions,
  type MLPPartialFitOptions,
  type MLPRows,
  partialFitKeys,
  partialFitNetwork,
} from './fit.js'
import { type MLPLearned, recordNetwork, restoreNetwork } from './learned.js'
import { multilayerPerceptron } from './multilayer-perceptron.js'
import { outputsHere, prepareOutputs } from './outputs.js'
import { checkMLP, regressorParameters as parameters } from './parameters.js'
import { readValueRows } from './value-rows.js'

const definition: Definition<typeof parameters> = { name: 'MLPRegressor', parameters, check: checkMLP }

/** What `new MLPRegressor` takes: scikit-learn's parameters, `random_state` as `seed`. */
export type MLPRegressorOptions = OptionsOf<typeof MLPRegressor.parameters>

/** The numbers of rows: one a row, or several. */
export type MLPValues<P extends Float64Array | Matrix> = P extends Matrix
  ? Matrix | readonly (readonly number[] | NumberArray)[]
  : NumbersLike

/**
 * A multilayer perceptron for numbers, one or several a row, with scikit-learn's parameters, defaults and arithmetic. It
 * minimises half the squared error or half the Poisson deviance (for counts: outputs are above 0), plus alpha / 2 ‖W‖², over
 * the rows of a batch, by adam, sgd with momentum or L-BFGS. `docs/estimators.md` has the formulas. Columns of x and y should
 * be of about the same size, around 0. `P` is the type of predictions for a table: Float64Array, or Matrix if y is a table.
 *
 * Source: Rumelhart, Hinton and Williams 1986; Kingma and Ba 2015 for adam; Zhu et al. 1997 for L-BFGS.
 * @example
 * const reg = new MLPRegressor({ hiddenLayerSizes: [8], activation: 'tanh', solver: 'lbfgs', seed: 1 })
 * await reg.fit([[-1], [-0.5], [0], [0.5], [1]], [1, 0.25, 0, 0.25, 1])
 * reg.predictSync([0.5]) // about 0.25
 */
export class MLPRegressor<P extends Float64Array | Matrix = Float64Array> extends multilayerPerceptron(Regressor)<
  typeof parameters,
  MLPLearned,
  P,
  P extends Matrix ? Float32Array : number,
  MLPValues<P>
> {
  /** Every parameter with its default, its check, its description and its search range. */
  static readonly parameters = parameters

  /** @throws ArgumentError for an unknown parameter, a wrong value, or a combination that makes no sense. */
  constructor(options: MLPRegressorOptions = {}) {
    super(definition, options)
  }

  /**
   * Reads a regressor that `save` wrote.
   * @param source the file's path, or its bytes.
   * @throws FormatError that names the file and what is wrong with it; ArgumentError when it cannot be opened.
   */
  static load(source: string | Uint8Array): Promise<MLPRegressor> {
    return loadEstimator(source, definition, (file) => {
      const regressor = new MLPRegressor(file.params)
      const out = file.params.loss === 'poisson' ? 'exponential' : 'identity'
      regressor.adopt(restoreNetwork(file as EstimatorFile<ParameterTable>, [out]), file.seed)
      return regressor
    })
  }

  /**
   * Trains on rows and their numbers, off the event loop. What it had learned before is replaced after the first epoch.
   * It also resolves when the time limit ends training (see `stopReason`), and rejects with the reason of an aborted signal:
   * then the estimator has what it had learned before.
   * @param y one finite number a row, or a table of several; of at least 0 for the loss 'poisson'.
   * @throws ArgumentError for wrong data or options, before anything has changed.
   * @throws TrainingError when the loss becomes NaN or infinite; the estimator keeps what it learned before that epoch.
   * @throws MlpError ERR_BUSY while another fit runs.
   */
  fit(x: MatrixLike, y: MLPValues<P>, options: MLPFitOptions = {}): Promise<this> {
    return overRanks(options, (together) =>
      this.runFit({ x, y }, options, fitKeys, (limits, warm) => this.#toFit(x, y, options, limits, warm, together)),
    )
  }

  /**
   * Trains one epoch of sgd or adam on the rows, from where training last ended.
   * @throws as fit does; ArgumentError also with earlyStopping.
   */
  partialFit(x: MatrixLike, y: MLPValues<P>, options: MLPPartialFitOptions = {}): Promise<this> {
    return this.runPartialFit({ x, y }, options, partialFitKeys, (limits, before) =>
      this.#toPartialFit(x, y, options, limits, before),
    )
  }

  protected record(learned: MLPLearned): LearnedRecord {
    return recordNetwork(learned)
  }

  protected prepare(learned: MLPLearned, x: NumberTable, signal: AbortSignal | undefined) {
    return prepareOutputs(learned, x, signal)
  }

  protected outputsSync(learned: MLPLearned, x: NumberTable): Outputs {
    return outputsHere(learned, x)
  }

  protected override *readTruth({ topology }: MLPLearned, y: MLPValues<P>, rows: number): Work<Values> {
    const values = yield* readValues(y, 'y', rows)
    const outputs = topology.units.at(-1)!
    if (values.columns === outputs) return values
    throw mismatch('y', `${outputs} numbers a row`, `${values.columns}`)
  }

  *#toFit(
    x: MatrixLike,
    y: unknown,
    options: MLPFitOptions,
    limits: FitLimits,
    warm: MLPLearned | undefined,
    together: GroupFit | undefined,
  ): Work<() => Promise<void>> {
    const rows = yield* this.#read(x, y, options.sampleWeight, warm)
    const settings = { params: this.params, seed: this.seed, limits, together }
    return yield* fitNetwork(rows, options, warm, settings, (learned) => this.publish(learned))
  }

  *#toPartialFit(
    x: MatrixLike,
    y: unknown,
    options: MLPPartialFitOptions,
    limits: FitLimits,
    before: MLPLearned | undefined,
  ): Work<() => Promise<void>> {
    checkPartialSolver(this.params.solver)
    const rows = yield* this.#read(x, y, options.sampleWeight, before)
    const settings = { params: this.params, seed: this.seed, limits }
    return yield* partialFitNetwork(rows, options, before, settings, (learned) => this.publish(learned))
  }

  *#read(
    x: MatrixLike,
    y: unknown,
    sampleWeight: SampleWeight | undefined,
    before: MLPLearned | undefined,
  ): Work<MLPRows> {
    const table = yield* this.trainingRows(x, before)
    const weights = yield* readSampleWeightInSteps(sampleWeight, table.rows, floatRange)
    return yield* readValueRows(table, y, weights, this.params, this.seed)
  }
}
