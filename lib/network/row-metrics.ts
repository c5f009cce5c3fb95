import type { RowMetricName } from '../base/log-keys.js'
import { Matrix } from '../base/matrix.js'
import { argMax } from '../math/arg-max.js'
import { r2 } from '../metrics/determination.js'
import { averagePrecision, rocAuc } from '../metrics/ranking.js'
import type { RowMetric } from '../spec/row-metric.js'
import type { Targets } from './targets.js'

/** Row-major numbers. */
type Rows = Targets

/** The least probability in a logarithm, as in Keras. */
const least = 1e-7

/** Outputs among which topKAccuracy looks for the class, as Keras's default. */
const topK = 5

/** The score of rows by a metric that fits them; NaN where it is not defined. */
export function rowScore(name: RowMetricName, metric: RowMetric, targets: Rows, outputs: Rows): number {
  switch (name) {
    case 'auc':
      return meanOfColumns(metric, targets, outputs, rocAuc)
    case 'averagePrecision':
      return meanOfColumns(metric, targets, outputs, averagePrecision)
    case 'precision':
    case 'recall':
    case 'f1':
    case 'balancedAccuracy':
      return labelScore(name, metric, targets, outputs)
    case 'topKAccuracy':
      return topKAccuracy(targets, outputs)
    case 'logLoss':
      return logLoss(metric, targets, outputs)
    case 'r2':
      return r2(tableOf(targets), tableOf(firstColumns(outputs, metric.means)))
  }
}

function tableOf({ data, columns }: Rows): Float32Array | Matrix {
  return columns === 1 ? (data as Float32Array) : new Matrix(data as Float32Array, data.length / columns, columns)
}

function firstColumns({ data, columns }: Rows, count: number): Rows {
  if (count === columns) return { data, columns }
  return { data: data.filter((_, k) => k % columns < count) as Float32Array, columns: count }
}

/** The class of each row, from class numbers or one-hot rows. */
function classesOf({ data, columns }: Rows): Int32Array {
  if (columns === 1) return Int32Array.from(data)
  return Int32Array.from({ length: data.length / columns }, (_, i) =>
    argMax(data.subarray(i * columns, (i + 1) * columns)),
  )
}

/** The mean score of the columns (classes, one against the rest, or labels) for which it is defined. */
function meanOfColumns(
  { kind, isSum }: RowMetric,
  targets: Rows,
  outputs: Rows,
  score: (yTrue: Uint8Array, yScore: Float32Array) => number,
): number {
  const { columns } = outputs
  const rows = outputs.data.length / columns
  const classes = kind === 'classes' || kind === 'oneHot' ? classesOf(targets) : undefined
  const scores = classes && isSum ? softmaxOf(outputs) : (outputs.data as Float32Array)
  let [sum, count] = [0, 0]
  for (let k = 0; k < columns; k++) {
    const truth = Uint8Array.from({ length: rows }, (_, i) =>
      Number(classes ? classes[i] === k : targets.data[i * columns + k]! > 0.5),
    )
    if (!truth.includes(0) || !truth.includes(1)) continue
    sum += score(
      truth,
      Float32Array.from({ length: rows }, (_, i) => scores[i * columns + k]!),
    )
    count++
  }
  return count === 0 ? Number.NaN : sum / count
}

function softmaxOf({ data, columns }: Rows): Float32Array {
  const shares = Float32Array.from(data)
  for (let begin = 0; begin < shares.length; begin += columns) {
    const row = shares.subarray(begin, begin + columns)
    const most = row[argMax(row)]!
    let sum = 0
    for (let k = 0; k < columns; k++) sum += row[k] = Math.exp(row[k]! - most)
    for (let k = 0; k < columns; k++) row[k] = row[k]! / sum
  }
  return shares
}

/** Rows of each class: those that are of it, those predicted, and those of both. */
interface Tally {
  readonly actual: Float64Array
  readonly predicted: Float64Array
  readonly right: Float64Array
}

/**
 * Of two classes the score of the second; of several labels a row, that of all labels together; of more classes the mean over
 * the classes that occur. 0 / 0 is 0.
 */
function labelScore(
  name: 'precision' | 'recall' | 'f1' | 'balancedAccuracy',
  { kind, isSum }: RowMetric,
  targets: Rows,
  outputs: Rows,
): number {
  const isMulti = kind === 'classes' || kind === 'oneHot'
  const threshold = isSum ? 0 : 0.5
  const truth = isMulti ? classesOf(targets) : Int32Array.from(targets.data, (value) => Number(value > 0.5))
  const guess = isMulti ? classesOf(outputs) : Int32Array.from(outputs.data, (value) => Number(value > threshold))
  const tally = tallyOf(truth, guess, isMulti ? outputs.columns : 2)
  const { actual, predicted } = tally
  const all = Array.from(actual, (_, k) => k)
  if (name === 'balancedAccuracy')
    return meanScore(
      'recall',
      tally,
      all.filter((k) => actual[k]! > 0),
    )
  return meanScore(name, tally, isMulti ? all.filter((k) => actual[k]! + predicted[k]! > 0) : [1])
}

function tallyOf(truth: Int32Array, guess: Int32Array, classes: number): Tally {
  const [actual, predicted, right] = [new Float64Array(classes), new Float64Array(classes), new Float64Array(classes)]
  for (const [i, k] of truth.entries()) {
    actual[k]!++
    predicted[guess[i]!]!++
    if (guess[i] === k) right[k]!++
  }
  return { actual, predicted, right }
}

function meanScore(
  name: 'precision' | 'recall' | 'f1',
  { actual, predicted, right }: Tally,
  classes: readonly number[],
): number {
  const scores = classes.map((k) => {
    const all = name === 'precision' ? predicted[k]! : name === 'recall' ? actual[k]! : (actual[k]! + predicted[k]!) / 2
    return all === 0 ? 0 : right[k]! / all
  })
  return scores.reduce((sum, score) => sum + score, 0) / scores.length
}

function topKAccuracy(targets: Rows, { data, columns }: Rows): number {
  const classes = classesOf(targets)
  let right = 0
  for (const [i, k] of classes.entries()) {
    const row = data.subarray(i * columns, (i + 1) * columns) as Float32Array
    const above = row.reduce((count, value) => count + Number(value > row[k]!), 0)
    if (above < topK) right++
  }
  return right / classes.length
}

/** The mean of -log p of the class, or of each label. */
function logLoss({ kind, isSum }: RowMetric, targets: Rows, outputs: Rows): number {
  const { columns } = outputs
  const logOf = (share: number) => Math.log(Math.min(Math.max(share, least), 1 - least))
  if (kind === 'binary' || kind === 'labels') {
    let sum = 0
    for (const [k, value] of outputs.data.entries()) {
      const share = isSum ? 1 / (1 + Math.exp(-value)) : value
      const y = targets.data[k]!
      sum -= y * logOf(share) + (1 - y) * logOf(1 - share)
    }
    return sum / outputs.data.length
  }
  const shares = isSum ? softmaxOf(outputs) : outputs.data
  const classes = classesOf(targets)
  let sum = 0
  for (const [i, k] of classes.entries()) sum -= logOf(shares[i * columns + k]!)
  return sum / classes.length
}
