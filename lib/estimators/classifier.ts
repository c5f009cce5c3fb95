import type { MatrixLike, NumberArray } from '../base/matrix.js'
import type { SampleWeight } from '../base/sample-weight.js'
import { floatRange, readSampleWeight } from '../base/sample-weight.js'
import { type Label, type LabelsLike, readLabels, type Widened } from '../learning/labels.js'
import type { ParameterTable } from '../learning/parameters.js'
import type { RunOptions } from '../network/inference.js'
import { accuracy, labelsFrom, type Outputs } from './classes.js'
import { Estimator, type Learned } from './estimator.js'

/** What training leaves in every classifier. */
export interface LearnedClasses extends Learned {
  /** Sorted. */
  readonly classes: readonly Label[]
}

/** What `score` takes. */
export interface ScoreOptions extends RunOptions {
  /** One number of at least 0 a row: how much the row counts. */
  sampleWeight?: SampleWeight | undefined
}

/**
 * The base of all classifiers: labels from outputs. `C` is the type of the classes, `P` is the prediction for a row, `Y` are
 * the labels of rows as `score` takes them.
 */
export abstract class Classifier<
  T extends ParameterTable,
  L extends LearnedClasses,
  C extends Label = Label,
  P = C,
  Y = LabelsLike<Widened<C> & Label>,
> extends Estimator<T, L> {
  /**
   * The labels of the training rows, sorted: the order of columns wherever there is one a class. Where a row can have several
   * labels, the column numbers of y.
   * @throws MlpError ERR_NOT_FITTED.
   */
  get classes(): C[] {
    return [...this.learned('read the classes').classes] as C[]
  }

  /**
   * The label of each row, of the type of y in fit; off the event loop. Where a row can have several labels, rows of 0 and 1.
   * @throws ArgumentError for wrong data; MlpError ERR_NOT_FITTED.
   */
  async predict(x: MatrixLike, options: RunOptions = {}): Promise<P[]> {
    const learned = this.learned('predict')
    return this.labels(learned, await this.infer(learned, this.rows(x), options))
  }

  /**
   * The label of one row, or those of a table, on the spot.
   * @throws ArgumentError for wrong data; MlpError ERR_NOT_FITTED.
   */
  predictSync(row: readonly number[] | NumberArray): P
  predictSync(table: Exclude<MatrixLike, NumberArray>): P[]
  predictSync(x: MatrixLike | readonly number[]): P | P[] {
    const { learned, outputs, isRow } = this.inferSync(x)
    const labels = this.labels(learned, outputs)
    return isRow ? labels[0]! : labels
  }

  /**
   * The accuracy: the share of rows, by weight, whose label is predicted right. A row of several labels is right if all are.
   * @throws ArgumentError for wrong data; MlpError ERR_NOT_FITTED.
   */
  async score(x: MatrixLike, y: Y, { sampleWeight, ...options }: ScoreOptions = {}): Promise<number> {
    const learned = this.learned('score')
    const table = this.rows(x)
    const weights = readSampleWeight(sampleWeight, table.rows, floatRange)
    const truth = this.readTruth(learned, y, table.rows)
    return accuracy(truth, this.labels(learned, await this.infer(learned, table, options)), weights)
  }

  protected override summary(learned: L): Record<string, unknown> {
    return { classes: learned.classes, ...super.summary(learned) }
  }

  /** With two classes, the output above which the label is the second. */
  protected abstract readonly threshold: number

  /** The label of each row of outputs. */
  protected labels({ classes }: L, outputs: Outputs): P[] {
    return labelsFrom(outputs, classes, this.threshold) as P[]
  }

  /** The labels that `score` compares predictions with. */
  protected readTruth(_learned: L, y: Y, rows: number): readonly unknown[] {
    return readLabels(y, 'y', rows)
  }
}
