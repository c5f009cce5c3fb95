import { invalid } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import {
  choiceParameter,
  type Definition,
  type OptionsOf,
  type Parameter,
  type ParametersOf,
} from '../learning/parameters.js'
import { readState, restoreCount, restoreList } from '../learning/restore.js'
import { type Category, type CategoryColumns, categoryAt } from './categories.js'
import type { Out } from './doubles.js'
import { featureKeys, readTransformerJson, recordFeatures, restoreFeatures } from './json.js'
import {
  categoryOf,
  groupRare,
  type RareColumn,
  rareIndices,
  rarityParameters,
  restoreRare,
} from './rare-categories.js'
import {
  categoriesParameter,
  recordVocabularies,
  restoreVocabularies,
  unknownError,
  type Vocabulary,
} from './vocabulary.js'
import { type EncoderState, VocabularyEncoder } from './vocabulary-encoder.js'

const isCode = (value: unknown) => Number.isSafeInteger(value) || Number.isNaN(value)

const unknownValue: Parameter<number | null> = {
  default: null,
  description: "The number of unknown categories; required with handleUnknown 'useEncodedValue', else not allowed.",
  takes: 'an integer, NaN or null',
  read(value, name) {
    if (value === null || isCode(value)) return value as number | null
    throw invalid(name, unknownValue.takes, value)
  },
}

const encodedMissingValue: Parameter<number> = {
  default: Number.NaN,
  description: 'The number of missing categories.',
  takes: 'an integer or NaN',
  read(value, name) {
    if (isCode(value)) return value as number
    throw invalid(name, encodedMissingValue.takes, value)
  },
}

const ordinalEncoderParameters = {
  categories: categoriesParameter,
  handleUnknown: choiceParameter('error', ['error', 'useEncodedValue'], {
    description: 'What happens to categories that are not in fit: an error, or the number unknownValue.',
  }),
  unknownValue,
  encodedMissingValue,
  ...rarityParameters,
}
type OrdinalEncoderParameters = typeof ordinalEncoderParameters

function check({ handleUnknown, unknownValue: value }: ParametersOf<OrdinalEncoderParameters>) {
  if (handleUnknown === 'useEncodedValue') {
    if (value === null) throw invalid('unknownValue', "an integer or NaN with handleUnknown 'useEncodedValue'", value)
  } else if (value !== null) {
    throw invalid('unknownValue', "null without handleUnknown 'useEncodedValue'", value)
  }
}

const definition: Definition<OrdinalEncoderParameters> = {
  name: 'OrdinalEncoder',
  parameters: ordinalEncoderParameters,
  check,
}

/** Options of `new OrdinalEncoder`: scikit-learn's parameters. */
export type OrdinalEncoderOptions = OptionsOf<typeof OrdinalEncoder.parameters>

/** The category null has no group. */
type OrdinalColumn = RareColumn
type OrdinalState = EncoderState<OrdinalColumn>

/**
 * Encodes each category as a number: its place among the sorted categories, from 0. Missing entries (null, NaN) stay missing, or
 * become `encodedMissingValue`.
 *
 * Source: scikit-learn 1.9's OrdinalEncoder (`docs/preprocessing.md` says where they differ).
 * @example
 * const encoder = await new preprocessing.OrdinalEncoder().fit([['red'], ['blue'], [null]])
 * await encoder.transform([['red'], ['blue'], [null]]) // [[1], [0], [NaN]]
 */
export class OrdinalEncoder extends VocabularyEncoder<OrdinalEncoderParameters, OrdinalColumn> {
  /** Every parameter: its default, what it takes, what it does. */
  static readonly parameters = ordinalEncoderParameters

  /** @throws ArgumentError for an unknown parameter, a wrong value, or values that contradict each other. */
  constructor(options: OrdinalEncoderOptions = {}) {
    super(definition, options)
  }

