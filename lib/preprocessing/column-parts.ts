import { describe, invalid, mismatch, optionKeys } from '../base/check.js'
import type { Parameter } from '../learning/parameters.js'
import { type ColumnSelection, checkSelection } from './column-selection.js'
import { isTransformer, routeParams, type TransformerLike } from './transformer-like.js'

/** A part: its name, its transformer and the columns that it applies to. */
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

/** Names that parts cannot have. */
export const reserved: readonly string[] = optionKeys<ColumnParams>({
  transformers: true,
  remainder: true,
  verboseFeatureNamesOut: true,
})

/** The parameter transformers. */
export const transformersParameter: Parameter<readonly ColumnPart[]> = {
  default: Object.freeze([]),
  description: 'The parts: triples of a name, a transformer and its columns.',
  takes: "an array of [name, transformer (or 'passthrough', 'drop'), columns]",
  read(value, name) {
    if (!Array.isArray(value)) throw invalid(name, transformersParameter.takes, value)
    const names = new Set<unknown>(reserved)
    const parts = value.map((part, i): ColumnPart => {
      const label = `${name}[${i}]`
      if (!Array.isArray(part) || part.length !== 3) throw invalid(label, '[name, transformer, columns]', part)
      const [partName, transformer, columns] = part as [unknown, unknown, unknown]
      if (typeof partName !== 'string' || ['', '__proto__'].includes(partName) || partName.includes('.')) {
        throw invalid(`the name of ${label}`, "a string without a dot, other than '__proto__'", partName)
      }
      if (names.has(partName)) throw mismatch(`the name of ${label}`, 'a name that is not taken', describe(partName))
      names.add(partName)
      return Object.freeze([
        partName,
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
  description: 'The transformer of all other columns.',
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
 * Sorts the argument of setParams into parameters of the ColumnTransformer, with whole parts replaced, and parameters of parts.
 * @param params any of `{ remainder, num, 'num.withMean' }`.
 * @throws ArgumentError for unknown parts.
 */
export function routeColumns(parts: readonly ColumnPart[], params: unknown) {
  const { transformers } = Object(params) as { transformers?: unknown }
  const next = transformers === undefined ? parts : transformersParameter.read(transformers, 'transformers')
  const names = next.map(([name]) => name)
  const call = 'setParams() of ColumnTransformer'
  const { whole, partParams } = routeParams(params, [...names, 'remainder'], [...reserved, ...names], call)
  const replaced = next.map(([name, part, columns]) => [name, Object.hasOwn(whole, name) ? whole[name] : part, columns])
  const others = Object.fromEntries(Object.entries(whole).filter(([key]) => reserved.includes(key)))
  return { params: { ...others, transformers: replaced as unknown as readonly ColumnPart[] }, partParams }
}
