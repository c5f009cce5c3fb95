import type { ObjectRows, TableInput } from '../preprocessing/index.js'

/** The last of several steps, without its name. */
export type LastOf<S> = S extends readonly [...unknown[], infer L]
  ? L extends readonly [string, infer E]
    ? E
    : L
  : unknown

/** What a method of the estimator gives; never where it has none. */
export type ResultOf<E, M extends string> = E extends { [K in M]: (...args: never[]) => infer R } ? R : never

/** What predictSync gives for a row, and for a table. */
export type RowResultOf<E> = E extends { predictSync: { (x: never): infer R; (x: never): unknown } } ? R : never
export type TableResultOf<E> = E extends { predictSync: { (x: never): unknown; (x: never): infer R } } ? R : never

/** What a property of the estimator holds. */
export type PropertyOf<E, P extends string> = E extends { readonly [K in P]: infer V } ? V : never

/** Rows for a pipeline: whatever its first step takes. */
export type PipelineInput = TableInput | ObjectRows

/** What `fit` of a pipeline takes: what its estimator's does. */
export type PipelineFitOptions<E> = E extends { fit(x: never, y: never, options?: infer O): unknown }
  ? O | undefined
  : { signal?: AbortSignal | undefined } | undefined
