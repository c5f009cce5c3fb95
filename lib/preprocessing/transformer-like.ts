import { checkOptions, describe, invalid, mismatch } from '../base/check.js'
import type { Matrix } from '../base/matrix.js'
import type { Table } from '../table/table.js'
import type { Category } from './categories.js'
import type { TransformerJson } from './json.js'

/** The members that ColumnTransformer and pipelines need of a transformer. */
export interface TransformerLike {
  readonly isFitted: boolean
  readonly nFeaturesIn: number
  fit(x: unknown, y?: unknown, options?: { signal?: AbortSignal | undefined }): Promise<unknown>
  fitTransform(x: unknown, y?: unknown, options?: { signal?: AbortSignal | undefined }): Promise<Matrix | Table>
  /** Numbers as a Matrix; words, for an encoder after it, as a Table. */
  transform(x: unknown, options?: { signal?: AbortSignal | undefined }): Promise<Matrix | Table>
  /** A table as `transform` returns it; a single row as a flat array. */
  transformSync(x: unknown): Float32Array | Matrix | Table | readonly Category[]
  featureNamesOut(inputFeatures?: readonly string[]): string[]
  getParams(): object
  setParams(params: object): unknown
  clone(): TransformerLike
  toJSON(): TransformerJson
}

/** A transformer that can undo itself. */
export interface InvertibleTransformer extends TransformerLike {
  inverseTransform(x: never, options?: never): Promise<unknown>
  inverseTransformSync(x: never): unknown
}

const methods = ['fit', 'fitTransform', 'transform', 'transformSync', 'featureNamesOut', 'setParams', 'clone', 'toJSON']

/** Whether a value has these methods. */
export function isTransformer(value: unknown): value is TransformerLike {
  const object = Object(value) as Record<string, unknown>
  return methods.every((method) => typeof object[method] === 'function')
}

/** Whether a transformer has both methods that undo it. */
export function isInvertible(value: unknown): value is InvertibleTransformer {
  const { inverseTransform, inverseTransformSync } = Object(value) as Partial<Record<string, unknown>>
  return isTransformer(value) && typeof inverseTransform === 'function' && typeof inverseTransformSync === 'function'
}

/** Parameters of parts, by names such as `scaler.withMean`. */
export type PartParams = Record<string, unknown>

/** A part under its name, and its parameters under the name, a dot and theirs. */
export function paramsOfPart(name: string, part: { getParams?(): object } | string): PartParams {
  const params = typeof part === 'string' ? {} : (part.getParams?.() ?? {})
  return {
    [name]: part,
    ...Object.fromEntries(Object.entries(params).map(([key, value]) => [`${name}.${key}`, value])),
  }
}

interface Parameterized {
  getParams(): object
  setParams(params: object): unknown
}

/**
 * Sets parameters of parts: all of them, or none if a part refuses.
 * @param restore undoes what the caller has set before.
 * @throws the error of the part; ArgumentError for a part without parameters.
 */
export function setPartParams(
  parts: ReadonlyMap<string, unknown>,
  partParams: ReadonlyMap<string, PartParams>,
  restore: () => void,
): void {
  const undo = [restore]
  try {
    for (const [name, values] of partParams) {
      const part = parts.get(name)
      if (!part || typeof part === 'string') throw mismatch(name, 'a transformer with parameters', describe(part))
      const { getParams, setParams } = part as Parameterized
      const before = getParams.call(part)
      setParams.call(part, values)
      undo.push(() => setParams.call(part, before))
    }
  } catch (error) {
    for (const step of undo.reverse()) step()
    throw error
  }
}

/**
 * Sorts parameters into those without a dot and those of parts: `scaler.withMean` is withMean of the part scaler.
 * @param names which may come without a dot.
 * @param call the call, for messages.
 * @throws ArgumentError for an unknown name or part.
 */
export function routeParams(params: unknown, parts: readonly string[], names: readonly string[], call: string) {
  const isRecord = params !== null && typeof params === 'object' && !Array.isArray(params)
  if (!isRecord) throw invalid(call, 'an object of parameters', params)
  const whole: PartParams = {}
  const partParams = new Map<string, PartParams>()
  for (const [key, value] of Object.entries(params)) {
    const dot = key.indexOf('.')
    const part = dot === -1 ? undefined : key.slice(0, dot)
    checkOptions({ [part ?? key]: value }, call, part === undefined ? names : parts)
    if (part === undefined) whole[key] = value
    else partParams.set(part, { ...partParams.get(part), [key.slice(dot + 1)]: value })
  }
  return { whole, partParams }
}