  /** @throws ArgumentError that says what is wrong with the JSON. */
  static fromJSON(json: unknown): OrdinalEncoder {
    const read = readTransformerJson(json, definition.name)
    return new OrdinalEncoder(read.params).adoptJson(read)
  }

  protected columnsOf(vocabularies: readonly Vocabulary[], rows: number): readonly OrdinalColumn[] {
    const columns = vocabularies.map((vocabulary) => {
      const present = presentOf(vocabulary)
      return groupRare(vocabulary, rareIndices(vocabulary.counts.slice(0, present), rows, this.params), present)
    })
    checkCodes(columns, this.params)
    return columns
  }

  protected columnsOut({ nFeaturesIn }: OrdinalState): number {
    return nFeaturesIn
  }

  protected transformer({ columns, featureNamesIn }: OrdinalState, { values }: CategoryColumns, out: Out) {
    const { handleUnknown, unknownValue: unknown, encodedMissingValue: missing } = this.params
    return (begin: number, end: number) => {
      for (const [j, column] of columns.entries()) {
        const { indices, groups } = column
        for (let i = begin; i < end; i++) {
          const category = categoryAt(values[j]!, i)
          const index = indices.get(category)
          if (index === undefined && handleUnknown === 'error') {
            throw unknownError(category, i, featureNamesIn?.[j] ?? j, column)
          }
          const code = index === undefined ? unknown! : index === groups.length ? missing : groups[index]!
          out[i * columns.length + j] = code
        }
      }
    }
  }

  protected decode({ columns }: OrdinalState, data: ArrayLike<number>, at: number, row: number): Category[] {
    const { unknownValue: unknown, encodedMissingValue: missing, handleUnknown } = this.params
    return columns.map((column, j) => {
      const { categories, groups, size } = column
      const code = data[at + j]!
      if (groups.length < categories.length && Object.is(code, missing)) return null
      if (handleUnknown === 'useEncodedValue' && Object.is(code, unknown)) return null
      if (!Number.isInteger(code) || code < 0 || code >= size) {
        throw invalid(`row ${row}, column ${j} of x`, `the number of a category, from 0 to ${size - 1}`, code)
      }
      return categoryOf(column, code)
    })
  }

  protected record({ columns, rows, ...features }: OrdinalState): object {
    const rare = columns.map((column) => column.rare ?? null)
    return { ...recordFeatures(features), vocabularies: recordVocabularies(columns), rare, rows }
  }

  protected restore(json: Record<string, unknown>): OrdinalState {
    const state = readState(json, [...featureKeys, 'vocabularies', 'rare', 'rows'])
    const features = restoreFeatures(state)
    const rare = restoreList(state.rare, 'rare', features.nFeaturesIn, restoreRare)
    const columns = restoreVocabularies(state.vocabularies, features).map((vocabulary, j) =>
      groupRare(vocabulary, rare[j], presentOf(vocabulary)),
    )
    checkCodes(columns, this.params)
    return { ...features, columns, counts: undefined, rows: restoreCount(state.rows, 'rows', { min: 1 }) }
  }
}

/** How many categories have a number: null, which is the last one, has none. */
function presentOf({ categories }: Vocabulary): number {
  return categories.at(-1) === null ? categories.length - 1 : categories.length
}

/** @throws ArgumentError if the number of unknown or missing categories is that of another category. */
function checkCodes(
  columns: readonly OrdinalColumn[],
  { handleUnknown, unknownValue: unknown, encodedMissingValue: missing }: ParametersOf<OrdinalEncoderParameters>,
): void {
  for (const [j, { categories, groups, size }] of columns.entries()) {
    const isTaken = (code: number | null) => code !== null && code >= 0 && code < size
    const fail = (name: string, code: number | null) =>
      new ArgumentError(`Expected a number of no category for ${name}, but ${code} is a category of column ${j}.`)
    if (handleUnknown === 'useEncodedValue' && isTaken(unknown)) throw fail('unknownValue', unknown)
    if (groups.length < categories.length && isTaken(missing)) throw fail('encodedMissingValue', missing)
  }
}
