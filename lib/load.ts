import { checkOptions } from './base/check.js'
import { ArgumentError } from './base/errors.js'
import { type AnyEstimator, estimatorKinds } from './estimators/kinds.js'
import { readKind } from './files/read-kind.js'
import { checkSource } from './files/source.js'
import { type LoadOptions, loadOptionKeys } from './network/saving.js'
import { CalibratedClassifier } from './pipeline/calibrated-classifier.js'
import { FixedThresholdClassifier } from './pipeline/fixed-threshold-classifier.js'
import { Pipeline } from './pipeline/pipeline.js'
import { TransformedTargetRegressor } from './pipeline/transformed-target-regressor.js'
import { TunedThresholdClassifier } from './pipeline/tuned-threshold-classifier.js'
import { Sequential } from './sequential.js'
import { TabularClassifier } from './tabular/tabular-classifier.js'
import { TabularRegressor } from './tabular/tabular-regressor.js'

/** Everything that `load` can return. */
export type Loaded =
  | Sequential
  | AnyEstimator
  | Pipeline
  | TransformedTargetRegressor
  | CalibratedClassifier
  | TunedThresholdClassifier
  | FixedThresholdClassifier
  | TabularClassifier
  | TabularRegressor

const kinds: Readonly<Record<string, { load(source: string | Uint8Array): Promise<Loaded> }>> = {
  ...estimatorKinds,
  Pipeline,
  TransformedTargetRegressor,
  CalibratedClassifier,
  TunedThresholdClassifier,
  FixedThresholdClassifier,
  TabularClassifier,
  TabularRegressor,
}

/**
 * Opens any file that perceptra saved, or its bytes; the file names its kind. `instanceof` tells the kinds apart. The type
 * parameter is for callers who know the kind, and is not checked; `Sequential.load` and its like check it.
 * @param source the file's path, or the bytes of `toBytes`.
 * @param options for networks only.
 * @throws FormatError that names the file and the problem; ArgumentError when it cannot be opened.
 * @example
 * await model.save('digits.safetensors')
 * const again = await load<Sequential>('digits.safetensors')
 * console.log(again.summary())
 *
 * await new Perceptron().fit([[0], [1]], ['no', 'yes']).then((perceptron) => perceptron.save('any.safetensors'))
 * const any = await load('any.safetensors')
 * if (any instanceof Perceptron) any.predictSync([1]) // 'yes'
 */
export async function load<M extends Loaded = Loaded>(
  source: string | Uint8Array,
  options: LoadOptions = {},
): Promise<M> {
  const name = checkSource(source)
  checkOptions(options, 'load()', loadOptionKeys)
  const kind = await readKind(source)
  const saved = kind !== undefined && Object.hasOwn(kinds, kind) ? kinds[kind] : undefined
  if (!saved) return (await Sequential.load(source, options)) as M
  const given = loadOptionKeys.find((key) => options[key] !== undefined)
  if (given === undefined) return (await saved.load(source)) as M
  throw new ArgumentError(`The option ${given} is for networks only, but ${name} holds a ${kind}. Leave it out.`)
}
