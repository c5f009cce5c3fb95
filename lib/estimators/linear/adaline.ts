import { findInSteps, rowBlocks, type Work } from '../../base/breathing.js'
import type { MatrixLike } from '../../base/matrix.js'
import type { Label, LabelOf, LabelsLike } from '../../learning/labels.js'
import {
  choiceParameter,
  type Definition,
  integerParameter,
  numberParameter,
  type OptionsOf,
  seedParameter,
} from '../../learning/parameters.js'
import { type FittedModel, relabelled } from '../../learning/relabelled.js'
import { loadEstimator } from '../file.js'
import type { LabelsTaken } from '../label-rows.js'
import { takeFlat, takeRows } from '../rows.js'
import { classWeightParameter, combineWeights, weighClasses } from '../sample-weights.js'
import type { LinearFitOptions } from './inits.js'
import {
  type ClassRows,
  type ClassWeights,
  LinearClassifier,
  type LinearClassifierParams,
  unitsFor,
} from './linear-classifier.js'
import { jobsParameter, runParameters } from './parameters.js'
import type { LinearModel } from './spec.js'

const parameters = {
  solver: choiceParameter('sgd', ['sgd', 'minibatch', 'batch'], {
    description: "The rows of a step: 'sgd' one, 'minibatch' batchSize, 'batch' all.",
    search: { choices: ['sgd', 'minibatch', 'batch'] },
  }),
  learningRate: numberParameter(
    0.01,
    { above: 0 },
    {
      description: 'The length of a step along the mean gradient of its rows.',
      search: { low: 1e-4, high: 1, log: true },
    },
  ),
  batchSize: integerParameter(
    32,
    { min: 1 },
    { description: "Rows a step of 'minibatch'.", search: { low: 8, high: 512, log: true, integer: true } },
  ),
  ...runParameters,
  nJobs: jobsParameter,
  seed: seedParameter(),
  classWeight: classWeightParameter,
}
const definition: Definition<typeof parameters> = { name: 'Adaline', parameters }

/** What `new Adaline` takes. */
export type AdalineOptions = OptionsOf<typeof Adaline.parameters>

interface AdalineLabels {
  labels: unknown
  model: Adaline<LabelOf<this['labels']>>
}

/**
 * Widrow and Hoff's adaptive linear neuron: a weighted sum s = w x + b is fitted to the targets y, 1 and -1 for the two
 * classes, by the squared error (s - y)² / 2, and a threshold at 0 decides the class. A step is w <- w - learningRate
 * mean((s - y) x), the mean over one row (`solver: 'sgd'`, the delta rule), `batchSize` rows (`'minibatch'`) or all rows
 * (`'batch'`). The last batch of an epoch may be short. More than two classes have one neuron each, against all others.
 *
 * The weight of a row, times that of its class, multiplies its gradient; rows of weight 0 are left out. `lossCurve` holds
 * means of losses by weight, each row's before its step.
 *
 * Source: Widrow and Hoff 1960, "Adaptive switching circuits".
 * @example
 * const or = new Adaline({ solver: 'batch', learningRate: 0.5, tol: null, maxIter: 100 })
 * await or.fit([[0, 0], [0, 1], [1, 0], [1, 1]], ['no', 'yes', 'yes', 'yes'])
 * or.predictSync([0, 1]) // 'yes'
 */
export class Adaline<C extends Label = Label> extends LinearClassifier<typeof parameters, C> {
  /** @hidden */
  declare readonly [relabelled]?: AdalineLabels

  /** Every parameter with its default, its check, its description and its search range. */
  static readonly parameters = parameters

  /** @throws ArgumentError for an unknown parameter or a wrong value. */
  constructor(options: AdalineOptions = {}) {
    super(definition, options)
  }

  /**
   * Reads an Adaline that `save` wrote.
   * @typeParam C the type of the labels, which is not checked.
   * @param source the file's path, or its bytes.
   * @throws FormatError that names the file and what is wrong with it; ArgumentError when it cannot be opened.
   */
  static load<C extends Label = Label>(source: string | Uint8Array): Promise<Adaline<C>> {
    return loadEstimator(source, definition, (file) => new Adaline<C>(file.params).restore(file))
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
    const { solver, learningRate: eta0, batchSize, fitIntercept } = this.params
    return {
      ...{ loss: 'squaredError', penalty: 'none', alpha: 0, l1Ratio: 0, epsilon: 0 },
      ...{ learningRate: 'constant', eta0, powerT: 0, average: false, fitIntercept },
      // 2^31 is more rows than there can be: the step comes at the end of the epoch.
      batch: { sgd: 1, minibatch: batchSize, batch: 2 ** 31 }[solver],
    }
  }

  protected override *trainable({ x, classes, numbers, sampleWeight }: ClassRows): Work<ClassRows> {
    const classWeights = yield* weighClasses(this.params.classWeight, classes, numbers)
    const weights = yield* combineWeights(sampleWeight, classWeights, numbers)
    if ((yield* findInSteps(weights.length, (row) => weights[row] !== 1)) === -1) {
      return { x, classes, numbers, sampleWeight: undefined }
    }
    const indices = yield* rowsAbove0(weights)
    return {
      x: yield* takeRows(x, indices),
      classes,
      numbers: yield* takeFlat(numbers, 1, indices),
      sampleWeight: yield* takeFlat(weights, 1, indices),
    }
  }

  /** `trainable` has multiplied the weights of rows by those of their classes. */
  protected override *weigh({ classes, sampleWeight }: ClassRows): Work<ClassWeights> {
    yield
    const ones = new Float64Array(unitsFor(classes)).fill(1)
    return { weights: sampleWeight, ownClass: ones, otherClasses: ones }
  }
}

function* rowsAbove0(weights: Float64Array): Work<Uint32Array> {
  const rows = new Uint32Array(weights.length)
  let count = 0
  yield* rowBlocks(weights.length, 1, (begin, end) => {
    for (let row = begin; row < end; row++) if (weights[row]! > 0) rows[count++] = row
  })
  return rows.subarray(0, count)
}
