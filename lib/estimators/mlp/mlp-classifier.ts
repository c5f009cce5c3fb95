import { invalid, mismatch, optionKeys } from '../../base/check.js'
import { ArgumentError, FormatError } from '../../base/errors.js'
import { Matrix, type MatrixLike, type NumberArray, toTable } from '../../base/matrix.js'
import { floatRange, readSampleWeight, type SampleWeight } from '../../base/sample-weight.js'
import {
  classesOf,
  encodeLabels,
  type Label,
  type LabelsLike,
  readClasses,
  readLabels,
  sameClasses,
} from '../../learning/labels.js'
import type { Definition, OptionsOf, ParameterTable } from '../../learning/parameters.js'
import type { RunOptions } from '../../network/inference.js'
import { asRow, readPartialClasses, restoreClasses, type ScoreOptions } from '../classifier.js'
import type { LearnedRecord } from '../estimator.js'
import { type EstimatorFile, loadEstimator } from '../file.js'
import { combineWeights, weighClasses } from '../sample-weights.js'
import { readyRows } from './class-rows.js'
import { type MlpLearned, restoreMlp } from './learned.js'
import {
  type MlpFitOptions,
  type MlpPartialFitOptions,
  type MlpRows,
  MultilayerPerceptron,
} from './multilayer-perceptron.js'
import { outputsHere, outputsOffLoop } from './outputs.js'
import { checkMlp, classifierParameters as parameters } from './parameters.js'
import { accuracy, labelsFrom, rowsOf } from './scoring.js'
import { isTable, type LabelRow, readLabelRows } from './targets.js'

const definition: Definition<typeof parameters> = { name: 'MLPClassifier', parameters, check: checkMlp }

/** What `new MLPClassifier` takes: scikit-learn's parameters, `random_state` as `seed`, and `classWeight`. */
export type MLPClassifierOptions = OptionsOf<typeof MLPClassifier.parameters>

/** The labels of rows: one each, or rows of 0 and 1, one number a label. */
export type MlpLabels<C extends Label | LabelRow> = [C] extends [Label]
  ? LabelsLike<C>
  : Matrix | readonly (readonly number[] | NumberArray)[]

/** What `partialFit` of a classifier takes. */
export interface MlpClassifierPartialFitOptions<C extends Label | LabelRow = Label> extends MlpPartialFitOptions {
  /** All labels that will ever come: the first call needs them, unless fit came before; none for rows of 0 and 1. */
  classes?: ([C] extends [Label] ? LabelsLike<C> : undefined) | undefined
}

type OwnOptions = Omit<MlpClassifierPartialFitOptions, keyof MlpPartialFitOptions>
const partialFitKeys = optionKeys<OwnOptions>({ classes: true })

interface MlpClasses extends MlpLearned {
  /** Sorted; for rows of 0 and 1 the numbers of their columns. */
  readonly classes: readonly Label[]
  readonly multilabel: boolean
}

/**
 * A multilayer perceptron that tells classes apart, in scikit-learn's words, with its parameters, defaults and arithmetic:
 * it minimises the cross-entropy, plus alpha / 2 ‖W‖² over the rows of a batch, by adam, sgd with momentum or L-BFGS.
 * Two classes are one logistic output, more one softmax output each; where rows can have several labels at once, y is a
 * table of 0 and 1 and there is one logistic output a label. `docs/estimators.md` has the formulas. Columns of x should
 * be of about the same size, around 0.
 *
 * Source: Rumelhart, Hinton and Williams 1986; Kingma and Ba 2015 for adam; Zhu et al. 1997 for L-BFGS.
 * @example
 * const clf = new MLPClassifier({ hiddenLayerSizes: [8], solver: 'lbfgs', seed: 1 })
 * await clf.fit([[0, 0], [0, 1], [1, 0], [1, 1]], ['same', 'other', 'other', 'same'])
 * clf.predictSync([0, 1]) // 'other'
 */
export class MLPClassifier<C extends Label | LabelRow = Label> extends MultilayerPerceptron<
  typeof parameters,
  MlpClasses
