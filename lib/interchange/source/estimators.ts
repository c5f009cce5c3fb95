import { ArgumentError } from '../../base/errors.js'
import type { AnyEstimator } from '../../estimators/kinds.js'
import { predicting, restoreLinear } from '../../estimators/linear/learned.js'
import { SGDClassifier } from '../../estimators/linear/sgd-classifier.js'
import { SGDRegressor } from '../../estimators/linear/sgd-regressor.js'
import { MLPClassifier } from '../../estimators/mlp/mlp-classifier.js'
import { MLPRegressor } from '../../estimators/mlp/mlp-regressor.js'
import { activations, type Topology } from '../../estimators/mlp/network.js'
import { NetworkClassifier } from '../../estimators/network/network-classifier.js'
import { NetworkRegressor } from '../../estimators/network/network-regressor.js'
import type { Label } from '../../learning/labels.js'
import { activationOf } from '../../spec/layer-tensors.js'
import type { LossSpec } from '../../spec/loss.js'
import { outputsOf } from '../../spec/model.js'
import type { ModelCode } from './code.js'
import { activationCode, networkCode } from './layers.js'
import { savedContent } from './saved.js'
import { list, literal, number, type SourceWriter } from './writer.js'

/**
 * The code of a fitted estimator.
 * @throws ArgumentError for one of another package; MlpError ERR_NOT_FITTED.
 */
export function estimatorCode(model: AnyEstimator, out: SourceWriter): ModelCode {
  if (model instanceof NetworkClassifier) return networkClassifierCode(model, out)
  if (model instanceof NetworkRegressor) return networkRegressorCode(model, out)
  if (model instanceof MLPClassifier) return mlpClassifierCode(model, out)
  if (model instanceof MLPRegressor) return numbersCode(mlpCode(model, out).outputs, model.nOutputs)
  if (model instanceof SGDRegressor) return numbersCode(linearCode(model, out), 1)
  return linearClassifierCode(model, out)
}

/** A model whose outputs are the predictions. */
export function numbersCode(outputs: string, count: number, change = (numbers: string) => numbers): ModelCode {
  const result = count === 1 ? 'number' : 'numbers'
  const prediction = count === 1 ? `${change('outputs')}[0]` : `Float32Array.from(${change('outputs')})`
  return { outputs, prediction, probabilities: undefined, classes: undefined, result }
}

function linearClassifierCode(model: Exclude<AnyEstimator, NetworkRegressor>, out: SourceWriter): ModelCode {
  const classes = (model as SGDClassifier).classes
  const code = { ...labelCode(linearCode(model, out), classes, classes.length === 2, 0, out), sums: 'outputs' }
  const loss = model instanceof SGDClassifier ? model.getParams().loss : undefined
  if (loss !== 'logLoss' && loss !== 'modifiedHuber') return { ...code, probabilities: undefined }
  const shares = `Array.from(outputs, (sum) => ${out.call(loss === 'logLoss' ? 'sigmoid' : 'modifiedHuber', 'sum')})`
  const both = classes.length === 2
  return {
    ...code,
    probabilities: both ? out.call('bothClasses', `${shares}[0]`) : out.call('toSumOne', shares),
  }
}

function linearCode(model: AnyEstimator, out: SourceWriter): string {
  const { json, tensors } = savedContent(model.toBytes())
  const { seed: _, ...learned } = json.learned as Record<string, unknown>
  const restored = restoreLinear({ learned, tensors, params: {}, seed: 0 }, ['classes'])
  const { weights, intercepts } = predicting(restored)
  const features = number(restored.nFeaturesIn)
  return out.call('linear', features, out.weights(weights, 'the weights'), out.numbers(intercepts))
}

function mlpClassifierCode(model: MLPClassifier, out: SourceWriter): ModelCode {
  const { outputs, json } = mlpCode(model as MLPClassifier, out)
  const { multilabel } = json
  return probabilityCode(outputs, model.classes, model.nOutputs, multilabel, 0.5, 'outputs', out)
}

