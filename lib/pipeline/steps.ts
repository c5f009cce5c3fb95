import { describe, invalid, mismatch } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { choiceParameter, type Parameter } from '../learning/parameters.js'
import type { MissingColumns, UnknownColumns } from '../preprocessing/named-cells.js'
import { isTransformer, routeParams, type TransformerLike } from '../preprocessing/transformer-like.js'

/** An estimator as a pipeline needs it: all of this package's have these methods. */
export interface EstimatorLike {
  readonly isFitted: boolean
  fit(x: never, y: never, options?: never): Promise<unknown>
  // Methods, of which no results are written: TypeScript would infer the labels of `new MLPClassifier()` among steps from them.
  readonly predict: object
  readonly predictSync: object
  score(x: never, y: never, options?: never): Promise<number>
  getParams(): object
  setParams(params: never): unknown
  clone(): EstimatorLike
  toBytes(): Uint8Array
}

/** A classifier as the models need it that hold one. */
export interface ClassifierLike extends EstimatorLike {
  readonly classes: object
}

/** A step, and a step with its name. */
export type Step = TransformerLike | EstimatorLike
export type NamedStep = readonly [name: string, step: Step]

/** The steps of a pipeline: transformers, then an estimator or one more transformer. */
export interface Steps {
  readonly transformers: readonly (readonly [name: string, transformer: TransformerLike])[]
  readonly estimator: readonly [name: string, estimator: EstimatorLike] | undefined
}

/** Fitted steps, and the names of the columns of fit; undefined if they had none. */
export interface FittedSteps extends Steps {
  readonly featureNamesIn: readonly string[] | undefined
}

const methods = ['fit', 'predict', 'predictSync', 'score', 'getParams', 'setParams', 'clone', 'toBytes']

/** Whether a value has these methods. */
export function isEstimator(value: unknown): value is EstimatorLike {
  const object = Object(value) as Record<string, unknown>
  return methods.every((method) => typeof object[method] === 'function')
}

/** The parameters of a pipeline beside those of its steps, after which no step can be named. */
const ownParameters: readonly string[] = ['steps', 'unknownColumns', 'missingColumns']

/** What happens to rows with other columns than those of fit. */
export const columnParameters = {
  unknownColumns: choiceParameter<UnknownColumns>('error', ['error', 'ignore'], {
    description: 'What happens to columns that fit did not have: an error, or they are ignored.',
  }),
  missingColumns: choiceParameter<MissingColumns>('error', ['error', 'impute'], {
    description: 'What happens to rows that lack a column of fit: an error, or the column is read as null.',
  }),
}

/** The parameter steps of a pipeline. */
export const stepsParameter: Parameter<readonly NamedStep[]> = {
  default: Object.freeze([]),
  description: 'The steps: transformers, then an estimator or none.',
  takes: 'an array of transformers and estimators, or of [name, step]',
  read(value, name) {
    if (!Array.isArray(value) || value.length === 0) throw invalid(name, stepsParameter.takes, value)
    const steps = value.map((step, i) => readStep(step, `${name}[${i}]`))
    const named = steps.map(([key, step], i): NamedStep => Object.freeze([key ?? nameOf(steps, i), step]))
    const repeated = named.find(([key], i) => named.findIndex(([other]) => other === key) !== i)
    if (repeated) throw mismatch(name, 'names that differ', `${describe(repeated[0])} twice`)
    const early = named.slice(0, -1).find(([, step]) => !isTransformer(step))
    if (early) throw new ArgumentError(`Expected transformers before the last step, but ${describe(early[0])} is none.`)
    return Object.freeze(named)
  },
}

function readStep(value: unknown, name: string): [string | undefined, Step] {
  const [key, step] = Array.isArray(value) && value.length === 2 ? (value as unknown[]) : [undefined, value]
  const isName = typeof key === 'string' && !['', '__proto__', ...ownParameters].includes(key) && !key.includes('.')
  if (key !== undefined && !isName) {
    const others = ownParameters.map((parameter) => `'${parameter}'`).join(', ')
    throw invalid(`the name of ${name}`, `a string without a dot, other than ${others} and '__proto__'`, key)
  }
  if (isTransformer(step) && isEstimator(step)) checkInner(step, name)
  if (isTransformer(step) || isEstimator(step)) return [key as string | undefined, step]
  throw invalid(name, 'a transformer or an estimator', step)
}

/** @throws ArgumentError for a pipeline with an estimator, which cannot be a step of another pipeline. */
function checkInner(step: Step, name: string): void {
  const { steps } = step.getParams() as { steps?: readonly NamedStep[] }
  if (!steps || !sortSteps(steps).estimator) return
  throw new ArgumentError(
    `Expected a pipeline of transformers alone for ${name}, but it has an estimator. Pass its steps instead.`,
  )
}

/** The name of a step's class in lower case, with a number if several unnamed steps are of that class. */
function nameOf(steps: readonly (readonly [string | undefined, Step])[], i: number): string {
  const classOf = (step: Step) => step.constructor.name.toLowerCase()
  const className = classOf(steps[i]![1])
  const same = steps.flatMap(([name, step], k) => (name === undefined && classOf(step) === className ? [k] : []))
  return same.length > 1 ? `${className}-${same.indexOf(i) + 1}` : className
}

/**
 * Applies the parameters of a pipeline: replaces steps, and sorts out the parameters of steps.
 * @param params such as `{ steps, scaler, 'scaler.withMean' }`.
 * @throws ArgumentError for a step that does not exist.
 */
export function routeSteps(steps: readonly NamedStep[], params: unknown) {
  const { steps: newSteps } = Object(params) as { steps?: unknown }
  const next = newSteps === undefined ? steps : stepsParameter.read(newSteps, 'steps')
  const names = next.map(([name]) => name)
  const { whole, partParams } = routeParams(params, names, [...ownParameters, ...names], 'setParams() of Pipeline')
  const replaced = next.map(
    ([name, step]): NamedStep => [name, Object.hasOwn(whole, name) ? (whole[name] as Step) : step],
  )
  const own = Object.fromEntries(Object.entries(whole).filter(([key]) => ownParameters.includes(key)))
  return { params: { ...own, steps: replaced }, partParams }
}

/** A step as plain JSON, for logs; an estimator of the user's may have no toJSON. */
export function jsonOf(step: Step): unknown {
  const { toJSON } = step as { toJSON?: () => unknown }
  return toJSON ? toJSON.call(step) : { kind: step.constructor.name, params: step.getParams() }
}

/** Separates the transformers from the estimator. */
export function sortSteps(steps: readonly NamedStep[]): Steps {
  const last = steps.at(-1)
  const estimator = last && !isTransformer(last[1]) ? ([last[0], last[1] as EstimatorLike] as const) : undefined
  const others = estimator ? steps.slice(0, -1) : steps
  return { transformers: others as Steps['transformers'], estimator }
}
