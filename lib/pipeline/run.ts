import { checkOptions, checkSignal, describe } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { Doubles, toFloat32 } from '../preprocessing/doubles.js'
import { fitStep, fitTransformDoubles, transformDoubles, transformDoublesSync } from '../preprocessing/float64.js'
import { toNamed } from '../preprocessing/input.js'
import { Table } from '../table/table.js'
import type { Steps } from './steps.js'

/** An estimator as it is called here: what it takes has gone through transformers. */
export interface Callable {
  [method: string]: ((...args: unknown[]) => unknown) | undefined
}

/** A method, called with what has gone through transformers. */
export type Method = (...args: unknown[]) => unknown

/** A method of the estimator. */
export function method({ estimator }: Steps, name: string): Method {
  if (!estimator)
    throw new ArgumentError(`Expected an estimator as the last step for ${name}, but all are transformers.`)
  const own = (estimator[1] as unknown as Callable)[name]
  if (own) return (...args) => own.apply(estimator[1], args)
  throw new ArgumentError(
    `Expected an estimator with ${name} as the last step, but ${describe(estimator[1])} has none.`,
  )
}

/** An estimator that comes first takes neither a Table nor objects. */
export function plainRows(x: unknown, transformers: number): unknown {
  if (transformers > 0) return x
  const named = toNamed(x)
  return named instanceof Table ? named.toMatrix() : x
}

/** The rows of a pipeline without transformers are what it was given. */
export function asDoubles(rows: unknown): Doubles {
  if (rows instanceof Doubles) return rows
  throw new ArgumentError('Expected a transformer among the steps to transform with, but there is none.')
}

/** The signal among options of the estimator's, which the transformers heed as well. */
export function signalOf(options: unknown): AbortSignal | undefined {
  const { signal } = Object(options) as { signal?: unknown }
  return signal === undefined ? undefined : checkSignal(signal)
}

/**
 * Fits clones of steps, one after the other.
 * @param whole whether the last transformer has to transform what it has learned from.
 * @returns the clones, and the rows as they came out of the last transformer.
 */
export async function fitSteps(
  { transformers, estimator }: Steps,
  x: unknown,
  y: unknown,
  options: object,
  whole: boolean,
): Promise<{ steps: Steps; rows: unknown }> {
  if (!estimator) checkOptions(options, 'fit() of Pipeline', ['signal'])
  const signal = signalOf(options)
  // Before any await: what is set meanwhile counts from the next fit on.
  const learning = transformers.map(([name, given]) => [name, given.clone()] as const)
  const last = estimator && ([estimator[0], estimator[1].clone()] as const)
  let rows: unknown = plainRows(x, transformers.length)
  for (const [i, [, transformer]] of learning.entries()) {
    const isLast = i === learning.length - 1 && !estimator && !whole
    if (isLast) await fitStep(transformer, rows, y, signal)
    else rows = await fitTransformDoubles(transformer, rows, y, signal)
  }
  if (last) await (last[1] as unknown as { fit: Method }).fit(toFloat32(rows), y, options)
  return { steps: { transformers: learning, estimator: last }, rows }
}

/** What the transformers make of rows. */
export async function through({ transformers }: Steps, x: unknown, signal?: AbortSignal): Promise<unknown> {
  let rows = plainRows(x, transformers.length)
  for (const [, transformer] of transformers) rows = await transformDoubles(transformer, rows, signal)
  return rows
}

/** The same on the spot. */
export function throughSync({ transformers }: Steps, x: unknown): unknown {
  let rows = plainRows(x, transformers.length)
  for (const [, transformer] of transformers) rows = transformDoublesSync(transformer, rows)
  return rows
}
