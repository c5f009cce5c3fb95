import { mismatch, optionKeys } from '../../base/check.js'
import { ArgumentError, FormatError } from '../../base/errors.js'
import { Matrix, type MatrixLike, type NumberTable } from '../../base/matrix.js'
import { floatRange, readSampleWeight } from '../../base/sample-weight.js'
import {
  classesOf,
  encodeLabels,
  type Label,
  type LabelsLike,
  readClasses,
  readLabels,
  sameClasses,
} from '../../learning/labels.js'
import type { ParameterTable } from '../../learning/parameters.js'
import type { RunOptions } from '../../network/inference.js'
import { Classifier, type LearnedClasses, type Outputs, restoreClasses } from '../classifier.js'
import type { LearnedRecord } from '../estimator.js'
import type { EstimatorFile } from '../file.js'
import { type EstimatorFitOptions, type EstimatorStopReason, FitLimits } from '../fit-limits.js'
import { type LabelWeight, weighClasses } from '../sample-weights.js'
import { holdBackClasses } from './held-back.js'
import { initKeys, type LinearFitOptions, readInits } from './inits.js'
import { type LinearLearned, predicting, recordLinear, restoreLinear } from './learned.js'
import { type LinearModel, type LinearStart, startOfFit, startOfPartialFit, threadsFor } from './spec.js'
import { sumsHere, sumsOffLoop } from './sums.js'
import { trainLinear } from './train.js'

/** What a linear classifier has learned. */
export type LinearClasses = LinearLearned & LearnedClasses

/** What `partialFit` of a classifier takes. */
export interface PartialFitOptions<C extends Label = Label> extends EstimatorFitOptions {
  /** All labels that will ever come: the first call needs them, unless fit came before. */
  classes?: LabelsLike<C> | undefined
}

/** Parameters that the run of every linear classifier reads. */
export interface LinearRunParams {
  maxIter: number
  tol: number | null
  nIterNoChange: number
  shuffle: boolean
  warmStart: boolean
  verbose: number
  classWeight: LabelWeight | null
  nJobs: number | null
  earlyStopping?: boolean
  validationFraction?: number
}

/** Rows with their classes, ready to be learned from. */
export interface LabelledRows {
  x: NumberTable
  classes: readonly Label[]
  numbers: Int32Array
  sampleWeight: Float64Array | undefined
}

/**
 * One or more weighted sums of the columns that tell classes apart: for two classes one, which is above 0 for the second;
 * for more one a class against all others, of which the largest wins.
 */
export abstract class LinearClassifier<T extends ParameterTable, C extends Label = Label> extends Classifier<
  T,
  LinearClasses,
  C
