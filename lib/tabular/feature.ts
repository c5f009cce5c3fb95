import { checkOneOf, checkOptions, describe } from '../base/check.js'
import type { Histogram } from './histogram.js'

/**
 * What a column holds, which decides how a model reads it.
 * - `'number'`; `'code'`: whole numbers of at most 32 different values; `'boolean'`.
 * - `'category'`: words that recur. `'text'`: words that are counted. `'date'`: dates, with or without a time.
 * - Left out of the model: `'constant'`: one value; `'id'`: names of rows; `'refused'`: words that a model cannot use;
 * `'ignored'`: by the option `columns`.
 */
export type FeatureKind =
  | 'number'
  | 'code'
  | 'boolean'
  | 'category'
  | 'date'
  | 'text'
  | 'constant'
  | 'id'
  | 'refused'
  | 'ignored'

/** The kinds that the option `columns` may choose; `'ignored'` leaves a column out. */
export type FeatureChoice = 'number' | 'code' | 'boolean' | 'category' | 'date' | 'text' | 'ignored'

export const featureChoices: readonly FeatureChoice[] = [
  ...(['number', 'code', 'boolean', 'category', 'date', 'text', 'ignored'] as const),
]

/** All kinds: those that can be chosen, and those that are found. */
export const featureKinds: readonly FeatureKind[] = [...featureChoices, 'constant', 'id', 'refused']

/** A column of a schema. */
export interface SchemaColumn {
  readonly name: string
  readonly kind: FeatureKind
  /** Rows in which the cell is missing. */
  readonly missing: number
  /** Of numbers and codes the range; of dates too, in milliseconds since 1970. */
  readonly min?: number
  readonly max?: number
  /** The different values of a category or a code, the most frequent first, at most 10,000. */
  readonly values?: readonly string[]
  /** How many rows hold each of the values. */
  readonly counts?: readonly number[]
  /** How numbers, codes, dates (in milliseconds) and true (1) and false (0) are distributed. */
  readonly histogram?: Histogram
  /** Of dates: whether any has a time of day. */
  readonly hasTime?: boolean
  /** Of a text: into how many counts its words are hashed. */
  readonly bins?: number
  /** Why a column is left out. */
  readonly reason?: string
}

/** Whether a model reads columns of this kind; it ignores others, and rows may lack them. */
export function isUsed(kind: FeatureKind): boolean {
  return kind !== 'constant' && kind !== 'id' && kind !== 'refused' && kind !== 'ignored'
}

/**
 * Reads the option `columns`: a kind for each column that is not to be inferred.
 * @throws ArgumentError for a column that the rows do not have, or an unknown kind.
 */
export function readChoices(columns: unknown, names: readonly string[]): ReadonlyMap<string, FeatureChoice> {
  if (columns === undefined) return new Map()
  checkOptions(columns, 'columns', names)
  return new Map(
    Object.entries(columns as object).map(([name, kind]) => [
      name,
      checkOneOf(kind, `the kind of ${describe(name)}`, featureChoices),
    ]),
  )
}
