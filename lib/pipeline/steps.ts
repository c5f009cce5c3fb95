import { describe, invalid, mismatch } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import type { Parameter } from '../learning/parameters.js'
import { isTransformer, routeParams, type TransformerLike } from '../preprocessing/transformer-like.js'

/** What the last step of a pipeline may be beside a transformer: each of our estimators. */
export interface EstimatorLike {
  readonly isFitted: boolean
  fit(x: never, y: never, options?: never): Promise<unknown>
  predict(x: never, options?: never): Promise<unknown>
  predictSync(x: never): unknown
  score(x: never, y: never, options?: never): Promise<number>
  getParams(): object
  setParams(params: never): unknown
  clone(): EstimatorLike
  toBytes(): Uint8Array
}

/** A step, or one with a name of one's own. */
export type Step = TransformerLike | EstimatorLike
export type NamedStep = readonly [name: string, step: Step]

/** The steps of a pipeline: transformers, then an estimator or one more transformer. */
export interface Steps {
  readonly transformers: readonly (readonly [name: string, transformer: TransformerLike])[]
  readonly estimator: readonly [name: string, estimator: EstimatorLike] | undefined
}

const methods = ['fit', 'predict', 'predictSync', 'score', 'getParams', 'setParams', 'clone', 'toBytes']

function isEstimator(value: unknown): value is EstimatorLike {
  const given = Object(value) as Record<string, unknown>
  return methods.every((method) => typeof given[method] === 'function')
}

/** The one parameter of a pipeline. */
export const stepsParameter: Parameter<readonly NamedStep[]> = {
  default: Object.freeze([]),
  description: 'What rows go through: transformers, then perhaps an estimator.',
  takes: 'an array of transformers and estimators, or of [name, step]',
  read(value, name) {
    if (!Array.isArray(value) || value.length === 0) throw invalid(name, stepsParameter.takes, value)
    const given = value.map((each, i) => readStep(each, `${name}[${i}]`))
    const named = given.map(([own, step], i): NamedStep => Object.freeze([own ?? nameOf(given, i), step]))
    const twice = named.find(([own], i) => named.findIndex(([other]) => other === own) !== i)
    if (twice) throw mismatch(name, 'names that differ', `${describe(twice[0])} twice`)
    const early = named.slice(0, -1).find(([, step]) => !isTransformer(step))
    if (early) throw new ArgumentError(`Expected transformers before the last step, but ${describe(early[0])} is none.`)
    return Object.freeze(named)
  },
}

function readStep(value: unknown, name: string): [string | undefined, Step] {
  const [own, step] = Array.isArray(value) && value.length === 2 ? (value as unknown[]) : [undefined, value]
  const isName = typeof own === 'string' && !['', 'steps', '__proto__'].includes(own) && !own.includes('.')
  if (own !== undefined && !isName) {
    throw invalid(`the name of ${name}`, "a string without a dot, other than 'steps' and '__proto__'", own)
  }
  if (isTransformer(step) && isEstimator(step)) checkInner(step, name)
  if (isTransformer(step) || isEstimator(step)) return [own as string | undefined, step]
  throw invalid(name, 'a transformer or an estimator', step)
}

/** A pipeline is a step of another only where it transforms. */
function checkInner(step: Step, name: string): void {
  const { steps } = step.getParams() as { steps?: readonly NamedStep[] }
  if (!steps || !sortSteps(steps).estimator) return
  throw new ArgumentError(
    `Expected a pipeline of transformers alone for ${name}: give the steps of one with an estimator.`,
  )
}

/** The name of its class in small letters, with a number where there are several. */
function nameOf(given: readonly (readonly [string | undefined, Step])[], i: number): string {
  const classOf = (step: Step) => step.constructor.name.toLowerCase()
  const own = classOf(given[i]![1])
  const same = given.flatMap(([name, step], k) => (name === undefined && classOf(step) === own ? [k] : []))
  return same.length > 1 ? `${own}-${same.indexOf(i) + 1}` : own
}

/**
 * Steps with some of them replaced, and the parameters that are for the steps themselves.
 * @param params `{ steps, scaler, 'scaler.withMean' }`, any of them.
 * @throws ArgumentError for steps that are not there.
 */
export function routeSteps(steps: readonly NamedStep[], params: unknown) {
  const { steps: given } = Object(params) as { steps?: unknown }
  const next = given === undefined ? steps : stepsParameter.read(given, 'steps')
  const names = next.map(([name]) => name)
  const { whole, partParams } = routeParams(params, names, ['steps', ...names], 'setParams() of Pipeline')
  const replaced = next.map(
    ([name, step]): NamedStep => [name, Object.hasOwn(whole, name) ? (whole[name] as Step) : step],
  )
  return { steps: replaced, partParams }
}

/** Transformers and the estimator apart. */
export function sortSteps(steps: readonly NamedStep[]): Steps {
  const last = steps.at(-1)
  const estimator = last && !isTransformer(last[1]) ? ([last[0], last[1] as EstimatorLike] as const) : undefined
  const others = estimator ? steps.slice(0, -1) : steps
  return { transformers: others as Steps['transformers'], estimator }
}
