import { checkNumber, checkOneOf, invalid, mismatch, optionKeys } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { isNumberArray, type MatrixLike } from '../base/matrix.js'
import { readSampleWeight } from '../base/sample-weight.js'
import { checkMetricOptions } from './labels.js'
import { columnOf, readScores } from './scores.js'
import { type MetricOptions, meanOf } from './weights.js'

/** Numbers to compare: a number for each row, or a table. */
export type ValuesLike = readonly number[] | MatrixLike

/** Options of metrics of numbers. */
export interface RegressionOptions extends MetricOptions {
  /**
   * How the scores of several columns are combined: the mean (`'uniformAverage'`, the default), a mean weighted by an array of
   * numbers, or not at all (`'rawValues'`): the result is an array, a score for each column.
   */
  multioutput?: 'uniformAverage' | 'rawValues' | readonly number[] | undefined
}

const regressionKeys = optionKeys<RegressionOptions>({ sampleWeight: true, multioutput: true })

/** The options `O`, for a score of each column. */
export type RawValues<O> = O & { multioutput: 'rawValues' }

/** A column of true and of predicted numbers. */
export interface ValuePair {
  readonly truth: Float64Array
  readonly predicted: Float64Array
}

/** Both tables, column by column, and the weights of the rows. */
interface ValueTables {
  readonly columns: readonly ValuePair[]
  readonly rows: number
  readonly weights: Float64Array | undefined
}

/**
 * Reads true and predicted numbers.
 * @param more keys of options that the caller reads.
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
 * Combines the scores of all columns.
 * @param spread the variance of each true column, for metrics that take `'varianceWeighted'`.
 * @throws ArgumentError for a wrong `multioutput`.
 */
export function combineOutputs(
  scores: Float64Array,
  multioutput: unknown,
  spread?: Float64Array,
): number | Float64Array {
  if (Array.isArray(multioutput) || isNumberArray(multioutput)) {
    return meanOf(scores, readColumnWeights(multioutput, scores.length))
  }
  const names = ['uniformAverage', 'rawValues', ...(spread ? ['varianceWeighted'] : [])]
  const rule = checkOneOf(multioutput ?? 'uniformAverage', 'multioutput', names)
  if (rule === 'rawValues') return scores
  // If all columns are constant, they count equally.
  const bySpread = rule === 'varianceWeighted' && spread!.some((value) => value !== 0)
  return bySpread ? meanOf(scores, spread!) : meanOf(scores)
}

function readColumnWeights(values: ArrayLike<unknown>, columns: number): number[] {
  if (columns === 1) throw invalid('multioutput of a single column', 'a name', values)
  if (values.length !== columns) {
    throw mismatch('multioutput', `${columns} weights, as many as there are columns`, `${values.length}`)
  }
  const weights = Array.from(values, (weight, k) => checkNumber(weight, `multioutput[${k}]`, { min: 0 }))
  if (weights.some((weight) => weight > 0)) return weights
  throw new ArgumentError('Expected a weight above 0 in multioutput, but all are 0.')
}
