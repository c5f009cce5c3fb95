import { runNow, type Work } from '../base/breathing.js'
import { checkNumber, checkOneOf, checkOptions, optionKeys } from '../base/check.js'
import { Matrix } from '../base/matrix.js'
import { readSampleWeight } from '../base/sample-weight.js'
import type { Label, LabelsLike } from '../learning/labels.js'
import { readLabelList, readTruth } from '../metrics/labels.js'
import { checkColumns, readProbabilities } from '../metrics/probabilities.js'
import { readScores, type Scores, type ScoresLike } from '../metrics/scores.js'
import { type CalibrationFitOptions, calibrationFitKeys, checkFitted, readColumns, readRecord } from './fitted.js'
import { fitting } from './fitting.js'
import { bestScale } from './scale.js'

/** Options of `TemperatureScaling`. */
export interface TemperatureScalingOptions {
  /** The input of fit and transform: probabilities (the default), or the logits before a softmax or a sigmoid. */
  input?: 'probabilities' | 'logits' | undefined
}

/** A `TemperatureScaling` as plain JSON. */
export interface TemperatureScalingJson {
  kind: 'TemperatureScaling'
  input: 'probabilities' | 'logits'
  temperature: number
  labels: readonly Label[]
}

const jsonKeys = optionKeys<TemperatureScalingJson>({ kind: true, input: true, temperature: true, labels: true })

// Added before logarithms, as in scikit-learn: that of 0 is -27.6.
export const epsilon = 1e-12

/**
 * Temperature scaling: divides all logits by one number, the temperature, which minimizes the log loss of rows that the
 * model was not trained with. A temperature above 1 makes a model less confident. The order of the labels in a row, and
 * so the accuracy, does not change. Guo, Pleiss, Sun and Weinberger 2017, On calibration of modern neural networks,
 * section 4.2.
 * @example
 * const scaling = new calibration.TemperatureScaling()
 * scaling.fit([[0.9, 0.1], [0.2, 0.8], [0.7, 0.3]], ['no', 'yes', 'yes'])
 * const calibrated = scaling.transform([[0.95, 0.05]]) // Matrix, 1 x 2
 */
export class TemperatureScaling {
  readonly #input: 'probabilities' | 'logits'
  #learned: { temperature: number; labels: readonly Label[] } | undefined

  /** @throws ArgumentError for wrong options. */
  constructor(options: TemperatureScalingOptions = {}) {
    checkOptions(options, 'TemperatureScaling', optionKeys<TemperatureScalingOptions>({ input: true }))
    this.#input = checkOneOf(options.input ?? 'probabilities', 'input', ['probabilities', 'logits'] as const)
  }

  /**
   * The divisor of logits, from e^-10 to e^10. It reaches an end of this range if all rows are right, or all wrong.
   * @throws MlpError ERR_NOT_FITTED.
   */
  get temperature(): number {
    return checkFitted(this.#learned, 'TemperatureScaling', 'read the temperature').temperature
  }

  /**
   * The labels, in the order of the columns.
   * @throws MlpError ERR_NOT_FITTED.
   */
  get labels(): readonly Label[] {
    return checkFitted(this.#learned, 'TemperatureScaling', 'read the labels').labels
  }

  /**
   * Computes the temperature from rows that the model was not trained with.
   * @param yProba a column per label, or for two labels one column for the second.
   * @throws ArgumentError for wrong data or options.
   */
  fit(yProba: ScoresLike, yTrue: LabelsLike, options: CalibrationFitOptions = {}): this {
    runNow(this[fitting](yProba, yTrue, options))
    return this
  }

  /** @internal */
  *[fitting](yProba: ScoresLike, yTrue: LabelsLike, options: CalibrationFitOptions): Work<void> {
    checkOptions(options, 'fit() of TemperatureScaling', calibrationFitKeys)
    const { labels, truth, rows } = readTruth(yTrue, readLabelList(options.labels, 2))
    const scores = this.#read(yProba, rows)
    checkColumns(labels, scores.columns, 'yProba')
    const weights = readSampleWeight(options.sampleWeight, rows)
    const logits = this.#logits(scores)
    const scale = yield* bestScale(logits, truth, weights, labels.length)
    this.#learned = { temperature: 1 / scale, labels }
  }

  /**
   * Calibrated probabilities, in as many columns as `yProba` has.
   * @throws ArgumentError for wrong data; MlpError ERR_NOT_FITTED.
   */
  transform(yProba: ScoresLike): Matrix {
    const { temperature, labels } = checkFitted(this.#learned, 'TemperatureScaling', 'transform')
    const scores = readColumns(yProba, labels.length, (values, rows) => this.#read(values, rows))
    const { rows, columns } = scores
    const logits = this.#logits(scores)
    const out = new Matrix(new Float32Array(rows * columns), rows, columns)
    for (let i = 0; i < rows; i++) softmax(logits, i, labels.length, temperature, out)
    return out
  }

  /**
   * The fitted state as plain JSON.
   * @throws MlpError ERR_NOT_FITTED.
   */
  toJSON(): TemperatureScalingJson {
    const { temperature, labels } = checkFitted(this.#learned, 'TemperatureScaling', 'make JSON')
    return { kind: 'TemperatureScaling', input: this.#input, temperature, labels: [...labels] }
  }

  /**
   * Restores the result of toJSON.
   * @throws ArgumentError for other JSON.
   */
  static fromJSON(json: TemperatureScalingJson): TemperatureScaling {
    const record = readRecord(json, 'TemperatureScaling', jsonKeys)
    const scaling = new TemperatureScaling({ input: record.input as 'logits' })
    const temperature = checkNumber(record.temperature, 'temperature', { above: 0 })
    scaling.#learned = { temperature, labels: readLabelList(record.labels ?? [], 2)! }
    return scaling
  }

  #read(yProba: ScoresLike, rows: number | undefined): Scores {
    return this.#input === 'logits' ? readScores(yProba, 'yProba', rows) : readProbabilities(yProba, rows)
  }

  /** A logit per label. From a single column, that of the first label is 0, or the logarithm of its probability. */
  #logits({ data, rows, columns }: Scores): Float64Array {
    const isLogit = this.#input === 'logits'
    if (columns > 1) return Float64Array.from(data, (value) => (isLogit ? value : Math.log(value + epsilon)))
    const logits = new Float64Array(2 * rows)
    for (let i = 0; i < rows; i++) {
      logits[2 * i] = isLogit ? 0 : Math.log(1 - data[i]! + epsilon)
      logits[2 * i + 1] = isLogit ? data[i]! : Math.log(data[i]! + epsilon)
    }
    return logits
  }
}

/** Writes one row of probabilities; a single column holds that of the second label. */
function softmax(logits: Float64Array, row: number, count: number, temperature: number, out: Matrix): void {
  const from = row * count
  let top = -Infinity
  for (let k = 0; k < count; k++) top = Math.max(top, logits[from + k]!)
  let sum = 0
  for (let k = 0; k < count; k++) sum += Math.exp((logits[from + k]! - top) / temperature)
  for (let j = 0; j < out.cols; j++) {
    const k = out.cols === 1 ? 1 : j
    out.data[row * out.cols + j] = Math.exp((logits[from + k]! - top) / temperature) / sum
  }
}
