import { invalid } from '../../base/check.js'
import { ArgumentError } from '../../base/errors.js'
import {
  booleanParameter,
  choiceParameter,
  integerParameter,
  numberParameter,
  type Parameter,
  type ParametersOf,
  seedParameter,
} from '../../learning/parameters.js'
import { classWeightParameter } from '../sample-weights.js'

const activations = ['identity', 'logistic', 'tanh', 'relu'] as const
const solvers = ['lbfgs', 'sgd', 'adam'] as const
const learningRates = ['constant', 'invscaling', 'adaptive'] as const

/** Above 0 in float32 too. */
const leastEpsilon = 1.2e-38
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 1

const hiddenLayerSizes: Parameter<readonly number[], number | readonly number[]> = {
  default: Object.freeze([100]),
  description: 'Units of each hidden layer; a number for one layer, [] for none.',
  takes: 'an integer of at least 1 or an array of them',
  search: { choices: [[50], [100], [200], [100, 50], [100, 100]] },
  read: (value, name) => {
    const sizes = Array.isArray(value) ? value : [value]
    const wrong = sizes.findIndex((size) => !isCount(size))
    if (wrong === -1) return Object.freeze([...(sizes as number[])])
    if (!Array.isArray(value)) throw invalid(name, hiddenLayerSizes.takes, value)
    throw invalid(`${name}[${wrong}]`, 'an integer of at least 1', sizes[wrong])
  },
}

const batchSize: Parameter<number | 'auto'> = {
  default: 'auto',
  description: "Rows in a batch of sgd and adam, at most all rows; 'auto' is 200.",
  takes: "'auto' or an integer of at least 1",
  search: { choices: ['auto', 32, 64, 128, 256] },
  read: (value, name) => {
    if (value === 'auto' || isCount(value)) return value
    throw invalid(name, batchSize.takes, value)
  },
}

const nIterNoChange: Parameter<number> = {
  default: 10,
  description: 'Epochs without progress after which sgd and adam stop; Infinity for never.',
  takes: 'an integer of at least 1 or Infinity',
  read: (value, name) => {
    if (value === Infinity || isCount(value)) return value as number
    throw invalid(name, nIterNoChange.takes, value)
  },
}

const verbose: Parameter<boolean | number> = {
  default: false,
  description: 'true or a number above 0 prints a line for each epoch.',
  takes: 'true, false or an integer of at least 0',
  read: (value, name) => {
    if (typeof value === 'boolean' || value === 0 || isCount(value)) return value as boolean | number
    throw invalid(name, verbose.takes, value)
  },
}

const decay = { min: 0, below: 1 }

const shared = {
  hiddenLayerSizes,
  activation: choiceParameter('relu', activations, {
    description: 'The function of the hidden units.',
    search: { choices: activations },
  }),
  solver: choiceParameter('adam', solvers, {
    description: 'How the loss is minimised: L-BFGS on all rows, or sgd or adam on batches of them.',
    search: { choices: solvers },
  }),
  alpha: numberParameter(
    1e-4,
    { min: 0 },
    {
      description: 'The strength of the penalty alpha / 2 ‖W‖² on all kernels.',
      search: { low: 1e-7, high: 10, log: true },
    },
  ),
  batchSize,
  learningRate: choiceParameter('constant', learningRates, {
    description: 'How the rate of sgd changes: see the table of rates.',
    search: { choices: learningRates },
  }),
  learningRateInit: numberParameter(
    1e-3,
    { above: 0 },
    { description: 'The rate of sgd and adam at the start.', search: { low: 1e-4, high: 1e-1, log: true } },
  ),
  powerT: numberParameter(
    0.5,
    { min: 0 },
    { description: "The exponent of 'invscaling'.", search: { low: 0.1, high: 1 } },
  ),
  maxIter: integerParameter(200, { min: 1 }, { description: 'Epochs, or iterations of lbfgs, at most.' }),
  shuffle: booleanParameter(true, { description: 'Whether sgd and adam shuffle the rows before each epoch.' }),
  seed: seedParameter(),
  tol: numberParameter(
    1e-4,
    { min: 0 },
    { description: 'An epoch that improves by less is one without progress; lbfgs ends when no gradient is larger.' },
  ),
  verbose,
  warmStart: booleanParameter(false, { description: 'Whether fit starts from the weights of the fit before.' }),
  momentum: numberParameter(
    0.9,
    { min: 0, max: 1 },
    { description: 'The share of its last step that sgd repeats.', search: { low: 0.5, high: 0.99 } },
  ),
  nesterovsMomentum: booleanParameter(true, { description: "Whether sgd's momentum is Nesterov's." }),
  earlyStopping: booleanParameter(false, {
    description: 'Whether to hold rows back, and stop sgd and adam when the score of those no longer rises.',
  }),
  validationFraction: numberParameter(0.1, decay, {
    description: 'The share of the rows that earlyStopping holds back.',
  }),
  beta1: numberParameter(0.9, decay, {
    description: "The decay of adam's mean of gradients.",
    search: { low: 0.5, high: 0.99 },
  }),
  beta2: numberParameter(0.999, decay, {
    description: "The decay of adam's mean of squared gradients.",
    search: { low: 0.9, high: 0.9999 },
  }),
  epsilon: numberParameter(
    1e-8,
    { min: leastEpsilon },
    { description: "Added to the denominator of adam's step.", search: { low: 1e-10, high: 1e-4, log: true } },
  ),
  nIterNoChange,
  maxFun: integerParameter(15000, { min: 1 }, { description: 'Evaluations of the loss by lbfgs, at most.' }),
}

/** The parameters of MLPClassifier. */
export const classifierParameters = { ...shared, classWeight: classWeightParameter }

/** The parameters of MLPRegressor. */
export const regressorParameters = {
  loss: choiceParameter('squaredError', ['squaredError', 'poisson'], {
    description: 'The loss to minimise: half the squared error, or half the Poisson deviance, for counts.',
    search: { choices: ['squaredError', 'poisson'] },
  }),
  ...shared,
}

/** The parameters that training reads. */
export type MLPParams = ParametersOf<typeof shared>

/** @throws ArgumentError for a combination that makes no sense. */
export function checkMLP({ earlyStopping, validationFraction, solver }: MLPParams): void {
  if (!earlyStopping) return
  if (validationFraction === 0) {
    throw new ArgumentError(
      'Expected a number above 0 and below 1 for validationFraction with earlyStopping, but got 0.',
    )
  }
  if (solver === 'lbfgs') {
    throw new ArgumentError(
      "Expected the solver 'sgd' or 'adam' with earlyStopping, but got 'lbfgs', which has no epochs.",
    )
  }
}
