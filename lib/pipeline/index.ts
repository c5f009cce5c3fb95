export { type ColumnOptions, Pipeline, pipeline, transformerFromJSON } from './pipeline.js'
export type { EstimatorLike, NamedStep, Step } from './steps.js'
export {
  type RegressionTargets,
  TransformedTargetRegressor,
  type TransformedTargetRegressorOptions,
} from './transformed-target-regressor.js'
export type {
  LastOf,
  PipelineFitOptions,
  PipelineInput,
  PipelinePartialFitOptions,
  PropertyOf,
  ResultOf,
  RowResultOf,
  TableResultOf,
} from './types.js'
