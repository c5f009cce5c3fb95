import { invalid } from '../../base/check.js'
import { ArgumentError } from '../../base/errors.js'
import {
  booleanParameter,
  choiceOrNullParameter,
  choiceParameter,
  integerParameter,
  numberOrNullParameter,
  numberParameter,
  type Parameter,
  seedParameter,
} from '../../learning/parameters.js'

const penalties = ['l2', 'l1', 'elasticNet'] as const
const regressionLosses = ['squaredError', 'huber', 'epsilonInsensitive', 'squaredEpsilonInsensitive'] as const
const losses = ['hinge', 'logLoss', 'modifiedHuber', 'squaredHinge', 'perceptron', ...regressionLosses] as const
const learningRates = ['constant', 'optimal', 'invscaling', 'adaptive', 'pa1', 'pa2'] as const

const averageParameter: Parameter<boolean | number> = {
  default: false,
  description: 'true predicts with the mean of the weights after every row; a number: of those from that row on.',
  takes: 'true, false or an integer of at least 1',
  search: { choices: [false, true] },
  read: (value, name) => {
    if (typeof value === 'boolean' || (Number.isSafeInteger(value) && (value as number) >= 1)) {
      return value as boolean | number
    }
    throw invalid(name, averageParameter.takes, value)
  },
}

/** Threads for the units of several classes, as joblib counts them. */
export const jobsParameter: Parameter<number | null> = {
  default: null,
  description: 'Threads for several classes, which are learned side by side; null: 1, -1: all cores, -2: all but one.',
  takes: 'an integer but 0 or null',
  read: (value, name) => {
    if (value === null || (Number.isSafeInteger(value) && value !== 0)) return value as number | null
    throw invalid(name, jobsParameter.takes, value)
  },
}

/** What stops training, and how its rows are drawn: of all four linear estimators. */
export const runParameters = {
  maxIter: integerParameter(1000, { min: 1 }, { description: 'Epochs of fit at most; partialFit is one.' }),
  tol: numberOrNullParameter(
    1e-3,
    { min: 0 },
    { description: 'An epoch that does not lower the objective by it counts as no change; null: never stop for that.' },
  ),
  nIterNoChange: integerParameter(5, { min: 1 }, { description: 'Epochs without a change before training stops.' }),
  shuffle: booleanParameter(true, { description: 'Whether each epoch takes the rows in a new order.' }),
  fitIntercept: booleanParameter(true, { description: 'Whether there is an intercept; without, it is 0.' }),
  warmStart: booleanParameter(false, { description: 'Whether fit starts from what was learned before.' }),
  verbose: integerParameter(0, { min: 0 }, { description: 'Above 0, a line an epoch is printed.' }),
}

/** Early stopping, of the three that scikit-learn has. */
export const stoppingParameters = {
  earlyStopping: booleanParameter(false, {
    description: 'Whether rows are held back, and training stops when the score on them no longer rises.',
  }),
  validationFraction: numberParameter(
    0.1,
    { above: 0, below: 1 },
    { description: 'The share of the rows that earlyStopping holds back.' },
  ),
}

/** Penalties on the weights. */
export const penaltyParameters = {
  alpha: numberParameter(
    1e-4,
    { min: 0 },
    {
      description: "The strength of the penalty, and the scale of the rate 'optimal'.",
      search: { low: 1e-7, high: 1e-1, log: true },
    },
  ),
  l1Ratio: numberOrNullParameter(
    0.15,
    { min: 0, max: 1 },
    {
      description: "The share of l1 in 'elasticNet'; null where that is not the penalty.",
      search: { low: 0, high: 1 },
    },
  ),
}

export const penaltyParameter = (otherwise: 'l2' | null) =>
  choiceOrNullParameter(otherwise, penalties, {
    description: 'What is added to the loss: alpha / 2 ‖w‖², alpha ‖w‖₁, a mix of both, or null.',
    search: { choices: penalties },
  })

const sgdParameters = {
  penalty: penaltyParameter('l2'),
  ...penaltyParameters,
  ...runParameters,
  ...stoppingParameters,
  epsilon: numberParameter(
    0.1,
    { min: 0 },
    {
      description: "Where 'huber' turns linear; the error that the epsilon-insensitive losses forgive.",
      search: { low: 1e-3, high: 1, log: true },
    },
  ),
  eta0: numberParameter(
    0.01,
    { above: 0 },
    {
      description: "The rate of 'constant', the first one of 'invscaling' and 'adaptive', C of 'pa1' and 'pa2'.",
      search: { low: 1e-4, high: 1, log: true },
    },
  ),
  average: averageParameter,
  seed: seedParameter(),
}

const powerT = (otherwise: number) =>
  numberParameter(
    otherwise,
    { min: 0 },
    { description: "The exponent of 'invscaling'.", search: { low: 0.1, high: 1 } },
  )

const learningRate = (otherwise: 'optimal' | 'invscaling') =>
  choiceParameter(otherwise, learningRates, {
    description: 'The length of a step: see the table of rates.',
    search: { choices: ['constant', 'optimal', 'invscaling', 'adaptive'] },
  })

export const sgdClassifierParameters = {
  loss: choiceParameter('hinge', losses, {
    description: 'What is minimised: see the table of losses.',
    search: { choices: losses },
  }),
  ...sgdParameters,
  learningRate: learningRate('optimal'),
  powerT: powerT(0.5),
  nJobs: jobsParameter,
}

export const sgdRegressorParameters = {
  loss: choiceParameter('squaredError', regressionLosses, {
    description: 'What is minimised: see the table of losses.',
    search: { choices: regressionLosses },
  }),
  ...sgdParameters,
  learningRate: learningRate('invscaling'),
  powerT: powerT(0.25),
}

interface Choices {
  loss: string
  penalty: string | null
  learningRate: string
  alpha: number
  l1Ratio: number | null
}

/** @throws ArgumentError for what does not go together. */
export function checkSgdClassifier(params: Choices): void {
  checkSgd(params, 'hinge')
}

/** @throws ArgumentError for what does not go together. */
export function checkSgdRegressor(params: Choices): void {
  checkSgd(params, 'epsilonInsensitive')
}

/** @param aggressive the loss that the passive-aggressive rates are made for. */
function checkSgd(params: Choices, aggressive: string): void {
  const { loss, learningRate: rate, alpha } = params
  checkPenalty(params)
  if (rate === 'optimal' && alpha === 0) {
    throw new ArgumentError("Expected alpha above 0 with learningRate 'optimal', which divides by it, but got 0.")
  }
  if ((rate === 'pa1' || rate === 'pa2') && loss !== aggressive) {
    throw new ArgumentError(`Expected the loss ${aggressive} with learningRate '${rate}', but got ${loss}.`)
  }
}

/** @throws ArgumentError for elasticNet without l1Ratio. */
export function checkPenalty({ penalty, l1Ratio }: { penalty: string | null; l1Ratio: number | null }): void {
  if (penalty !== 'elasticNet' || l1Ratio !== null) return
  throw new ArgumentError("Expected a number from 0 to 1 for l1Ratio with penalty 'elasticNet', but got null.")
}
