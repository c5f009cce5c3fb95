import type { Matrix } from '../base/matrix.js'
import { Table } from '../table/table.js'
import { Doubles, toFloat32 } from './doubles.js'
import { NamedCells } from './named-cells.js'
import type { InvertibleTransformer, TransformerLike } from './transformer-like.js'

/** Rows between two steps: numbers, or words as a Table or as the named entries of a single row. */
export type Between = Doubles | Table | NamedCells

/**
 * Keys of the methods that pass rows to the next step: numbers in float64, and words. They are symbols because only models
 * made of transformers call them; their types are not published (`@internal`).
 */
export const toDoubles = Symbol('perceptra.toDoubles')
export const toDoublesSync = Symbol('perceptra.toDoublesSync')
export const fitToDoubles = Symbol('perceptra.fitToDoubles')

/** Keys of the methods that undo `transform` in float64, without a check of the numbers. */
export const invertDoubles = Symbol('perceptra.invertDoubles')
export const invertDoublesSync = Symbol('perceptra.invertDoublesSync')

/** The methods under these keys. */
interface DoublesInverter {
  [invertDoubles](x: Doubles, signal?: AbortSignal): Promise<Doubles>
  [invertDoublesSync](x: Doubles): Doubles
}

/** The methods under these keys: transform, transformSync and fitTransform in float64. */
interface DoublesTransformer {
  [toDoubles](x: unknown, signal?: AbortSignal): Promise<Between>
  [toDoublesSync](x: unknown): Between
  [fitToDoubles](x: unknown, y: unknown, signal?: AbortSignal): Promise<Between>
}

/** `transform` in float64; in float32 for a transformer that lacks the method above. */
export async function transformDoubles(step: TransformerLike, x: unknown, signal?: AbortSignal): Promise<Between> {
  return hasDoubles(step) ? step[toDoubles](x, signal) : between(step, await step.transform(toPublic(x), { signal }))
}

/** `transformSync`, likewise. */
export function transformDoublesSync(step: TransformerLike, x: unknown): Between {
  return hasDoubles(step) ? step[toDoublesSync](x) : between(step, step.transformSync(toPublic(x)))
}

/** `fitTransform`, likewise. */
export async function fitTransformDoubles(
  step: TransformerLike,
  x: unknown,
  y: unknown,
  signal?: AbortSignal,
): Promise<Between> {
  return hasDoubles(step)
    ? step[fitToDoubles](x, y, signal)
    : between(step, await step.fitTransform(toFloat32(x), y, { signal }))
}

/** The result of a public method. */
function between(step: TransformerLike, result: Matrix | Table | Float32Array | readonly unknown[]): Between {
  if (result instanceof Table) return result
  // A flat array of words is a row, which has the names of the columns.
  if (Array.isArray(result)) return new NamedCells(result, 1, step.featureNamesOut(), true)
  return Doubles.from(result as Matrix | Float32Array)
}

/** `fit` after other steps, whose result may be Doubles. */
export function fitStep(step: TransformerLike, x: unknown, y: unknown, signal?: AbortSignal): Promise<unknown> {
  return step.fit(hasDoubles(step) ? x : toFloat32(x), y, { signal })
}

/** `inverseTransform` in float64; in float32 for a transformer that lacks the method above. */
export async function inverseDoubles(step: InvertibleTransformer, x: Doubles, signal?: AbortSignal): Promise<Doubles> {
  if (invertDoubles in step) return (step as unknown as DoublesInverter)[invertDoubles](x, signal)
  return Doubles.from((await step.inverseTransform(toFloat32(x) as never)) as Matrix)
}

/** `inverseTransformSync`, likewise. */
export function inverseDoublesSync(step: InvertibleTransformer, x: Doubles): Doubles {
  if (invertDoublesSync in step) return (step as unknown as DoublesInverter)[invertDoublesSync](x)
  return Doubles.from(step.inverseTransformSync(toFloat32(x) as never) as Matrix)
}

/** Rows as public methods take them. */
function toPublic(x: unknown): unknown {
  if (!(x instanceof NamedCells)) return toFloat32(x)
  return x.isRow ? x.toObjects()[0] : x.toObjects()
}

/** Whether a transformer passes rows on in float64: all of this package do. */
export function hasDoubles(step: object): step is DoublesTransformer {
  return toDoubles in step
}
