import { runBreathing, runNow, type Work } from '../base/breathing.js'
import { checkOptions, checkSignal, describe } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { readsDoubles, readsFloats } from '../learning/doubles.js'
import { innermost } from '../learning/wrapped.js'
import { Doubles, toFloat64Rows } from '../preprocessing/doubles.js'
import {
  type Between,
  fitStep,
  fitTransformDoubles,
  transformDoubles,
  transformDoublesSync,
} from '../preprocessing/float64.js'
import { isObject } from '../preprocessing/input.js'
import { type ColumnPolicy, NamedCells } from '../preprocessing/named-cells.js'
import { transformKeys } from '../preprocessing/transform-options.js'
import { Table } from '../table/table.js'
import { enter, enterFit, enterRow } from './entrance.js'
import type { FittedSteps, Steps } from './steps.js'

/** An estimator with any methods. */
export interface Callable {
  [method: string]: ((...args: unknown[]) => unknown) | undefined
}

/** A method of an estimator. */
type Method = (...args: unknown[]) => unknown

/**
 * A method of the estimator.
 * @throws ArgumentError if there is no estimator, or it lacks the method.
 */
export function method({ estimator }: Steps, name: string): Method {
  if (!estimator)
    throw new ArgumentError(`Expected an estimator as the last step for ${name}, but all are transformers.`)
  return callOf(estimator[1], name)
}

/**
 * A method of a model.
 * @throws ArgumentError if it lacks the method.
 */
export function callOf(model: object, name: string): Method {
  const call = (model as Callable)[name]
  if (call) return call.bind(model)
  throw new ArgumentError(`Expected an estimator with ${name}, but ${describe(model)} has none.`)
}

/**
 * Rows for the estimator: float32, or float64 if it does not round. Estimators of this package read tables of float64 as they are.
 * @throws ArgumentError for words, which no step has encoded.
 */
export function* rowsFor({ estimator }: Pick<Steps, 'estimator'>, rows: unknown): Work<unknown> {
  if (isWords(rows)) throw notWords(describe(estimator?.[0]))
  if (!(rows instanceof Doubles)) return rows
  if (estimator && !rows.isRow && readsFloats in estimator[1]) return rows
  if (estimator && readsDoubles in innermost(estimator[1])) return yield* toFloat64Rows(rows)
  return yield* rows.toResultInSteps()
}

/** Words between steps; an estimator alone gets the numbers of a Table from the entrance. */
function isWords(rows: unknown): rows is Table | NamedCells {
  return rows instanceof Table || rows instanceof NamedCells
}

function notWords(what: string): ArgumentError {
  return new ArgumentError(
    `Expected numbers for ${what}, but the last transformer returns words. ` +
      'Add an encoder after it: OneHotEncoder, OrdinalEncoder or TargetEncoder.',
  )
}

/** @throws ArgumentError for words, and for rows that no transformer has transformed. */
export function asDoubles(rows: unknown, what = 'the result of the pipeline'): Doubles {
  if (isWords(rows)) throw notWords(what)
  return asBetween(rows) as Doubles
}

/** @throws ArgumentError for rows that no transformer has transformed. */
export function asBetween(rows: unknown): Between {
  if (rows instanceof Doubles || isWords(rows)) return rows
  throw new ArgumentError('Expected a transformer among the steps to transform with, but there is none.')
}

/** The signal in the options of the estimator, which stops transformers too. */
export function signalOf(options: unknown): AbortSignal | undefined {
  const { signal } = Object(options) as { signal?: unknown }
  return signal === undefined ? undefined : checkSignal(signal)
}

/**
 * Fits clones of steps, one after the other.
 * @param transformAll whether the last transformer must transform the training rows.
 * @param learn the method of the estimator that learns.
 * @returns the clones, and the rows after the last transformer.
 */
export async function fitSteps(
  { transformers, estimator }: Steps,
  x: unknown,
  y: unknown,
  options: object,
  transformAll: boolean,
  learn: 'fit' | 'partialFit' = 'fit',
): Promise<{ steps: FittedSteps; rows: unknown }> {
  if (!estimator) checkOptions(options, 'fit() of Pipeline', transformKeys)
  const signal = signalOf(options)
  // Cloned before any await, so that setParams takes effect at the next fit.
  const clones = transformers.map(([name, transformer]) => [name, transformer.clone()] as const)
  const last = estimator && ([estimator[0], estimator[1].clone()] as const)
  const entered = await runBreathing(enterFit(transformers[0]?.[1], x), signal)
  let { rows } = entered
  for (const [i, [, transformer]] of clones.entries()) {
    const isLast = i === clones.length - 1 && !estimator && !transformAll
    if (isLast) await fitStep(transformer, rows, y, signal)
    else rows = await fitTransformDoubles(transformer, rows, y, signal)
  }
  if (last) {
    const prepared = await runBreathing(rowsFor({ estimator: last }, rows), signal)
    await method({ transformers: clones, estimator: last }, learn)(prepared, y, options)
  }
  signal?.throwIfAborted()
  return { steps: { transformers: clones, estimator: last, featureNamesIn: entered.names }, rows }
}

/** Puts rows through the transformers. */
export async function through(
  steps: FittedSteps,
  x: unknown,
  policy: ColumnPolicy,
  signal?: AbortSignal,
): Promise<unknown> {
  let rows = await runBreathing(enter(steps, x, policy), signal)
  for (const [, transformer] of steps.transformers) rows = await transformDoubles(transformer, rows, signal)
  return rows
}

/** Puts rows through the transformers; the result is what the estimator takes. */
export async function throughToEstimator(
  steps: FittedSteps,
  x: unknown,
  policy: ColumnPolicy,
  signal?: AbortSignal,
): Promise<unknown> {
  return runBreathing(rowsFor(steps, await through(steps, x, policy, signal)), signal)
}

/** As `through`, synchronously. */
export function throughSync(steps: FittedSteps, x: unknown, policy: ColumnPolicy): unknown {
  let rows = isObject(x) ? enterRow(steps, x, policy) : runNow(enter(steps, x, policy))
  for (const [, transformer] of steps.transformers) rows = transformDoublesSync(transformer, rows)
  return rows
}
