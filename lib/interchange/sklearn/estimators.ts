import { describe } from '../../base/check.js'
import { type AnyEstimator, estimatorKinds } from '../../estimators/kinds.js'
import { SGDClassifier } from '../../estimators/linear/sgd-classifier.js'
import { SGDRegressor } from '../../estimators/linear/sgd-regressor.js'
import { MLPClassifier } from '../../estimators/mlp/mlp-classifier.js'
import { MLPRegressor } from '../../estimators/mlp/mlp-regressor.js'
import { encodeMetadata } from '../../files/metadata.js'
import { encodeSafetensors, type Tensor } from '../../files/safetensors.js'
import type { JsonReader } from '../read/json.js'
import { categoriesOf, numbersOf, rowsOf, type SklearnModel } from './model.js'

/** Linear models whose sums decide by their sign or size, with the loss that gives the same probabilities, or none. */
const linearClassifiers: Readonly<Record<string, 'logLoss' | 'modifiedHuber' | 'hinge'>> = {
  ...{
    SGDClassifier: 'hinge',
    Perceptron: 'hinge',
    LinearSVC: 'hinge',
    RidgeClassifier: 'hinge',
    RidgeClassifierCV: 'hinge',
  },
  ...{ LogisticRegression: 'logLoss', LogisticRegressionCV: 'logLoss' },
}
const linearRegressors = [
  ...['LinearRegression', 'Ridge', 'RidgeCV', 'Lasso', 'LassoCV', 'ElasticNet', 'ElasticNetCV'],
  ...['SGDRegressor', 'LinearSVR', 'BayesianRidge', 'HuberRegressor', 'Lars', 'LassoLars'],
]

/** Whether a class of scikit-learn is an estimator that can be read. */
export function isEstimatorClass(className: string): boolean {
  return isMlp(className) || Object.hasOwn(linearClassifiers, className) || linearRegressors.includes(className)
}

/** @throws FormatError for a class that is not in perceptra, or values that do not fit. */
export async function estimatorOf(model: SklearnModel, json: JsonReader): Promise<AnyEstimator> {
  const { className } = model
  if (isMlp(className)) return mlpOf(model, json)
  if (Object.hasOwn(linearClassifiers, className)) return linearClassifierOf(model, json)
  if (linearRegressors.includes(className)) return linearRegressorOf(model, json)
  const known = ['MLPClassifier', 'MLPRegressor', ...Object.keys(linearClassifiers), ...linearRegressors]
  throw json.fail(`the estimator ${describe(className)} is not one of ${known.join(', ')}.`)
}

function isMlp(className: string): boolean {
  return className === 'MLPClassifier' || className === 'MLPRegressor'
}

interface Layer {
  readonly kernel: number[][]
  readonly bias: number[]
}

function mlpOf({ className, params, state }: SklearnModel, json: JsonReader): Promise<AnyEstimator> {
  const kernels = json.list(state.coefs_, 'coefs_').map((coefs, i) => rowsOf(coefs, `coefs_[${i}]`, json))
  const biases = json
    .list(state.intercepts_, 'intercepts_')
    .map((list, i) => numbersOf(list, `intercepts_[${i}]`, json))
  const layers = kernels.map((kernel, i) => ({ kernel, bias: biases[i] ?? [] }))
  const outActivation = json.text(state.out_activation_, 'out_activation_')
  const activation = json.text(params.activation, 'activation')
  if (className === 'MLPRegressor') return networkOf(layers, activation, outActivation, undefined, json)
  const classes = categoriesOf(state.classes_, 'classes_', json)
  const multilabel = outActivation === 'logistic' && layers.at(-1)?.bias.length === classes.length && classes.length > 1
  return networkOf(layers, activation, outActivation, { classes, multilabel }, json)
}

