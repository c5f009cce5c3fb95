import { checkBoolean, checkOneOf, checkOptions, checkSignal, checkString, invalid, optionKeys } from '../base/check.js'
import { MlpError } from '../base/errors.js'
import type { Calibration } from '../calibration/index.js'
import { inside } from '../estimators/inside.js'
import { CalibratedClassifier, type EstimatorLike, Pipeline, TransformedTargetRegressor } from '../pipeline/index.js'
import { Sequential } from '../sequential.js'
import type { TabularClassifier, TabularRegressor } from '../tabular/index.js'

/** A model that `toOnnx` writes: a network, an estimator, a pipeline or a table model. */
export type OnnxModel = Sequential | EstimatorLike | TabularClassifier | TabularRegressor

/** Options of `toOnnx`. */
export interface ToOnnxOptions {
  /**
   * How rows go in: `'columns'` has an input for each column, of shape (rows, 1), `'matrix'` one input for all, `input` (rows,
   * columns). By default columns where fit had names or rows mix numbers and strings.
   */
  inputs?: 'columns' | 'matrix' | undefined
  /** The type of inputs of numbers: by default `'float64'` where a transformer comes first, `'float32'` elsewhere. */
  numbers?: 'float32' | 'float64' | undefined
  /** A fitted calibration, which the probabilities are put through. Labels stay those of the model. */
  calibration?: Calibration | undefined
  /** Where to write the file too. */
  path?: string | undefined
  /**
   * Whether large constants go to a second file, `<path>.data`. By default only where they have more than 1.9 GB, since a file
   * may have 2 GB.
   */
  externalData?: boolean | undefined
  /** Stops the export: the promise rejects with its reason. */
  signal?: AbortSignal | undefined
}

const keys = optionKeys<ToOnnxOptions>({
  inputs: true,
  numbers: true,
  calibration: true,
  path: true,
  externalData: true,
  signal: true,
})

/**
 * Writes a fitted model as an ONNX file: opset 17, with LabelEncoder of ai.onnx.ml where columns are strings. It works in steps
 * between which the event loop runs.
 *
 * A Sequential, and a pipeline without an estimator, put out `output` (rows, columns). Classifiers put out `label` (rows), of the type of the labels, and `probabilities`
 * (rows, classes), or `scores`, the outputs that labels follow from, where they have no probabilities. Regressors put out
 * `prediction` (rows, columns).
 *
 * Table models have an input for each column that they read: strings for categories, milliseconds since 1970 for dates, and numbers
 * for all else. Columns of words that are counted are refused.
 *
 * NaN is a missing number, and an empty string a missing one, unless it is a category. true and false are 1 and 0. A graph cannot
 * throw: where an encoder refuses unknown categories, the outputs of their rows are NaN.
 * @returns the bytes of the file.
 * @throws ArgumentError for anything else, for a step that ONNX cannot express (with its name and the reason), and for a path
 * that cannot be written; MlpError ERR_NOT_FITTED, ERR_DISPOSED; the signal's reason when it is aborted.
 * @example
 * const clf = await new MLPClassifier({ maxIter: 5, seed: 1 }).fit([[0], [1]], ['no', 'yes'])
 * const bytes = await toOnnx(clf)
 */
export async function toOnnx(model: OnnxModel, options: ToOnnxOptions = {}): Promise<Uint8Array> {
  checkModel(model)
  checkOptions(options, 'toOnnx()', keys)
  const { inputs, numbers, calibration, path, externalData, signal } = options
  const checked = {
    inputs: inputs === undefined ? undefined : checkOneOf(inputs, 'inputs', ['columns', 'matrix'] as const),
    numbers: numbers === undefined ? undefined : types[checkOneOf(numbers, 'numbers', ['float32', 'float64'] as const)],
    path: path === undefined ? undefined : checkString(path, 'path'),
    externalData: externalData === undefined ? undefined : checkBoolean(externalData, 'externalData'),
    signal: signal === undefined ? undefined : checkSignal(signal),
  }
  const { exportModel, isCalibration } = await import('./onnx/write/export.js')
  if (calibration !== undefined && !isCalibration(calibration))
    throw invalid('calibration', 'a SigmoidCalibration, an IsotonicCalibration or a TemperatureScaling', calibration)
  return exportModel(model, { ...checked, calibration })
}

const types = { float32: 'float', float64: 'double' } as const

/** Models of other models; classifiers with thresholds show what is inside, as estimators do. */
const holders = [Pipeline, TransformedTargetRegressor, CalibratedClassifier]

function checkModel(model: unknown): void {
  if (model instanceof Sequential) return
  const isKnown = holders.some((kind) => model instanceof kind) || inside in Object(model)
  if (!isKnown) throw invalid('model', 'a Sequential, an estimator, a pipeline or a table model', model)
  if ((model as { isFitted: boolean }).isFitted) return
  throw new MlpError('Expected a fitted model for toOnnx, but it is not. Call fit first.', 'ERR_NOT_FITTED')
}
