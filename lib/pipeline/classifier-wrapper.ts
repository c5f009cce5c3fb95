import { runBreathing, runSoon } from '../base/breathing.js'
import { floatRange, readSampleWeightInSteps } from '../base/sample-weight.js'
import { accuracy } from '../estimators/classes.js'
import type { ScoreOptions } from '../estimators/classifier.js'
import { checkLabels, findNumbers, type Label, type LabelsLike } from '../learning/labels.js'
import type { ParameterTable } from '../learning/parameters.js'
import { countRows } from '../model-selection/rows.js'
import type { CategoricalRow } from '../preprocessing/index.js'
import { signalOf } from './run.js'
import type { EstimatorLike } from './steps.js'
import type { PipelineInput, PropertyOf, ResultOf, RowResultOf, TableResultOf } from './types.js'
import { Wrapper } from './wrapper.js'

/** Predictions for rows; of a single row, one. */
export interface RowLabels {
  readonly labels: Label[]
  readonly isRow: boolean
}

/** The base of models that hold a classifier and decide by its probabilities or weighted sums. `E` is its type. */
export abstract class ClassifierWrapper<
  E,
  T extends ParameterTable,
  L extends { readonly classes: readonly Label[] },
> extends Wrapper<T, L> {
  /** The label of each row, off the event loop. */
  protected abstract label(learned: L, x: unknown, options: object): Promise<Label[]>

  /** The label of a row, or those of a table, on the spot. */
  protected abstract labelSync(learned: L, x: unknown): RowLabels

  /** A fitted classifier inside. */
  protected abstract inner(learned: L): EstimatorLike

  /**
   * The label of each row, off the event loop.
   * @param options those of the estimator's predict.
   * @throws ArgumentError for wrong data; MlpError ERR_NOT_FITTED.
   */
  async predict(x: PipelineInput, options: object = {}): Promise<Awaited<ResultOf<E, 'predict'>>> {
    return (await this.label(this.learned('predict'), x, options)) as Awaited<ResultOf<E, 'predict'>>
  }

  /**
   * The label of one row, or those of a table, on the spot.
   * @throws ArgumentError for wrong data; MlpError ERR_NOT_FITTED.
   */
  predictSync(row: CategoricalRow): RowResultOf<E>
  predictSync(table: PipelineInput): TableResultOf<E>
  predictSync(x: PipelineInput | CategoricalRow): RowResultOf<E> | TableResultOf<E> {
    const { labels, isRow } = this.labelSync(this.learned('predict'), x)
    return (isRow ? labels[0] : labels) as RowResultOf<E>
  }

  /**
   * The accuracy: the share of rows, by weight, whose label is predicted right.
   * @throws ArgumentError for wrong data; MlpError ERR_NOT_FITTED.
   */
  async score(x: PipelineInput, y: LabelsLike, { sampleWeight, ...options }: ScoreOptions = {}): Promise<number> {
    const learned = this.learned('score')
    const rows = countRows(x, 'x')
    const signal = signalOf(options)
    function* read() {
      const numbers = yield* findNumbers(yield* checkLabels(y, 'y', rows), learned.classes)
      return { truth: numbers, weights: yield* readSampleWeightInSteps(sampleWeight, rows, floatRange) }
    }
    const { truth, weights } = await runSoon(read(), { signal })
    const predicted = await this.label(learned, x, options)
    function* compare() {
      return yield* accuracy(truth, yield* findNumbers(predicted, learned.classes), weights)
    }
    return runBreathing(compare(), signal)
  }

  /**
   * The labels of the training rows, sorted: the order of the columns of predictProba.
   * @throws MlpError ERR_NOT_FITTED.
   */
  get classes(): PropertyOf<E, 'classes'> {
    return [...this.learned('read the classes').classes] as PropertyOf<E, 'classes'>
  }

  /**
   * The number of columns of the training rows.
   * @throws MlpError ERR_NOT_FITTED.
   */
  get nFeaturesIn(): number {
    return (this.inner(this.learned('read nFeaturesIn')) as unknown as { nFeaturesIn: number }).nFeaturesIn
  }
}
