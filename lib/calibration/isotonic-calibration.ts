import { runNow, type Work } from '../base/breathing.js'
import { checkNumber, checkOneOf, checkOptions, invalid, optionKeys, type Range } from '../base/check.js'
import type { Matrix } from '../base/matrix.js'
import type { Label, LabelsLike } from '../learning/labels.js'
import { readLabelList } from '../metrics/labels.js'
import type { ScoresLike } from '../metrics/scores.js'
import { type CalibrationFitOptions, calibrationFitKeys, checkFitted, readRecord } from './fitted.js'
import { fitting } from './fitting.js'
import { fitIsotonic, heightAt, type RisingCurve } from './isotonic.js'
import { type CalibrationInput, fitOneVsRest, restoreFunctions, transformOneVsRest } from './one-vs-rest.js'

/** Options of `IsotonicCalibration`. */
export interface IsotonicCalibrationOptions {
  /** The input of fit and transform: probabilities (the default), or any scores, such as weighted sums. */
  input?: 'probabilities' | 'scores' | undefined
}

/** An `IsotonicCalibration` as plain JSON. */
export interface IsotonicCalibrationJson {
  kind: 'IsotonicCalibration'
  input: 'probabilities' | 'scores'
  labels: readonly Label[]
  /** A curve per label, or for two labels a curve for the second: x becomes y, with linear interpolation. */
  curves: readonly { x: readonly number[]; y: readonly number[] }[]
}

const jsonKeys = optionKeys<IsotonicCalibrationJson>({ kind: true, input: true, labels: true, curves: true })

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
  readonly #input: CalibrationInput
  #learned: { functions: readonly RisingCurve[]; labels: readonly Label[] } | undefined

  /** @throws ArgumentError for wrong options. */
  constructor(options: IsotonicCalibrationOptions = {}) {
    checkOptions(options, 'IsotonicCalibration', optionKeys<IsotonicCalibrationOptions>({ input: true }))
    this.#input = checkOneOf(options.input ?? 'probabilities', 'input', ['probabilities', 'scores'] as const)
  }

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
    runNow(this[fitting](yProba, yTrue, options))
    return this
  }

  /** @internal */
  *[fitting](yProba: ScoresLike, yTrue: LabelsLike, options: CalibrationFitOptions): Work<void> {
    checkOptions(options, 'fit() of IsotonicCalibration', calibrationFitKeys)
    this.#learned = yield* fitOneVsRest(yProba, yTrue, options, this.#input, function* (scores, isPositive, weights) {
      yield
      return fitIsotonic(scores, Float64Array.from(isPositive), weights)
    })
  }

  /**
   * Calibrated probabilities, in as many columns as `yProba` has.
   * @throws ArgumentError for wrong data; MlpError ERR_NOT_FITTED.
   */
  transform(yProba: ScoresLike): Matrix {
    const learned = checkFitted(this.#learned, 'IsotonicCalibration', 'transform')
    return transformOneVsRest(yProba, learned, this.#input, heightAt)
  }

  /**
   * The fitted state as plain JSON.
   * @throws MlpError ERR_NOT_FITTED.
   */
  toJSON(): IsotonicCalibrationJson {
    const { functions, labels } = checkFitted(this.#learned, 'IsotonicCalibration', 'make JSON')
    const curves = functions.map(({ x, y }) => ({ x: Array.from(x), y: Array.from(y) }))
    return { kind: 'IsotonicCalibration', input: this.#input, labels: [...labels], curves }
  }

  /**
   * Restores the result of toJSON.
   * @throws ArgumentError for other JSON.
   */
  static fromJSON(json: IsotonicCalibrationJson): IsotonicCalibration {
    const record = readRecord(json, 'IsotonicCalibration', jsonKeys)
    const labels = readLabelList(record.labels ?? [], 2)!
    // JSON of older versions has no input.
    const isotonic = new IsotonicCalibration({ input: (record.input ?? 'probabilities') as CalibrationInput })
    const read = (curve: unknown, name: string) => readCurve(curve, name, isotonic.#input)
    isotonic.#learned = { labels, functions: restoreFunctions(record.curves, 'curves', labels, read) }
    return isotonic
  }
}

function readCurve(curve: unknown, name: string, input: CalibrationInput): RisingCurve {
  checkOptions(curve, name, optionKeys<RisingCurve>({ x: true, y: true }))
  const { x, y } = curve as { x: unknown; y: unknown }
  if (!Array.isArray(x) || x.length === 0) throw invalid(`x of ${name}`, 'an array of numbers', x)
  if (!Array.isArray(y) || y.length !== x.length) throw invalid(`y of ${name}`, `an array of ${x.length} numbers`, y)
  const share = { min: 0, max: 1 }
  const read = (values: unknown[], axis: string, range: Range) =>
    Float64Array.from(values, (value, k) => {
      const number = checkNumber(value, `${axis}[${k}] of ${name}`, range)
      if (k === 0 || number >= (values[k - 1] as number)) return number
      throw invalid(`${axis}[${k}] of ${name}`, 'a number that is not below the one before', number)
    })
  return { x: read(x, 'x', input === 'scores' ? {} : share), y: read(y, 'y', share) }
}
