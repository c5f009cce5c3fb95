import { checkNumber, checkOneOf, invalid, mismatch, optionKeys } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { isNumberArray, type MatrixLike } from '../base/matrix.js'
import { readSampleWeight } from '../base/sample-weight.js'
import { checkMetricOptions } from './labels.js'
import { columnOf, readScores } from './scores.js'
import { type MetricOptions, meanOf } from './weights.js'

/** Numbers to compare: one a row, or a table of several a row. */
export type ValuesLike = readonly number[] | MatrixLike

/** What metrics of numbers take. */
export interface RegressionOptions extends MetricOptions {
  /**
   * Of several numbers a row: the plain mean of each one's score (`'uniformAverage'`, the default), a mean by these weights, or
   * an array, one score a column (`'rawValues'`).
   */
  multioutput?: 'uniformAverage' | 'rawValues' | readonly number[] | undefined
}

const regressionKeys = optionKeys<RegressionOptions>({ sampleWeight: true, multioutput: true })

/** The options `O`, for one number a column. */
export type RawValues<O> = O & { multioutput: 'rawValues' }

/** A column of true and of predicted numbers. */
export interface ValuePair {
  readonly truth: Float64Array
  readonly predicted: Float64Array
}

/** Both tables, column by column, and the weights of the rows. */
export interface ValueTables {
  readonly columns: readonly ValuePair[]
  readonly rows: number
  readonly weights: Float64Array | undefined
}

/**
 * Reads true and predicted numbers.
 * @param more keys of options that are read elsewhere.
 * @throws ArgumentError for other shapes, NaN or infinity (with row and column), or wrong weights or options.
 */
export function readTables(
  name: string,
  yTrue: unknown,
  yPred: unknown,
  options: MetricOptions,
  more: readonly string[] = [],
): ValueTables {
  checkMetricOptions(options, name, [...regressionKeys, ...more])
  const truth = readScores(yTrue, 'yTrue')
  const predicted = readScores(yPred, 'yPred', truth.rows)
  if (predicted.columns !== truth.columns) {
    throw mismatch('yPred', `rows of ${truth.columns} numbers, as yTrue has`, `rows of ${predicted.columns}`)
  }
  const columns = Array.from({ length: truth.columns }, (_, j) => ({
    truth: columnOf(truth, j),
    predicted: columnOf(predicted, j),
  }))
  return { columns, rows: truth.rows, weights: readSampleWeight(options.sampleWeight, truth.rows) }
}

/**
 * One score of those of all columns.
 * @param spread how far the true numbers of each column are spread, where the mean may go by that.
 * @throws ArgumentError for a wrong `multioutput`.
 */
export function combineOutputs(
  scores: Float64Array,
  multioutput: unknown,
  spread?: Float64Array,
): number | Float64Array {
  if (Array.isArray(multioutput) || isNumberArray(multioutput))
    return meanOf(scores, readColumnWeights(multioutput, scores.length))
  const known = ['uniformAverage', 'rawValues', ...(spread ? ['varianceWeighted'] : [])]
  const how = checkOneOf(multioutput ?? 'uniformAverage', 'multioutput', known)
  if (how === 'rawValues') return scores
  // Where no column is spread, all count the same.
  const bySpread = how === 'varianceWeighted' && spread!.some((value) => value !== 0)
  return bySpread ? meanOf(scores, spread!) : meanOf(scores)
}

function readColumnWeights(given: ArrayLike<unknown>, columns: number): number[] {
  if (columns === 1) throw invalid('multioutput', 'a name, since there is one number a row', given)
  if (given.length !== columns)
    throw mismatch('multioutput', `${columns} weights, as many as there are columns`, `${given.length}`)
  const weights = Array.from(given, (weight, k) => checkNumber(weight, `multioutput[${k}]`, { min: 0 }))
  if (weights.some((weight) => weight > 0)) return weights
  throw new ArgumentError('Expected a weight above 0 in multioutput, but all are 0.')
}
