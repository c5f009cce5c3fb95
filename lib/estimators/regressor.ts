import { invalid, mismatch } from '../base/check.js'
import { isNumberArray, Matrix, type MatrixLike, type NumberArray, type NumberTable, toTable } from '../base/matrix.js'
import { floatRange, readSampleWeight } from '../base/sample-weight.js'
import type { ParameterTable } from '../learning/parameters.js'
import { r2 } from '../metrics/determination.js'
import type { RunOptions } from '../network/inference.js'
import { asRow, type ScoreOptions } from './classifier.js'
import { Estimator, type Learned } from './estimator.js'

/** One number a row. */
export type NumbersLike = readonly number[] | NumberArray | Matrix

/** Numbers from rows: what all regressors of one target have in common. */
export abstract class Regressor<T extends ParameterTable, L extends Learned> extends Estimator<T, L> {
  /**
   * The number of each row, off the event loop.
   * @throws ArgumentError for wrong data; MlpError ERR_NOT_FITTED.
   */
  async predict(x: MatrixLike, options: RunOptions = {}): Promise<Float64Array> {
    const learned = this.learned('predict')
    return this.outputs(learned, this.rows(x), options)
  }

  /**
   * The number of one row, or those of a table, on the spot.
   * @throws ArgumentError for wrong data; MlpError ERR_NOT_FITTED.
   */
  predictSync(row: readonly number[] | NumberArray): number
  predictSync(table: Exclude<MatrixLike, NumberArray>): Float64Array
  predictSync(x: MatrixLike | readonly number[]): number | Float64Array {
    const learned = this.learned('predict')
    const row = asRow(x, learned.nFeaturesIn)
    const numbers = this.outputsSync(learned, row ?? toTable(x as MatrixLike, 'x', learned.nFeaturesIn))
    return row ? numbers[0]! : numbers
  }

  /**
   * The coefficient of determination, R² = 1 - sum of squared errors / sum of squared distances from the mean of y: 1
   * is perfect, 0 what the mean alone achieves, below 0 worse. NaN with a warning for a single row. Where all of y is one number it is 1
   * for a perfect prediction, else 0, as scikit-learn's.
   * @throws ArgumentError for wrong data; MlpError ERR_NOT_FITTED.
   */
  async score(x: MatrixLike, y: NumbersLike, { sampleWeight, ...options }: ScoreOptions = {}): Promise<number> {
    const { rows } = this.rows(x)
    const targets = readNumbers(y, 'y', rows)
    const weights = readSampleWeight(sampleWeight, rows, floatRange)
    return r2(targets, await this.predict(x, options), { sampleWeight: weights })
  }

  protected abstract outputs(learned: L, x: NumberTable, options: RunOptions): Promise<Float64Array>

  protected abstract outputsSync(learned: L, x: NumberTable): Float64Array
}

/**
 * So many finite numbers, one a row.
 * @throws ArgumentError that names the first row with something else.
 */
export function readNumbers(y: unknown, name: string, rows: number): Float64Array<ArrayBuffer> {
  const flat = y instanceof Matrix && y.cols === 1 ? y.data : y
  if (!Array.isArray(flat) && !isNumberArray(flat)) throw invalid(name, 'an array of numbers', y)
  if (flat.length !== rows) throw mismatch(name, `${rows} numbers`, `${flat.length}`)
  const numbers = new Float64Array(rows)
  for (let i = 0; i < rows; i++) {
    const value = flat[i] as unknown
    if (typeof value !== 'number' || !Number.isFinite(value))
      throw invalid(`row ${i} of ${name}`, 'a finite number', value)
    numbers[i] = value
  }
  return numbers
}
