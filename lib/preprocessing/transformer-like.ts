import { checkOptions, invalid } from '../base/check.js'
import type { Matrix } from '../base/matrix.js'
import type { TransformerJson } from './json.js'

/** What ColumnTransformer and pipeline need of a transformer: each of ours has it. */
export interface TransformerLike {
  readonly isFitted: boolean
  readonly nFeaturesIn: number
  fit(x: unknown, y?: unknown, options?: { signal?: AbortSignal | undefined }): Promise<unknown>
  fitTransform(x: unknown, y?: unknown, options?: { signal?: AbortSignal | undefined }): Promise<Matrix>
  transform(x: unknown, options?: { signal?: AbortSignal | undefined }): Promise<Matrix>
  transformSync(x: unknown): Float32Array | Matrix
  featureNamesOut(inputFeatures?: readonly string[]): string[]
  getParams(): object
  setParams(params: object): unknown
  clone(): TransformerLike
  toJSON(): TransformerJson
}

const methods = ['fit', 'fitTransform', 'transform', 'transformSync', 'featureNamesOut', 'setParams', 'clone', 'toJSON']

/** Whether something can stand among the steps of a pipeline. */
export function isTransformer(value: unknown): value is TransformerLike {
  const given = Object(value) as Record<string, unknown>
  return methods.every((method) => typeof given[method] === 'function')
}

/** Parameters of parts, by names such as `scaler.withMean`. */
export type PartParams = Record<string, unknown>

/** Those of a part under its name, and with the name before each of its parameters. */
export function paramsOfPart(name: string, part: { getParams?(): object } | string): PartParams {
  const own = typeof part === 'string' ? {} : (part.getParams?.() ?? {})
  return { [name]: part, ...Object.fromEntries(Object.entries(own).map(([key, value]) => [`${name}.${key}`, value])) }
}

/**
 * Sorts parameters into those of one's own and those of parts: `scaler.withMean` is withMean of the part scaler.
 * @throws ArgumentError for a part that is not there.
 */
export function routeParams(params: unknown, parts: readonly string[], own: readonly string[], what: string) {
  const isRecord = params !== null && typeof params === 'object' && !Array.isArray(params)
  if (!isRecord) throw invalid(what, 'an object of parameters', params)
  const mine: PartParams = {}
  const theirs = new Map<string, PartParams>()
  for (const [key, value] of Object.entries(params)) {
    const dot = key.indexOf('.')
    const part = dot === -1 ? undefined : key.slice(0, dot)
    checkOptions({ [part ?? key]: value }, what, part === undefined ? own : parts)
    if (part === undefined) mine[key] = value
    else theirs.set(part, { ...theirs.get(part), [key.slice(dot + 1)]: value })
  }
  return { mine, theirs }
}
