import { invalid, mismatch } from '../base/check.js'
import { isNumberArray, Matrix, type MatrixLike, type NumberArray } from '../base/matrix.js'
import { floatRange, readSampleWeight } from '../base/sample-weight.js'
import type { ParameterTable } from '../learning/parameters.js'
import { r2 } from '../metrics/determination.js'
import type { RunOptions } from '../network/inference.js'
import type { Outputs } from './classes.js'
import type { ScoreOptions } from './classifier.js'
import { Estimator, type Learned } from './estimator.js'

/** One number a row. */
export type NumbersLike = readonly number[] | NumberArray | Matrix

/** True numbers of rows, row-major. */
export interface Values {
  data: Float64Array
  columns: number
}

/**
 * The base of all regressors: numbers from rows. `P` is the prediction for a table, `R` for a row, `Y` are the numbers of
 * rows as `score` takes them.
 */
export abstract class Regressor<
  T extends ParameterTable,
  L extends Learned,
  P = Float64Array,
  R = number,
  Y = NumbersLike,
> extends Estimator<T, L> {
  /**
   * The number of each row, or a row of them, off the event loop.
   * @throws ArgumentError for wrong data; MlpError ERR_NOT_FITTED.
   */
  async predict(x: MatrixLike, options: RunOptions = {}): Promise<P> {
    return numbersOf(await this.infer(this.learned('predict'), this.rows(x), options)) as P
  }

  /**
   * The number of one row (or its numbers), or those of a table, on the spot.
   * @throws ArgumentError for wrong data; MlpError ERR_NOT_FITTED.
   */
  predictSync(row: readonly number[] | NumberArray): R
  predictSync(table: Exclude<MatrixLike, NumberArray>): P
  predictSync(x: MatrixLike | readonly number[]): R | P {
    const { outputs, isRow } = this.inferSync(x)
    if (!isRow) return numbersOf(outputs) as P
    return (outputs.columns > 1 ? outputs.data : outputs.data[0]!) as R
  }

  /**
   * The coefficient of determination, R² = 1 - sum of squared errors / sum of squared distances from the mean of y: 1
   * is perfect, 0 is as good as the mean of y, below 0 is worse. Of several numbers a row, the mean of their R². NaN with a
   * warning for a single row. If all of y is one number, 1 for a perfect prediction and 0 for others, as in scikit-learn.
   * @throws ArgumentError for wrong data; MlpError ERR_NOT_FITTED.
   */
  async score(x: MatrixLike, y: Y, { sampleWeight, ...options }: ScoreOptions = {}): Promise<number> {
    const learned = this.learned('score')
    const table = this.rows(x)
    const weights = readSampleWeight(sampleWeight, table.rows, floatRange)
    const truth = this.readTruth(learned, y, table.rows)
    const { data } = await this.infer(learned, table, options)
    return scoreNumbers(truth, data, weights)
  }

  /** The numbers that `score` compares predictions with. */
  protected readTruth(_learned: L, y: Y, rows: number): Values {
    return { data: readNumbers(y, 'y', rows), columns: 1 }
  }
}

function numbersOf({ data, columns }: Outputs): Float64Array | Matrix {
  if (columns === 1) return data instanceof Float64Array ? data : Float64Array.from(data)
  return new Matrix(data as Float32Array, data.length / columns, columns)
}

/** R²; of several numbers a row, the mean of their R². */
export function scoreNumbers(
  { data, columns }: Values,
  predicted: Float64Array | Float32Array,
  sampleWeight: Float64Array | undefined,
): number {
  if (columns === 1) return r2(data, predicted, { sampleWeight })
  const rowsOf = (numbers: Float64Array | Float32Array) =>
    Array.from({ length: numbers.length / columns }, (_, i) => numbers.subarray(i * columns, (i + 1) * columns))
  return r2(rowsOf(data), rowsOf(predicted), { sampleWeight })
}

/**
 * Reads one finite number a row.
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
