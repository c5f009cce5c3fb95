import { describe, invalid, mismatch } from '../base/check.js'
import type { Parameter } from '../learning/parameters.js'
import { type ColumnSelection, checkSelection } from './column-selection.js'
import { isTransformer, routeParams, type TransformerLike } from './transformer-like.js'

/** What is done to some columns, under a name. */
export type ColumnPart = readonly [
  name: string,
  transformer: TransformerLike | 'passthrough' | 'drop',
  columns: ColumnSelection,
]

/** The parameters of a ColumnTransformer. */
export interface ColumnParams {
  readonly transformers: readonly ColumnPart[]
  readonly remainder: TransformerLike | 'passthrough' | 'drop'
  readonly verboseFeatureNamesOut: boolean
}

/** Names that no part can have. */
export const reserved = ['transformers', 'remainder', 'verboseFeatureNamesOut']

/** The parameter transformers. */
export const transformersParameter: Parameter<readonly ColumnPart[]> = {
  default: Object.freeze([]),
  description: 'What is done to which columns: triples of a name, a transformer and columns.',
  takes: "an array of [name, transformer, 'passthrough' or 'drop', columns]",
  read(value, name) {
    if (!Array.isArray(value)) throw invalid(name, transformersParameter.takes, value)
    const names = new Set<unknown>(reserved)
    const parts = value.map((part, i): ColumnPart => {
      const label = `${name}[${i}]`
      if (!Array.isArray(part) || part.length !== 3) throw invalid(label, '[name, transformer, columns]', part)
      const [own, transformer, columns] = part as [unknown, unknown, unknown]
      if (typeof own !== 'string' || own === '' || own === '__proto__' || own.includes('.')) {
        throw invalid(`the name of ${label}`, "a string without a dot, other than '__proto__'", own)
      }
      if (names.has(own)) throw mismatch(`the name of ${label}`, 'a name that is not taken', describe(own))
      names.add(own)
      return Object.freeze([
        own,
        readTransformer(transformer, label),
        checkSelection(columns, `the columns of ${label}`),
      ])
    })
    return Object.freeze(parts)
  },
}

/** The parameter remainder. */
export const remainderParameter: Parameter<TransformerLike | 'passthrough' | 'drop'> = {
  default: 'drop',
  description: 'What is done to the columns that are not named.',
  takes: "a transformer, 'passthrough' or 'drop'",
  read: (value, name) => readTransformer(value, name),
}

function readTransformer(value: unknown, name: string): TransformerLike | 'passthrough' | 'drop' {
  if (value === 'passthrough' || value === 'drop' || isTransformer(value)) return value
  throw invalid(`the transformer of ${name}`, "a transformer, 'passthrough' or 'drop'", value)
}

/** A clone of a transformer; 'passthrough' and 'drop' as they are. */
export function copy<P extends TransformerLike | 'passthrough' | 'drop'>(part: P): P {
  return (typeof part === 'string' ? part : part.clone()) as P
}

/**
 * Parameters of one's own, with some of the parts replaced, and those that are for the parts themselves.
 * @param params `{ remainder, num, 'num.withMean' }`, any of them.
 * @throws ArgumentError for parts that are not there.
 */
export function routeColumns(parts: readonly ColumnPart[], params: unknown) {
  const { transformers: given } = Object(params) as { transformers?: unknown }
  const next = given === undefined ? parts : transformersParameter.read(given, 'transformers')
  const names = next.map(([name]) => name)
  const what = 'setParams() of ColumnTransformer'
  const { mine, theirs } = routeParams(params, [...names, 'remainder'], [...reserved, ...names], what)
  const replaced = next.map(([name, part, columns]) => [name, Object.hasOwn(mine, name) ? mine[name] : part, columns])
  const own = Object.fromEntries(Object.entries(mine).filter(([key]) => reserved.includes(key)))
  return { own: { ...own, transformers: replaced as unknown as readonly ColumnPart[] }, theirs }
}
