import { mismatch } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { choiceParameter, type Definition, type OptionsOf } from '../learning/parameters.js'
import { readState, restoreCount, restoreList } from '../learning/restore.js'
import { type Category, type CategoryColumns, categoryAt } from './categories.js'
import type { Out } from './doubles.js'
import { featureKeys, readTransformerJson, recordFeatures, restoreFeatures } from './json.js'
import {
  columnOf,
  dropParameter,
  keptOf,
  layOut,
  nameOf,
  type OneHotColumn,
  place,
  widthOf,
} from './one-hot-columns.js'
import { categoryOf, groupRare, rarityParameters, restoreRare } from './rare-categories.js'
import {
  categoriesParameter,
  recordVocabularies,
  restoreVocabularies,
  unknownError,
  type Vocabulary,
} from './vocabulary.js'
import { type EncoderState, VocabularyEncoder } from './vocabulary-encoder.js'
import { warn } from './warn.js'

const oneHotEncoderParameters = {
  categories: categoriesParameter,
  drop: dropParameter,
  handleUnknown: choiceParameter('error', ['error', 'ignore', 'infrequentIfExist', 'warn'], {
    description:
      "What happens to categories that are not in fit: an error, zeros ('ignore'), the group of rare categories, or zeros if there is none, also with a warning ('warn').",
  }),
  ...rarityParameters,
}
type OneHotEncoderParameters = typeof oneHotEncoderParameters
const definition: Definition<OneHotEncoderParameters> = { name: 'OneHotEncoder', parameters: oneHotEncoderParameters }

/** Options of `new OneHotEncoder`: scikit-learn's parameters. */
export type OneHotEncoderOptions = OptionsOf<typeof OneHotEncoder.parameters>

type OneHotState = EncoderState<OneHotColumn>

/**
 * Encodes each category as a column of 0 and 1: 1 for rows of that category. Missing entries (null, NaN) are one category, the
 * last one. The result is dense.
 *
 * Source: scikit-learn 1.9's OneHotEncoder (`docs/preprocessing.md` says where they differ).
 * @example
 * const encoder = await new preprocessing.OneHotEncoder().fit([['red'], ['blue'], [null]])
 * encoder.categories // [['blue', 'red', null]]
 * await encoder.transform([['red']]) // [[0, 1, 0]]
 */
export class OneHotEncoder extends VocabularyEncoder<OneHotEncoderParameters, OneHotColumn> {
  /** Every parameter: its default, what it takes, what it does. */
  static readonly parameters = oneHotEncoderParameters

  /** @throws ArgumentError for an unknown parameter or a wrong value. */
  constructor(options: OneHotEncoderOptions = {}) {
    super(definition, options)
  }

  /** @throws ArgumentError that says what is wrong with the JSON. */
  static fromJSON(json: unknown): OneHotEncoder {
    const read = readTransformerJson(json, definition.name)
    return new OneHotEncoder(read.params).adoptJson(read)
  }

  /** For each column the index in `categories` of the dropped one; null for none. */
  get dropIdx(): (number | null)[] {
    const { columns } = this.learned('read dropIdx')
    return columns.map(({ dropped, groups }) => (dropped === undefined ? null : groups.indexOf(dropped)))
  }

  protected columnsOf(vocabularies: readonly Vocabulary[], rows: number): readonly OneHotColumn[] {
    return layOut(vocabularies, rows, this.params)
  }

  protected columnsOut({ columns }: OneHotState): number {
    const last = columns.at(-1)
    return last ? last.begin + widthOf(last) : 0
  }

  protected transformer(state: OneHotState, { values, rows }: CategoryColumns, out: Out) {
    const { columns, featureNamesIn } = state
    const { handleUnknown } = this.params
    const width = this.columnsOut(state)
    const asRare = handleUnknown === 'infrequentIfExist' || handleUnknown === 'warn'
    let withUnknown: Set<number> | undefined
    return (begin: number, end: number) => {
      for (let j = 0; j < columns.length; j++) {
        const column = columns[j]!
        const unknown = asRare && column.rare ? columnOf(column, column.size - 1) : -1
        for (let i = begin; i < end; i++) {
          const category = categoryAt(values[j]!, i)
          const index = column.indices.get(category)
          if (index === undefined) {
            if (handleUnknown === 'error') throw unknownError(category, i, featureNamesIn?.[j] ?? j, column)
            withUnknown ??= new Set()
            withUnknown.add(j)
          }
          const at = index === undefined ? unknown : column.targets[index]!
          if (at >= 0) out[i * width + at] = 1
        }
      }
      if (end === rows && handleUnknown === 'warn' && withUnknown) warnOfUnknown(withUnknown, featureNamesIn)
    }
  }

  protected override namesOut({ columns }: OneHotState, names: string[]): string[] {
    return columns.flatMap((column, j) => keptOf(column).map((group) => `${names[j]}_${nameOf(column, group)}`))
  }

  protected decode({ columns }: OneHotState, data: ArrayLike<number>, at: number, row: number): Category[] {
    const { handleUnknown } = this.params
    return columns.map((column) => {
      const kept = keptOf(column)
      let [best, sum] = [0, 0]
      for (let k = 0; k < kept.length; k++) {
        const value = data[at + column.begin + k]!
        sum += value
        if (value > data[at + column.begin + best]!) best = k
      }
      if (sum !== 0 && kept.length > 0) return categoryOf(column, kept[best]!)
      if (column.dropped !== undefined) return categoryOf(column, column.dropped)
      const mayBeUnknown = handleUnknown === 'ignore' || (handleUnknown !== 'error' && !column.rare)
      if (mayBeUnknown) return null
      throw new ArgumentError(
        `Expected a number other than 0 for each column of categories, but row ${row} of x has zeros alone.`,
      )
    })
  }

  protected record({ columns, rows, ...features }: OneHotState): object {
    return {
      ...recordFeatures(features),
      vocabularies: recordVocabularies(columns),
      rare: columns.map(({ rare }) => rare ?? null),
      dropped: columns.map(({ dropped }) => dropped ?? null),
      rows,
    }
  }

  protected restore(json: Record<string, unknown>): OneHotState {
    const state = readState(json, [...featureKeys, 'vocabularies', 'rare', 'dropped', 'rows'])
    const features = restoreFeatures(state)
    const vocabularies = restoreVocabularies(state.vocabularies, features)
    const rare = restoreList(state.rare, 'rare', features.nFeaturesIn, restoreRare)
    const dropped = restoreList(state.dropped, 'dropped', features.nFeaturesIn, (group, name) =>
      group === null ? undefined : restoreCount(group, name),
    )
    const columns = place(
      vocabularies.map((vocabulary, j) => ({
        ...groupRare(vocabulary, rare[j], vocabulary.categories.length),
        dropped: dropped[j],
      })),
    )
    for (const [j, { size, dropped: group }] of columns.entries()) {
      if (group !== undefined && group >= size) throw mismatch(`dropped[${j}]`, `a number below ${size}`, `${group}`)
    }
    return { ...features, columns, counts: undefined, rows: restoreCount(state.rows, 'rows', { min: 1 }) }
  }
}

function warnOfUnknown(columns: ReadonlySet<number>, featureNames: readonly string[] | undefined): void {
  const names = [...columns].sort((a, b) => a - b).map((j) => featureNames?.[j] ?? `x${j}`)
  const effect = 'are encoded as infrequent ones, or as zeros if there are none'
  warn(`OneHotEncoder: unknown categories in ${names.join(', ')} ${effect}.`)
}
