import { describe, invalid } from '../../base/check.js'
import { FormatError } from '../../base/errors.js'
import { estimatorKinds } from '../../estimators/kinds.js'
import type { Description } from '../../learning/described.js'
import { CalibratedClassifier } from '../../pipeline/calibrated-classifier.js'
import { FixedThresholdClassifier } from '../../pipeline/fixed-threshold-classifier.js'
import { Pipeline } from '../../pipeline/pipeline.js'
import { TransformedTargetRegressor } from '../../pipeline/transformed-target-regressor.js'
import { TunedThresholdClassifier } from '../../pipeline/tuned-threshold-classifier.js'
import { ColumnTransformer } from '../../preprocessing/column-transformer.js'
import { transformerKinds } from '../../preprocessing/kinds.js'

type LearnerClass = new (options: object) => object

/** The classes that a job may name. */
const kinds = {
  ...estimatorKinds,
  ...transformerKinds,
  ...{ Pipeline, TransformedTargetRegressor, CalibratedClassifier, TunedThresholdClassifier, FixedThresholdClassifier },
  ColumnTransformer,
} as unknown as Readonly<Record<string, LearnerClass>>

/**
 * An unfitted estimator or transformer of its description, which is untrusted: the constructor checks all parameters.
 * @throws FormatError for a kind that is none of this package; ArgumentError for wrong parameters.
 */
export function restoreLearner({ kind, params }: Description): object {
  if (!Object.hasOwn(kinds, kind)) throw new FormatError(`There is no estimator or transformer ${describe(kind)}.`)
  const names = Object.keys((kinds[kind] as unknown as { parameters: object }).parameters)
  const unknown = Object.keys(params).find((name) => !names.includes(name))
  if (unknown !== undefined) throw invalid(`a parameter of ${kind}`, `one of ${names.join(', ')}`, unknown)
  return new kinds[kind]!(params)
}
