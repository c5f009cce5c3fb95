export type { Cell } from './cells.js'
export type { ClassMetric, ClassScores } from './class-task.js'
export type { Distillation, DistillOptions } from './distill.js'
export { type ColumnDrift, type DriftReport, DriftWatch } from './drift.js'
export type { ExplainOptions, Explanation } from './explain.js'
export type { FeatureChoice, FeatureKind, SchemaColumn } from './feature.js'
export type { Histogram } from './histogram.js'
export { type ColumnPolicyOptions, type InferSchemaOptions, inferSchema, type NotInferred } from './infer-schema.js'
export type { ColumnJsonSchema, RowJsonSchema } from './json-schema.js'
export type { LeakyColumn } from './leaks.js'
export type { FitRecord, LabelChoice, TabularStopReason, TargetChoice } from './learned.js'
export type { NumberMetric } from './number-task.js'
export type { TabularFitOptions, TabularProgress } from './options.js'
export type { PresetName } from './presets.js'
export type { ColumnPolicy, TableRows } from './read-rows.js'
export type { TableReport } from './report.js'
export { type RowOf, Schema, type StandardProperties, type StandardResult } from './schema.js'
export {
  type ClassExplainOptions,
  type ClassExplanation,
  type LabelIn,
  TabularClassifier,
  type TabularOptions,
} from './tabular-classifier.js'
export type { TabularJson, TabularReport, TabularRunOptions } from './tabular-model.js'
export {
  type Interval,
  type IntervalOptions,
  type NumberScores,
  TabularRegressor,
} from './tabular-regressor.js'
export type { TargetForm } from './target-form.js'
export type { UpdateOptions, UpdateReport } from './update.js'
