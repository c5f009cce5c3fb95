import { runBreathing, runNow, type Work } from '../base/breathing.js'
import { copyInSteps, Matrix, type MatrixLike, type NumberArray } from '../base/matrix.js'
import { floatRange, readSampleWeightInSteps } from '../base/sample-weight.js'
import type { Source } from '../base/unchanged.js'
import type { ParameterTable } from '../learning/parameters.js'
import type { RunOptions } from '../network/inference.js'
import type { Outputs } from './classes.js'
import type { ScoreOptions } from './classifier.js'
import { Estimator, type Learned } from './estimator.js'
import { type NumbersLike, readNumbersInSteps, scoreNumbers, type Values } from './numbers.js'

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
    const outputs = await this.infer(this.learned('predict'), x, options)
    return runBreathing(numbersOf(outputs), options.signal) as Promise<P>
  }

  /**
   * The number of one row (or its numbers), or those of a table, on the spot.
   * @throws ArgumentError for wrong data; MlpError ERR_NOT_FITTED.
   */
  predictSync(row: readonly number[] | NumberArray): R
  predictSync(table: Exclude<MatrixLike, NumberArray>): P
  predictSync(x: MatrixLike | readonly number[]): R | P {
    const { outputs, isRow } = this.inferSync(x)
    if (!isRow) return runNow(numbersOf(outputs)) as P
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
    const readTruth = (rows: number) => this.readTruth(learned, y, rows)
    const sources: Source[] = [
      ['y', y],
      ['sampleWeight', sampleWeight],
    ]
    const { outputs, read, signal } = await this.inferWith(learned, x, options, sources, function* (rows) {
      return { truth: yield* readTruth(rows), weights: yield* readSampleWeightInSteps(sampleWeight, rows, floatRange) }
    })
    return runBreathing(scoreNumbers(read.truth, outputs.data, read.weights), signal)
  }

  /** The numbers that `score` compares predictions with. */
  protected *readTruth(_learned: L, y: Y, rows: number): Work<Values> {
    return { data: yield* readNumbersInSteps(y, 'y', rows), columns: 1 }
  }
}

function* numbersOf({ data, columns }: Outputs): Work<Float64Array | Matrix> {
  if (columns > 1) return new Matrix(data as Float32Array, data.length / columns, columns)
  return data instanceof Float64Array ? data : yield* copyInSteps(data, new Float64Array(data.length))
}
