import { runBreathing, runNow, type Work } from '../../base/breathing.js'
import { invalid, optionKeys } from '../../base/check.js'
import { FormatError } from '../../base/errors.js'
import type { Matrix, MatrixLike, NumberArray, NumberTable } from '../../base/matrix.js'
import type { SampleWeight } from '../../base/sample-weight.js'
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
import { checkClassWeightOfGroup, classesOfAll, type GroupFit, overRanks } from '../over-ranks.js'
import { logarithmsOf, probabilitiesFrom } from '../probabilities.js'
import { checkPartialClassWeight } from '../sample-weights.js'
import { checkLabelColumns, type OutputClasses, outputsFor, readClassRows } from './class-rows.js'
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
import { checkMLP, classifierParameters as parameters } from './parameters.js'

const definition: Definition<typeof parameters> = { name: 'MLPClassifier', parameters, check: checkMLP }

/** What `new MLPClassifier` takes: scikit-learn's parameters, `random_state` as `seed`, and `classWeight`. */
export type MLPClassifierOptions = OptionsOf<typeof MLPClassifier.parameters>

/** The type of an entry of `classes`: for rows of several labels the number of a column. */
export type ClassOf<C> = C extends Label ? C : number

/** What `partialFit` of MLPClassifier takes. */
export interface MLPClassifierPartialFitOptions<C extends Label | LabelRow = Label> extends MLPPartialFitOptions {
  /**
   * All labels of this and all later calls. The first call needs them, unless fit came before. For rows of 0 and 1 they are the
   * column numbers of y, and can be left out.
   */
  classes?: ([C] extends [Label] ? LabelsLike<C> : LabelsLike<number>) | undefined
}

const classesKeys = optionKeys<Omit<MLPClassifierPartialFitOptions, keyof MLPPartialFitOptions>>({ classes: true })

/** What training leaves in an MLPClassifier. */
type MLPClasses = MLPLearned & OutputClasses

interface MLPClassifierLabels {
  labels: unknown
  model: MLPClassifier<LabelOf<this['labels']>>
}

/**
 * A multilayer perceptron for classes, with scikit-learn's parameters, defaults and arithmetic. It minimises the cross-entropy
 * plus alpha / 2 ‖W‖², over the rows of a batch, by adam, sgd with momentum or L-BFGS. Two classes have one logistic output,
 * more classes a softmax output each. If rows can have several labels, y is a table of 0 and 1 with one logistic output for
 * each label. `docs/estimators.md` has the formulas. Columns of x should be of about the same size, around 0.
 *
 * Source: Rumelhart, Hinton and Williams 1986; Kingma and Ba 2015 for adam; Zhu et al. 1997 for L-BFGS.
 * @example
 * const clf = new MLPClassifier({ hiddenLayerSizes: [8], solver: 'lbfgs', seed: 1 })
 * await clf.fit([[0, 0], [0, 1], [1, 0], [1, 1]], ['same', 'other', 'other', 'same'])
 * clf.predictSync([0, 1]) // 'other'
 */
export class MLPClassifier<C extends Label | LabelRow = Label> extends multilayerPerceptron(Classifier)<
  typeof parameters,
  MLPClasses,
  ClassOf<C>,
  C,
  MLPLabels<Widened<C>>
