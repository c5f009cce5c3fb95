import { runBreathing, runNow } from '../../base/breathing.js'
import { MlpError } from '../../base/errors.js'
import { copyInSteps, Matrix, type MatrixLike, type NumberArray } from '../../base/matrix.js'
import type { Label, LabelOf, LabelsLike } from '../../learning/labels.js'
import type { Definition, OptionsOf } from '../../learning/parameters.js'
import { type FittedModel, relabelled } from '../../learning/relabelled.js'
import { supports } from '../../learning/supports.js'
import type { RunOptions } from '../../network/inference.js'
import { loadEstimator } from '../file.js'
import type { LabelsTaken } from '../label-rows.js'
import { classWeightParameter } from '../sample-weights.js'
import type { LinearFitOptions } from './inits.js'
import { LinearClassifier, type LinearClassifierParams } from './linear-classifier.js'
import { checkSgdClassifier, sgdClassifierParameters } from './parameters.js'
import { logarithms, oneVersusRest } from './probabilities.js'
import { type LinearModel, sgdModel } from './spec.js'

const parameters = { ...sgdClassifierParameters, classWeight: classWeightParameter }
const definition: Definition<typeof parameters> = { name: 'SGDClassifier', parameters, check: checkSgdClassifier }

/** What `new SGDClassifier` takes: scikit-learn's parameters, `random_state` as `seed`. */
export type SGDClassifierOptions = OptionsOf<typeof SGDClassifier.parameters>

interface SGDClassifierLabels {
  labels: unknown
  model: SGDClassifier<LabelOf<this['labels']>>
}

/**
 * Linear classifiers by stochastic gradient descent: support vector machines (`hinge`), logistic regression (`logLoss`) and
 * others. After each row, w <- w - rate (d loss / d w + d penalty / d w). Names, parameters, defaults and arithmetic are
 * scikit-learn's; `docs/estimators.md` has the formulas of losses, penalties and rates. Columns should be of about the same
 * size, around 0.
 *
 * Source: Bottou 2012, "Stochastic Gradient Descent Tricks"; Tsuruoka, Tsujii and Ananiadou 2009 for l1.
 * @example
 * const x = [[-1, -1], [-2, -1], [1, 1], [2, 1]]
 * const clf = new SGDClassifier({ loss: 'logLoss', seed: 1 })
 * await clf.fit(x, ['left', 'left', 'right', 'right'])
 * clf.predictSync([-0.8, -1]) // 'left'
 */
export class SGDClassifier<C extends Label = Label> extends LinearClassifier<typeof parameters, C> {
  /** @hidden */
  declare readonly [relabelled]?: SGDClassifierLabels

  /** Every parameter with its default, its check, its description and its search range. */
  static readonly parameters = parameters

  /** @throws ArgumentError for an unknown parameter, a wrong value, or a combination that makes no sense. */
  constructor(options: SGDClassifierOptions = {}) {
    super(definition, options)
  }

  /**
   * Reads a classifier that `save` wrote.
   * @typeParam C the type of the labels, which is not checked.
   * @param source the file's path, or its bytes.
   * @throws FormatError that names the file and what is wrong with it; ArgumentError when it cannot be opened.
   */
  static load<C extends Label = Label>(source: string | Uint8Array): Promise<SGDClassifier<C>> {
    return loadEstimator(source, definition, (file) => new SGDClassifier<C>(file.params).restore(file))
  }

  override fit<M, const Y extends LabelsTaken<M>>(
    this: M,
    x: MatrixLike,
    y: Y,
    options?: LinearFitOptions,
  ): Promise<FittedModel<M, Y>>
  override fit(x: MatrixLike, y: LabelsLike<C>, options: LinearFitOptions = {}): Promise<never> {
    return this.train(x, y, options) as never
  }

  /**
   * The probability of each class, a column a class. With `logLoss` 1 / (1 + e^-s) of the weighted sum s, with
   * `modifiedHuber` (clip(s, -1, 1) + 1) / 2 (Zhang 2004); for more than two classes scaled to a sum of 1 (Zadrozny and
   * Elkan 2002), or all equal if all are 0.
   * @throws MlpError ERR_NOT_FITTED, or ERR_ARGUMENT with other losses, which have no probabilities.
   */
  async predictProba(x: MatrixLike, options: RunOptions = {}): Promise<Matrix> {
    const { data, classes } = await this.#probabilities(x, options)
    const floats = await runBreathing(copyInSteps(data, new Float32Array(data.length)), options.signal)
    return new Matrix(floats, data.length / classes, classes)
  }

  /**
   * The probability of each class for one row, as an array in the order of `classes`, or those of a table, on the spot.
   * @throws as predictProba does.
   */
  predictProbaSync(row: readonly number[] | NumberArray): Float32Array
  predictProbaSync(table: Exclude<MatrixLike, NumberArray>): Matrix
  predictProbaSync(x: MatrixLike | readonly number[]): Float32Array | Matrix {
    const loss = this.#lossOfShares()
    const { outputs, isRow, learned } = this.inferSync(x)
    const data = new Float32Array(runNow(oneVersusRest(loss, outputs.data, outputs.columns)))
    return isRow ? data : new Matrix(data, data.length / learned.classes.length, learned.classes.length)
  }

  /** The natural logarithms of predictProba; -Infinity for 0. */
  async predictLogProba(x: MatrixLike, options: RunOptions = {}): Promise<Matrix> {
    const { data, classes } = await this.#probabilities(x, options)
    return new Matrix(await runBreathing(logarithms(data), options.signal), data.length / classes, classes)
  }

  /** @internal Probabilities need a loss that has them. */
  [supports](method: string): boolean {
    return this.shares !== undefined || !/^predict(Log)?Proba/.test(method)
  }

  protected get runParams(): LinearClassifierParams {
    return this.params
  }

  protected get model(): LinearModel {
    return sgdModel(this.params)
  }

  protected override get shares() {
    const { loss } = this.params
    return loss === 'logLoss' || loss === 'modifiedHuber' ? loss : undefined
  }

  /** @throws MlpError ERR_ARGUMENT for a loss without probabilities. */
  #lossOfShares(): 'logLoss' | 'modifiedHuber' {
    if (this.shares) return this.shares
    const { loss } = this.params
    const text = `Probabilities need the loss logLoss or modifiedHuber, but this SGDClassifier has ${loss}.`
    throw new MlpError(text, 'ERR_ARGUMENT')
  }

  async #probabilities(x: MatrixLike, options: RunOptions) {
    const loss = this.#lossOfShares()
    const learned = this.learned('predict probabilities')
    const { data, columns } = await this.infer(learned, x, options)
    const probabilities = await runBreathing(oneVersusRest(loss, data, columns), options.signal)
    return { data: probabilities, classes: learned.classes.length }
  }
}
