import { describe, mismatch } from '../base/check.js'
import type { Matrix } from '../base/matrix.js'
import { Learner } from '../learning/learner.js'
import { hasMethod, supports } from '../learning/supports.js'
import { hasEpochs, wrapped } from '../learning/wrapped.js'
import type { Doubles } from '../preprocessing/doubles.js'
import {
  type Between,
  fitToDoubles,
  inverseDoubles,
  inverseDoublesSync,
  invertDoubles,
  invertDoublesSync,
  toDoubles,
  toDoublesSync,
} from '../preprocessing/float64.js'
import type { CategoricalRow } from '../preprocessing/index.js'
import { readSignal } from '../preprocessing/transform-options.js'
import type { InvertibleTransformer, TransformerLike } from '../preprocessing/transformer-like.js'
import {
  asBetween,
  asDoubles,
  type Callable,
  fitSteps,
  method,
  signalOf,
  through,
  throughSync,
  throughToEstimator,
} from './run.js'
import { columnParameters, type FittedSteps, type Step, sortSteps, stepsParameter } from './steps.js'
import type { PipelineFitOptions, PipelineInput, PipelinePartialFitOptions } from './types.js'

/** Every parameter of a pipeline. */
export const pipelineParameters = { steps: stepsParameter, ...columnParameters }

/** The part of a pipeline that works with or without an estimator: fit and transform. */
export abstract class Transforming<E> extends Learner<typeof pipelineParameters, FittedSteps> {
  /**
   * Trains the estimator one more epoch on a batch of rows. The first call fits the transformers to its batch, unless `fit` came
   * before; later calls leave them as they are, so that the estimator keeps the scales that it learned with.
   * @param options those of the estimator's partialFit: the first call of a classifier needs `classes`.
   * @throws as partialFit of the estimator does; ArgumentError without an estimator that has one.
   */
  partialFit(x: PipelineInput, y: unknown, options: PipelinePartialFitOptions<E> = undefined as never): Promise<this> {
    return this.exclusively('fit', async () => {
      const given: object = options ?? {}
      const fitted = this.learnedSoFar
      const learn = method(fitted ?? sortSteps(this.params.steps), 'partialFit')
      if (!fitted) {
        const { steps } = await fitSteps(sortSteps(this.params.steps), x, y, given, false, 'partialFit')
        this.publish(steps)
      } else {
        await learn(await throughToEstimator(fitted, x, this.params, signalOf(given)), y, given)
      }
      return this
    })
  }

  /** Fits the steps, and returns the same rows as the transformers transform them. */
  fitTransform(x: PipelineInput, y?: unknown, options?: PipelineFitOptions<E>): Promise<Matrix> {
    return this.exclusively('fit', async () => asDoubles(await this.run(x, y, options ?? {}, true)).toMatrix())
  }

  /**
   * Transforms rows by all transformers: the rows that the estimator gets.
   * @throws ArgumentError for wrong data; MlpError ERR_NOT_FITTED; the signal's reason when it is aborted.
   */
  async transform(x: PipelineInput, options: { signal?: AbortSignal | undefined } = {}): Promise<Matrix> {
    const signal = readSignal(options, 'transform() of Pipeline')
    return asDoubles(await this[toDoubles](x, signal)).toMatrix()
  }

  /**
   * Transforms one row, or a table, on the spot.
   * @throws ArgumentError for wrong data; MlpError ERR_NOT_FITTED.
   */
  transformSync(row: CategoricalRow): Float32Array
  transformSync(table: PipelineInput): Matrix
  transformSync(x: PipelineInput | CategoricalRow): Float32Array | Matrix {
    return asDoubles(this[toDoublesSync](x)).toResult()
  }

  protected override shownParams(): object {
    const { transformers, estimator } = this.learnedSoFar ?? sortSteps(this.params.steps)
    const steps = estimator ? [...transformers, estimator] : transformers
    return { ...this.params, steps: Object.fromEntries(steps) }
  }

  protected override summary({ featureNamesIn }: FittedSteps): Record<string, unknown> {
    return featureNamesIn ? { featureNamesIn } : {}
  }

  /** @internal */
  async [toDoubles](x: unknown, signal?: AbortSignal): Promise<Between> {
    return asBetween(await through(this.learned('transform'), x, this.params, signal))
  }

  /** @internal */
  [toDoublesSync](x: unknown): Between {
    return asBetween(throughSync(this.learned('transform'), x, this.params))
  }

