import { runBreathing, runNow, type Work } from '../base/breathing.js'
import type { MatrixLike, NumberArray } from '../base/matrix.js'
import type { SampleWeight } from '../base/sample-weight.js'
import { floatRange, readSampleWeightInSteps } from '../base/sample-weight.js'
import type { Source } from '../base/unchanged.js'
import { checkLabels, findNumbers, type Label, type LabelsLike, type Widened } from '../learning/labels.js'
import type { ParameterTable } from '../learning/parameters.js'
import { labelType } from '../learning/relabelled.js'
import type { RunOptions } from '../network/inference.js'
import { accuracy, classNumbersFrom, labelsFrom, type Outputs } from './classes.js'
import { Estimator, type Learned } from './estimator.js'
import { readLabelRows, rowsOf } from './label-rows.js'

/** What training leaves in every classifier. */
export interface LearnedClasses extends Learned {
  /** Sorted. Where a row can have several labels, the column numbers of y. */
  readonly classes: readonly Label[]
  /** Whether a row can have several labels; then each label has an output. */
  readonly multilabel?: boolean
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
  /** @hidden */
  declare readonly [labelType]?: P

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
    return runBreathing(this.labels(learned, await this.infer(learned, x, options)), options.signal)
  }

  /**
   * The label of one row, or those of a table, on the spot.
   * @throws ArgumentError for wrong data; MlpError ERR_NOT_FITTED.
   */
  predictSync(row: readonly number[] | NumberArray): P
  predictSync(table: Exclude<MatrixLike, NumberArray>): P[]
  predictSync(x: MatrixLike | readonly number[]): P | P[] {
    const { learned, outputs, isRow } = this.inferSync(x)
    const labels = runNow(this.labels(learned, outputs))
    return isRow ? labels[0]! : labels
  }

  /**
   * The accuracy: the share of rows, by weight, whose label is predicted right. A row of several labels is right if all are.
   * @throws ArgumentError for wrong data; MlpError ERR_NOT_FITTED.
   */
  async score(x: MatrixLike, y: Y, { sampleWeight, ...options }: ScoreOptions = {}): Promise<number> {
    const learned = this.learned('score')
    const readTruth = (rows: number) => this.readTruth(learned, y, rows)
    const sources: Source[] = [
      ['y', y],
      ['sampleWeight', sampleWeight],
    ]
    const { outputs, read, signal } = await this.inferWith(learned, x, options, sources, function* (rows) {
      return { truth: yield* readTruth(rows), weights: yield* readSampleWeightInSteps(sampleWeight, rows, floatRange) }
    })
    return runBreathing(this.#score(learned, outputs, read.truth, read.weights), signal)
  }

  *#score(learned: L, outputs: Outputs, truth: ArrayLike<number>, weights: Float64Array | undefined): Work<number> {
    const { multilabel = false } = learned
    const predicted = yield* classNumbersFrom(outputs, this.threshold(learned), multilabel)
    return yield* accuracy(truth, predicted, weights, multilabel ? outputs.columns : 1)
  }

  protected override summary(learned: L): Record<string, unknown> {
    return { classes: learned.classes, ...super.summary(learned) }
  }

  /** The output above which a row has a label: with two classes the second, or each of several labels. */
  protected abstract threshold(learned: L): number

  /** The label of each row of outputs. */
  protected *labels(learned: L, outputs: Outputs): Work<P[]> {
    const threshold = this.threshold(learned)
    if (!learned.multilabel) return (yield* labelsFrom(outputs, learned.classes, threshold)) as P[]
    return (yield* rowsOf(yield* classNumbersFrom(outputs, threshold, true), outputs.columns)) as P[]
  }

  /** What `score` compares predictions with: the class number of each row (-1 for a label that is no class), or rows of 0 and 1. */
  protected *readTruth({ classes, multilabel }: L, y: Y, rows: number): Work<ArrayLike<number>> {
    if (multilabel) return (yield* readLabelRows(y, 'y', rows, classes.length)).data
    return yield* findNumbers(yield* checkLabels(y, 'y', rows), classes)
  }
}
