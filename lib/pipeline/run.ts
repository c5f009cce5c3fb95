import { describe } from '../check.js'
import { ArgumentError } from '../errors.js'
import { Doubles } from '../preprocessing/doubles.js'
import { toNamed } from '../preprocessing/input.js'
import { Table } from '../table.js'
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

/** What an estimator takes: float32, rounded once. */
export function toEstimator(rows: unknown): unknown {
  return rows instanceof Doubles ? rows.toResult() : rows
}

/** The rows of a pipeline without transformers are what it was given. */
export function asDoubles(rows: unknown): Doubles {
  if (rows instanceof Doubles) return rows
  throw new ArgumentError('Expected a transformer among the steps to transform with, but there is none.')
}

/** What the transformers make of rows. */
export async function through({ transformers }: Steps, x: unknown, signal?: AbortSignal): Promise<unknown> {
  let rows = plainRows(x, transformers.length)
  for (const [, transformer] of transformers) rows = await transformer.apply(rows, signal)
  return rows
}

/** The same on the spot. */
export function throughSync({ transformers }: Steps, x: unknown): unknown {
  let rows = plainRows(x, transformers.length)
  for (const [, transformer] of transformers) rows = transformer.applySync(rows)
  return rows
}
