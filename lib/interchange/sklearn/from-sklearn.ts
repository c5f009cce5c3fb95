import { describe, invalid } from '../../base/check.js'
import { FormatError, MlpError } from '../../base/errors.js'
import type { AnyEstimator } from '../../estimators/kinds.js'
import { readWholeFile } from '../../files/read-whole-file.js'
import { encodePipeline } from '../../pipeline/file.js'
import { Pipeline, transformerFromJSON } from '../../pipeline/pipeline.js'
import type { TransformerLike } from '../../preprocessing/transformer-like.js'
import { isObject, JsonReader } from '../read/json.js'
import { estimatorOf, isEstimatorClass } from './estimators.js'
import { readSklearn, type SklearnModel } from './model.js'
import { isTransformerClass, stepsOf, transformerOf } from './transformers.js'

/** What `fromSklearn` can return. */
export type SklearnResult = AnyEstimator | Pipeline | TransformerLike

/**
 * Reads a fitted model of scikit-learn, as the script of docs/interchange.md writes it: MLPClassifier, MLPRegressor, linear
 * models, scalers, encoders, SimpleImputer, FunctionTransformer, ColumnTransformer, and pipelines of them. Linear models become
 * SGDClassifier and SGDRegressor, LogisticRegression of more than two classes an MLPClassifier without hidden layers.
 * @typeParam M the type of the result, which is not checked.
 * @param source the file's path, its text (which begins with a brace), or its object.
 * @throws FormatError that names the file and what cannot be read; ArgumentError when it cannot be opened.
 */
export async function fromSklearn<M extends SklearnResult = SklearnResult>(source: string | object): Promise<M> {
  const isText = typeof source === 'string' && source.trimStart().startsWith('{')
  const name = typeof source === 'string' && !isText ? source : 'The model'
  const json = new JsonReader(name)
  const root = readSklearn(isObject(source) ? source : await parse(source, isText, json), json)
  try {
    return (await modelOf(root, json)) as M
  } catch (error) {
    if (!(error instanceof MlpError) || error.message.startsWith(`${name}: `)) throw error
    throw new FormatError(`${name}: ${error.message}`, { cause: error })
  }
}

async function parse(source: unknown, isText: boolean, json: JsonReader): Promise<unknown> {
  if (typeof source !== 'string' || source === '') throw invalid('source', 'a path, JSON or its text', source)
  const text = isText ? source : new TextDecoder().decode(await readWholeFile(source))
  return json.parse(text, 'it')
}

async function modelOf(model: SklearnModel, json: JsonReader): Promise<SklearnResult> {
  const { className } = model
  if (className === 'Pipeline') return pipelineOf(model, json)
  if (isTransformerClass(className)) return transformerFromJSON(recordOf(model, json))
  return estimatorOf(model, json)
}

async function pipelineOf(model: SklearnModel, json: JsonReader): Promise<Pipeline> {
  const steps = stepsOf(model, json)
  const last = steps.at(-1)
  if (!last) throw json.fail('expected at least one step of the Pipeline that is no passthrough.')
  const end = readSklearn(last[1], json)
  if (!isEstimatorClass(end.className)) return transformerFromJSON(recordOf(model, json)) as Pipeline
  const transformers = steps.slice(0, -1).map(([name, step]) => {
    const transformer = transformerFromJSON(transformerOf(step, json, 1))
    return [name, transformer] as const
  })
  const estimator = [last[0], await estimatorOf(end, json)] as const
  const names = transformers[0]?.[1] as { featureNamesIn?: readonly string[] } | undefined
  const own = end.state.feature_names_in_
  const featureNamesIn =
    names?.featureNamesIn ?? (transformers.length === 0 && Array.isArray(own) ? own.map(String) : undefined)
  const policy = { unknownColumns: 'error', missingColumns: 'error' } as const
  return Pipeline.load(encodePipeline({ transformers, estimator: estimator as never, featureNamesIn }, policy))
}

/** The model as JSON again, which transformerOf reads. */
function recordOf({ className, params, state }: SklearnModel, json: JsonReader) {
  if (!isTransformerClass(className)) throw json.fail(`${describe(className)} is no transformer.`)
  return transformerOf({ class: className, params, state }, json)
}
