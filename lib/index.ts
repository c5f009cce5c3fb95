export * as activations from './activations.js'
export type { Callback, Progress } from './callbacks/index.js'
export * as callbacks from './callbacks/index.js'
export type {
  CompileOptions,
  LearningRate,
  LossLike,
  LossSpec,
  OptimizerLike,
  OptimizerSpec,
} from './compile-spec.js'
export * as datasets from './datasets/index.js'
export { ArgumentError, FormatError, MlpError, type MlpErrorCode, TrainingError } from './errors.js'
export type { TrainEvent } from './fit.js'
export type { FitOptions } from './fit-options.js'
export type { History, Logs, StopReason } from './history.js'
export type { RunOptions } from './inference.js'
export * as initializers from './initializers.js'
export * as layers from './layers.js'
export * as losses from './losses.js'
export { Matrix, type MatrixLike, type NumberArray } from './matrix.js'
export type { MetricName } from './metrics.js'
export * as optimizers from './optimizers.js'
export { type LoadOptions, load, type SaveOptions, Sequential, type SequentialOptions } from './sequential.js'
export type {
  ActivationLike,
  ActivationSpec,
  InitializerLike,
  InitializerSpec,
  LayerSpec,
  ModelSpec,
} from './spec.js'
export type { TargetsLike } from './targets.js'
export type { WeightLike } from './weights.js'
