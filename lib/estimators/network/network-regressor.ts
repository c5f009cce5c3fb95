import { runBreathing, runNow, type Work } from '../../base/breathing.js'
import { mismatch } from '../../base/check.js'
import { FormatError } from '../../base/errors.js'
import { copyInSteps, type Matrix, type MatrixLike, type NumberTable } from '../../base/matrix.js'
import { floatRange, readSampleWeightInSteps } from '../../base/sample-weight.js'
import type { Definition, OptionsOf, ParameterTable } from '../../learning/parameters.js'
import { restoreCount } from '../../learning/restore.js'
import type { Outputs } from '../classes.js'
import type { LearnedRecord } from '../estimator.js'
import { type EstimatorFile, loadEstimator } from '../file.js'
import type { FitLimits } from '../fit-limits.js'
import type { MLPValues } from '../mlp/mlp-regressor.js'
import { readValues, type Values } from '../numbers.js'
import { type GroupFit, overRanks } from '../over-ranks.js'
import { Regressor } from '../regressor.js'
import { fitNetwork, type NetworkFitOptions, networkFitKeys, networkPartialFitKeys } from './fit.js'
import { checkLossOfNumbers, type HeadParams, headForNumbers } from './head.js'
import { endOf, type NetworkLearned, recordNetwork, restoreNetwork } from './learned.js'
import { numbersOfOutputs, preparePrediction } from './outputs.js'
import { regressorParameters as parameters } from './parameters.js'
import { splitRows } from './split.js'
import { withNetwork } from './with-network.js'

const definition: Definition<typeof parameters> = {
  name: 'NetworkRegressor',
  parameters,
  check: (params) => checkLossOfNumbers(params as HeadParams),
}

/** What `new NetworkRegressor` takes. */
export type NetworkRegressorOptions = OptionsOf<typeof NetworkRegressor.parameters>

/** What training leaves in a NetworkRegressor. */
interface NetworkNumbers extends NetworkLearned {
  /** Numbers in a row of y. */
  readonly columns: number
}

/**
 * A regressor over any network: `layers` are the hidden ones; the output layer has a linear unit for each number in a row of
 * y, and the loss is the squared error, unless `loss` and `outputActivation` say otherwise. It trains as a `Sequential` does,
 * and is an estimator like any other: in pipelines, searches and files. Columns of x and y should be of about the same size,
 * around 0. `P` is the type of predictions for a table: Float64Array, or Matrix if y is a table.
 * @example
 * const reg = new NetworkRegressor({
 *   layers: [layers.dense({ units: 16, activation: 'tanh' })],
 *   optimizer: optimizers.adam({ learningRate: 0.05 }),
 *   epochs: 100,
 *   seed: 1,
 * })
 * await reg.fit([[-1], [-0.5], [0], [0.5], [1]], [1, 0.25, 0, 0.25, 1])
 * reg.predictSync([0.5]) // about 0.25
 */
export class NetworkRegressor<P extends Float64Array | Matrix = Float64Array> extends withNetwork(Regressor)<
  typeof parameters,
  NetworkNumbers,
  P,
  P extends Matrix ? Float32Array : number,
  MLPValues<P>
> {
  /** Every parameter with its default, its check, its description and its search range. */
  static readonly parameters = parameters

  /** @throws ArgumentError for an unknown parameter, a wrong value, or a loss that is not for numbers. */
  constructor(options: NetworkRegressorOptions = {}) {
    super(definition, options)
  }

  /**
   * Reads a regressor that `save` wrote. Callbacks are not in files.
   * @param source the file's path, or its bytes.
   * @throws FormatError that names the file and what is wrong with it; ArgumentError when it cannot be opened.
   */
  static load(source: string | Uint8Array): Promise<NetworkRegressor> {
    return loadEstimator(source, definition, async (file) => {
      const regressor = new NetworkRegressor(file.params)
      regressor.adopt(await restoreRegressor(file as EstimatorFile<ParameterTable>), file.seed)
      return regressor
    })
  }

  /**
   * Trains a new network on rows and their numbers, off the event loop. It replaces the one before when training has ended.
   * @param y one finite number a row, or a table of several.
   * @throws ArgumentError for wrong data or options, or layers that do not fit them, before anything has changed.
   * @throws TrainingError when the loss becomes NaN or infinite; the estimator keeps what it learned before.
   * @throws MlpError ERR_BUSY while another fit runs.
   */
  fit(x: MatrixLike, y: MLPValues<P>, options: NetworkFitOptions = {}): Promise<this> {
    return overRanks(options, (together) =>
      this.runFit({ x, y }, options, networkFitKeys, (limits, warm) =>
        this.#toTrain(x, y, options, limits, warm, false, together),
      ),
    )
  }

  /**
   * Trains one epoch on the rows, from where training last ended, without validation and the callbacks of fit.
   * @throws as fit does.
   */
  partialFit(x: MatrixLike, y: MLPValues<P>, options: NetworkFitOptions = {}): Promise<this> {
    return this.runPartialFit({ x, y }, options, networkPartialFitKeys, (limits, before) =>
      this.#toTrain(x, y, options, limits, before, true),
    )
  }

  protected record(learned: NetworkNumbers): LearnedRecord {
    const { json, tensors } = recordNetwork(learned)
    return { json: { ...json, columns: learned.columns }, tensors }
  }

  protected *prepare({ network, kind }: NetworkNumbers, x: NumberTable, signal: AbortSignal | undefined) {
    const predict = yield* preparePrediction(network, x, signal)
    return async () => runBreathing(numbersOfOutputs(kind, await predict()), signal)
  }

  protected outputsSync({ network, kind }: NetworkNumbers, { data, rows }: NumberTable): Outputs {
    const outputs = network.predictSync(data)
    return runNow(numbersOfOutputs(kind, { data: outputs, columns: outputs.length / rows }))
  }

  protected override *readTruth({ columns }: NetworkNumbers, y: MLPValues<P>, rows: number): Work<Values> {
    const values = yield* readValues(y, 'y', rows)
    if (values.columns === columns) return values
    throw mismatch('y', `${columns} numbers a row`, `${values.columns}`)
  }

  *#toTrain(
    x: MatrixLike,
    y: unknown,
    options: NetworkFitOptions,
    limits: FitLimits,
    before: NetworkNumbers | undefined,
    once: boolean,
    together?: GroupFit,
  ): Work<() => Promise<void>> {
    const { params, seed } = this
    const table = yield* this.trainingRows(x, before)
    const { data, columns } = yield* readValues(y, 'y', table.rows)
    const weights = yield* readSampleWeightInSteps(options.sampleWeight, table.rows, floatRange)
    const targets = { data: yield* copyInSteps(data, new Float32Array(data.length)), columns }
    const head = headForNumbers(params as HeadParams, columns)
    const share = once ? 0 : params.validationSplit
    const { rows, validation } = yield* splitRows({ x: table, targets, weights }, share, seed, undefined)
    const fit = fitNetwork({ rows, validation, head, params, seed, options, limits, before, together }, once)
    return async () => this.publish({ ...(await fit), columns })
  }
}

async function restoreRegressor(file: EstimatorFile<ParameterTable>): Promise<NetworkNumbers> {
  const learned = await restoreNetwork(file, ['columns'])
  const columns = restoreCount(file.learned.columns, 'columns', { min: 1 })
  const { units } = endOf(learned.network)
  checkLossOfNumbers(learned.kind)
  const expected = headForNumbers({ loss: learned.kind.loss, outputActivation: null }, columns).units
  if (units !== expected) throw new FormatError(`It has ${units} outputs for ${columns} numbers a row.`)
  return { ...learned, columns }
}
