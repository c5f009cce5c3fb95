import type { Work } from '../base/breathing.js'
import type { Parameter, ParametersOf, ParameterTable } from '../learning/parameters.js'
import type { Category, CategoryColumns } from './categories.js'
import { Encoder } from './encoder.js'
import { type Features, featuresOf } from './input.js'
import type { RareColumn } from './rare-categories.js'
import type { FitContext } from './transformer.js'
import {
  type Counts,
  type categoriesParameter,
  countCategories,
  type Vocabulary,
  vocabulariesOf,
} from './vocabulary.js'

/** The learned state of encoders. `counts` of categories are kept only while they learn from batches. */
export interface EncoderState<C extends RareColumn> extends Features {
  readonly columns: readonly C[]
  readonly counts: Counts | undefined
  readonly rows: number
}

/** The parameters that all these encoders have. */
type EncoderParameters = ParametersOf<{ categories: typeof categoriesParameter; handleUnknown: Parameter<string> }>

/** An encoder that learns only the categories of each column and their counts, which can be summed over batches. */
export abstract class VocabularyEncoder<T extends ParameterTable, C extends RareColumn> extends Encoder<
  T,
  EncoderState<C>
> {
  protected readonly streams = true

  /** The categories of each column, in order. */
  get categories(): Category[][] {
    return this.learned('read the categories').columns.map(({ categories }) => [...categories])
  }

  /** The rare categories of each column; null for none. */
  get infrequentCategories(): (Category[] | null)[] {
    const { columns } = this.learned('read infrequentCategories')
    return columns.map(({ rare, categories }) => rare?.map((k) => categories[k]!) ?? null)
  }

  /** The columns, from the vocabularies of a number of rows. */
  protected abstract columnsOf(vocabularies: readonly Vocabulary[], rows: number): readonly C[]

  protected *learn(rows: CategoryColumns, context: FitContext<EncoderState<C>>): Work<EncoderState<C>> {
    const { before, streaming } = context
    const counts = yield* countCategories(rows, before?.counts)
    const { categories, handleUnknown } = this.params as unknown as EncoderParameters
    const total = rows.rows + (before?.rows ?? 0)
    const { nFeaturesIn, featureNamesIn } = before ?? featuresOf(rows)
    const vocabularies = yield* vocabulariesOf(counts, categories, handleUnknown === 'error')
    const columns = this.columnsOf(vocabularies, total)
    return { nFeaturesIn, featureNamesIn, columns, counts: streaming ? counts : undefined, rows: total }
  }

  protected override finish(state: EncoderState<C>): EncoderState<C> {
    return { ...state, counts: undefined }
  }
}
