import type { ModelFacts } from './servable.js'

/** What a fitted transformer may show of its columns. */
interface Shown {
  readonly featureNamesIn?: readonly string[] | undefined
  /** Of each column, as encoders learn them. */
  readonly categories?: readonly (readonly unknown[])[]
  /** Of each column, as an imputer learns it. */
  readonly statistics?: ArrayLike<unknown>
  readonly namedTransformers?: Readonly<Record<string, unknown>>
  readonly namedSteps?: Readonly<Record<string, unknown>>
}

/** The names of the columns that hold words, as the schema of a model or its first transformers show it. */
export function wordColumns(model: unknown): Set<string> {
  const { schema } = Object(model) as ModelFacts
  const kinds: readonly string[] = ['category', 'date', 'text']
  const words = new Set(schema?.columns.filter(({ kind }) => kinds.includes(kind)).map(({ name }) => name))
  visit(model)
  return words

  function visit(part: unknown): void {
    const { namedTransformers, namedSteps, featureNamesIn = [], categories, statistics } = Object(part) as Shown
    for (const inner of Object.values(namedTransformers ?? {})) visit(inner)
    if (namedSteps) visit(Object.values(namedSteps)[0])
    if (namedTransformers ?? namedSteps) return
    for (const [j, name] of featureNamesIn.entries()) {
      const isWord = (value: unknown) => typeof value === 'string'
      if (categories?.[j]?.some(isWord) || isWord(statistics?.[j])) words.add(name)
    }
  }
}
