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
  description: 'true predicts with the mean of the weights after all rows; a number: after all rows from that one on.',
  takes: 'true, false or an integer of at least 1',
  search: { choices: [false, true] },
  read: (value, name) => {
    if (typeof value === 'boolean' || (Number.isSafeInteger(value) && (value as number) >= 1)) {
      return value as boolean | number
    }
    throw invalid(name, averageParameter.takes, value)
  },
}

/** Threads for the units of several classes, counted as joblib counts. */
export const jobsParameter: Parameter<number | null> = {
  default: null,
  description: 'Threads that train several classes in parallel; null: 1, -1: one for each core, -2: one fewer.',
  takes: 'an integer other than 0, or null',
  read: (value, name) => {
    if (value === null || (Number.isSafeInteger(value) && value !== 0)) return value as number | null
    throw invalid(name, jobsParameter.takes, value)
  },
}

/** Stop rules and the order of rows, of all four linear estimators. */
export const runParameters = {
  maxIter: integerParameter(1000, { min: 1 }, { description: 'Epochs of fit, at most; partialFit is one.' }),
  tol: numberOrNullParameter(
    1e-3,
    { min: 0 },
    { description: 'An epoch that lowers the objective by less is one without progress; null: never stop for that.' },
  ),
  nIterNoChange: integerParameter(
    5,
    { min: 1 },
    { description: 'Epochs without progress after which training stops.' },
  ),
  shuffle: booleanParameter(true, { description: 'Whether to shuffle the rows before each epoch.' }),
  fitIntercept: booleanParameter(true, { description: 'Whether there is an intercept; false keeps it 0.' }),
  warmStart: booleanParameter(false, { description: 'Whether fit starts from the weights of the fit before.' }),
  verbose: integerParameter(0, { min: 0 }, { description: 'A number above 0 prints a line for each epoch.' }),
}

/** Early stopping, of the estimators that scikit-learn has too. */
export const stoppingParameters = {
  earlyStopping: booleanParameter(false, {
    description: 'Whether to hold rows back, and stop when the score of those no longer rises.',
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
      description: "The share of l1 in 'elasticNet'; other penalties allow null.",
      search: { low: 0, high: 1 },
    },
  ),
}

export const penaltyParameter = (defaultValue: 'l2' | null) =>
  choiceOrNullParameter(defaultValue, penalties, {
    description: 'The penalty: alpha / 2 ‖w‖², alpha ‖w‖₁, a mix of both, or null for none.',
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
      description: "The error from which 'huber' is linear, and up to which the epsilon-insensitive losses are 0.",
      search: { low: 1e-3, high: 1, log: true },
    },
  ),
  eta0: numberParameter(
    0.01,
    { above: 0 },
    {
      description: "The rate of 'constant', the first rate of 'invscaling' and 'adaptive', C of 'pa1' and 'pa2'.",
      search: { low: 1e-4, high: 1, log: true },
    },
  ),
  average: averageParameter,
  seed: seedParameter(),
}

const powerT = (defaultValue: number) =>
  numberParameter(
    defaultValue,
    { min: 0 },
    { description: "The exponent of 'invscaling'.", search: { low: 0.1, high: 1 } },
  )

const learningRate = (defaultValue: 'optimal' | 'invscaling') =>
  choiceParameter(defaultValue, learningRates, {
    description: 'How the rate changes: see the table of rates.',
    search: { choices: ['constant', 'optimal', 'invscaling', 'adaptive'] },
  })

export const sgdClassifierParameters = {
  loss: choiceParameter('hinge', losses, {
    description: 'The loss to minimise: see the table of losses.',
    search: { choices: losses },
  }),
  ...sgdParameters,
  learningRate: learningRate('optimal'),
  powerT: powerT(0.5),
  nJobs: jobsParameter,
}

export const sgdRegressorParameters = {
  loss: choiceParameter('squaredError', regressionLosses, {
    description: 'The loss to minimise: see the table of losses.',
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

/** @throws ArgumentError for a combination that makes no sense. */
export function checkSgdClassifier(params: Choices): void {
  checkSgd(params, 'hinge')
}

/** @throws ArgumentError for a combination that makes no sense. */
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
