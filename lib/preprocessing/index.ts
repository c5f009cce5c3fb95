export type { CategoricalInput, CategoricalRow, Category } from './categories.js'
export type { ColumnPart } from './column-parts.js'
export {
  type ColumnSelection,
  type ColumnSelectorOptions,
  makeColumnSelector,
} from './column-selection.js'
export {
  ColumnTransformer,
  type ColumnTransformerOptions,
  type TableInput,
} from './column-transformer.js'
export type { TargetType } from './encoder-targets.js'
export { FunctionTransformer, type FunctionTransformerOptions } from './function-transformer.js'
export { type NumberFunction, type RegisterFunctionOptions, registerFunction } from './functions.js'
export type { NumericInput, ObjectRows } from './input.js'
export type { TransformerJson } from './json.js'
export { LabelEncoder } from './label-encoder.js'
export { MinMaxScaler, type MinMaxScalerOptions } from './min-max-scaler.js'
export type { MissingColumns, UnknownColumns } from './named-cells.js'
export { type Norm, Normalizer, type NormalizerOptions } from './normalizer.js'
export type { OneHotDrop } from './one-hot-columns.js'
export { OneHotEncoder, type OneHotEncoderOptions } from './one-hot-encoder.js'
export { OrdinalEncoder, type OrdinalEncoderOptions } from './ordinal-encoder.js'
export { QuantileSketch } from './quantile-sketch.js'
export { QuantileTransformer, type QuantileTransformerOptions } from './quantile-transformer.js'
export { RobustScaler, type RobustScalerOptions } from './robust-scaler.js'
export type { NumericRow } from './scaler.js'
export { SimpleImputer, type SimpleImputerOptions, type StatisticsOf } from './simple-imputer.js'
export { StandardScaler, type StandardScalerOptions } from './standard-scaler.js'
export { TargetEncoder, type TargetEncoderOptions } from './target-encoder.js'
export type { TransformerFitOptions, TransformOptions } from './transform-options.js'
export type { Batches, RowOf } from './transformer.js'
export type { InvertibleTransformer, PartParams, TransformerLike } from './transformer-like.js'
