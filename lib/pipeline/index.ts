export { CalibratedClassifier, type CalibratedClassifierOptions } from './calibrated-classifier.js'
export type { CalibratedMember } from './calibrated-members.js'
export { FixedThresholdClassifier, type FixedThresholdClassifierOptions } from './fixed-threshold-classifier.js'
export { type ColumnOptions, Pipeline, pipeline, transformerFromJSON } from './pipeline.js'
export type { ClassifierLike, EstimatorLike, NamedStep, Step } from './steps.js'
export type { ThresholdScoring } from './threshold-scoring.js'
export type { ThresholdOptions } from './threshold-wrapper.js'
export {
  type RegressionTargets,
  TransformedTargetRegressor,
  type TransformedTargetRegressorOptions,
} from './transformed-target-regressor.js'
export { TunedThresholdClassifier, type TunedThresholdClassifierOptions } from './tuned-threshold-classifier.js'
export type {
  LastOf,
  PipelineFitOptions,
  PipelineInput,
  PipelinePartialFitOptions,
  PropertyOf,
  ResultOf,
  RowResultOf,
  StepsEndingIn,
  TableResultOf,
} from './types.js'
