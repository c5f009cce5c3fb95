import { rowBlocks, runNow, type Work } from '../base/breathing.js'
import { mismatch } from '../base/check.js'
import { Matrix, type NumberArray } from '../base/matrix.js'
import type { ParameterTable } from '../learning/parameters.js'
import type { ObjectRow } from '../table/table.js'
import { type Cells, readCells, readRow } from './cells.js'
import { Doubles, type Out } from './doubles.js'
import { invertDoubles, invertDoublesSync } from './float64.js'
import type { Features, NumericInput } from './input.js'
import { type TransformOptions, transformKeys } from './transform-options.js'
import { Transformer } from './transformer.js'

/** A single row of numbers: flat, or as a plain object. */
export type NumericRow = readonly (number | null)[] | NumberArray | ObjectRow

/** A transformer of numbers. */
export abstract class NumericTransformer<T extends ParameterTable, S extends Features> extends Transformer<
  T,
  S,
  Cells,
  NumericInput,
  NumericRow
> {
  protected read(x: unknown, name: string, fitFeatures: S | undefined): Work<Cells> {
    return readCells(x, name, fitFeatures)
  }

  protected readRow(x: unknown, name: string, fitFeatures: S): Cells | undefined {
    return readRow(x, name, fitFeatures)
  }

  protected columnsOut(state: S): number {
    return state.nFeaturesIn
  }
}

/** Transforms one number of a column. */
export type CellFunction = (value: number, column: number) => number

/** A transformer of single numbers with an inverse. NaN stays NaN. */
export abstract class Scaler<T extends ParameterTable, S extends Features> extends NumericTransformer<T, S> {
  /**
   * The inverse of transform, in steps between which the event loop runs.
   * @throws ArgumentError for wrong data; MlpError ERR_NOT_FITTED; the signal's reason when it is aborted.
   */
  async inverseTransform(x: NumericInput, options: TransformOptions = {}): Promise<Matrix> {
    const signal = this.readOptions(options, 'inverseTransform()', transformKeys)
    const state = this.learned('invert the transform')
    const cells = await this.breathe(readCells(x, 'x', unnamedFeatures(state)), signal)
    const out = new Matrix(new Float32Array(cells.data.length), cells.rows, cells.columns)
    const step = applyTo(cells, this.backwards(state), out.data)
    await this.breathe(rowBlocks(cells.rows, cells.columns, step), signal)
    return out
  }

  /**
   * The inverse of transform for one row, or the rows of a table, synchronously.
   * @throws ArgumentError for wrong data; MlpError ERR_NOT_FITTED.
   */
  inverseTransformSync(row: readonly (number | null)[] | NumberArray): Float32Array
  inverseTransformSync(table: NumericInput): Matrix
  inverseTransformSync(x: NumericInput | readonly (number | null)[]): Float32Array | Matrix {
    const state = this.learned('invert the transform')
    const row = readRow(x, 'x', unnamedFeatures(state))
    const cells = row ?? runNow(readCells(x, 'x', unnamedFeatures(state)))
    const out = new Float32Array(cells.data.length)
    applyTo(cells, this.backwards(state), out)(0, cells.rows)
    return row ? out : new Matrix(out, cells.rows, cells.columns)
  }

  /** @internal */
  async [invertDoubles](x: Doubles, signal?: AbortSignal): Promise<Doubles> {
    const out = new Float64Array(x.data.length)
    await this.breathe(rowBlocks(x.rows, x.cols, this.#inverse(x, out)), signal)
    return new Doubles(out, x.rows, x.cols)
  }

  /** @internal */
  [invertDoublesSync](x: Doubles): Doubles {
    const out = new Float64Array(x.data.length)
    this.#inverse(x, out)(0, x.rows)
    return new Doubles(out, x.rows, x.cols, x.isRow)
  }

  #inverse({ data, cols }: Doubles, out: Float64Array) {
    const state = this.learned('invert the transform')
    if (cols !== state.nFeaturesIn)
      throw mismatch('x', `rows of ${state.nFeaturesIn} columns, as in fit`, `rows of ${cols}`)
    return applyTo({ data, columns: cols }, this.backwards(state), out)
  }

  protected transformer(state: S, cells: Cells, out: Out) {
    return applyTo(cells, this.forwards(state), out)
  }

  protected abstract forwards(state: S): CellFunction

  protected abstract backwards(state: S): CellFunction
}

/** Columns of results have no names. */
function unnamedFeatures({ nFeaturesIn }: Features): Features {
  return { nFeaturesIn, featureNamesIn: undefined }
}

function applyTo({ data, columns }: Pick<Cells, 'data' | 'columns'>, change: CellFunction, out: Out) {
  return (begin: number, end: number) => {
    for (let k = begin * columns; k < end * columns; k++) out[k] = change(data[k]!, k % columns)
  }
}

/** Scales below 10 times the machine precision become 1, as in scikit-learn: constant columns are not scaled. */
export function withoutZeros(scale: number): number {
  return scale < 10 * Number.EPSILON ? 1 : scale
}