/** A network with these weights, whose optimizer has not begun. */
function networkOf(
  layers: readonly Layer[],
  activation: string,
  outActivation: string,
  labels: { classes: unknown[]; multilabel: boolean } | undefined,
  json: JsonReader,
): Promise<AnyEstimator> {
  const [first] = layers
  if (!first) throw json.fail('expected at least one layer in coefs_.')
  const units = [first.kernel.length, ...layers.map(({ bias }) => bias.length)]
  const tensors = new Map<string, Tensor>()
  for (const [i, { kernel, bias }] of layers.entries()) {
    tensors.set(`coefs.${i}`, {
      ...{ dtype: 'F32', shape: [kernel.length, kernel[0]?.length ?? 0], data: Float32Array.from(kernel.flat()) },
    })
    tensors.set(`intercepts.${i}`, { dtype: 'F32', shape: [bias.length], data: Float32Array.from(bias) })
  }
  const hidden = units.slice(1, -1)
  const options = { hiddenLayerSizes: hidden, activation: activation as 'relu', solver: 'lbfgs' as const }
  const model = labels ? new MLPClassifier(options) : new MLPRegressor(options)
  const learned = {
    topology: { units, activation, outActivation },
    optimizer: { solver: 'lbfgs', steps: 0, slots: 0 },
    progress: {
      ...{ ...fresh, t: 0, withoutProgress: 0, bestLoss: null, bestValidationScore: null },
      ...{ rate: 0.001, rateInit: 0.001 },
    },
    ...labels,
  }
  return load(labels ? 'MLPClassifier' : 'MLPRegressor', model.getParams(), learned, tensors)
}

function linearClassifierOf(model: SklearnModel, json: JsonReader): Promise<AnyEstimator> {
  const { className, params, state } = model
  const classes = categoriesOf(state.classes_, 'classes_', json)
  const { weights, intercepts } = sumsOf(model, json)
  const isSoftmax = className.startsWith('Logistic') && classes.length > 2 && params.multi_class !== 'ovr'
  if (isSoftmax) {
    const kernel = weights[0]!.map((_, j) => weights.map((row) => row[j]!))
    return networkOf([{ kernel, bias: intercepts }], 'identity', 'softmax', { classes, multilabel: false }, json)
  }
  const own = { log_loss: 'logLoss', modified_huber: 'modifiedHuber' }[String(params.loss)]
  const loss = className === 'SGDClassifier' ? (own ?? 'hinge') : linearClassifiers[className]!
  return linear('SGDClassifier', new SGDClassifier({ loss: loss as 'hinge' }).getParams(), weights, intercepts, {
    classes,
  })
}

function linearRegressorOf(model: SklearnModel, json: JsonReader): Promise<AnyEstimator> {
  const { weights, intercepts } = sumsOf(model, json)
  if (weights.length === 1) return linear('SGDRegressor', new SGDRegressor().getParams(), weights, intercepts, {})
  const kernel = weights[0]!.map((_, j) => weights.map((row) => row[j]!))
  return networkOf([{ kernel, bias: intercepts }], 'identity', 'identity', undefined, json)
}

/** The weights of each sum, and its intercept. */
function sumsOf({ state, className }: SklearnModel, json: JsonReader) {
  const coef = json.list(state.coef_, 'coef_')
  const weights = Array.isArray(coef[0]) ? rowsOf(coef, 'coef_', json) : [numbersOf(coef, 'coef_', json)]
  const { intercept_: intercept } = state
  const own = Array.isArray(intercept)
    ? numbersOf(intercept, 'intercept_', json)
    : [json.number(intercept, 'intercept_')]
  const intercepts = own.length === 1 ? weights.map(() => own[0]!) : own
  if (weights.length === 0 || intercepts.length !== weights.length) {
    throw json.fail(`the ${className} has ${weights.length} rows of coef_, but ${intercepts.length} intercepts.`)
  }
  return { weights, intercepts }
}

/** Counts of a training that has not begun. */
const fresh = { nIter: 0, epochs: 0, stopReason: 'maxIter', lossCurve: [], validationScores: [] }

function linear(
  kind: string,
  params: object,
  weights: readonly number[][],
  intercepts: readonly number[],
  labels: object,
): Promise<AnyEstimator> {
  const [units, nFeaturesIn] = [weights.length, weights[0]!.length]
  const tensors = new Map<string, Tensor>([
    ['weights', { dtype: 'F64', shape: [units, nFeaturesIn], data: Float64Array.from(weights.flat()) }],
    ['intercepts', { dtype: 'F64', shape: [units], data: Float64Array.from(intercepts) }],
  ])
  const learned = { nFeaturesIn, units, averageFrom: null, ...fresh, t: 1, ...labels }
  return load(kind, params, learned, tensors)
}

/** The estimator of a file of this content, which checks all of it. */
function load(kind: string, params: object, learned: object, tensors: Map<string, Tensor>): Promise<AnyEstimator> {
  const plain = Object.fromEntries(
    Object.entries(params).map(([key, value]) => [key, value === Infinity ? { infinity: true } : value]),
  )
  const metadata = encodeMetadata(kind, { params: plain, learned: { ...learned, seed: 0 } })
  return estimatorKinds[kind]!.load(encodeSafetensors(tensors, metadata))
}
