import { rowBlocks, type Work } from '../base/breathing.js'
import { Matrix } from '../base/matrix.js'
import type { ParameterTable } from '../learning/parameters.js'
import {
  type CategoricalInput,
  type CategoricalRow,
  type Category,
  type CategoryColumns,
  readCategories,
  readCategoryRow,
} from './categories.js'
import { readCells } from './cells.js'
import type { Features, NumericInput } from './input.js'
import { type TransformOptions, transformKeys } from './transform-options.js'
import { Transformer } from './transformer.js'

/** A transformer of categories. */
export abstract class CategoryTransformer<T extends ParameterTable, S extends Features> extends Transformer<
  T,
  S,
  CategoryColumns,
  CategoricalInput,
  CategoricalRow
> {
  protected read(x: unknown, name: string, fitFeatures: S | undefined): Work<CategoryColumns> {
    return readCategories(x, name, fitFeatures)
  }

  protected readRow(x: unknown, name: string, fitFeatures: S): CategoryColumns | undefined {
    return readCategoryRow(x, name, fitFeatures)
  }
}

/** A transformer of categories that has an inverse. */
export abstract class Encoder<T extends ParameterTable, S extends Features> extends CategoryTransformer<T, S> {
  /**
   * The categories of encoded rows: null for missing and unknown ones, 'infrequent' for rare ones. Works in steps between which
   * the event loop runs.
   * @throws ArgumentError for wrong data; MlpError ERR_NOT_FITTED; the signal's reason when it is aborted.
   */
  async inverseTransform(x: NumericInput, options: TransformOptions = {}): Promise<Category[][]> {
    const signal = this.readOptions(options, 'inverseTransform()', transformKeys)
    const state = this.learned('invert the transform')
    const columns = this.columnsOut(state)
    // Rows without columns: columns of one category that is dropped.
    const empty = columns === 0 && x instanceof Matrix ? { data: x.data, rows: x.rows } : undefined
    const features = { nFeaturesIn: columns, featureNamesIn: undefined }
    const cells = empty ?? (await this.breathe(readCells(x, 'x', features), signal))
    const rows: Category[][] = []
    const step = (begin: number, end: number) => {
      for (let i = begin; i < end; i++) rows.push(this.decode(state, cells.data, i * columns, i))
    }
    await this.breathe(rowBlocks(cells.rows, columns, step), signal)
    return rows
  }

  /** The categories of a row, whose numbers begin at `at`. */
  protected abstract decode(state: S, data: ArrayLike<number>, at: number, row: number): Category[]
}
