import { checkBoolean, checkNumber, checkOptions, describe, invalid, optionKeys } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import type { Parameter, ParameterTable, SearchHint } from '../learning/parameters.js'
import type { CallableModel } from './model.js'

/** Values of a parameter: a list, or a range, on a logarithmic scale with `log`, of integers with `integer`. */
export type ParameterSpace = readonly unknown[] | SearchHint | 'auto'

/** Spaces by the name of the parameter (`step.parameter` in a pipeline). `'auto'` is the range that the estimator proposes. */
export type SearchSpace = Readonly<Record<string, ParameterSpace>>

/** Lists of values by the name of the parameter, for all combinations. */
export type ParameterGrid = Readonly<Record<string, readonly unknown[]>>

/** A range of numbers. */
export interface Numbers {
  readonly low: number
  readonly high: number
  readonly log: boolean
  readonly integer: boolean
}

/** A parameter with its checked space. */
export type Dimension = { readonly name: string } & (
  | { readonly choices: readonly unknown[]; readonly numbers?: undefined }
  | { readonly numbers: Numbers; readonly choices?: undefined }
)

/**
 * Reads the parameters of a search.
 * @throws ArgumentError for no parameters, names that the estimator lacks, empty lists and wrong ranges.
 */
export function readSpace(space: unknown, model: CallableModel, name: string): Dimension[] {
  checkOptions(space, name, paramNames(model, space))
  const entries = Object.entries(space as Record<string, unknown>)
  if (entries.length === 0) throw new ArgumentError(`Expected at least one parameter for ${name}, but it is empty.`)
  return entries.map(([key, value]): Dimension => {
    const label = `${key} of ${name}`
    const values = value === 'auto' ? proposalFor(model, key, label) : value
    if (Array.isArray(values)) return { name: key, choices: readChoices(values, label) }
    if (values === null || typeof values !== 'object') {
      throw invalid(label, "a list of values, { low, high } or 'auto'", value)
    }
    if ('choices' in values) {
      checkOptions(values, label, ['choices'])
      return { name: key, choices: readChoices(values.choices, label) }
    }
    return { name: key, numbers: readNumbers(values, label) }
  })
}

/** The names of the estimator's parameters, and of those of steps that the search puts into a pipeline. */
function paramNames(model: CallableModel, space: unknown): string[] {
  const ofSteps = Object.entries(Object(space) as object).flatMap(([key, value]) =>
    (Array.isArray(value) ? value : []).flatMap((choice: unknown) => {
      const { getParams } = Object(choice) as Partial<CallableModel>
      return typeof getParams === 'function'
        ? Object.keys(getParams.call(choice)).map((param) => `${key}.${param}`)
        : []
    }),
  )
  return [...new Set([...Object.keys(model.getParams()), ...ofSteps])]
}

function readChoices(choices: unknown, name: string): readonly unknown[] {
  if (!Array.isArray(choices)) throw invalid(name, 'a list of values', choices)
  if (choices.length === 0) throw new ArgumentError(`Expected at least one value for ${name}, but the list is empty.`)
  return [...choices]
}

function readNumbers(range: object, name: string): Numbers {
  checkOptions(range, name, optionKeys<Numbers>({ low: true, high: true, log: true, integer: true }))
  const options = range as { low?: unknown; high?: unknown; log?: unknown; integer?: unknown }
  const log = checkBoolean(options.log ?? false, `log of ${name}`)
  const integer = checkBoolean(options.integer ?? false, `integer of ${name}`)
  const low = checkNumber(options.low, `low of ${name}`, log ? { above: 0 } : {})
  const high = checkNumber(options.high, `high of ${name}`, { above: low })
  const fraction = [low, high].find((end) => integer && !Number.isInteger(end))
  if (fraction !== undefined) throw invalid(`an end of ${name}`, 'an integer', fraction)
  return { low, high, log, integer }
}

/** The search range in the estimator's table of parameters. */
function proposalFor(model: CallableModel, key: string, name: string): SearchHint {
  let owner: object = model
  const path = key.split('.')
  const param = path.pop()!
  for (const step of path) {
    const { steps } = (owner as CallableModel).getParams() as { steps?: readonly (readonly [string, object])[] }
    owner = steps?.find(([name]) => name === step)?.[1] ?? {}
  }
  const { parameters } = owner.constructor as { parameters?: ParameterTable }
  const hint = (parameters?.[param] as Parameter | undefined)?.search
  if (hint) return hint
  throw new ArgumentError(
    `Expected a list or a range for ${name}, but got 'auto', and ${describe(param)} has no range. Give one.`,
  )
}

/** All combinations of lists. The last parameter changes fastest. */
export function* combinations(dimensions: readonly Dimension[]): Generator<Record<string, unknown>> {
  const count = sizeOf(dimensions)
  for (let k = 0; k < count; k++) yield combinationAt(dimensions, k)
}

/** The number of combinations; Infinity if one parameter is a range. */
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

/** Draws a value of each parameter independently. */
export function drawParams(dimensions: readonly Dimension[], random: () => number): Record<string, unknown> {
  return Object.fromEntries(
    dimensions.map(({ name, choices, numbers }) => [
      name,
      choices ? choices[Math.floor(random() * choices.length)] : fromUnit(numbers, random()),
    ]),
  )
}

/** The number at a share of a range, from 0 to below 1. An integer covers all numbers that round to it. */
export function fromUnit(numbers: Numbers, share: number): number {
  const { low, high, log, integer } = numbers
  const [from, to] = scaleOf(numbers)
  const at = from + share * (to - from)
  const value = log ? Math.exp(at) : at
  return Math.min(high, Math.max(low, integer ? Math.round(value) : value))
}

/** The share of a range at which a number lies, from 0 to 1. */
export function toUnit(numbers: Numbers, value: number): number {
  const [from, to] = scaleOf(numbers)
  return ((numbers.log ? Math.log(value) : value) - from) / (to - from)
}

/** The ends of a range on its scale. */
function scaleOf({ low, high, log, integer }: Numbers): [number, number] {
  const [begin, end] = integer ? [low - 0.5, high + 0.5] : [low, high]
  return log ? [Math.log(begin), Math.log(end)] : [begin, end]
}
