import { checkBoolean, checkNumber, checkOneOf, checkOptions, optionKeys } from '../base/check.js'
import type { Label, LabelsLike } from '../learning/labels.js'
import { readLabelList } from '../metrics/labels.js'
import { readPredicted, readProbabilities } from '../metrics/probabilities.js'
import type { ScoresLike } from '../metrics/scores.js'
import { type ConformalOptions, conformalQuantile, readCoverage } from './conformal.js'
import { type CalibrationFitOptions, checkFitted, readColumns, readRecord } from './fitted.js'

/** Options of `ConformalSets`. */
export interface ConformalSetsOptions extends ConformalOptions {
  /**
   * `'lac'` (the default) includes labels above a threshold of the probability, which gives the smallest sets on
   * average. `'aps'` includes the most probable labels until their sum reaches a threshold, which gives small sets for
   * easy rows and large sets for hard ones.
   */
  method?: 'lac' | 'aps' | undefined
  /**
   * Whether a set may be empty, when even the most probable label is below the threshold. False by default: a set
   * always includes that label, so that the coverage is at least the chosen one, and often higher.
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

const jsonKeys = optionKeys<ConformalSetsJson>({
  kind: true,
  coverage: true,
  method: true,
  allowEmpty: true,
  quantile: true,
  labels: true,
})

/**
 * Split conformal prediction for classification: sets of labels that contain the true label for a chosen share of new
 * rows, with any model, even if its probabilities are wrong. Requires that new rows have the distribution of the rows
 * passed to fit, and that the model was not trained with these. The share holds over all rows together, not for each
 * class or row.
 *
 * The score of a row is 1 - p of its true label (`'lac'`: Sadinle, Lei and Wasserman 2019, Least ambiguous set-valued
 * classifiers with bounded error levels), or the sum of the probabilities from the highest down to that of the true
 * label (`'aps'`: Romano, Sesia and Candes 2020, Classification with valid and adaptive coverage, equation 8 with u =
 * 1, which uses no random numbers and gives sets that are slightly too large). The set of a new row contains all labels
 * whose score is at most the conformal quantile.
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
   * The highest score of a label that is included in a set.
   * @throws MlpError ERR_NOT_FITTED.
   */
  get quantile(): number {
    return checkFitted(this.#learned, 'ConformalSets', 'read the quantile').quantile
  }

  /**
   * Computes the quantile from rows that the model was not trained with.
   * @param yProba a column per label, or for two labels the probability of the second.
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
   * The set of labels of each row, in the order of the columns.
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
   * The fitted state as plain JSON.
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

  /**
   * Restores the result of toJSON.
   * @throws ArgumentError for other JSON.
   */
  static fromJSON(json: ConformalSetsJson): ConformalSets {
    const { coverage, method, allowEmpty, ...learned } = readRecord(json, 'ConformalSets', jsonKeys)
    const sets = new ConformalSets({ coverage, method, allowEmpty } as ConformalSetsOptions)
    const quantile = checkNumber(learned.quantile, 'quantile', { min: 0 })
    sets.#learned = { quantile, labels: readLabelList(learned.labels ?? [], 2)! }
    return sets
  }

  /** The score of a label; of equal probabilities the later column has the higher score. */
  #score(at: (label: number) => number, count: number, label: number): number {
    const probability = at(label)
    if (this.#method === 'lac') return 1 - probability
    let sum = probability
    for (let k = 0; k < count; k++) {
      const other = at(k)
      if (other > probability || (other === probability && k < label)) sum += other
    }
    return sum
  }
}
