import type { MatrixLike } from '../../base/matrix.js'
import type { Label, LabelOf, LabelsLike } from '../../learning/labels.js'
import { type Definition, numberParameter, type OptionsOf, seedParameter } from '../../learning/parameters.js'
import { type FittedModel, relabelled } from '../../learning/relabelled.js'
import { loadEstimator } from '../file.js'
import type { LabelsTaken } from '../label-rows.js'
import { classWeightParameter } from '../sample-weights.js'
import type { LinearFitOptions } from './inits.js'
import { LinearClassifier, type LinearClassifierParams } from './linear-classifier.js'
import {
  checkPenalty,
  jobsParameter,
  penaltyParameter,
  penaltyParameters,
  runParameters,
  stoppingParameters,
} from './parameters.js'
import { type LinearModel, sgdModel } from './spec.js'

const parameters = {
  penalty: penaltyParameter(null),
  ...penaltyParameters,
  ...runParameters,
  ...stoppingParameters,
  eta0: numberParameter(
    1,
    { above: 0 },
    { description: 'The length of a step.', search: { low: 1e-2, high: 10, log: true } },
  ),
  nJobs: jobsParameter,
  seed: seedParameter(0),
  classWeight: classWeightParameter,
}
const definition: Definition<typeof parameters> = { name: 'Perceptron', parameters, check: checkPenalty }

/** What `new Perceptron` takes: scikit-learn's parameters, `random_state` as `seed`. */
export type PerceptronOptions = OptionsOf<typeof Perceptron.parameters>

interface PerceptronLabels {
  labels: unknown
  model: Perceptron<LabelOf<this['labels']>>
}

/**
 * Rosenblatt's perceptron, with scikit-learn's names: a row that is classified wrongly is added, times `eta0`, to the weights
 * of its class and subtracted from those of the other; right rows change nothing. If a hyperplane separates the classes, it is
 * found in a finite number of steps (Novikoff 1962). It cannot learn XOR. The same as
 * `SGDClassifier({ loss: 'perceptron', learningRate: 'constant', eta0: 1, penalty: null })`.
 *
 * Source: Rosenblatt 1958, "The perceptron"; Minsky and Papert 1969 for its limits.
 * @example
 * const and = new Perceptron({ tol: null, maxIter: 20 })
 * await and.fit([[0, 0], [0, 1], [1, 0], [1, 1]], [false, false, false, true])
 * and.predictSync([1, 1]) // true
 */
export class Perceptron<C extends Label = Label> extends LinearClassifier<typeof parameters, C> {
  /** @hidden */
  declare readonly [relabelled]?: PerceptronLabels

  /** Every parameter with its default, its check, its description and its search range. */
  static readonly parameters = parameters

  /** @throws ArgumentError for an unknown parameter, a wrong value, or a combination that makes no sense. */
  constructor(options: PerceptronOptions = {}) {
    super(definition, options)
  }

  /**
   * Reads a perceptron that `save` wrote.
   * @typeParam C the type of the labels, which is not checked.
   * @param source the file's path, or its bytes.
   * @throws FormatError that names the file and what is wrong with it; ArgumentError when it cannot be opened.
   */
  static load<C extends Label = Label>(source: string | Uint8Array): Promise<Perceptron<C>> {
    return loadEstimator(source, definition, (file) => new Perceptron<C>(file.params).restore(file))
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

  protected get runParams(): LinearClassifierParams {
    return this.params
  }

  protected get model(): LinearModel {
    const fixed = { loss: 'perceptron', learningRate: 'constant', epsilon: 0, powerT: 0, average: false } as const
    return sgdModel({ ...this.params, ...fixed })
  }
}
