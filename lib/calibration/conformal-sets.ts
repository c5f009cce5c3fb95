import { checkBoolean, checkNumber, checkOneOf, checkOptions, optionKeys } from '../base/check.js'
import type { Label, LabelsLike } from '../learning/labels.js'
import { readLabelList } from '../metrics/labels.js'
import { readPredicted, readProbabilities } from '../metrics/probabilities.js'
import type { ScoresLike } from '../metrics/scores.js'
import { type ConformalOptions, conformalQuantile, readCoverage } from './conformal.js'
import { type CalibrationFitOptions, checkFitted, readColumns, readRecord } from './fitted.js'

/** What a `ConformalSets` takes. */
export interface ConformalSetsOptions extends ConformalOptions {
  /**
   * `'lac'` (the default) takes labels of at least some probability: the smallest sets on the average. `'aps'` takes the most
   * probable labels until they add up to enough: sets that are small for easy rows and large for hard ones.
   */
  method?: 'lac' | 'aps' | undefined
  /**
   * Whether a set may be empty, where even the most probable label is too unlikely; false by default: then that label is
   * always in it, which makes the coverage at least what was asked for, and often more.
   */
  allowEmpty?: boolean | undefined
}

/** A `ConformalSets` as plain JSON. */
export interface ConformalSetsJson {
  kind: 'ConformalSets'
  coverage: number
  method: 'lac' | 'aps'
  allowEmpty: boolean
  quantile: number
  labels: readonly Label[]
}

/**
 * Split conformal prediction for classes: sets of labels of which a given share has the true one, whatever the model and
 * however wrong its probabilities, if new rows are drawn as those were that it is fitted with, and these were not trained with.
 * The share is that of all rows together, not of each class or each row.
 *
 * A row's score is 1 - p of its own label (`'lac'`: Sadinle, Lei and Wasserman 2019, Least ambiguous set-valued classifiers with
 * bounded error levels), or the sum of the probabilities from the highest down to its own label's (`'aps'`: Romano, Sesia and
 * Candes 2020, Classification with valid and adaptive coverage, equation 8 with u = 1, which needs no chance and whose sets
 * are rather too large). The set of a new row has all labels whose score is at most the conformal quantile.
 * @example
 * const { train, test } = datasets.digits()
 * await model.fit(train.x, train.y, { epochs: 1 })
 * const sets = new calibration.ConformalSets({ coverage: 0.9 })
 * sets.fit(await model.predict(test.x), test.y)
 * sets.predict(model.predictSync([train.x.row(0)])) // such as [[3, 8]]
 */
export class ConformalSets {
  readonly #coverage: number
  readonly #method: 'lac' | 'aps'
  readonly #allowEmpty: boolean
  #learned: { quantile: number; labels: readonly Label[] } | undefined

  /** @throws ArgumentError for wrong options. */
  constructor(options: ConformalSetsOptions = {}) {
    this.#coverage = readCoverage(
      options,
      'ConformalSets',
      optionKeys<Omit<ConformalSetsOptions, keyof ConformalOptions>>({ method: true, allowEmpty: true }),
    )
    this.#method = checkOneOf(options.method ?? 'lac', 'method', ['lac', 'aps'] as const)
    this.#allowEmpty = checkBoolean(options.allowEmpty ?? false, 'allowEmpty')
  }

  /**
   * The score that labels may have to be in a set.
   * @throws MlpError ERR_NOT_FITTED.
   */
  get quantile(): number {
    return checkFitted(this.#learned, 'ConformalSets', 'tell the quantile').quantile
  }

  /**
   * Finds the score that labels may have.
   * @param yProba a column a label, or for two labels the second one's probability.
   * @throws ArgumentError for wrong data or options, or too few rows for the coverage.
   */
  fit(yProba: ScoresLike, yTrue: LabelsLike, options: { labels?: readonly Label[] | undefined } = {}): this {
    checkOptions(options, 'fit() of ConformalSets', optionKeys<Pick<CalibrationFitOptions, 'labels'>>({ labels: true }))
    const { labels, truth, rows, at } = readPredicted(yTrue, yProba, options.labels, undefined)
    const scores = new Float64Array(rows)
    for (let i = 0; i < rows; i++) scores[i] = this.#score((k) => at(i, k), labels.length, truth[i]!)
    this.#learned = { quantile: conformalQuantile(scores, this.#coverage), labels }
    return this
  }

  /**
   * The set of each row, the labels in the order of the columns.
   * @throws ArgumentError for wrong data; MlpError ERR_NOT_FITTED.
   */
  predict(yProba: ScoresLike): Label[][] {
    const { quantile, labels } = checkFitted(this.#learned, 'ConformalSets', 'predict')
    const { data, rows, columns } = readColumns(yProba, labels.length, readProbabilities)
    return Array.from({ length: rows }, (_, i) => {
      const at = (k: number) => (columns > 1 ? data[i * columns + k]! : k === 1 ? data[i]! : 1 - data[i]!)
      let best = 0
      for (let k = 1; k < labels.length; k++) if (at(k) > at(best)) best = k
      return labels.filter(
        (_label, k) => this.#score(at, labels.length, k) <= quantile || (k === best && !this.#allowEmpty),
      )
    })
  }

  /**
   * What was learned, as plain JSON.
   * @throws MlpError ERR_NOT_FITTED.
   */
  toJSON(): ConformalSetsJson {
    const { quantile, labels } = checkFitted(this.#learned, 'ConformalSets', 'make JSON')
    return {
      kind: 'ConformalSets',
      coverage: this.#coverage,
      method: this.#method,
      allowEmpty: this.#allowEmpty,
      quantile,
      labels: [...labels],
    }
  }

  /** @throws ArgumentError for what is no JSON of this kind. */
  static fromJSON(json: ConformalSetsJson): ConformalSets {
    const keys = ['coverage', 'method', 'allowEmpty', 'quantile', 'labels']
    const { coverage, method, allowEmpty, ...learned } = readRecord(json, 'ConformalSets', keys)
    const sets = new ConformalSets({ coverage, method, allowEmpty } as ConformalSetsOptions)
    const quantile = checkNumber(learned.quantile, 'quantile', { min: 0 })
    sets.#learned = { quantile, labels: readLabelList(learned.labels ?? [], 2)! }
    return sets
  }

  /** How unlikely a label is: of tied ones the later column is the less likely. */
  #score(at: (label: number) => number, count: number, label: number): number {
    const own = at(label)
    if (this.#method === 'lac') return 1 - own
    let sum = own
    for (let k = 0; k < count; k++) {
      const other = at(k)
      if (other > own || (other === own && k < label)) sum += other
    }
    return sum
  }
}
