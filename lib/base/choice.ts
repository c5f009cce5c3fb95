import { checkBoolean, checkNumber, checkOneOf, checkOptions, checkSeed, invalid, keysOf, type Range } from './check.js'

/** Checks one parameter and returns it; `undefined` stands for its default. */
export type Reader<T = unknown> = (value: unknown, name: string) => T

/** A reader for each property of T, and no others. */
export type Readers<T> = [keyof T] extends [never]
  ? Readonly<Record<string, never>>
  : { readonly [K in keyof T]-?: Reader<T[K]> }

/** Something that is chosen by name, with parameters: `{ name: 'elu', alpha: 1 }`. */
export interface Choice {
  readonly name: string
}

/** The member of the union C that has this name. */
export type ChoiceOf<C extends Choice, Name extends C['name']> = C extends { readonly name: infer N }
  ? Name extends N
    ? C
    : never
  : never

/**
 * A choice as users write it: `{ name, ...parameters }`. Parameters may be left out, but for those that are `Required`: they
 * have their defaults.
 */
export type ChoiceLike<C extends Choice, Required extends string = never> = C extends unknown
  ? { readonly name: C['name'] } & { readonly [K in Extract<keyof C, Required>]: C[K] } & {
      readonly [K in Exclude<keyof C, 'name' | Required>]?: C[K] | undefined
    }
  : never

/** The parameters of the member of the union C that has this name. */
export type ParametersOfChoice<C extends Choice, Name extends C['name']> = Omit<ChoiceOf<C, Name>, 'name'>

/**
 * A table of the union C: every name with the readers of its parameters. A name or a parameter that is missing, or that
 * the union does not have, does not compile.
 */
export type Choices<C extends Choice> = {
  readonly [Name in C['name']]: Readers<ParametersOfChoice<C, Name>>
}

/** Any table of choices, for code that works on all of them. */
export type AnyChoices = Readonly<Record<string, Readonly<Record<string, Reader>>>>

/**
 * Reads a choice: a string (all defaults) or an object `{ name, ...parameters }`. Fills in the defaults.
 * @param what what is chosen, for messages: `activation`.
 * @throws ArgumentError for an unknown name, an unknown parameter or a wrong value.
 */
export function readChoice<C extends Choice>(value: unknown, what: string, choices: Choices<C>): C {
  const table = choices as AnyChoices
  const names = keysOf(table)
  if (typeof value === 'function') throw invalid(what, `one of ${names.join(', ')}`, value, `Call it: ${value.name}().`)
  const { name, ...parameters } =
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? (value as { name?: unknown })
      : { name: value }
  const choice = checkOneOf(name, what, names)
  const readers = table[choice]!
  checkOptions(parameters, `${what} ${choice}`, Object.keys(readers))
  const result: Record<string, unknown> = { name: choice }
  for (const [key, read] of Object.entries(readers)) {
    const parameter = read((parameters as Record<string, unknown>)[key], `${key} of ${choice}`)
    if (parameter !== undefined) result[key] = parameter
  }
  return Object.freeze(result) as unknown as C
}

/** What a factory returns: the choice `name` with `options` as its parameters. */
export function makeChoice<C extends Choice>(name: C['name'], options: object, what: string, choices: Choices<C>): C {
  checkOptions(options, `${what} ${name}`, Object.keys((choices as AnyChoices)[name]!))
  return readChoice({ ...options, name }, what, choices)
}

export function numberReader(defaultValue: number, range: Range): Reader<number> {
  return (value, name) => checkNumber(value === undefined ? defaultValue : value, name, range)
}

export function booleanReader(defaultValue: boolean): Reader<boolean> {
  return (value, name) => checkBoolean(value === undefined ? defaultValue : value, name)
}

/** A seed has no default: without one the model's seed is used. */
export const seedReader: Reader<number | undefined> = (value, name) =>
  value === undefined ? undefined : checkSeed(value, name)

/** A parameter that is a choice itself; without `defaultName` it may be left out. */
export function choiceReader<C extends Choice>(choices: Choices<C>, defaultName: C['name']): Reader<C>
export function choiceReader<C extends Choice>(choices: Choices<C>): Reader<C | undefined>
export function choiceReader<C extends Choice>(choices: Choices<C>, defaultName?: C['name']): Reader<C | undefined> {
  return (value = defaultName, name) => (value === undefined ? undefined : readChoice(value, name, choices))
}

/** A parameter that may be left out. */
export function optionalReader<T>(read: Reader<T>): Reader<T | undefined> {
  return (value, name) => (value === undefined ? undefined : read(value, name))
}
