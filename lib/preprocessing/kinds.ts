import { describe, mismatch } from '../base/check.js'
import { FunctionTransformer } from './function-transformer.js'
import { MinMaxScaler } from './min-max-scaler.js'
import { Normalizer } from './normalizer.js'
import { OneHotEncoder } from './one-hot-encoder.js'
import { OrdinalEncoder } from './ordinal-encoder.js'
import { QuantileTransformer } from './quantile-transformer.js'
import { RobustScaler } from './robust-scaler.js'
import { SimpleImputer } from './simple-imputer.js'
import { StandardScaler } from './standard-scaler.js'
import { TargetEncoder } from './target-encoder.js'
import type { TransformerLike } from './transformer-like.js'

/** The class of each kind of transformer that holds no other transformers. */
export const transformerKinds: Readonly<Record<string, { fromJSON(json: unknown): TransformerLike }>> = {
  StandardScaler,
  MinMaxScaler,
  RobustScaler,
  QuantileTransformer,
  Normalizer,
  OneHotEncoder,
  OrdinalEncoder,
  TargetEncoder,
  SimpleImputer,
  FunctionTransformer,
}

/**
 * Reads a transformer that holds no other transformers.
 * @throws ArgumentError for an unknown kind, or that says what is wrong with the JSON.
 */
export function simpleTransformerFrom(json: unknown): TransformerLike {
  const { kind } = Object(json) as { kind?: unknown }
  if (typeof kind === 'string' && Object.hasOwn(transformerKinds, kind)) return transformerKinds[kind]!.fromJSON(json)
  throw mismatch('kind', `one of ${Object.keys(transformerKinds).join(', ')}`, describe(kind))
}
