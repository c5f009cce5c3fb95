import { checkNumber, checkOneOf, mismatch, optionKeys } from '../base/check.js'
import type { ValuesLike } from '../metrics/outputs.js'
import { readScores, type Scores } from '../metrics/scores.js'
import { type ConformalOptions, conformalQuantile, readCoverage } from './conformal.js'
import { checkFitted, readRecord } from './fitted.js'

/** Options of `ConformalIntervals`. */
export interface ConformalIntervalsOptions extends ConformalOptions {
  /**
   * The form of predictions: one number per row (`'absolute'`, the default), which gives intervals of equal width; or a
   * lower and an upper quantile (`'quantile'`), which gives intervals of their distance plus or minus a constant.
   */
  method?: 'absolute' | 'quantile' | undefined
}

/** An interval per row. */
export interface Intervals {
  lower: Float64Array
  upper: Float64Array
}

/** A `ConformalIntervals` as plain JSON. */
export interface ConformalIntervalsJson {
  kind: 'ConformalIntervals'
  coverage: number
  method: 'absolute' | 'quantile'
  quantile: number
}

const jsonKeys = optionKeys<ConformalIntervalsJson>({ kind: true, coverage: true, method: true, quantile: true })

/**
 * Split conformal prediction for regression: intervals that contain the true value for a chosen share of new rows, with
 * any model. Requires that new rows have the distribution of the rows passed to fit, and that the model was not trained
 * with these. The share holds over all rows together.
 *
 * The score of a row is abs (t - y) (`'absolute'`: Lei et al. 2018, Distribution-free predictive inference for
 * regression, algorithm 2), or for two predicted quantiles max(lower - t, t - upper) (`'quantile'`: Romano, Patterson
 * and Candes 2019, Conformalized quantile regression, equation 6). The conformal quantile of the scores is added on
 * both sides of each prediction. A negative one narrows it, at most to its middle. Predicted quantiles may cross.
 * @example
 * const intervals = new calibration.ConformalIntervals({ coverage: 0.8 })
 * intervals.fit([1, 2, 3, 4], [1.5, 2, 2.5, 4.25])
 * intervals.predict([10]) // { lower: [9.5], upper: [10.5] }
 */
export class ConformalIntervals {
  readonly #coverage: number
  readonly #method: 'absolute' | 'quantile'
  #quantile: number | undefined

  /** @throws ArgumentError for wrong options. */
  constructor(options: ConformalIntervalsOptions = {}) {
    this.#coverage = readCoverage(
      options,
      'ConformalIntervals',
      optionKeys<Omit<ConformalIntervalsOptions, keyof ConformalOptions>>({ method: true }),
    )
    this.#method = checkOneOf(options.method ?? 'absolute', 'method', ['absolute', 'quantile'] as const)
  }

  /**
   * The width that is added on each side of a prediction.
   * @throws MlpError ERR_NOT_FITTED.
   */
  get quantile(): number {
    return checkFitted(this.#quantile, 'ConformalIntervals', 'read the quantile')
  }

  /**
   * Computes the width from rows that the model was not trained with.
   * @param yPred one number per row, or rows of a lower and an upper one.
   * @throws ArgumentError for wrong data, or too few rows for the coverage.
   */
  fit(yPred: ValuesLike, yTrue: ValuesLike): this {
    const truth = readScores(yTrue, 'yTrue')
    if (truth.columns !== 1) throw mismatch('yTrue', 'one number a row', `rows of ${truth.columns}`)
    const { data } = this.#read(yPred, truth.rows)
    const scores = Float64Array.from(truth.data, (value, i) => {
      if (this.#method === 'absolute') return Math.abs(value - data[i]!)
      return Math.max(data[2 * i]! - value, value - data[2 * i + 1]!)
    })
    this.#quantile = conformalQuantile(scores, this.#coverage)
    return this
  }

  /**
   * The interval of each row.
   * @throws ArgumentError for wrong data; MlpError ERR_NOT_FITTED.
   */
  predict(yPred: ValuesLike): Intervals {
    const width = checkFitted(this.#quantile, 'ConformalIntervals', 'predict')
    const { data, rows, columns } = this.#read(yPred)
    const [lower, upper] = [new Float64Array(rows), new Float64Array(rows)]
    for (let i = 0; i < rows; i++) {
      const [low, high] = [data[i * columns]!, data[i * columns + columns - 1]!]
      const middle = (low + high) / 2
      const isWide = low - width <= high + width
      lower[i] = isWide ? low - width : middle
      upper[i] = isWide ? high + width : middle
    }
    return { lower, upper }
  }

  /**
   * The fitted state as plain JSON.
   * @throws MlpError ERR_NOT_FITTED.
   */
  toJSON(): ConformalIntervalsJson {
    const quantile = checkFitted(this.#quantile, 'ConformalIntervals', 'make JSON')
    return { kind: 'ConformalIntervals', coverage: this.#coverage, method: this.#method, quantile }
  }

  /**
   * Restores the result of toJSON.
   * @throws ArgumentError for other JSON.
   */
  static fromJSON(json: ConformalIntervalsJson): ConformalIntervals {
    const { coverage, method, quantile } = readRecord(json, 'ConformalIntervals', jsonKeys)
    const intervals = new ConformalIntervals({ coverage, method } as ConformalIntervalsOptions)
    intervals.#quantile = checkNumber(quantile, 'quantile', intervals.#method === 'absolute' ? { min: 0 } : {})
    return intervals
  }

  #read(yPred: ValuesLike, rows?: number): Scores {
    const columns = this.#method === 'absolute' ? 1 : 2
    const isFlat = ArrayBuffer.isView(yPred) && columns === 2
    if (isFlat && yPred.length % 2) throw mismatch('yPred', 'pairs of numbers', `${yPred.length} numbers`)
    const scores = readScores(yPred, 'yPred', isFlat ? yPred.length / 2 : rows)
    if (rows !== undefined && scores.rows !== rows) {
      throw mismatch('yPred', `${rows} rows, as many as yTrue has`, `${scores.rows}`)
    }
    if (scores.columns !== columns) {
      const expected = columns === 1 ? 'one number a row' : 'a lower and an upper number a row'
      throw mismatch('yPred', expected, `rows of ${scores.columns}`)
    }
    return scores
  }
}