  /** @internal */
  [fitToDoubles](x: unknown, y: unknown, signal?: AbortSignal): Promise<Between> {
    return this.exclusively('fit', async () => asBetween(await this.run(x, y, { signal }, true)))
  }

  /**
   * Undoes the transformers, from the last one to the first.
   * @throws ArgumentError if one lacks inverseTransform; MlpError ERR_NOT_FITTED.
   */
  async inverseTransform(x: unknown): Promise<unknown> {
    let rows = x
    for (const undo of this.#inverses('inverseTransform')) rows = await undo(rows)
    return rows
  }

  /** As `inverseTransform`, on the spot. */
  inverseTransformSync(x: unknown): unknown {
    return this.#inverses('inverseTransformSync').reduce((rows, undo) => undo(rows), x)
  }

  /** @internal */
  async [invertDoubles](x: Doubles, signal?: AbortSignal): Promise<Doubles> {
    let rows = x
    for (const step of this.#invertible()) rows = await inverseDoubles(step, rows, signal)
    return rows
  }

  /** @internal */
  [invertDoublesSync](x: Doubles): Doubles {
    return this.#invertible().reduce((rows, step) => inverseDoublesSync(step, rows), x)
  }

  #invertible(): InvertibleTransformer[] {
    this.#inverses('inverseTransformSync')
    return this.learned('invert the transform')
      .transformers.map(([, step]) => step as InvertibleTransformer)
      .reverse()
  }

  /** The methods that undo the transformers, from the last one to the first. */
  #inverses(name: 'inverseTransform' | 'inverseTransformSync') {
    return [...this.learned('invert the transform').transformers].reverse().map(([key, transformer]) => {
      const undo = (transformer as unknown as Callable)[name]
      if (!undo) throw mismatch(key, `a step with ${name}`, describe(transformer))
      return (rows: unknown) => undo.call(transformer, rows)
    })
  }

  /** @internal The estimator, or undefined. */
  get [wrapped](): object | undefined {
    return (this.learnedSoFar ?? sortSteps(this.params.steps)).estimator?.[1]
  }

  /** @internal Predictions are those of the estimator. */
  [supports](method: string): boolean {
    const estimator = this[wrapped]
    return estimator === undefined || hasMethod(estimator, method)
  }

  /** The steps by name: the fitted clones, or before fit the parameter `steps`. */
  get namedSteps(): Record<string, Step> {
    const { transformers, estimator } = this.learnedSoFar ?? sortSteps(this.params.steps)
    return Object.fromEntries(estimator ? [...transformers, estimator] : transformers)
  }

  /**
   * The names of the columns in fit, by which columns are found ever after; undefined if the rows had none.
   * @throws MlpError ERR_NOT_FITTED.
   */
  get featureNamesIn(): string[] | undefined {
    const { featureNamesIn } = this.learned('read featureNamesIn')
    return featureNamesIn && [...featureNamesIn]
  }

  /**
   * The number of columns of the training rows.
   * @throws MlpError ERR_NOT_FITTED.
   */
  get nFeaturesIn(): number {
    const { transformers, estimator } = this.learned('read nFeaturesIn')
    const first = transformers[0]?.[1] ?? (estimator![1] as unknown as TransformerLike)
    return first.nFeaturesIn
  }

  /**
   * The names of the columns after the transformers.
   * @param inputFeatures names of the columns of x, for a fit of rows without names. Names in fit must be these.
   * @throws MlpError ERR_NOT_FITTED.
   */
  featureNamesOut(inputFeatures?: readonly string[]): string[] {
    const { transformers } = this.learned('read featureNamesOut')
    let names = inputFeatures ?? (transformers.length === 0 ? this.featureNamesIn : undefined)
    for (const [, transformer] of transformers) names = transformer.featureNamesOut(names)
    return names ? [...names] : Array.from({ length: this.nFeaturesIn }, (_, j) => `x${j}`)
  }

  /** @param transformAll whether the last transformer must transform the training rows. */
  protected async run(x: unknown, y: unknown, options: object, transformAll: boolean): Promise<unknown> {
    const { steps, rows } = await fitSteps(sortSteps(this.params.steps), x, y, options, transformAll)
    if (this.learnedSoFar === undefined || isTrained(steps)) this.publish(steps)
    return rows
  }
}

function isTrained({ estimator }: FittedSteps): boolean {
  return !estimator || hasEpochs(estimator[1])
}
