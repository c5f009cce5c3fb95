import { runBreathing, type Work } from '../../base/breathing.js'
import { optionKeys } from '../../base/check.js'
import { FormatError } from '../../base/errors.js'
import { copyInSteps, Matrix, type MatrixLike, type NumberArray, type NumberTable } from '../../base/matrix.js'
import type { SampleWeight } from '../../base/sample-weight.js'
import { floatRange, readSampleWeightInSteps } from '../../base/sample-weight.js'
import { readsDoubles } from '../../learning/doubles.js'
import type { Label, LabelsLike } from '../../learning/labels.js'
import type { ParameterTable } from '../../learning/parameters.js'
import type { RunOptions } from '../../network/inference.js'
import {
  checkWarmClasses,
  type EncodedLabels,
  encodeTrainingLabels,
  type Outputs,
  readPartialClasses,
  restoreClasses,
} from '../classes.js'
import { Classifier, type LearnedClasses } from '../classifier.js'
import type { LearnedRecord } from '../estimator.js'
import type { EstimatorFile } from '../file.js'
import type { EstimatorFitOptions, FitLimits } from '../fit-limits.js'
import { inside, type LinearInside } from '../inside.js'
import { checkPartialClassWeight, type LabelWeight, weighClasses } from '../sample-weights.js'
import { fitLinear, type LinearRows, type LinearRunParams } from './fit.js'
import { initKeys, type LinearFitOptions, readInits } from './inits.js'
import { type LinearLearned, predicting, recordLinear, restoreLinear } from './learned.js'
import { type LinearModel, threadsFor } from './spec.js'
import { type LinearStart, startOfFit, startOfPartialFit } from './start.js'
import { prepareSums, sumsHere } from './sums.js'

/** What training leaves in a linear classifier. */
export type LinearClasses = LinearLearned & LearnedClasses

/** What `partialFit` of a linear classifier takes. */
export interface PartialFitOptions<C extends Label = Label> extends EstimatorFitOptions {
  /** All labels of this and all later calls. The first call needs them, unless fit came before. */
  classes?: LabelsLike<C> | undefined
}

const partialFitKeys = optionKeys<Omit<PartialFitOptions, keyof EstimatorFitOptions>>({ classes: true })

/** Parameters that every linear classifier has. */
export interface LinearClassifierParams extends LinearRunParams {
  classWeight: LabelWeight | null
  nJobs: number | null
}

/** The weights of rows, and for each unit the factors of its class and of all other classes. */
export type ClassWeights = Pick<LinearRows, 'weights' | 'ownClass' | 'otherClasses'>

/** Rows with their classes. */
export interface ClassRows extends EncodedLabels {
  x: NumberTable
  sampleWeight: Float64Array | undefined
}

/**
 * The base of linear classifiers. Two classes have one weighted sum of the columns, which is above 0 for the second class;
 * more classes have one sum each, against all others, and the largest sum decides.
 */
export abstract class LinearClassifier<T extends ParameterTable, C extends Label = Label> extends Classifier<
  T,
  LinearClasses,
  C
