/**
 * Networks, estimators in scikit-learn's words, models of tables, and what belongs to them: data, preparation, metrics, model
 * selection. `perceptra/metrics`, `perceptra/preprocessing`, `perceptra/datasets` and `perceptra/model-selection` are the namespaces
 * of the same name alone.
 *
 * @module perceptra
 */

export type { Choice, ChoiceLike } from './base/choice.js'
export {
  ArgumentError,
  type ErrorPlace,
  FormatError,
  MlpError,
  type MlpErrorCode,
  TrainingError,
} from './base/errors.js'
export type { ByLogKey, History, Logs, StopReason } from './base/history.js'
export type { MeanName, MetricName, RowMetricName } from './base/log-keys.js'
export { Matrix, type MatrixLike, type NumberArray } from './base/matrix.js'
export type { SampleWeight } from './base/sample-weight.js'
export * as calibration from './calibration/index.js'
export type { Callback, Progress, TrainedModel, TrainingRun } from './callbacks/index.js'
export * as callbacks from './callbacks/index.js'
export * as datasets from './datasets/index.js'
export * from './estimators/index.js'
export * as activations from './factories/activations.js'
export * as constraints from './factories/constraints.js'
export * as initializers from './factories/initializers.js'
export * as layers from './factories/layers.js'
export * as losses from './factories/losses.js'
export * as optimizers from './factories/optimizers.js'
export * as regularizers from './factories/regularizers.js'
export * as schedules from './factories/schedules.js'
export * as inspection from './inspection/index.js'
export type { QueueOptions, RedisConnection } from './jobs/options.js'
export { type Loaded, load } from './load.js'
export * as metrics from './metrics/index.js'
export * as modelSelection from './model-selection/index.js'
export type { RowWeights } from './network/core.js'
export type { DataStartOptions } from './network/data-start.js'
export type { EvaluateOptions, InputGradientsOptions, RunOptions } from './network/inference.js'
export type { LayerView } from './network/layer-view.js'
export type { LoadOptions, SaveOptions } from './network/saving.js'
export type { TargetsLike } from './network/targets.js'
export type { WeightLike } from './network/weights.js'
export * from './pipeline/index.js'
export * as preprocessing from './preprocessing/index.js'
export { Sequential, type SequentialOptions } from './sequential.js'
export type { ActivationLike, ActivationSpec } from './spec/activation.js'
export type {
  AnyColumnPart,
  ColumnPart,
  EmbeddingPart,
  OneHotPart,
  PassthroughPart,
  PeriodicEmbeddingPart,
  PiecewiseLinearEmbeddingPart,
} from './spec/columns.js'
export type { CompileOptions, Precision, PrecisionOption } from './spec/compile.js'
export type { InitializerLike, InitializerSpec } from './spec/initializer.js'
export type {
  ActivationLayerSpec,
  BatchNormalizationSpec,
  ColumnsSpec,
  DenseBatchEnsembleSpec,
  DenseSpec,
  DropoutSpec,
  EmbeddingSpec,
  GaussianNoiseSpec,
  LayerNormalizationSpec,
  LayerSpec,
  MemberDenseSpec,
  MemberScaleSpec,
  RescalingSpec,
  ScaleSpec,
  TensorFactors,
} from './spec/layer-spec.js'
export type { LossLike, LossSpec } from './spec/loss.js'
export type { MetricLike } from './spec/metric.js'
export type { ModelSpec, NamedLayer } from './spec/model.js'
export type { LbfgsSpec, Moments, OptimizerLike, OptimizerSpec, RateLike, UpdateRules } from './spec/optimizer.js'
export type { LearningRate, LearningRateLike } from './spec/rate.js'
export type { MetricFunction, MetricRows } from './spec/row-metric.js'
export type { ScheduleLike, ScheduleSpec } from './spec/schedule.js'
export type {
  ConstraintLike,
  ConstraintSpec,
  RegularizerLike,
  RegularizerSpec,
} from './spec/tensor.js'
export {
  type CellValue,
  type Column,
  type ColumnDescription,
  type ColumnKind,
  type ColumnLike,
  type ObjectRow,
  type SampleOptions,
  Table,
  type TableOptions,
  type TableRow,
} from './table/table.js'
export * from './tabular/index.js'
export type { BatchIterable, BatchLike, BatchSource, BatchStream } from './training/batch-source.js'
export type { TrainEvent } from './training/fit.js'
export type { FitOptions, StreamFitOptions } from './training/fit-options.js'
export type { InputBatch, InputBatches } from './training/over-batches.js'
export type { ClassWeight } from './training/row-weights.js'
export * as utils from './utils/index.js'
