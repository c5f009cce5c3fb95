import { checkNumber, checkOneOf, checkOptions, optionKeys } from '../base/check.js'
import { Matrix } from '../base/matrix.js'
import { readSampleWeight } from '../base/sample-weight.js'
import type { Label, LabelsLike } from '../learning/labels.js'
import { readLabelList, readTruth } from '../metrics/labels.js'
import { checkColumns, readProbabilities } from '../metrics/probabilities.js'
import { readScores, type Scores, type ScoresLike } from '../metrics/scores.js'
import { type CalibrationFitOptions, calibrationFitKeys, checkFitted, readColumns, readRecord } from './fitted.js'
import { bestScale } from './scale.js'

/** What a `TemperatureScaling` takes. */
export interface TemperatureScalingOptions {
  /** What it is given: probabilities (the default), or the logits before a softmax or a sigmoid. */
  input?: 'probabilities' | 'logits' | undefined
}

/** A `TemperatureScaling` as plain JSON. */
export interface TemperatureScalingJson {
  kind: 'TemperatureScaling'
  input: 'probabilities' | 'logits'
  temperature: number
  labels: readonly Label[]
}

// As scikit-learn's: the logarithm of 0 is -27.6.
const least = 1e-12

/**
 * Temperature scaling: divides all logits by one number, which makes the log loss of rows that the model was not trained with
 * the least; above 1 it makes a model less sure of itself. No row's order of labels changes, and so no accuracy.
 * Guo, Pleiss, Sun and Weinberger 2017, On calibration of modern neural networks, section 4.2.
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
   * What logits are divided by, from e^-10 to e^10; an end of that where every row is right, or none is.
   * @throws MlpError ERR_NOT_FITTED.
   */
  get temperature(): number {
    return checkFitted(this.#learned, 'TemperatureScaling', 'tell the temperature').temperature
  }

  /**
   * The labels, in the order of the columns.
   * @throws MlpError ERR_NOT_FITTED.
   */
  get labels(): readonly Label[] {
    return checkFitted(this.#learned, 'TemperatureScaling', 'tell the labels').labels
  }

  /**
   * Finds the temperature.
   * @param yProba a column a label, or for two labels the second one's number.
   * @throws ArgumentError for wrong data or options.
   */
  fit(yProba: ScoresLike, yTrue: LabelsLike, options: CalibrationFitOptions = {}): this {
    checkOptions(options, 'fit() of TemperatureScaling', calibrationFitKeys)
    const { labels, truth, rows } = readTruth(yTrue, readLabelList(options.labels, 2))
    const scores = this.#read(yProba, rows)
    checkColumns(labels, scores.columns, 'yProba')
    const weights = readSampleWeight(options.sampleWeight, rows)
    const logits = this.#logits(scores)
    this.#learned = { temperature: 1 / bestScale(logits, truth, weights, labels.length), labels }
    return this
  }

  /**
   * Calibrated probabilities, in as many columns as there were to fit.
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
   * What was learned, as plain JSON.
   * @throws MlpError ERR_NOT_FITTED.
   */
  toJSON(): TemperatureScalingJson {
    const { temperature, labels } = checkFitted(this.#learned, 'TemperatureScaling', 'make JSON')
    return { kind: 'TemperatureScaling', input: this.#input, temperature, labels: [...labels] }
  }

  /** @throws ArgumentError for what is no JSON of this kind. */
  static fromJSON(json: TemperatureScalingJson): TemperatureScaling {
    const record = readRecord(json, 'TemperatureScaling', ['input', 'temperature', 'labels'])
    const scaling = new TemperatureScaling({ input: record.input as 'logits' })
    const temperature = checkNumber(record.temperature, 'temperature', { above: 0 })
    scaling.#learned = { temperature, labels: readLabelList(record.labels ?? [], 2)! }
    return scaling
  }

  #read(yProba: ScoresLike, rows: number | undefined): Scores {
    return this.#input === 'logits' ? readScores(yProba, 'yProba', rows) : readProbabilities(yProba, rows)
  }

  /** A logit a label; of a single column that of the first label is 0, or the logarithm of its probability. */
  #logits({ data, rows, columns }: Scores): Float64Array {
    const isLogit = this.#input === 'logits'
    if (columns > 1) return Float64Array.from(data, (value) => (isLogit ? value : Math.log(value + least)))
    const logits = new Float64Array(2 * rows)
    for (let i = 0; i < rows; i++) {
      logits[2 * i] = isLogit ? 0 : Math.log(1 - data[i]! + least)
      logits[2 * i + 1] = isLogit ? data[i]! : Math.log(data[i]! + least)
    }
    return logits
  }
}

/** One row of probabilities; a single column gets that of the second label. */
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
