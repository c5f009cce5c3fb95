export type { ActivationLike, ActivationSpec } from './activation-spec.js'
export * as activations from './activations.js'
export type { BatchIterable, BatchLike, BatchSource } from './batch-source.js'
export * as calibration from './calibration/index.js'
export type { Callback, Progress, TrainedModel, TrainingRun } from './callbacks/index.js'
export * as callbacks from './callbacks/index.js'
export type { CompileOptions } from './compile-spec.js'
export * as constraints from './constraints.js'
export type { RowWeights } from './core.js'
export * as datasets from './datasets/index.js'
export { ArgumentError, FormatError, MlpError, type MlpErrorCode, TrainingError } from './errors.js'
export * from './estimators/index.js'
export type { TrainEvent } from './fit.js'
export type { FitOptions, StreamFitOptions } from './fit-options.js'
export type { History, Logs, StopReason } from './history.js'
export type { EvaluateOptions, InputGradientsOptions, RunOptions } from './inference.js'
export type { InitializerLike, InitializerSpec } from './initializer-spec.js'
export * as initializers from './initializers.js'
export * as inspection from './inspection/index.js'
export type {
  ActivationLayerSpec,
  BatchNormalizationSpec,
  DenseSpec,
  DropoutSpec,
  EmbeddingSpec,
  GaussianNoiseSpec,
  LayerNormalizationSpec,
  LayerSpec,
  RescalingSpec,
} from './layer-spec.js'
export type { LayerView } from './layer-view.js'
export * as layers from './layers.js'
export { type Loaded, load } from './load.js'
export type { LossLike, LossSpec } from './loss-spec.js'
export * as losses from './losses.js'
export { Matrix, type MatrixLike, type NumberArray } from './matrix.js'
export type { MetricName } from './metric-spec.js'
export * as metrics from './metrics/index.js'
export * as modelSelection from './model-selection/index.js'
export type { LbfgsSpec, Moments, OptimizerLike, OptimizerSpec, UpdateRules } from './optimizer-spec.js'
export * as optimizers from './optimizers.js'
export * from './pipeline/index.js'
export * as preprocessing from './preprocessing/index.js'
export type { LearningRate } from './rate-spec.js'
export * as regularizers from './regularizers.js'
export type { ClassWeight, SampleWeight } from './row-weights.js'
export type { LoadOptions, SaveOptions } from './saving.js'
export type { ScheduleSpec } from './schedule-spec.js'
export * as schedules from './schedules.js'
export { Sequential, type SequentialOptions } from './sequential.js'
export type { ModelSpec, NamedLayer } from './spec.js'
export {
  type CellValue,
  type Column,
  type ColumnKind,
  type ColumnLike,
  Table,
  type TableOptions,
  type TableRow,
} from './table.js'
export type { TargetsLike } from './targets.js'
export type {
  ConstraintLike,
  ConstraintSpec,
  RegularizerLike,
  RegularizerSpec,
} from './tensor-spec.js'
export type { WeightLike } from './weights.js'
