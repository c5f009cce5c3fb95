import { mismatch } from '../../base/check.js'
import { ArgumentError } from '../../base/errors.js'
import { checkFinite, Matrix, type MatrixLike, type NumberArray, toTable } from '../../base/matrix.js'
import { floatRange, readSampleWeight, type SampleWeight } from '../../base/sample-weight.js'
import type { Definition, OptionsOf, ParameterTable } from '../../learning/parameters.js'
import { r2 } from '../../metrics/determination.js'
import type { RunOptions } from '../../network/inference.js'
import { asRow, type ScoreOptions } from '../classifier.js'
import { type EstimatorFile, loadEstimator } from '../file.js'
import type { NumbersLike } from '../regressor.js'
import { splitForValidation, takeNumbers, takeRows } from '../validation-rows.js'
import { type MlpLearned, restoreMlp } from './learned.js'
import {
  type MlpFitOptions,
  type MlpPartialFitOptions,
  type MlpRows,
  MultilayerPerceptron,
} from './multilayer-perceptron.js'
import { outputsHere, outputsOffLoop } from './outputs.js'
import { checkMlp, regressorParameters as parameters } from './parameters.js'
import { checkHeld } from './scoring.js'
import { readValues } from './targets.js'

const definition: Definition<typeof parameters> = { name: 'MLPRegressor', parameters, check: checkMlp }

/** What `new MLPRegressor` takes: scikit-learn's parameters, `random_state` as `seed`. */
export type MLPRegressorOptions = OptionsOf<typeof MLPRegressor.parameters>

/** What is to be learned: one number a row, or a row of several. */
export type MlpValues<P extends Float64Array | Matrix> = P extends Matrix
  ? Matrix | readonly (readonly number[] | NumberArray)[]
  : NumbersLike

/**
 * A multilayer perceptron that gives numbers, one or several a row, in scikit-learn's words, with its parameters, defaults and
 * arithmetic: it minimises half the squared error or half the Poisson deviance (for counts: outputs are above 0), plus
 * alpha / 2 ‖W‖² over the rows of a batch, by adam, sgd with momentum or L-BFGS. `docs/estimators.md` has the formulas.
 * Columns of x, and y, should be of about the same size, around 0. `P` is what it predicts for a table: numbers,
 * or, where y is a table, a Matrix.
 *
 * Source: Rumelhart, Hinton and Williams 1986; Kingma and Ba 2015 for adam; Zhu et al. 1997 for L-BFGS.
 * @example
 * const reg = new MLPRegressor({ hiddenLayerSizes: [8], activation: 'tanh', solver: 'lbfgs', seed: 1 })
 * await reg.fit([[-1], [-0.5], [0], [0.5], [1]], [1, 0.25, 0, 0.25, 1])
 * reg.predictSync([0.5]) // about 0.25
 */
export class MLPRegressor<P extends Float64Array | Matrix = Float64Array> extends MultilayerPerceptron<
  typeof parameters,
  MlpLearned