> {
  protected readonly threshold = 0

  /**
   * The weights: a row a class, or one row for two classes.
   * @throws MlpError ERR_NOT_FITTED.
   */
  get coef(): Matrix {
    const { weights, intercepts } = predicting(this.learned('tell coef'))
    return new Matrix(new Float32Array(weights), intercepts.length, weights.length / intercepts.length)
  }

  /** One number a row of `coef`. */
  get intercept(): Float64Array {
    return predicting(this.learned('tell the intercept')).intercepts.slice()
  }

  /** Whole epochs of the last fit; for several classes those of the one that took longest. */
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

  /** With early stopping, the accuracy on the rows held back after each epoch of the last fit; else empty. */
  get validationScores(): number[] {
    return [...this.learned('tell validationScores').validationScores]
  }

  /**
   * Learns from rows and their labels, off the event loop; what was learned before goes when the first epoch is over.
   * Resolves also when the signal or the time limit ended it: `stopReason` tells.
   * @param y labels of any type: strings, numbers or booleans, one type in all rows, at least two different ones.
   * @throws ArgumentError for wrong data or options, before anything has changed.
   * @throws TrainingError when weights become NaN or infinite; what was learned in the epochs before stays.
   * @throws MlpError ERR_BUSY while another fit runs.
   */
  fit(x: MatrixLike, y: LabelsLike<C>, options: LinearFitOptions = {}): Promise<this> {
    return this.exclusively('fit', () => {
      const limits = new FitLimits(options, 'fit()', initKeys)
      const { maxIter, warmStart } = this.runParams
      const warm = warmStart ? this.learnedSoFar : undefined
      const rows = this.#read(x, y, options, warm, undefined)
      if (warm && !sameClasses(rows.classes, warm.classes)) {
        throw new ArgumentError('Expected the classes of the fit before with warmStart, but y has other ones.')
      }
      const [units, features] = [unitsFor(rows.classes), rows.x.columns]
      const given = readInits(options, units, features)
      return this.#train(rows, startOfFit(this.model, units, features, warm, given), maxIter, limits, undefined)
    })
  }

  /**
   * One epoch over the rows, from where training last ended.
   * @throws as fit does; ArgumentError also with earlyStopping, and with classWeight 'balanced', which would need all rows.
   */
  partialFit(x: MatrixLike, y: LabelsLike<C>, options: PartialFitOptions<C> = {}): Promise<this> {
    return this.exclusively('fit', () => {
      const limits = new FitLimits(
        options,
        'partialFit()',
        optionKeys<Omit<PartialFitOptions, keyof EstimatorFitOptions>>({ classes: true }),
      )
      const { earlyStopping, classWeight } = this.runParams
      if (earlyStopping) throw new ArgumentError('Expected earlyStopping false for partialFit, but got true.')
      if (classWeight === 'balanced') {
        const hint = 'Give weights by label: rows / (classes x rows of the class).'
        throw mismatch('classWeight', 'null or weights by label for partialFit', "'balanced'", hint)
      }
      const before = this.learnedSoFar
      const classes = this.partialClasses(options.classes, before)
      const rows = this.#read(x, y, options, before, classes)
      const start = startOfPartialFit(this.model, unitsFor(classes), rows.x.columns, before)
      return this.#train(rows, start, 1, limits, before)
    })
  }

  /**
   * The weighted sums of each row, x coef + intercept: for two classes one number, above 0 for the second; else one a class.
   * @throws ArgumentError for wrong data; MlpError ERR_NOT_FITTED.
   */
  async decisionFunction(x: MatrixLike, options: RunOptions = {}): Promise<Matrix> {
    const learned = this.learned('predict')
    const { data, columns } = await this.outputs(learned, this.rows(x), options)
    return new Matrix(new Float32Array(data), data.length / columns, columns)
  }

  /** The parameters that decide how a run goes. */
  protected abstract get runParams(): LinearRunParams

  /** The formulas, by the parameters. */
  protected abstract get model(): LinearModel

  /** What is learned from in the end: all rows, unless a subclass leaves some out. */
  protected learnable(rows: LabelledRows): LabelledRows {
    return rows
  }

  /**
   * What rows count, by their own weights and their classes'.
   * @returns one weight a row, and for each unit what its class and all others count times that.
   */
  protected weigh({ classes, numbers, sampleWeight }: LabelledRows): {
    weights: Float64Array | undefined
    ownClass: Float64Array
    otherClasses: Float64Array
  } {
    const weights = weighClasses(this.runParams.classWeight, classes, numbers)
    // As scikit-learn: against all others, only the class itself has its weight.
    const others = classes.length === 2 ? weights.slice(0, 1) : new Float64Array(classes.length).fill(1)
    return { weights: sampleWeight, ownClass: classes.length === 2 ? weights.slice(1) : weights, otherClasses: others }
  }

  protected async outputs(learned: LinearClasses, x: NumberTable, options: RunOptions): Promise<Outputs> {
    return sumsOffLoop(predicting(learned), x, options)
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

  #read(
    x: MatrixLike,
    y: LabelsLike<C>,
    { sampleWeight: given }: EstimatorFitOptions,
    before: LinearClasses | undefined,
    known: readonly Label[] | undefined,
  ): LabelledRows {
    const table = this.trainingRows(x, before)
    const labels = readLabels(y, 'y', table.rows)
    const classes = known ?? readClasses(classesOf(labels), 'y')
    const numbers = encodeLabels(labels, classes, 'y')
    const sampleWeight = readSampleWeight(given, table.rows, floatRange)
    return this.learnable({ x: table, classes, numbers, sampleWeight })
  }

  async #train(
    rows: LabelledRows,
    start: LinearStart,
    epochs: number,
    limits: FitLimits,
    before: LinearClasses | undefined,
  ): Promise<this> {
    const { classes, numbers, x } = rows
    const params = this.runParams
    const { tol, nIterNoChange, shuffle, verbose } = params
    const units = unitsFor(classes)
    const threads = threadsFor(params.nJobs, units)
    const { weights, ownClass, otherClasses } = this.weigh(rows)
    const spec = {
      ...this.model,
      average: start.average,
      classes: true,
      units,
      seed: this.seed,
      threads,
      steps: start.t,
    }
    const data = params.earlyStopping
      ? holdBackClasses(x, numbers, weights, params.validationFraction!, this.seed, classes.length)
      : { x, targets: Float64Array.from(numbers), weights, validation: undefined }
    const job = { ...data, spec, ownClass, otherClasses, start: start.state, epochs, firstEpoch: start.epoch }
    await trainLinear({ ...job, shuffle, tol, nIterNoChange, verbose, limits }, (progress) => {
      const { state, nIter, begun, rows: extra, stopReason } = progress
      this.publish({
        ...{ classes, nFeaturesIn: x.columns, state, nIter, stopReason },
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

/** How many weighted sums tell so many classes apart. */
export function unitsFor(classes: readonly Label[]): number {
  return classes.length === 2 ? 1 : classes.length
}
