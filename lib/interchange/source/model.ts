import { describe } from '../../base/check.js'
import type { AnyEstimator } from '../../estimators/kinds.js'
import { estimatorKinds } from '../../estimators/kinds.js'
import { CalibratedClassifier, Pipeline, TransformedTargetRegressor } from '../../pipeline/index.js'
import { ThresholdWrapper } from '../../pipeline/threshold-wrapper.js'
import { isTransformer } from '../../preprocessing/transformer-like.js'
import { Sequential } from '../../sequential.js'
import { outputsOf } from '../../spec/model.js'
import { TabularClassifier, TabularRegressor } from '../../tabular/index.js'
import type { ModelCode, SourceModel } from './code.js'
import { estimatorCode, noCode } from './estimators.js'
import { networkCode } from './layers.js'
import { savedContent } from './saved.js'
import { type TableModel, tableCode } from './table.js'
import { inverseCode, stepsOf, transformerCode } from './transformers.js'
import { calibratedCode, thresholdCode } from './wrappers.js'
import { flag, list, number, type SourceWriter, text } from './writer.js'

interface Names {
  readonly names: readonly string[] | undefined
  readonly strict: boolean
  readonly impute: boolean
}

/** @throws ArgumentError for anything that is no model or transformer of this package; MlpError ERR_NOT_FITTED. */
export function modelCode(model: unknown, out: SourceWriter): SourceModel {
  if (model instanceof Pipeline) return wholePipeline(model, out)
  if (model instanceof TransformedTargetRegressor) return transformedTarget(model, out)
  if (model instanceof CalibratedClassifier) return calibratedCode(model, out, modelCode)
  if (model instanceof ThresholdWrapper) return thresholdCode(model, out, modelCode)
  const none = { names: undefined, strict: false, impute: false }
  if (model instanceof Sequential) return source(sequentialCode(model, out), [], none, inputsIn(model), out)
  if (model instanceof TabularClassifier || model instanceof TabularRegressor)
    return tableCode(model as TableModel, out)
  if (isEstimator(model)) return source(estimatorCode(model, out), [], none, model.nFeaturesIn, out)
  if (isTransformer(model)) {
    const { featureNamesIn: names, nFeaturesIn } = model as { featureNamesIn?: readonly string[]; nFeaturesIn: number }
    return source(undefined, [transformerCode(model, out)], { ...none, names }, nFeaturesIn, out)
  }
  throw noCode(describe(model))
}

function wholePipeline(pipeline: Pipeline, out: SourceWriter): SourceModel {
  const { unknownColumns, missingColumns } = pipeline.getParams()
  const names = pipeline.featureNamesIn
  const policy = { names, strict: unknownColumns === 'error', impute: missingColumns === 'impute' }
  const steps = stepsOf(pipeline)
  const last = steps.at(-1)!
  const own = isTransformer(last) ? steps : steps.slice(0, -1)
  const codes = own.map((step) => transformerCode(step, out))
  if (own.length === steps.length) return source(undefined, codes, policy, pipeline.nFeaturesIn, out)
  const inner = modelCode(last, out)
  return source(inner.model, [...codes, ...inner.steps], policy, pipeline.nFeaturesIn, out)
}

function transformedTarget(target: TransformedTargetRegressor, out: SourceWriter): SourceModel {
  const inner = modelCode(target.regressor, out)
  const { transformer } = target
  if (!transformer || !inner.model) return inner
  const { prediction, result } = inner.model
  const values = result === 'number' ? `[${prediction}]` : `Array.from(${prediction})`
  const inverse = `${inverseCode(transformer, out)}(${values})`
  const changed = result === 'number' ? `${inverse}[0]` : `Float32Array.from(${inverse})`
  return { ...inner, model: { ...inner.model, prediction: changed } }
}

function sequentialCode(model: Sequential, out: SourceWriter): ModelCode {
  const { tensors } = savedContent(model.toBytes({ includeOptimizer: false }))
  const spec = model.toJSON()
  const outputs = networkCode(spec, tensors, out)
  // As predictSync of a row: an array, also of one output.
  return {
    ...{ outputs, prediction: 'Float32Array.from(outputs)', probabilities: undefined, classes: undefined },
    result: outputsOf(spec) > 0 ? 'numbers' : 'number',
  }
}

function inputsIn(model: Sequential): number {
  return model.toJSON().layers[0]!.inputShape![0]
}

function isEstimator(model: unknown): model is AnyEstimator {
  return Object.values(estimatorKinds).some((kind) => model instanceof (kind as unknown as new () => object))
}

function source(
  model: ModelCode | undefined,
  steps: readonly string[],
  { names, strict, impute }: Names,
  inputs: number,
  out: SourceWriter,
): SourceModel {
  const reader = names
    ? `(row) => ${out.call('namedRow', 'row', 'columns', 'known', flag(strict), flag(impute))}`
    : `(row) => ${out.call('rowOf', 'row', number(inputs))}`
  return { reader, steps, model, columns: names, columnsMayLack: impute, inputs }
}

/** The names of columns as code. */
export function namesCode(names: readonly string[]): string {
  return list(names.map(text))
}
