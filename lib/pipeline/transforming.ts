import { describe, mismatch } from '../base/check.js'
import type { Matrix } from '../base/matrix.js'
import { Learner } from '../learning/learner.js'
import type { Doubles } from '../preprocessing/doubles.js'
import { fitToDoubles, toDoubles, toDoublesSync } from '../preprocessing/float64.js'
import type { CategoricalRow } from '../preprocessing/index.js'
import { readSignal } from '../preprocessing/transform-options.js'
import type { TransformerLike } from '../preprocessing/transformer-like.js'
import { asDoubles, type Callable, fitSteps, through, throughSync } from './run.js'
import { type Step, type Steps, sortSteps, type stepsParameter } from './steps.js'
import type { PipelineFitOptions, PipelineInput } from './types.js'

/** What a pipeline does whether or not its last step is an estimator: fit, and put rows through its transformers. */
export abstract class Transforming<E> extends Learner<{ steps: typeof stepsParameter }, Steps> {
  /**
   * Learns step by step: each transformer from what those before it make of the rows, the estimator from what they all do.
   * @param options what the estimator's fit takes. Aborting the signal while transformers learn rejects with its reason.
   * @throws as the steps' own fit does; what was learned before stays then. MlpError ERR_BUSY while another fit runs.
   */
  fit(x: PipelineInput, y?: unknown, options?: PipelineFitOptions<E>): Promise<this> {
    return this.exclusively('fit', async () => {
      const { estimator } = sortSteps(this.params.steps)
      await this.run(x, y, options ?? {}, estimator === undefined)
      return this
    })
  }

  /** `fit`, then what the transformers make of the same rows. */
  fitTransform(x: PipelineInput, y?: unknown, options?: PipelineFitOptions<E>): Promise<Matrix> {
    return this.exclusively('fit', async () => asDoubles(await this.run(x, y, options ?? {}, true)).toMatrix())
  }

  /**
   * What the transformers make of rows: what the estimator is given.
   * @throws ArgumentError for wrong data; MlpError ERR_NOT_FITTED; the signal's reason when it is aborted.
   */
  async transform(x: PipelineInput, options: { signal?: AbortSignal | undefined } = {}): Promise<Matrix> {
    const signal = readSignal(options, 'transform() of Pipeline')
    return (await this[toDoubles](x, signal)).toMatrix()
  }

  /**
   * The same of one row, or of a table, on the spot.
   * @throws ArgumentError for wrong data; MlpError ERR_NOT_FITTED.
   */
  transformSync(row: CategoricalRow): Float32Array
  transformSync(table: PipelineInput): Matrix
  transformSync(x: PipelineInput | CategoricalRow): Float32Array | Matrix {
    return this[toDoublesSync](x).toResult()
  }

  /** @internal */
  async [toDoubles](x: unknown, signal?: AbortSignal): Promise<Doubles> {
    return asDoubles(await through(this.learned('transform'), x, signal))
  }

  /** @internal */
  [toDoublesSync](x: unknown): Doubles {
    return asDoubles(throughSync(this.learned('transform'), x))
  }

  /** @internal */
  [fitToDoubles](x: unknown, y: unknown, signal?: AbortSignal): Promise<Doubles> {
    return this.exclusively('fit', async () => asDoubles(await this.run(x, y, { signal }, true)))
  }

  /**
   * The rows as they were before the transformers, where each of them can take them back.
   * @throws ArgumentError where one cannot; MlpError ERR_NOT_FITTED.
   */
  async inverseTransform(x: unknown): Promise<unknown> {
    let rows = x
    for (const [name, transformer] of [...this.learned('transform back').transformers].reverse()) {
      const { inverseTransform } = transformer as unknown as Callable
      if (!inverseTransform) throw mismatch(name, 'a step with inverseTransform', describe(transformer))
      rows = await inverseTransform.call(transformer, rows)
    }
    return rows
  }

  /** The steps by their names: those that have learned, or before fit those that were given. */
  get namedSteps(): Record<string, Step> {
    const { transformers, estimator } = this.learnedSoFar ?? sortSteps(this.params.steps)
    return Object.fromEntries(estimator ? [...transformers, estimator] : transformers)
  }

  /**
   * Columns of the rows that it was fitted with.
   * @throws MlpError ERR_NOT_FITTED.
   */
  get nFeaturesIn(): number {
    const { transformers, estimator } = this.learned('tell nFeaturesIn')
    const first = transformers[0]?.[1] ?? (estimator![1] as unknown as TransformerLike)
    return first.nFeaturesIn
  }

  /**
   * The names of the columns that the transformers give.
   * @param inputFeatures names of the columns of x, in place of those of fit.
   * @throws MlpError ERR_NOT_FITTED.
   */
  featureNamesOut(inputFeatures?: readonly string[]): string[] {
    const { transformers } = this.learned('tell featureNamesOut')
    let names = inputFeatures
    for (const [, transformer] of transformers) names = transformer.featureNamesOut(names)
    return names ? [...names] : Array.from({ length: this.nFeaturesIn }, (_, j) => `x${j}`)
  }

  /** @param whole whether the last transformer has to transform what it has learned from. */
  protected async run(x: unknown, y: unknown, options: object, whole: boolean): Promise<unknown> {
    const { steps, rows } = await fitSteps(sortSteps(this.params.steps), x, y, options, whole)
    this.publish(steps)
    return rows
  }
}