function mlpCode(model: MLPClassifier | MLPRegressor, out: SourceWriter) {
  const { json, tensors } = savedContent(model.toBytes())
  const learned = json.learned as { topology: Topology; multilabel: boolean }
  const { units, activation, outActivation } = learned.topology
  const layers = units.slice(1).flatMap((count, i) => {
    const [kernel, bias] = ['coefs', 'intercepts'].map((name) =>
      out.weights(tensors.get(`${name}.${i}`)!.data as Float32Array, `${name}.${i}`),
    )
    const name = activations[i + 2 === units.length ? outActivation : activation]
    return [out.call('dense', number(count), kernel!, bias!), ...activationCode({ name }, () => '', out)]
  })
  return { outputs: out.call('network', number(units[0]!), ...layers), json: learned }
}

function networkClassifierCode(model: NetworkClassifier, out: SourceWriter): ModelCode {
  const { outputs, json, activation, loss } = innerCode(model, out)
  const { multilabel } = json
  const fromLogits = 'fromLogits' in loss && loss.fromLogits
  const isSum = fromLogits || loss.name === 'hinge' || loss.name === 'squaredHinge'
  const isSigmoid = activation === 'sigmoid' || (fromLogits && loss.name === 'binaryCrossentropy')
  const units = outputsIn(model)
  const classes = model.classes
  if (!isSigmoid && activation !== 'softmax' && !fromLogits) {
    return labelCode(outputs, classes, units === 1, isSum ? 0 : 0.5, out, multilabel)
  }
  let shares = 'outputs'
  if (fromLogits && isSigmoid) shares = `Array.from(outputs, (z) => ${out.call('sigmoid', 'z')})`
  if (units > 1 && !multilabel) {
    if (fromLogits && !isSigmoid) shares = out.call('softmax', shares)
    else if (isSigmoid) shares = out.call('toSumOne', shares)
  }
  return probabilityCode(outputs, classes, units, multilabel, isSum ? 0 : 0.5, shares, out)
}

function networkRegressorCode(model: NetworkRegressor, out: SourceWriter): ModelCode {
  const { outputs, loss } = innerCode(model, out)
  const units = outputsIn(model)
  if (loss.name === 'poisson' && loss.fromLogits) {
    return numbersCode(outputs, units, (numbers) => `Array.from(${numbers}, Math.exp)`)
  }
  // The first half are the means, the others logarithms of variances.
  if (loss.name === 'gaussianNll')
    return numbersCode(outputs, units / 2, (numbers) => `${numbers}.slice(0, ${units / 2})`)
  return numbersCode(outputs, units)
}

function outputsIn({ network }: { network: NetworkClassifier['network'] }): number {
  return outputsOf(network.toJSON())
}

function innerCode(model: NetworkClassifier | NetworkRegressor, out: SourceWriter) {
  const { json: saved } = savedContent(model.toBytes())
  const json = saved.learned as { loss: LossSpec; multilabel: boolean }
  const spec = model.network.toJSON()
  const { tensors } = savedContent(model.network.toBytes({ includeOptimizer: false }))
  const last = spec.layers.at(-1)!
  const activation = activationOf(last).name
  return { outputs: networkCode(spec, tensors, out), json, loss: json.loss, activation }
}

/** A classifier with probabilities. */
function probabilityCode(
  outputs: string,
  classes: readonly Label[],
  units: number,
  multilabel: boolean,
  threshold: number,
  shares: string,
  out: SourceWriter,
): ModelCode {
  const probabilities = units === 1 && !multilabel ? out.call('bothClasses', `${shares}[0]`) : shares
  return { ...labelCode(outputs, classes, units === 1, threshold, out, multilabel), probabilities }
}

function labelCode(
  outputs: string,
  classes: readonly Label[],
  isSingle: boolean,
  threshold: number,
  out: SourceWriter,
  multilabel = false,
): ModelCode {
  const common = { outputs, classes, probabilities: undefined }
  if (multilabel) {
    const prediction = `Array.from(outputs, (value) => (value > ${number(threshold)} ? 1 : 0))`
    return { ...common, prediction, result: 'labels' }
  }
  const index = isSingle ? `outputs[0] > ${number(threshold)} ? 1 : 0` : out.call('largest', 'outputs')
  return { ...common, prediction: `classes[${index}]`, result: 'label' }
}

/** The classes as code. */
export function classesCode(classes: readonly Label[]): string {
  return list(classes.map(literal))
}

/** @throws ArgumentError that says which models have code. */
export function noCode(what: string): ArgumentError {
  return new ArgumentError(
    `Expected a Sequential, an estimator, a pipeline, a table model or a transformer of perceptra for toSource(), but got ${what}.`,
  )
}