> {
  /** @internal */
  readonly [readsDoubles] = true
  /**
   * The weights: a row for each class, or one row for two classes.
   * @throws MlpError ERR_NOT_FITTED.
   */
  get coef(): Matrix {
    const { weights, intercepts } = predicting(this.learned('read coef'))
    return new Matrix(new Float32Array(weights), intercepts.length, weights.length / intercepts.length)
  }

  /** One number for each row of `coef`. */
  get intercept(): Float64Array {
    return predicting(this.learned('read the intercept')).intercepts.slice()
  }

  /**
   * Trains on rows and their labels, off the event loop. What it had learned before is replaced after the first epoch.
   * It also resolves when the time limit ends training (see `stopReason`), and rejects with the reason of an aborted signal:
   * then the estimator has what it had learned before.
   * @param y labels of any type: strings, numbers or booleans, one type in all rows, at least two different ones.
   * @throws ArgumentError for wrong data or options, before anything has changed.
   * @throws TrainingError when weights become NaN or infinite; the estimator keeps what it learned before that epoch.
   * @throws MlpError ERR_BUSY while another fit runs.
   */
  abstract fit(x: MatrixLike, y: LabelsLike<C>, options?: LinearFitOptions): Promise<unknown>

  protected train(x: MatrixLike, y: LabelsLike<C>, options: LinearFitOptions): Promise<this> {
    return this.runFit({ x, y }, options, initKeys, (limits, warm) => this.#toFit(x, y, options, limits, warm))
  }

  /**
   * Trains one epoch on the rows, from where training last ended.
   * @throws as fit does; ArgumentError also with earlyStopping, and with classWeight 'balanced', which needs class counts.
   */
  partialFit(x: MatrixLike, y: LabelsLike<C>, options: PartialFitOptions<C> = {}): Promise<this> {
    return this.runPartialFit({ x, y }, options, partialFitKeys, (limits, before) =>
      this.#toPartialFit(x, y, options, limits, before),
    )
  }

  /**
   * The weighted sums of each row, x coef + intercept: for two classes one number, above 0 for the second; for more classes
   * one number a class.
   * @throws ArgumentError for wrong data; MlpError ERR_NOT_FITTED.
   */
  async decisionFunction(x: MatrixLike, options: RunOptions = {}): Promise<Matrix> {
    const learned = this.learned('predict')
    const { data, columns } = await this.infer(learned, x, options)
    const floats = await runBreathing(copyInSteps(data, new Float32Array(data.length)), options.signal)
    return new Matrix(floats, data.length / columns, columns)
  }

  /** @internal */
  [inside](): LinearInside {
    const { weights, intercepts } = predicting(this.learned('export the weights'))
    return { weights, intercepts, shares: this.shares }
  }

  /** The loss that probabilities follow from; undefined where there are none. */
  protected get shares(): LinearInside['shares'] {
    return undefined
  }

  /**
   * The weighted sums of one row, as an array, or those of a table, on the spot.
   * @throws as decisionFunction does.
   */
  decisionFunctionSync(row: readonly number[] | NumberArray): Float32Array
  decisionFunctionSync(table: Exclude<MatrixLike, NumberArray>): Matrix
  decisionFunctionSync(x: MatrixLike | readonly number[]): Float32Array | Matrix {
    const { outputs, isRow } = this.inferSync(x)
    const data = new Float32Array(outputs.data)
    return isRow ? data : new Matrix(data, data.length / outputs.columns, outputs.columns)
  }

  /** The parameters of a run. */
  protected abstract get runParams(): LinearClassifierParams

  /** The formulas that the parameters choose. */
  protected abstract get model(): LinearModel

  /** The rows to train with: all of them by default. */
  protected *trainable(rows: ClassRows): Work<ClassRows> {
    yield
    return rows
  }

  /** The weights of rows, and for each unit the factors of its class and of all other classes. */
  protected *weigh({ classes, numbers, sampleWeight }: ClassRows): Work<ClassWeights> {
    const weights = yield* weighClasses(this.runParams.classWeight, classes, numbers)
    const isTwo = classes.length === 2
    // As in scikit-learn: with one unit a class, class weights apply to the unit's class alone.
    const otherClasses = isTwo ? weights.slice(0, 1) : new Float64Array(classes.length).fill(1)
    return { weights: sampleWeight, ownClass: isTwo ? weights.slice(1) : weights, otherClasses }
  }

  protected threshold(): number {
    return 0
  }

  protected prepare(learned: LinearClasses, x: NumberTable, signal: AbortSignal | undefined) {
    return prepareSums(predicting(learned), x, signal)
  }

  protected outputsSync(learned: LinearClasses, x: NumberTable): Outputs {
    return sumsHere(predicting(learned), x)
  }

  protected record(learned: LinearClasses): LearnedRecord {
    const { json, tensors } = recordLinear(learned)
    return { json: { ...json, classes: learned.classes }, tensors }
  }

  /** What was learned, out of a file. */
  protected restore(file: EstimatorFile<T>): this {
    const classes = restoreClasses(file.learned.classes)
    const learned = restoreLinear(file as EstimatorFile<ParameterTable>, ['classes'])
    if (learned.state.intercepts.length !== unitsFor(classes)) {
      throw new FormatError(`It has ${learned.state.intercepts.length} units for ${classes.length} classes.`)
    }
    this.adopt({ ...learned, classes }, file.seed)
    return this
  }

  *#toFit(
    x: MatrixLike,
    y: LabelsLike<C>,
    options: LinearFitOptions,
    limits: FitLimits,
    warm: LinearClasses | undefined,
  ): Work<() => Promise<void>> {
    const rows = yield* this.#read(x, y, options.sampleWeight, warm, undefined)
    if (warm) checkWarmClasses(rows.classes, warm.classes)
    const shape = shapeOf(rows)
    const start = startOfFit(this.model, shape, warm, readInits(options, shape))
    return yield* this.#toTrain(rows, start, this.runParams.maxIter, limits)
  }

  *#toPartialFit(
    x: MatrixLike,
    y: LabelsLike<C>,
    options: PartialFitOptions<C>,
    limits: FitLimits,
    before: LinearClasses | undefined,
  ): Work<() => Promise<void>> {
    checkPartialClassWeight(this.runParams.classWeight)
    const classes = readPartialClasses(options.classes, before?.classes)
    const rows = yield* this.#read(x, y, options.sampleWeight, before, classes)
    return yield* this.#toTrain(rows, startOfPartialFit(this.model, shapeOf(rows), before), 1, limits)
  }

  *#read(
    x: MatrixLike,
    y: LabelsLike<C>,
    sampleWeight: SampleWeight | undefined,
    before: LinearClasses | undefined,
    classes: readonly Label[] | undefined,
  ): Work<ClassRows> {
    const table = yield* this.trainingRows(x, before)
    const labels = yield* encodeTrainingLabels(y, table.rows, classes)
    const weights = yield* readSampleWeightInSteps(sampleWeight, table.rows, floatRange)
    return yield* this.trainable({ x: table, ...labels, sampleWeight: weights })
  }

  *#toTrain(rows: ClassRows, start: LinearStart, epochs: number, limits: FitLimits): Work<() => Promise<void>> {
    const { x, classes, numbers } = rows
    const { units } = shapeOf(rows)
    const targets = yield* copyInSteps(numbers, new Float64Array(numbers.length))
    const params = this.runParams
    const run = { start, epochs, limits, params, model: this.model, seed: this.seed }
    const labelled = { x, targets, units, classes: { numbers, count: classes.length }, ...(yield* this.weigh(rows)) }
    const job = { ...run, rows: labelled, threads: threadsFor(params.nJobs, units) }
    return yield* fitLinear(job, (learned) => this.publish({ ...learned, classes }))
  }
}

/** The number of weighted sums for classes. */
export function unitsFor(classes: readonly Label[]): number {
  return classes.length === 2 ? 1 : classes.length
}

function shapeOf({ x, classes }: ClassRows) {
  return { units: unitsFor(classes), features: x.columns }
}
