import { Doubles, toFloat32 } from './doubles.js'
import { NamedCells } from './named-cells.js'
import type { TransformerLike } from './transformer-like.js'

/**
 * Keys of the methods that pass rows to the next step in float64. They are symbols because only pipelines and
 * ColumnTransformer call them; their types are not published (`@internal`).
 */
export const toDoubles = Symbol('perceptra.toDoubles')
export const toDoublesSync = Symbol('perceptra.toDoublesSync')
export const fitToDoubles = Symbol('perceptra.fitToDoubles')

/** The methods under these keys: transform, transformSync and fitTransform in float64. */
interface DoublesTransformer {
  [toDoubles](x: unknown, signal?: AbortSignal): Promise<Doubles>
  [toDoublesSync](x: unknown): Doubles
  [fitToDoubles](x: unknown, y: unknown, signal?: AbortSignal): Promise<Doubles>
}

/** `transform` in float64; in float32 for a transformer that lacks the method above. */
export async function transformDoubles(step: TransformerLike, x: unknown, signal?: AbortSignal): Promise<Doubles> {
  return hasDoubles(step) ? step[toDoubles](x, signal) : Doubles.from(await step.transform(toPublic(x), { signal }))
}

/** `transformSync`, likewise. */
export function transformDoublesSync(step: TransformerLike, x: unknown): Doubles {
  return hasDoubles(step) ? step[toDoublesSync](x) : Doubles.from(step.transformSync(toPublic(x)))
}

/** `fitTransform`, likewise. */
export async function fitTransformDoubles(
  step: TransformerLike,
  x: unknown,
  y: unknown,
  signal?: AbortSignal,
): Promise<Doubles> {
  return hasDoubles(step)
    ? step[fitToDoubles](x, y, signal)
    : Doubles.from(await step.fitTransform(toFloat32(x), y, { signal }))
}

/** `fit` after other steps, whose result may be Doubles. */
export function fitStep(step: TransformerLike, x: unknown, y: unknown, signal?: AbortSignal): Promise<unknown> {
  return step.fit(hasDoubles(step) ? x : toFloat32(x), y, { signal })
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