> {
  /** Every parameter: its default, what it takes, what it does, and where a search for it begins. */
  static readonly parameters = parameters

  /** @throws ArgumentError for an unknown parameter, a wrong value, or values that do not go together. */
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
      regressor.adopt(restoreMlp(file as EstimatorFile<ParameterTable>, [out]), file.seed)
      return regressor
    })
  }

  /**
   * Learns from rows and their numbers, off the event loop; what was learned before goes when the first epoch is over.
   * Resolves also when the signal or the time limit ended it: `stopReason` tells.
   * @param y one finite number a row, or a table of several; of at least 0 for the loss 'poisson'.
   * @throws ArgumentError for wrong data or options, before anything has changed.
   * @throws TrainingError when the loss becomes NaN or infinite; what was learned in the epochs before stays.
   * @throws MlpError ERR_BUSY while another fit runs.
   */
  fit(x: MatrixLike, y: MlpValues<P>, options: MlpFitOptions = {}): Promise<this> {
    return this.runFit(
      options,
      (warm) => this.#read(x, y, options.sampleWeight, warm),
      (learned) => this.publish(learned),
    )
  }

  /**
   * One epoch of sgd or adam over the rows, from where training last ended.
   * @throws as fit does; ArgumentError also with earlyStopping.
   */
  partialFit(x: MatrixLike, y: MlpValues<P>, options: MlpPartialFitOptions = {}): Promise<this> {
    return this.runPartialFit(
      options,
      [],
      (before) => this.#read(x, y, options.sampleWeight, before),
      (learned) => this.publish(learned),
    )
  }

  /**
   * The number of each row, or a row of them, off the event loop.
   * @throws ArgumentError for wrong data; MlpError ERR_NOT_FITTED.
   */
  async predict(x: MatrixLike, options: RunOptions = {}): Promise<P> {
    const learned = this.learned('predict')
    return shaped(learned, await outputsOffLoop(learned, this.rows(x), options)) as P
  }

  /**
   * The number of one row (or its numbers), or those of a table, on the spot.
   * @throws ArgumentError for wrong data; MlpError ERR_NOT_FITTED.
   */
  predictSync(row: readonly number[] | NumberArray): P extends Matrix ? Float32Array : number
  predictSync(table: Exclude<MatrixLike, NumberArray>): P
  predictSync(x: MatrixLike | readonly number[]): P | Float32Array | number {
    const learned = this.learned('predict')
    const row = asRow(x, learned.nFeaturesIn)
    const outputs = outputsHere(learned, row ?? toTable(x as MatrixLike, 'x', learned.nFeaturesIn))
    if (!row) return shaped(learned, outputs) as P
    return outputs.length > 1 ? outputs : outputs[0]!
  }

  /**
   * The coefficient of determination R²: see SGDRegressor.score; for several numbers a row, the mean of theirs.
   * @throws ArgumentError for wrong data; MlpError ERR_NOT_FITTED.
   */
  async score(x: MatrixLike, y: MlpValues<P>, { sampleWeight, ...options }: ScoreOptions = {}): Promise<number> {
    const learned = this.learned('score')
    const table = this.rows(x)
    const weights = readSampleWeight(sampleWeight, table.rows, floatRange)
    const { data, columns } = readValues(y, 'y', table.rows)
    const outputs = learned.topology.units.at(-1)!
    if (columns !== outputs) throw mismatch('y', `${outputs} numbers a row`, `${columns}`)
    const found = await outputsOffLoop(learned, table, options)
    return scoreOf(data, found, columns, weights)
  }

  #read(x: MatrixLike, y: unknown, sampleWeight: SampleWeight | undefined, before: MlpLearned | undefined): MlpRows {
    const { loss, earlyStopping, validationFraction } = this.params
    const table = this.trainingRows(x, before)
    const weights = readSampleWeight(sampleWeight, table.rows, floatRange)
    const { data, columns } = readValues(y, 'y', table.rows)
    const poisson = loss === 'poisson'
    const low = poisson ? data.findIndex((value) => value < 0) : -1
    if (low !== -1) {
      throw new ArgumentError(
        `Expected numbers of at least 0 for y with the loss 'poisson', but row ${Math.floor(low / columns)} has ${data[low]}.`,
      )
    }
    const common = { outputs: columns, outActivation: poisson ? 'exponential' : 'identity' } as const
    const whole = (part: Float64Array, own: Float64Array | undefined) => ({
      targets: { data: Float32Array.from(part), columns },
      weights: own ? Float32Array.from(own) : null,
      constant: poisson ? saturated(part, columns, own) : 0,
    })
    if (!earlyStopping) return { ...common, ...whole(data, weights), x: table, validation: undefined }
    checkFinite(table, 'x') // here, where its rows still have their numbers
    const { training, validation } = splitForValidation(table.rows, validationFraction, this.seed)
    const part = (rows: Uint32Array) => takeRows({ data, rows: table.rows, columns }, rows).data as Float64Array
    const heldWeights = weights && takeNumbers(weights, validation)
    checkHeld(validation.length, heldWeights)
    const held = part(validation)
    const score = (found: Float32Array) => scoreOf(held, found, columns, heldWeights)
    return {
      ...common,
      ...whole(part(training), weights && takeNumbers(weights, training)),
      x: takeRows(table, training),
      validation: { x: takeRows(table, validation), score },
    }
  }
}

function shaped({ topology }: MlpLearned, outputs: Float32Array): Float64Array | Matrix {
  const columns = topology.units.at(-1)!
  return columns === 1 ? Float64Array.from(outputs) : new Matrix(outputs, outputs.length / columns, columns)
}

/** What half the Poisson deviance has beside exp(z) - y z: the mean over rows of the sum of y log y - y. */
function saturated(data: Float64Array, columns: number, weights: Float64Array | undefined): number {
  let [sum, all] = [0, 0]
  for (const [i, y] of data.entries()) {
    const weight = weights?.[Math.floor(i / columns)] ?? 1
    sum += weight * (y > 0 ? y * Math.log(y) - y : 0)
    if (i % columns === 0) all += weight
  }
  return sum / all
}

/** R², of several numbers a row the mean of theirs. */
function scoreOf(
  truth: Float64Array,
  found: Float32Array,
  columns: number,
  sampleWeight: Float64Array | undefined,
): number {
  const rowsOf = (data: Float64Array | Float32Array) =>
    Array.from({ length: data.length / columns }, (_, i) => data.subarray(i * columns, (i + 1) * columns))
  return r2(rowsOf(truth), rowsOf(found), { sampleWeight })
}
