import { checkNumber, checkOptions, invalid, mismatch, optionKeys } from '../base/check.js'
import { Matrix } from '../base/matrix.js'
import type { Label, LabelsLike } from '../learning/labels.js'
import { readLabelList } from '../metrics/labels.js'
import { readPredicted, readProbabilities } from '../metrics/probabilities.js'
import type { ScoresLike } from '../metrics/scores.js'
import { type CalibrationFitOptions, calibrationFitKeys, checkFitted, readColumns, readRecord } from './fitted.js'
import { fitIsotonic, heightAt, type RisingCurve } from './isotonic.js'

/** An `IsotonicCalibration` as plain JSON. */
export interface IsotonicCalibrationJson {
  kind: 'IsotonicCalibration'
  labels: readonly Label[]
  /** A curve per label, or for two labels a curve for the second: x becomes y, with linear interpolation. */
  curves: readonly { x: readonly number[]; y: readonly number[] }[]
}

const jsonKeys = optionKeys<IsotonicCalibrationJson>({ kind: true, labels: true, curves: true })

/**
 * Isotonic calibration: maps probabilities by the non-decreasing function with the least squared distance from the true
 * labels. It corrects distortions that temperature scaling cannot, but needs about 1,000 rows. With more than two
 * labels each has a function of its own, one-vs-rest, and rows are normalized to add up to 1. Beyond the range of fit
 * the functions are constant. Zadrozny and Elkan 2002, Transforming classifier scores into accurate multiclass
 * probability estimates.
 * @example
 * const isotonic = new calibration.IsotonicCalibration()
 * isotonic.fit([0.1, 0.3, 0.6, 0.8], ['no', 'yes', 'no', 'yes'])
 * isotonic.transform([0.5]) // Matrix, 1 x 1
 */
export class IsotonicCalibration {
  #learned: { curves: readonly RisingCurve[]; labels: readonly Label[] } | undefined

  /**
   * The labels, in the order of the columns.
   * @throws MlpError ERR_NOT_FITTED.
   */
  get labels(): readonly Label[] {
    return checkFitted(this.#learned, 'IsotonicCalibration', 'read the labels').labels
  }

  /**
   * Fits the functions to rows that the model was not trained with.
   * @param yProba a column per label, or for two labels the probability of the second.
   * @throws ArgumentError for wrong data or options.
   */
  fit(yProba: ScoresLike, yTrue: LabelsLike, options: CalibrationFitOptions = {}): this {
    checkOptions(options, 'fit() of IsotonicCalibration', calibrationFitKeys)
    const { labels, truth, rows, at, weights } = readPredicted(yTrue, yProba, options.labels, options.sampleWeight)
    const [x, y] = [new Float64Array(rows), new Float64Array(rows)]
    const curves = curveLabels(labels).map((label) => {
      for (let i = 0; i < rows; i++) {
        x[i] = at(i, label)
        y[i] = Number(truth[i] === label)
      }
      return fitIsotonic(x, y, weights)
    })
    this.#learned = { curves, labels }
    return this
  }

  /**
   * Calibrated probabilities, in as many columns as `yProba` has.
   * @throws ArgumentError for wrong data; MlpError ERR_NOT_FITTED.
   */
  transform(yProba: ScoresLike): Matrix {
    const { curves, labels } = checkFitted(this.#learned, 'IsotonicCalibration', 'transform')
    const count = labels.length
    const { data, rows, columns } = readColumns(yProba, count, readProbabilities)
    const out = new Matrix(new Float32Array(rows * columns), rows, columns)
    for (let i = 0; i < rows; i++) {
      const from = i * columns
      if (count === 2) {
        const second = heightAt(curves[0]!, data[from + columns - 1]!)
        out.data[from + columns - 1] = second
        if (columns === 2) out.data[from] = 1 - second
        continue
      }
      let sum = 0
      for (let k = 0; k < count; k++) sum += heightAt(curves[k]!, data[from + k]!)
      for (let k = 0; k < count; k++) {
        out.data[from + k] = sum === 0 ? 1 / count : heightAt(curves[k]!, data[from + k]!) / sum
      }
    }
    return out
  }

  /**
   * The fitted state as plain JSON.
   * @throws MlpError ERR_NOT_FITTED.
   */
  toJSON(): IsotonicCalibrationJson {
    const { curves, labels } = checkFitted(this.#learned, 'IsotonicCalibration', 'make JSON')
    const plain = curves.map(({ x, y }) => ({ x: Array.from(x), y: Array.from(y) }))
    return { kind: 'IsotonicCalibration', labels: [...labels], curves: plain }
  }

  /**
   * Restores the result of toJSON.
   * @throws ArgumentError for other JSON.
   */
  static fromJSON(json: IsotonicCalibrationJson): IsotonicCalibration {
    const record = readRecord(json, 'IsotonicCalibration', jsonKeys)
    const labels = readLabelList(record.labels ?? [], 2)!
    const count = curveLabels(labels).length
    if (!Array.isArray(record.curves)) throw invalid('curves', 'an array', record.curves)
    if (record.curves.length !== count) throw mismatch('curves', `${count} curves`, `${record.curves.length}`)
    const isotonic = new IsotonicCalibration()
    isotonic.#learned = { labels, curves: record.curves.map((curve, k) => readCurve(curve, `curves[${k}]`)) }
    return isotonic
  }
}

/** The indices of labels that have a curve: of two the second alone, since the two add up to 1. */
function curveLabels(labels: readonly Label[]): number[] {
  return labels.length === 2 ? [1] : [...labels.keys()]
}

function readCurve(curve: unknown, name: string): RisingCurve {
  checkOptions(curve, name, optionKeys<RisingCurve>({ x: true, y: true }))
  const { x, y } = curve as { x: unknown; y: unknown }
  if (!Array.isArray(x) || x.length === 0) throw invalid(`x of ${name}`, 'an array of numbers', x)
  if (!Array.isArray(y) || y.length !== x.length) throw invalid(`y of ${name}`, `an array of ${x.length} numbers`, y)
  const read = (values: unknown[], axis: string) =>
    Float64Array.from(values, (value, k) => {
      const number = checkNumber(value, `${axis}[${k}] of ${name}`, { min: 0, max: 1 })
      if (k === 0 || number >= (values[k - 1] as number)) return number
      throw invalid(`${axis}[${k}] of ${name}`, 'a number that is not below the one before', number)
    })
  return { x: read(x, 'x'), y: read(y, 'y') }
}
