import { runBreathing, runNow, type Work } from '../../base/breathing.js'
import { optionKeys } from '../../base/check.js'
import { FormatError } from '../../base/errors.js'
import type { Matrix, MatrixLike, NumberArray, NumberTable } from '../../base/matrix.js'
import { floatRange, readSampleWeightInSteps } from '../../base/sample-weight.js'
import type { Label, LabelOf, LabelsLike, Widened } from '../../learning/labels.js'
import type { Definition, OptionsOf, ParameterTable } from '../../learning/parameters.js'
import { type FittedModel, relabelled } from '../../learning/relabelled.js'
import type { RunOptions } from '../../network/inference.js'
import { checkWarmClasses, type Outputs, readPartialClasses, restoreClasses } from '../classes.js'
import { Classifier } from '../classifier.js'
import type { LearnedRecord } from '../estimator.js'
import { type EstimatorFile, loadEstimator } from '../file.js'
import type { FitLimits } from '../fit-limits.js'
import { isTable, type LabelRow, type LabelsTaken, type MLPLabels } from '../label-rows.js'
import { checkLabelColumns, type OutputClasses } from '../mlp/class-rows.js'
import type { ClassOf } from '../mlp/mlp-classifier.js'
import { checkClassWeightOfGroup, classesOfAll, type GroupFit, overRanks } from '../over-ranks.js'
import { logarithmsOf } from '../probabilities.js'
import { checkPartialClassWeight } from '../sample-weights.js'
import { type ClassRows, readClassRows } from './class-rows.js'
import { fitNetwork, type NetworkFitOptions, networkFitKeys, networkPartialFitKeys } from './fit.js'
import { checkLossOfClasses, type HeadParams, headForClasses } from './head.js'
import { endOf, type NetworkLearned, recordNetwork, restoreNetwork } from './learned.js'
import { preparePrediction, probabilitiesOfOutputs, thresholdOf } from './outputs.js'
import { classifierParameters as parameters } from './parameters.js'
import { splitRows } from './split.js'
import { withNetwork } from './with-network.js'

const definition: Definition<typeof parameters> = {
  name: 'NetworkClassifier',
  parameters,
  check: (params) => checkLossOfClasses(params as HeadParams),
}

/** What `new NetworkClassifier` takes. */
export type NetworkClassifierOptions = OptionsOf<typeof NetworkClassifier.parameters>

/** What `partialFit` of NetworkClassifier takes. */
export interface NetworkPartialFitOptions<C extends Label | LabelRow = Label> extends NetworkFitOptions {
  /**
   * All labels of this and all later calls. The first call needs them, unless fit came before. For rows of 0 and 1 they are the
   * column numbers of y, and can be left out.
   */
  classes?: ([C] extends [Label] ? LabelsLike<C> : LabelsLike<number>) | undefined
}

const classesKeys = optionKeys<Omit<NetworkPartialFitOptions, keyof NetworkFitOptions>>({ classes: true })

/** What training leaves in a NetworkClassifier. */
type NetworkClasses = NetworkLearned & OutputClasses

interface NetworkClassifierLabels {
  labels: unknown
  model: NetworkClassifier<LabelOf<this['labels']>>
}

/**
 * A classifier over any network: `layers` are the hidden ones; the output layer and its loss follow from the labels. Two
 * classes have one sigmoid unit and the binary cross-entropy, more classes a softmax unit each and the cross-entropy; rows of
 * 0 and 1, for rows with several labels, a sigmoid unit for each label. It trains as a `Sequential` does, and is an estimator
 * like any other: in pipelines, searches and files.
 * @example
 * const hidden = [layers.dense({ units: 32, activation: 'gelu' }), layers.dropout({ rate: 0.1 })]
 * const clf = new NetworkClassifier({ layers: hidden, epochs: 5, seed: 1 })
 * const { train, test } = datasets.digits()
 * await clf.fit(train.x, train.y)
 * await clf.score(test.x, test.y) // the accuracy
 * clf.network.summary()
 */
