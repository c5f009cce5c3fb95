import { checkBoolean, checkNumber, checkOneOf, checkOptions, checkSeed, invalid, type Range } from './check.js'

/** Checks one parameter; `undefined` stands for its default. */
export type Reader = (value: unknown, name: string) => unknown

/** The things that can be chosen by name, each with its parameters. */
export type Choices = Readonly<Record<string, Readonly<Record<string, Reader>>>>

/**
 * Reads what is given as a string (all defaults) or as an object `{ name, ...parameters }`, and fills in the defaults.
 * @param what what is chosen, for messages: `activation`.
 * @throws ArgumentError for an unknown name, an unknown parameter or a wrong value.
 */
export function readChoice(value: unknown, what: string, choices: Choices): { name: string } {
  const names = Object.keys(choices)
  if (typeof value === 'function') throw invalid(what, `one of ${names.join(', ')}`, value, `Call it: ${value.name}().`)
  const { name, ...parameters } =
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? (value as { name?: unknown })
      : { name: value }
  const choice = checkOneOf(name, what, names)
  const readers = choices[choice]!
  checkOptions(parameters, `${what} ${choice}`, Object.keys(readers))
  const result: { name: string } & Record<string, unknown> = { name: choice }
  for (const [key, read] of Object.entries(readers)) {
    const parameter = read((parameters as Record<string, unknown>)[key], `${key} of ${choice}`)
    if (parameter !== undefined) result[key] = parameter
  }
  return Object.freeze(result)
}

/** What a factory returns: the choice `name` with `options` as its parameters. */
export function makeChoice(name: string, options: object, what: string, choices: Choices): { name: string } {
  checkOptions(options, `${what} ${name}`, Object.keys(choices[name]!))
  return readChoice({ ...options, name }, what, choices)
}

export function numberReader(otherwise: number, range: Range): Reader {
  return (value, name) => checkNumber(value === undefined ? otherwise : value, name, range)
}

export function booleanReader(otherwise: boolean): Reader {
  return (value, name) => checkBoolean(value === undefined ? otherwise : value, name)
}

/** Without a seed there is none: the model's own is used. */
export const seedReader: Reader = (value, name) => (value === undefined ? undefined : checkSeed(value, name))

/** A choice of its own; without a default there may be none. */
export function choiceReader(choices: Choices, otherwise?: string): Reader {
  return (value = otherwise, name) => (value === undefined ? undefined : readChoice(value, name, choices))
}

/** A parameter that may be left out, and then is. */
export function optionalReader(read: Reader): Reader {
  return (value, name) => (value === undefined ? undefined : read(value, name))
}