> {
  /** Every parameter: its default, what it takes, what it does, and where a search for it begins. */
  static readonly parameters = parameters

  /** @throws ArgumentError for an unknown parameter, a wrong value, or values that do not go together. */
  constructor(options: MLPClassifierOptions = {}) {
    super(definition, options)
  }

  /**
   * Reads a classifier that `save` wrote.
   * @param source the file's path, or its bytes.
   * @throws FormatError that names the file and what is wrong with it; ArgumentError when it cannot be opened.
   */
  static load(source: string | Uint8Array): Promise<MLPClassifier> {
    return loadEstimator(source, definition, (file) => {
      const classifier = new MLPClassifier(file.params)
      classifier.adopt(restoreClassifier(file as EstimatorFile<ParameterTable>), file.seed)
      return classifier
    })
  }

  /**
   * The labels there are, sorted: the order of predictProba's columns. For rows of 0 and 1, the columns' numbers.
   * @throws MlpError ERR_NOT_FITTED.
   */
  get classes(): Label[] {
    return [...this.learned('tell the classes').classes]
  }

  /**
   * Learns from rows and their labels, off the event loop; what was learned before goes when the first epoch is over.
   * Resolves also when the signal or the time limit ended it: `stopReason` tells.
   * @param y labels of any type (strings, numbers or booleans, one type in all rows, at least two different ones), or rows
   * of 0 and 1.
   * @throws ArgumentError for wrong data or options, before anything has changed.
   * @throws TrainingError when the loss becomes NaN or infinite; what was learned in the epochs before stays.
   * @throws MlpError ERR_BUSY while another fit runs.
   */
  fit(x: MatrixLike, y: MlpLabels<C>, options: MlpFitOptions = {}): Promise<this> {
    let answers: Pick<MlpClasses, 'classes' | 'multilabel'>
    return this.runFit(
      options,
      (warm) => {
        const read = this.#read(x, y, options.sampleWeight, warm, undefined)
        if (warm && !sameClasses(read.classes, warm.classes)) {
          throw new ArgumentError('Expected the classes of the fit before with warmStart, but y has other ones.')
        }
        answers = { classes: read.classes, multilabel: read.multilabel }
        return read.rows
      },
      (learned) => this.publish({ ...learned, ...answers }),
    )
  }

  /**
   * One epoch of sgd or adam over the rows, from where training last ended.
   * @throws as fit does; ArgumentError also with earlyStopping, and with classWeight 'balanced', which would need all rows.
   */
  partialFit(x: MatrixLike, y: MlpLabels<C>, options: MlpClassifierPartialFitOptions<C> = {}): Promise<this> {
    let answers: Pick<MlpClasses, 'classes' | 'multilabel'>
    return this.runPartialFit(
      options,
      partialFitKeys,
      (before) => {
        if (this.params.classWeight === 'balanced') {
          const hint = 'Give weights by label: rows / (classes x rows of the class).'
          throw mismatch('classWeight', 'null or weights by label for partialFit', "'balanced'", hint)
        }
        const known = isTable(y) ? readNoClasses(options.classes) : readPartialClasses(options.classes, before?.classes)
        const read = this.#read(x, y, options.sampleWeight, before, known)
        answers = { classes: read.classes, multilabel: read.multilabel }
        return read.rows
      },
      (learned) => this.publish({ ...learned, ...answers }),
    )
  }

  /**
   * The label of each row, of the type that was given to fit; off the event loop. The likeliest one; for rows of 0 and 1, 1
   * for each label of a probability above one half.
   * @throws ArgumentError for wrong data; MlpError ERR_NOT_FITTED.
   */
  async predict(x: MatrixLike, options: RunOptions = {}): Promise<C[]> {
    const learned = this.learned('predict')
    return labelsOf(learned, await outputsOffLoop(learned, this.rows(x), options)) as C[]
  }

  /**
   * The label of one row, or those of a table, on the spot.
   * @throws ArgumentError for wrong data; MlpError ERR_NOT_FITTED.
   */
  predictSync(row: readonly number[] | NumberArray): C
  predictSync(table: Exclude<MatrixLike, NumberArray>): C[]
  predictSync(x: MatrixLike | readonly number[]): C | C[] {
    const learned = this.learned('predict')
    const row = asRow(x, learned.nFeaturesIn)
    const table = row ?? toTable(x as MatrixLike, 'x', learned.nFeaturesIn)
    const labels = labelsOf(learned, outputsHere(learned, table)) as C[]
    return row ? labels[0]! : labels
  }

  /**
   * The probability of each class for each row, in the order of `classes`: rows add up to 1, but for rows of 0 and 1, where
   * each label has its own.
   * @throws ArgumentError for wrong data; MlpError ERR_NOT_FITTED.
   */
  async predictProba(x: MatrixLike, options: RunOptions = {}): Promise<Matrix> {
    const learned = this.learned('predict')
    const outputs = await outputsOffLoop(learned, this.rows(x), options)
    if (learned.topology.units.at(-1)! > 1)
      return new Matrix(outputs, outputs.length / learned.classes.length, learned.classes.length)
    const both = new Float32Array(2 * outputs.length)
    for (let i = 0; i < outputs.length; i++) {
      both[2 * i] = 1 - outputs[i]!
      both[2 * i + 1] = outputs[i]!
    }
    return new Matrix(both, outputs.length, 2)
  }

  /** The logarithms of predictProba; -Infinity where that is 0. */
  async predictLogProba(x: MatrixLike, options: RunOptions = {}): Promise<Matrix> {
    const { data, rows, cols } = await this.predictProba(x, options)
    return new Matrix(data.map(Math.log), rows, cols)
  }

  /**
   * The share of rows whose label (all of whose labels) is predicted right, by weight where weights are given: accuracy.
   * @throws ArgumentError for wrong data; MlpError ERR_NOT_FITTED.
   */
  async score(x: MatrixLike, y: MlpLabels<C>, { sampleWeight, ...options }: ScoreOptions = {}): Promise<number> {
    const learned = this.learned('score')
    const { rows } = this.rows(x)
    const weights = readSampleWeight(sampleWeight, rows, floatRange)
    const truth = learned.multilabel
      ? rowsOf(readLabelRows(y, 'y', rows, learned.classes.length))
      : readLabels(y, 'y', rows)
    const outputs = await outputsOffLoop(learned, this.rows(x), options)
    return accuracy(truth, labelsOf(learned, outputs), weights)
  }

  protected override record(learned: MlpClasses): LearnedRecord {
    const { json, tensors } = super.record(learned)
    return { json: { ...json, classes: learned.classes, multilabel: learned.multilabel }, tensors }
  }

  /** Rows with their labels, weighed and split. */
  #read(
    x: MatrixLike,
    y: unknown,
    sampleWeight: SampleWeight | undefined,
    before: MlpClasses | undefined,
    known: readonly Label[] | undefined,
  ): { rows: MlpRows; classes: readonly Label[]; multilabel: boolean } {
    const table = this.trainingRows(x, before)
    const own = readSampleWeight(sampleWeight, table.rows, floatRange)
    if (isTable(y)) {
      const targets = readLabelRows(y, 'y', table.rows)
      if (this.params.classWeight !== null) {
        throw mismatch('classWeight', 'null for rows of several labels', 'weights', 'Use sampleWeight.')
      }
      const classes = Array.from({ length: targets.columns }, (_, k) => k)
      const all = { x: table, data: targets.data, columns: targets.columns, weights: own, numbers: undefined }
      return { rows: readyRows(all, classes, this.params, this.seed), classes, multilabel: true }
    }
    const labels = readLabels(y, 'y', table.rows)
    const classes = known ?? readClasses(classesOf(labels), 'y')
    const numbers = encodeLabels(labels, classes, 'y')
    const { classWeight } = this.params
    const weights =
      classWeight === null ? own : combineWeights(own, weighClasses(classWeight, classes, numbers), numbers)
    const data = classes.length === 2 ? new Float32Array(numbers) : numbers
    const all = { x: table, data, columns: 1, weights, numbers }
    return { rows: readyRows(all, classes, this.params, this.seed), classes, multilabel: false }
  }
}

function readNoClasses(classes: unknown): undefined {
  if (classes !== undefined)
    throw invalid('classes', 'undefined for rows of 0 and 1, whose columns are the classes', classes)
}

function labelsOf({ classes, multilabel }: MlpClasses, outputs: Float32Array): (Label | LabelRow)[] {
  return labelsFrom(outputs, classes, multilabel)
}

function restoreClassifier(file: EstimatorFile<ParameterTable>): MlpClasses {
  const learned = restoreMlp(file, ['logistic', 'softmax'], ['classes', 'multilabel'])
  const { classes: given, multilabel } = file.learned
  if (typeof multilabel !== 'boolean') throw invalid('multilabel', 'true or false', multilabel)
  const classes = restoreClasses(given)
  const outputs = !multilabel && classes.length === 2 ? 1 : classes.length
  const outActivation = !multilabel && outputs > 1 ? 'softmax' : 'logistic'
  const { units, outActivation: found } = learned.topology
  if (units.at(-1) !== outputs || found !== outActivation) {
    throw new FormatError(
      `Its last layer, ${units.at(-1)} units with ${found}, does not fit its ${classes.length} classes.`,
    )
  }
  return { ...learned, classes, multilabel }
}