export class NetworkClassifier<C extends Label | LabelRow = Label> extends withNetwork(Classifier)<
  typeof parameters,
  NetworkClasses,
  ClassOf<C>,
  C,
  MLPLabels<Widened<C>>
> {
  /** @hidden */
  declare readonly [relabelled]?: NetworkClassifierLabels

  /** Every parameter with its default, its check, its description and its search range. */
  static readonly parameters = parameters

  /** @throws ArgumentError for an unknown parameter, a wrong value, or a loss that is not for classes. */
  constructor(options: NetworkClassifierOptions = {}) {
    super(definition, options)
  }

  /**
   * Reads a classifier that `save` wrote. Callbacks are not in files.
   * @typeParam C the type of the labels, which is not checked.
   * @param source the file's path, or its bytes.
   * @throws FormatError that names the file and what is wrong with it; ArgumentError when it cannot be opened.
   */
  static load<C extends Label | LabelRow = Label>(source: string | Uint8Array): Promise<NetworkClassifier<C>> {
    return loadEstimator(source, definition, async (file) => {
      const classifier = new NetworkClassifier<C>(file.params)
      classifier.adopt(await restoreClassifier(file as EstimatorFile<ParameterTable>), file.seed)
      return classifier
    })
  }

  /**
   * Trains a new network on rows and their labels, off the event loop. It replaces the one before when training has ended.
   * @param y labels of any type (strings, numbers or booleans, one type in all rows, at least two different ones), or rows
   * of 0 and 1.
   * @throws ArgumentError for wrong data or options, or layers that do not fit them, before anything has changed.
   * @throws TrainingError when the loss becomes NaN or infinite; the estimator keeps what it learned before.
   * @throws MlpError ERR_BUSY while another fit runs.
   */
  fit<M, const Y extends LabelsTaken<M>>(
    this: M,
    x: MatrixLike,
    y: Y,
    options?: NetworkFitOptions,
  ): Promise<FittedModel<M, Y>>
  fit(x: MatrixLike, y: unknown, options: NetworkFitOptions = {}): Promise<never> {
    return overRanks(options, async (together) => {
      checkClassWeightOfGroup(together?.group, this.params.classWeight)
      const classes = together && (await classesOfAll(together, y))
      const read = (limits: FitLimits, warm: NetworkClasses | undefined) =>
        this.#toFit(x, y, options, limits, warm, warm?.classes ?? classes, together)
      return this.runFit({ x, y }, options, networkFitKeys, read)
    }) as never
  }

  /**
   * Trains one epoch on the rows, from where training last ended, without validation and the callbacks of fit.
   * @throws as fit does; ArgumentError also with classWeight 'balanced', which needs class counts.
   */
  partialFit(x: MatrixLike, y: MLPLabels<C>, options: NetworkPartialFitOptions<C> = {}): Promise<this> {
    return this.runPartialFit({ x, y }, options, [...networkPartialFitKeys, ...classesKeys], (limits, before) =>
      this.#toPartialFit(x, y, options, limits, before),
    )
  }

  /**
   * The probability of each class for each row, in the order of `classes`. Rows sum to 1, unless rows can have several
   * labels: then each label has a probability of its own.
   * @throws ArgumentError for wrong data; MlpError ERR_NOT_FITTED, or ERR_ARGUMENT for a loss without probabilities.
   */
  async predictProba(x: MatrixLike, options: RunOptions = {}): Promise<Matrix> {
    const learned = this.learned('predict')
    const outputs = await this.infer(learned, x, options)
    return runBreathing(probabilitiesOfOutputs(learned, learned.kind, outputs), options.signal)
  }

  /**
   * The probability of each class for one row, as an array in the order of `classes`, or those of a table, on the spot.
   * @throws as predictProba does.
   */
  predictProbaSync(row: readonly number[] | NumberArray): Float32Array
  predictProbaSync(table: Exclude<MatrixLike, NumberArray>): Matrix
  predictProbaSync(x: MatrixLike | readonly number[]): Float32Array | Matrix {
    const { learned, outputs, isRow } = this.inferSync(x)
    const probabilities = runNow(probabilitiesOfOutputs(learned, learned.kind, outputs))
    return isRow ? probabilities.data : probabilities
  }

  /** The natural logarithms of predictProba; -Infinity for 0. */
  async predictLogProba(x: MatrixLike, options: RunOptions = {}): Promise<Matrix> {
    return runBreathing(logarithmsOf(await this.predictProba(x, options)), options.signal)
  }

  protected record(learned: NetworkClasses): LearnedRecord {
    const { json, tensors } = recordNetwork(learned)
    return { json: { ...json, classes: learned.classes, multilabel: learned.multilabel }, tensors }
  }

  protected prepare({ network }: NetworkClasses, x: NumberTable, signal: AbortSignal | undefined) {
    return preparePrediction(network, x, signal)
  }

  protected outputsSync({ network }: NetworkClasses, { data, rows }: NumberTable): Outputs {
    const outputs = network.predictSync(data)
    return { data: outputs, columns: outputs.length / rows }
  }

  protected threshold({ kind }: NetworkClasses): number {
    return thresholdOf(kind)
  }

  *#toFit(
    x: MatrixLike,
    y: unknown,
    options: NetworkFitOptions,
    limits: FitLimits,
    warm: NetworkClasses | undefined,
    classes: readonly Label[] | undefined,
    together: GroupFit | undefined,
  ): Work<() => Promise<void>> {
    const all = yield* this.#read(x, y, options, warm, classes)
    if (warm) checkWarmClasses(all.outputs.classes, warm.classes)
    return yield* this.#toTrain(all, options, limits, warm, false, together)
  }

  *#toPartialFit(
    x: MatrixLike,
    y: unknown,
    options: NetworkPartialFitOptions<C>,
    limits: FitLimits,
    before: NetworkClasses | undefined,
  ): Work<() => Promise<void>> {
    checkPartialClassWeight(this.params.classWeight)
    const classes = isTable(y) ? undefined : readPartialClasses(options.classes, before?.classes)
    const all = yield* this.#read(x, y, options, before, classes)
    if (all.outputs.multilabel) checkLabelColumns(options.classes, all.outputs)
    return yield* this.#toTrain(all, options, limits, before, true)
  }

  *#read(
    x: MatrixLike,
    y: unknown,
    { sampleWeight }: NetworkFitOptions,
    before: NetworkClasses | undefined,
    classes: readonly Label[] | undefined,
  ): Work<ClassRows> {
    const table = yield* this.trainingRows(x, before)
    const weights = yield* readSampleWeightInSteps(sampleWeight, table.rows, floatRange)
    return yield* readClassRows(table, y, weights, this.params as HeadParams & typeof this.params, classes)
  }

  *#toTrain(
    { rows: all, head, outputs, stratify }: ClassRows,
    options: NetworkFitOptions,
    limits: FitLimits,
    before: NetworkClasses | undefined,
    once: boolean,
    together?: GroupFit,
  ): Work<() => Promise<void>> {
    const { params, seed } = this
    const { rows, validation } = yield* splitRows(all, once ? 0 : params.validationSplit, seed, stratify)
    const fit = fitNetwork({ rows, validation, head, params, seed, options, limits, before, together }, once)
    return async () => this.publish({ ...(await fit), ...outputs })
  }
}

async function restoreClassifier(file: EstimatorFile<ParameterTable>): Promise<NetworkClasses> {
  const learned = await restoreNetwork(file, ['classes', 'multilabel'])
  const { multilabel } = file.learned
  if (typeof multilabel !== 'boolean') throw new FormatError('It does not say whether rows have several labels.')
  const classes = restoreClasses(file.learned.classes)
  const { units } = endOf(learned.network)
  checkLossOfClasses(learned.kind)
  const outputActivation = learned.kind.activation === 'softmax' ? ({ name: 'softmax' } as const) : null
  const expected = headForClasses({ loss: learned.kind.loss, outputActivation }, { classes, multilabel }).units
  if (units !== expected) throw new FormatError(`It has ${units} outputs for ${classes.length} classes.`)
  return { ...learned, classes, multilabel }
}
