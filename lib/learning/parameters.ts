import {
  checkBoolean,
  checkOneOf,
  checkOptions,
  checkSeed,
  inRange,
  invalid,
  type Range,
  rangeText,
} from '../base/check.js'

/** What a search should try by default: a range, on a logarithmic scale if `log`, or a list of values. */
export type SearchHint =
  | { readonly low: number; readonly high: number; readonly log?: boolean; readonly integer?: boolean }
  | { readonly choices: readonly unknown[] }

/** One parameter of an estimator or transformer: options hold an `I`, which is read as a `T`. */
export interface Parameter<T = unknown, I = T> {
  /** The type of the option, for TypeScript alone: never set. */
  readonly option?: I
  readonly default: T
  /** What it does, in one line. */
  readonly description: string
  /** Its valid values, in words: `a finite number of at least 0`. */
  readonly takes: string
  /** Left out for parameters that are not searched, such as threads and seeds. */
  readonly search?: SearchHint
  /**
   * Checks a value; returns a frozen copy of an object.
   * @throws ArgumentError that names the parameter, its valid values and the wrong one.
   */
  readonly read: (value: unknown, name: string) => T
  /** How a file holds a value that plain JSON cannot: `write` gives JSON, `read` checks what is in a file. */
  readonly file?: { write(value: T): unknown; read(value: unknown, name: string): T }
}

/** The parameters of an estimator or transformer by name, with their checks, documentation and defaults. */
export type ParameterTable = Readonly<Record<string, Parameter>>

/** The values of all parameters. */
export type ParametersOf<T extends ParameterTable> = {
  -readonly [K in keyof T]: T[K] extends { readonly default: infer V } ? V : never
}

/** Options of a constructor: any of the parameters. The others have their defaults. */
export type OptionsOf<T extends ParameterTable> = {
  -readonly [K in keyof T]?: (T[K] extends { readonly option?: infer I } ? I : never) | undefined
}

/** A learner's name (also the kind of its files), its parameters, and a check of their combinations. */
export interface Definition<T extends ParameterTable> {
  readonly name: string
  readonly parameters: T
  /** @throws ArgumentError for values that exclude each other. */
  readonly check?: (params: ParametersOf<T>) => void
}

/**
 * Checks options against a definition. Parameters that are left out come from `base`, or are the defaults without it.
 * @throws ArgumentError for an unknown key (a misspelt one names the right one), a wrong value or combination.
 */
export function readParameters<T extends ParameterTable>(
  { parameters, check }: Definition<T>,
  options: unknown,
  what: string,
  base?: ParametersOf<T>,
): ParametersOf<T> {
  checkOptions(options, what, Object.keys(parameters))
  const result: Record<string, unknown> = {}
  for (const [key, parameter] of Object.entries(parameters)) {
    const value = (options as Record<string, unknown>)[key]
    const fallback = base ? base[key] : parameter.default
    result[key] = value === undefined ? fallback : parameter.read(value, key)
  }
  const params = result as ParametersOf<T>
  check?.(params)
  return params
}

interface Words {
  description: string
  search?: SearchHint
}

/** A parameter that is a finite number in a range. */
export function numberParameter(defaultValue: number, range: Range, words: Words): Parameter<number> {
  return { ...numeric(range, 'a finite number', false), ...words, default: defaultValue } as Parameter<number>
}

/** The same, or null. */
export function numberOrNullParameter(
  defaultValue: number | null,
  range: Range,
  words: Words,
): Parameter<number | null> {
  return { ...numeric(range, 'a finite number', true), ...words, default: defaultValue }
}

export function integerParameter(defaultValue: number, range: Range, words: Words): Parameter<number> {
  return { ...numeric(range, 'an integer', false), ...words, default: defaultValue } as Parameter<number>
}

function numeric(range: Range, kind: 'an integer' | 'a finite number', nullable: boolean) {
  const takes = `${kind}${rangeText(range)}${nullable ? ' or null' : ''}`
  const isKind = kind === 'an integer' ? Number.isSafeInteger : Number.isFinite
  const read = (value: unknown, name: string): number | null => {
    if (value === null && nullable) return null
    if (!isKind(value) || !inRange(value as number, range)) throw invalid(name, takes, value)
    return value as number
  }
  return { takes, read }
}

export function booleanParameter(defaultValue: boolean, words: Words): Parameter<boolean> {
  return { ...words, default: defaultValue, takes: 'true or false', read: checkBoolean }
}

export function choiceParameter<C extends string>(defaultValue: C, choices: readonly C[], words: Words): Parameter<C> {
  return {
    ...words,
    default: defaultValue,
    takes: `one of ${choices.join(', ')}`,
    read: (value, name) => checkOneOf(value, name, choices),
  }
}

export function choiceOrNullParameter<C extends string>(
  defaultValue: C | null,
  choices: readonly C[],
  words: Words,
): Parameter<C | null> {
  return {
    ...words,
    default: defaultValue,
    takes: `one of ${choices.join(', ')} or null`,
    read: (value, name) => {
      if (value === null) return null
      if (typeof value !== 'string') throw invalid(name, `one of ${choices.join(', ')} or null`, value)
      return checkOneOf(value, name, choices)
    },
  }
}

export function seedParameter(defaultValue: number | null = null): Parameter<number | null> {
  return {
    default: defaultValue,
    description: 'The seed of shuffles and splits; null draws a random one, which the property seed returns.',
    takes: 'an integer of at least 0 or null',
    read: (value, name) => (value === null ? null : checkSeed(value, name)),
  }
}