> {
  /** @hidden */
  declare readonly [relabelled]?: MLPClassifierLabels

  /** Every parameter with its default, its check, its description and its search range. */
  static readonly parameters = parameters

  /** @throws ArgumentError for an unknown parameter, a wrong value, or a combination that makes no sense. */
  constructor(options: MLPClassifierOptions = {}) {
    super(definition, options)
  }

  /**
   * Reads a classifier that `save` wrote.
   * @typeParam C the type of the labels, which is not checked.
   * @param source the file's path, or its bytes.
   * @throws FormatError that names the file and what is wrong with it; ArgumentError when it cannot be opened.
   */
  static load<C extends Label | LabelRow = Label>(source: string | Uint8Array): Promise<MLPClassifier<C>> {
    return loadEstimator(source, definition, (file) => {
      const classifier = new MLPClassifier<C>(file.params)
      classifier.adopt(restoreClassifier(file as EstimatorFile<ParameterTable>), file.seed)
      return classifier
    })
  }

  /**
   * Trains on rows and their labels, off the event loop. What it had learned before is replaced after the first epoch.
   * It also resolves when the time limit ends training (see `stopReason`), and rejects with the reason of an aborted signal:
   * then the estimator has what it had learned before.
   * @param y labels of any type (strings, numbers or booleans, one type in all rows, at least two different ones), or rows
   * of 0 and 1.
   * @throws ArgumentError for wrong data or options, before anything has changed.
   * @throws TrainingError when the loss becomes NaN or infinite; the estimator keeps what it learned before that epoch.
   * @throws MlpError ERR_BUSY while another fit runs.
   */
  fit<M, const Y extends LabelsTaken<M>>(
    this: M,
    x: MatrixLike,
    y: Y,
    options?: MLPFitOptions,
  ): Promise<FittedModel<M, Y>>
  fit(x: MatrixLike, y: unknown, options: MLPFitOptions = {}): Promise<never> {
    return overRanks(options, async (together) => {
      checkClassWeightOfGroup(together?.group, this.params.classWeight)
      const classes = together && (await classesOfAll(together, y))
      const read = (limits: FitLimits, warm: MLPClasses | undefined) =>
        this.#toFit(x, y, options, limits, warm, classes, together)
      return this.runFit({ x, y }, options, fitKeys, read)
    }) as never
  }

  /**
   * Trains one epoch of sgd or adam on the rows, from where training last ended.
   * @throws as fit does; ArgumentError also with earlyStopping, and with classWeight 'balanced', which needs class counts.
   */
  partialFit(x: MatrixLike, y: MLPLabels<C>, options: MLPClassifierPartialFitOptions<C> = {}): Promise<this> {
    return this.runPartialFit({ x, y }, options, [...partialFitKeys, ...classesKeys], (limits, before) =>
      this.#toPartialFit(x, y, options, limits, before),
    )
  }

  /**
   * The probability of each class for each row, in the order of `classes`. Rows sum to 1, unless rows can have several
   * labels: then each label has a probability of its own.
   * @throws ArgumentError for wrong data; MlpError ERR_NOT_FITTED.
   */
  async predictProba(x: MatrixLike, options: RunOptions = {}): Promise<Matrix> {
    const outputs = await this.infer(this.learned('predict'), x, options)
    return runBreathing(probabilitiesFrom(outputs), options.signal)
  }

  /**
   * The probability of each class for one row, as an array in the order of `classes`, or those of a table, on the spot.
   * @throws as predictProba does.
   */
  predictProbaSync(row: readonly number[] | NumberArray): Float32Array
  predictProbaSync(table: Exclude<MatrixLike, NumberArray>): Matrix
  predictProbaSync(x: MatrixLike | readonly number[]): Float32Array | Matrix {
    const { outputs, isRow } = this.inferSync(x)
    const probabilities = runNow(probabilitiesFrom(outputs))
    return isRow ? probabilities.data : probabilities
  }

  /** The natural logarithms of predictProba; -Infinity for 0. */
  async predictLogProba(x: MatrixLike, options: RunOptions = {}): Promise<Matrix> {
    return runBreathing(logarithmsOf(await this.predictProba(x, options)), options.signal)
  }

  protected record(learned: MLPClasses): LearnedRecord {
    const { json, tensors } = recordNetwork(learned)
    return { json: { ...json, classes: learned.classes, multilabel: learned.multilabel }, tensors }
  }

  protected prepare(learned: MLPClasses, x: NumberTable, signal: AbortSignal | undefined) {
    return prepareOutputs(learned, x, signal)
  }

  protected outputsSync(learned: MLPClasses, x: NumberTable): Outputs {
    return outputsHere(learned, x)
  }

  protected threshold(): number {
    return 0.5
  }

  *#toFit(
    x: MatrixLike,
    y: unknown,
    options: MLPFitOptions,
    limits: FitLimits,
    warm: MLPClasses | undefined,
    classesOfRanks: readonly Label[] | undefined,
    together: GroupFit | undefined,
  ): Work<() => Promise<void>> {
    const { rows, ...classes } = yield* this.#read(x, y, options.sampleWeight, warm, classesOfRanks)
    if (warm) checkWarmClasses(classes.classes, warm.classes)
    const settings = { params: this.params, seed: this.seed, limits, together }
    return yield* fitNetwork(rows, options, warm, settings, (learned) => this.publish({ ...learned, ...classes }))
  }

  *#toPartialFit(
    x: MatrixLike,
    y: unknown,
    options: MLPClassifierPartialFitOptions<C>,
    limits: FitLimits,
    before: MLPClasses | undefined,
  ): Work<() => Promise<void>> {
    checkPartialSolver(this.params.solver)
    checkPartialClassWeight(this.params.classWeight)
    const partialClasses = isTable(y) ? undefined : readPartialClasses(options.classes, before?.classes)
    const { rows, ...classes } = yield* this.#read(x, y, options.sampleWeight, before, partialClasses)
    if (classes.multilabel) checkLabelColumns(options.classes, classes)
    const settings = { params: this.params, seed: this.seed, limits }
    const publish = (learned: MLPLearned) => this.publish({ ...learned, ...classes })
    return yield* partialFitNetwork(rows, options, before, settings, publish)
  }

  *#read(
    x: MatrixLike,
    y: unknown,
    sampleWeight: SampleWeight | undefined,
    before: MLPClasses | undefined,
    classes: readonly Label[] | undefined,
  ): Work<OutputClasses & { rows: MLPRows }> {
    const table = yield* this.trainingRows(x, before)
    const weights = yield* readSampleWeightInSteps(sampleWeight, table.rows, floatRange)
    return yield* readClassRows(table, y, weights, this.params, this.seed, classes)
  }
}

function restoreClassifier(file: EstimatorFile<ParameterTable>): MLPClasses {
  const learned = restoreNetwork(file, ['logistic', 'softmax'], ['classes', 'multilabel'])
  const { multilabel } = file.learned
  if (typeof multilabel !== 'boolean') throw invalid('multilabel', 'true or false', multilabel)
  const classes = restoreClasses(file.learned.classes)
  const { outputs, outActivation } = outputsFor({ classes, multilabel })
  const { units, outActivation: activation } = learned.topology
  if (units.at(-1) !== outputs || activation !== outActivation) {
    throw new FormatError(
      `Its last layer, ${units.at(-1)} units with ${activation}, does not fit its ${classes.length} classes.`,
    )
  }
  return { ...learned, classes, multilabel }
}
