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

/** Where a search for a good value begins: a range, on a logarithmic scale if `log`, or a list of values. */
export type SearchHint =
  | { readonly low: number; readonly high: number; readonly log?: boolean; readonly integer?: boolean }
  | { readonly choices: readonly unknown[] }

/** One parameter of an estimator. */
export interface Parameter<T = unknown> {
  readonly default: T
  /** One line of what it does. */
  readonly description: string
  /** What it takes, in words: `a finite number of at least 0`. */
  readonly takes: string
  /** Missing where there is nothing to search for: threads, seeds. */
  readonly search?: SearchHint
  /**
   * Checks a value; returns a frozen copy where it is an object.
   * @throws ArgumentError that names the parameter, what it takes and what came.
   */
  readonly read: (value: unknown, name: string) => T
}

/** The parameters of an estimator by name: the one place that checks, documents and fills them in. */
export type ParameterTable = Readonly<Record<string, Parameter>>

/** Every parameter with its value. */
export type ParametersOf<T extends ParameterTable> = {
  -readonly [K in keyof T]: T[K] extends Parameter<infer V> ? V : never
}

/** What a constructor takes: any of the parameters; the others have their defaults. */
export type OptionsOf<T extends ParameterTable> = { [K in keyof T]?: ParametersOf<T>[K] | undefined }

/** An estimator in words: its name (also the kind of its files), its parameters, and which of them do not go together. */
export interface Definition<T extends ParameterTable> {
  readonly name: string
  readonly parameters: T
  /** @throws ArgumentError for a combination that makes no sense. */
  readonly check?: (params: ParametersOf<T>) => void
}

/**
 * Checks options against a definition and fills in what is missing from `base`, the defaults when it is missing too.
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
    const otherwise = base ? base[key] : parameter.default
    result[key] = value === undefined ? otherwise : parameter.read(value, key)
  }
  const params = result as ParametersOf<T>
  check?.(params)
  return params
}

interface Words {
  description: string
  search?: SearchHint
}

/** A finite number in a range. */
export function numberParameter(otherwise: number, range: Range, words: Words): Parameter<number> {
  return { ...numeric(range, 'a finite number', false), ...words, default: otherwise } as Parameter<number>
}

/** The same, or null. */
export function numberOrNullParameter(otherwise: number | null, range: Range, words: Words): Parameter<number | null> {
  return { ...numeric(range, 'a finite number', true), ...words, default: otherwise }
}

export function integerParameter(otherwise: number, range: Range, words: Words): Parameter<number> {
  return { ...numeric(range, 'an integer', false), ...words, default: otherwise } as Parameter<number>
}

function numeric(range: Range, kind: 'an integer' | 'a finite number', nullable: boolean) {
  const takes = `${kind}${rangeText(range)}${nullable ? ' or null' : ''}`
  const fits = kind === 'an integer' ? Number.isSafeInteger : Number.isFinite
  const read = (value: unknown, name: string): number | null => {
    if (value === null && nullable) return null
    if (!fits(value) || !inRange(value as number, range)) throw invalid(name, takes, value)
    return value as number
  }
  return { takes, read }
}

export function booleanParameter(otherwise: boolean, words: Words): Parameter<boolean> {
  return { ...words, default: otherwise, takes: 'true or false', read: checkBoolean }
}

export function choiceParameter<C extends string>(otherwise: C, choices: readonly C[], words: Words): Parameter<C> {
  return {
    ...words,
    default: otherwise,
    takes: `one of ${choices.join(', ')}`,
    read: (value, name) => checkOneOf(value, name, choices),
  }
}

export function choiceOrNullParameter<C extends string>(
  otherwise: C | null,
  choices: readonly C[],
  words: Words,
): Parameter<C | null> {
  return {
    ...words,
    default: otherwise,
    takes: `one of ${choices.join(', ')} or null`,
    read: (value, name) => {
      if (value === null) return null
      if (typeof value !== 'string') throw invalid(name, `one of ${choices.join(', ')} or null`, value)
      return checkOneOf(value, name, choices)
    },
  }
}

export function seedParameter(otherwise: number | null = null): Parameter<number | null> {
  return {
    default: otherwise,
    description: 'What shuffles and splits are drawn from; null draws one, which the property seed tells.',
    takes: 'an integer of at least 0 or null',
    read: (value, name) => (value === null ? null : checkSeed(value, name)),
  }
}
