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
