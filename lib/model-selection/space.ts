import { checkBoolean, checkNumber, checkOptions, describe, invalid } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import type { Parameter, ParameterTable, SearchHint } from '../learning/parameters.js'
import type { CallableModel } from './model.js'

/** Values of a parameter to choose from: a list, or a range, on a logarithmic scale with `log`, of whole numbers with `integer`. */
export type ParameterSpace = readonly unknown[] | SearchHint | 'auto'

/** Spaces by the name of the parameter; `step.parameter` in a pipeline. `'auto'` is the estimator's own proposal. */
export type SearchSpace = Readonly<Record<string, ParameterSpace>>

/** Lists of values by the name of the parameter: all combinations. Several such are searched one after the other. */
export type ParameterGrid = Readonly<Record<string, readonly unknown[]>>

/** A range of numbers. */
export interface Numbers {
  readonly low: number
  readonly high: number
  readonly log: boolean
  readonly integer: boolean
}

/** A space that has been checked. */
export type Dimension = { readonly name: string } & (
  | { readonly choices: readonly unknown[]; readonly numbers?: undefined }
  | { readonly numbers: Numbers; readonly choices?: undefined }
)

/**
 * The parameters of a search.
 * @throws ArgumentError for none, for names that the estimator has not, empty lists and wrong ranges.
 */
export function readSpace(space: unknown, model: CallableModel, name: string): Dimension[] {
  checkOptions(space, name, knownParams(model, space))
  const entries = Object.entries(space as Record<string, unknown>)
  if (entries.length === 0) throw new ArgumentError(`Expected at least one parameter for ${name}, but it is empty.`)
  return entries.map(([key, value]): Dimension => {
    const own = `${key} of ${name}`
    const given = value === 'auto' ? proposalFor(model, key, own) : value
    if (Array.isArray(given)) return { name: key, choices: readChoices(given, own) }
    if (given === null || typeof given !== 'object') {
      throw invalid(own, "a list of values, { low, high } or 'auto'", value)
    }
    if ('choices' in given) {
      checkOptions(given, own, ['choices'])
      return { name: key, choices: readChoices(given.choices, own) }
    }
    return { name: key, numbers: readNumbers(given, own) }
  })
}

/** Those of the estimator, and those of the steps that are to take the place of its own. */
function knownParams(model: CallableModel, space: unknown): string[] {
  const replaced = Object.entries(Object(space) as object).flatMap(([key, value]) =>
    (Array.isArray(value) ? value : []).flatMap((choice: unknown) => {
      const { getParams } = Object(choice) as Partial<CallableModel>
      return typeof getParams === 'function' ? Object.keys(getParams.call(choice)).map((own) => `${key}.${own}`) : []
    }),
  )
  return [...new Set([...Object.keys(model.getParams()), ...replaced])]
}

function readChoices(choices: unknown, name: string): readonly unknown[] {
  if (!Array.isArray(choices)) throw invalid(name, 'a list of values', choices)
  if (choices.length === 0) throw new ArgumentError(`Expected at least one value for ${name}, but the list is empty.`)
  return [...choices]
}

function readNumbers(range: object, name: string): Numbers {
  checkOptions(range, name, ['low', 'high', 'log', 'integer'])
  const given = range as { low?: unknown; high?: unknown; log?: unknown; integer?: unknown }
  const log = checkBoolean(given.log ?? false, `log of ${name}`)
  const integer = checkBoolean(given.integer ?? false, `integer of ${name}`)
  const low = checkNumber(given.low, `low of ${name}`, log ? { above: 0 } : {})
  const high = checkNumber(given.high, `high of ${name}`, { above: low })
  const whole = [low, high].find((end) => integer && !Number.isInteger(end))
  if (whole !== undefined) throw invalid(`an end of ${name}`, 'an integer', whole)
  return { low, high, log, integer }
}

/** Where the estimator's table says that a search begins. */
function proposalFor(model: CallableModel, key: string, name: string): SearchHint {
  let owner: object = model
  const path = key.split('.')
  const own = path.pop()!
  for (const step of path) {
    const { steps } = (owner as CallableModel).getParams() as { steps?: readonly (readonly [string, object])[] }
    owner = steps?.find(([name]) => name === step)?.[1] ?? {}
  }
  const { parameters } = owner.constructor as { parameters?: ParameterTable }
  const hint = (parameters?.[own] as Parameter | undefined)?.search
  if (hint) return hint
  throw new ArgumentError(
    `Expected a list or a range for ${name}, but got 'auto', and ${describe(own)} has no proposal.`,
  )
}

/** All combinations of lists: the last parameter changes fastest. */
export function* combinations(dimensions: readonly Dimension[]): Generator<Record<string, unknown>> {
  const count = sizeOf(dimensions)
  for (let k = 0; k < count; k++) yield combinationAt(dimensions, k)
}

/** How many combinations there are; Infinity where one is a range. */
export function sizeOf(dimensions: readonly Dimension[]): number {
  return dimensions.reduce((product, { choices }) => product * (choices?.length ?? Infinity), 1)
}

/** Combination number k. */
export function combinationAt(dimensions: readonly Dimension[], k: number): Record<string, unknown> {
  const params: Record<string, unknown> = {}
  let rest = k
  for (const { name, choices } of [...dimensions].reverse()) {
    params[name] = choices![rest % choices!.length]
    rest = Math.floor(rest / choices!.length)
  }
  return Object.fromEntries(dimensions.map(({ name }) => [name, params[name]]))
}

/** One value of each parameter, all independent. */
export function drawParams(dimensions: readonly Dimension[], random: () => number): Record<string, unknown> {
  return Object.fromEntries(
    dimensions.map(({ name, choices, numbers }) => [
      name,
      choices ? choices[Math.floor(random() * choices.length)] : fromUnit(numbers, random()),
    ]),
  )
}

/** The number at a share of a range, from 0 to below 1. A whole number stands for all that round to it. */
export function fromUnit({ low, high, log, integer }: Numbers, share: number): number {
  const [begin, end] = integer ? [low - 0.5, high + 0.5] : [low, high]
  // Below 1 there is no room for half a number.
  const from = log ? Math.log(Math.max(begin, low / 2)) : begin
  const to = log ? Math.log(end) : end
  const at = from + share * (to - from)
  const value = log ? Math.exp(at) : at
  return Math.min(high, Math.max(low, integer ? Math.round(value) : value))
}

/** Where a number lies in a range, from 0 to 1. */
export function toUnit({ low, high, log, integer }: Numbers, value: number): number {
  const [begin, end] = integer ? [low - 0.5, high + 0.5] : [low, high]
  const from = log ? Math.log(Math.max(begin, low / 2)) : begin
  const to = log ? Math.log(end) : end
  return ((log ? Math.log(value) : value) - from) / (to - from)
}
