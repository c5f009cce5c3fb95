import { runNow, type Work } from '../base/breathing.js'
import { checkNumber, checkOptions, optionKeys } from '../base/check.js'
import type { Matrix } from '../base/matrix.js'
import type { Label, LabelsLike } from '../learning/labels.js'
import { readLabelList } from '../metrics/labels.js'
import type { ScoresLike } from '../metrics/scores.js'
import { type CalibrationFitOptions, calibrationFitKeys, checkFitted, readRecord } from './fitted.js'
import { fitting } from './fitting.js'
import { fitOneVsRest, restoreFunctions, transformOneVsRest } from './one-vs-rest.js'
import { fitSigmoid, type Sigmoid, sigmoidAt } from './sigmoid.js'

/** A `SigmoidCalibration` as plain JSON. */
export interface SigmoidCalibrationJson {
  kind: 'SigmoidCalibration'
  labels: readonly Label[]
  /** A sigmoid per label, or for two labels that of the second: 1 / (1 + e^(slope score + offset)). */
  sigmoids: readonly { slope: number; offset: number }[]
}

const jsonKeys = optionKeys<SigmoidCalibrationJson>({ kind: true, labels: true, sigmoids: true })

/**
 * Platt's calibration: maps scores, such as the weighted sums of a linear classifier, or probabilities, by a sigmoid of two
 * numbers, 1 / (1 + e^(slope score + offset)), which minimizes the log loss of rows that the model was not trained with. It needs
 * few rows. With more than two labels each has a sigmoid of its own, one-vs-rest, and rows are normalized to add up to 1. Platt
 * 1999, Probabilistic outputs for support vector machines; scikit-learn's CalibratedClassifierCV(method='sigmoid').
 * @example
 * const sigmoid = new calibration.SigmoidCalibration()
 * sigmoid.fit([-2, -0.5, 0.1, 3], ['no', 'yes', 'no', 'yes'])
 * sigmoid.transform([0.5]) // Matrix, 1 x 1: the probability of 'yes'
 */
export class SigmoidCalibration {
  #learned: { functions: readonly Sigmoid[]; labels: readonly Label[] } | undefined

  /**
   * The labels, in the order of the columns.
   * @throws MlpError ERR_NOT_FITTED.
   */
  get labels(): readonly Label[] {
    return checkFitted(this.#learned, 'SigmoidCalibration', 'read the labels').labels
  }

  /**
   * Fits the sigmoids to rows that the model was not trained with.
   * @param yScore a column per label, or for two labels the score of the second: any finite numbers.
   * @throws ArgumentError for wrong data or options.
   */
  fit(yScore: ScoresLike, yTrue: LabelsLike, options: CalibrationFitOptions = {}): this {
    runNow(this[fitting](yScore, yTrue, options))
    return this
  }

  /** @internal */
  *[fitting](yScore: ScoresLike, yTrue: LabelsLike, options: CalibrationFitOptions): Work<void> {
    checkOptions(options, 'fit() of SigmoidCalibration', calibrationFitKeys)
    this.#learned = yield* fitOneVsRest(yScore, yTrue, options, 'scores', fitSigmoid)
  }

  /**
   * Probabilities, in as many columns as `yScore` has.
   * @throws ArgumentError for wrong data; MlpError ERR_NOT_FITTED.
   */
  transform(yScore: ScoresLike): Matrix {
    const learned = checkFitted(this.#learned, 'SigmoidCalibration', 'transform')
    return transformOneVsRest(yScore, learned, 'scores', sigmoidAt)
  }

  /**
   * The fitted state as plain JSON.
   * @throws MlpError ERR_NOT_FITTED.
   */
  toJSON(): SigmoidCalibrationJson {
    const { functions, labels } = checkFitted(this.#learned, 'SigmoidCalibration', 'make JSON')
    return { kind: 'SigmoidCalibration', labels: [...labels], sigmoids: functions.map((sigmoid) => ({ ...sigmoid })) }
  }

  /**
   * Restores the result of toJSON.
   * @throws ArgumentError for other JSON.
   */
  static fromJSON(json: SigmoidCalibrationJson): SigmoidCalibration {
    const record = readRecord(json, 'SigmoidCalibration', jsonKeys)
    const labels = readLabelList(record.labels ?? [], 2)!
    const calibration = new SigmoidCalibration()
    calibration.#learned = { labels, functions: restoreFunctions(record.sigmoids, 'sigmoids', labels, readSigmoid) }
    return calibration
  }
}

function readSigmoid(json: unknown, name: string): Sigmoid {
  checkOptions(json, name, optionKeys<Sigmoid>({ slope: true, offset: true }))
  const { slope, offset } = json as Record<string, unknown>
  return { slope: checkNumber(slope, `slope of ${name}`), offset: checkNumber(offset, `offset of ${name}`) }
}
