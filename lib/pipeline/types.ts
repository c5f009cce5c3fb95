import type {
  Adaline,
  FittedTo,
  LabelOf,
  MLPClassifier,
  NetworkClassifier,
  Perceptron,
  SGDClassifier,
} from '../estimators/index.js'
import type { ObjectRows, TableInput } from '../preprocessing/index.js'
import type { NamedStep, Step } from './steps.js'

/** Steps, the last of which is an `E`. */
export type StepsEndingIn<E> = readonly [...(Step | NamedStep)[], (E & Step) | readonly [name: string, step: E & Step]]

/** The type of the last step. */
export type LastOf<S> = S extends readonly [...unknown[], infer L]
  ? L extends readonly [string, infer E]
    ? E
    : L
  : unknown

/** The result of a method of the estimator; never if it lacks the method. */
export type ResultOf<E, M extends string> = E extends { [K in M]: (...args: never[]) => infer R } ? R : never

/** The results of predictSync, or of `M`, for a row, and for a table. */
export type RowResultOf<E, M extends string = 'predictSync'> = E extends {
  [K in M]: { (x: never): infer R; (x: never): unknown }
}
  ? R
  : never
export type TableResultOf<E, M extends string = 'predictSync'> = E extends {
  [K in M]: { (x: never): unknown; (x: never): infer R }
}
  ? R
  : never

/** The type of a property of the estimator. */
export type PropertyOf<E, P extends string> = E extends { readonly [K in P]: infer V } ? V : never

/** Rows for a pipeline, as its first step takes them. */
export type PipelineInput = TableInput | ObjectRows

/** The options of `fit`: those of the estimator's. */
export type PipelineFitOptions<E> = E extends { fit(x: never, y: never, options?: infer O): unknown }
  ? O | undefined
  : { signal?: AbortSignal | undefined } | undefined

/** The options of `partialFit`: those of the estimator's. */
export type PipelinePartialFitOptions<E> = E extends { partialFit(x: never, y: never, options?: infer O): unknown }
  ? O | undefined
  : object | undefined

/**
 * The key of a property, for TypeScript alone, of models that hold a model: how their type follows from the labels of fit. Its
 * type has the property `model`, written with `this['labels']`.
 */
export const relabelled: unique symbol = Symbol.for('perceptra.relabelled')

/** The type of a model after fit: that of its labels is that of the entries of `Y`, unless it was declared. */
export type FittedModel<E, Y> =
  E extends MLPClassifier<infer C>
    ? FittedTo<C, E, MLPClassifier<LabelOf<Y>>>
    : E extends NetworkClassifier<infer C>
      ? FittedTo<C, E, NetworkClassifier<LabelOf<Y>>>
      : E extends SGDClassifier<infer C>
        ? FittedTo<C, E, SGDClassifier<LabelOf<Y>>>
        : E extends Perceptron<infer C>
          ? FittedTo<C, E, Perceptron<LabelOf<Y>>>
          : E extends Adaline<infer C>
            ? FittedTo<C, E, Adaline<LabelOf<Y>>>
            : E extends { readonly [relabelled]?: infer R }
              ? R & { labels: Y } extends { model: infer M }
                ? M
                : E
              : E
