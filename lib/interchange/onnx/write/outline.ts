import { inside } from '../../../estimators/inside.js'
import { CalibratedClassifier, Pipeline, TransformedTargetRegressor } from '../../../pipeline/index.js'
import { ThresholdWrapper } from '../../../pipeline/threshold-wrapper.js'

/** The models inside one that passes rows to others; undefined for one that computes with them itself. */
function innerOf(model: object): readonly object[] | undefined {
  if (model instanceof TransformedTargetRegressor) return [model.regressor]
  if (model instanceof CalibratedClassifier) return model.calibratedClassifiers.map(({ estimator }) => estimator)
  return model instanceof ThresholdWrapper ? [model.estimator as object] : undefined
}

/** The pipeline that rows enter, if there is one. */
export function outerPipeline(model: object): Pipeline | undefined {
  if (model instanceof Pipeline) return model
  const [first] = innerOf(model) ?? []
  return first && outerPipeline(first)
}

/** The transformers that rows enter: several where copies of a pipeline have learned on other rows; none before an estimator. */
export function firstTransformers(model: object): readonly object[] {
  if (model instanceof Pipeline) return firstTransformers(Object.values(model.namedSteps)[0]!)
  return innerOf(model)?.flatMap(firstTransformers) ?? (inside in model ? [] : [model])
}
