import { describe } from '../../base/check.js'
import { ArgumentError } from '../../base/errors.js'
import { Pipeline } from '../../pipeline/pipeline.js'
import { ColumnTransformer } from '../../preprocessing/column-transformer.js'
import { FunctionTransformer } from '../../preprocessing/function-transformer.js'
import { inverseOf } from '../../preprocessing/functions.js'
import { MinMaxScaler } from '../../preprocessing/min-max-scaler.js'
import { type Norm, Normalizer } from '../../preprocessing/normalizer.js'
import { OneHotEncoder } from '../../preprocessing/one-hot-encoder.js'
import { OrdinalEncoder } from '../../preprocessing/ordinal-encoder.js'
import { QuantileTransformer } from '../../preprocessing/quantile-transformer.js'
import { RobustScaler } from '../../preprocessing/robust-scaler.js'
import { SimpleImputer } from '../../preprocessing/simple-imputer.js'
import { StandardScaler } from '../../preprocessing/standard-scaler.js'
import { TargetEncoder } from '../../preprocessing/target-encoder.js'
import { oneHotCode, ordinalCode, targetCode } from './encoders.js'
import { imputerCode } from './imputers.js'
import { list, number, type SourceWriter } from './writer.js'

/**
 * The code of a fitted transformer: a function of the cells of a row.
 * @throws ArgumentError for a transformer of another package, and for a registered function, whose code is not here.
 */
export function transformerCode(transformer: object, out: SourceWriter): string {
  if (transformer instanceof Pipeline) return pipelineCode(transformer, out)
  if (transformer instanceof ColumnTransformer) return columnsCode(transformer, out)
  if (transformer instanceof OneHotEncoder) return oneHotCode(transformer, out)
  if (transformer instanceof OrdinalEncoder) return ordinalCode(transformer, out)
  if (transformer instanceof TargetEncoder) return targetCode(transformer, out)
  if (transformer instanceof SimpleImputer) return imputerCode(transformer, out)
  if (transformer instanceof Normalizer) return normalizerCode(transformer, out)
  return scalerCode(transformer, false, out)
}

/**
 * The code of the inverse of a fitted transformer.
 * @throws ArgumentError for one that has no inverse of numbers.
 */
export function inverseCode(transformer: object, out: SourceWriter): string {
  if (!(transformer instanceof Pipeline)) return scalerCode(transformer, true, out)
  const steps = stepsOf(transformer).map((step) => inverseCode(step, out))
  return steps.length === 1 ? steps[0]! : out.call('inTurn', ...steps.reverse())
}

/** The fitted steps of a pipeline, in order. */
export function stepsOf(pipeline: Pipeline): object[] {
  const { state } = pipeline.toJSON()
  const steps = pipeline.namedSteps
  return (state!.steps as [string, unknown][]).map(([name]) => steps[name]!)
}

function pipelineCode(pipeline: Pipeline, out: SourceWriter): string {
  const steps = stepsOf(pipeline).map((step) => transformerCode(step, out))
  return steps.length === 1 ? steps[0]! : out.call('inTurn', ...steps)
}

function columnsCode(columns: ColumnTransformer, out: SourceWriter): string {
  const { state } = columns.toJSON()
  const transformers = columns.namedTransformers
  const parts = (state!.parts as { name: string; places: number[] }[]).map(({ name, places }) => {
    const transformer = transformers[name]!
    const code = transformer === 'passthrough' ? out.use('numbers') : transformerCode(transformer, out)
    return list([list(places.map(number)), code])
  })
  return out.call('sideBySide', ...parts)
}

function scalerCode(scaler: object, inverse: boolean, out: SourceWriter): string {
  if (scaler instanceof StandardScaler) {
    const { withMean, withStd } = scaler.getParams()
    const columns = scaler.nFeaturesIn
    const means = withMean ? scaler.mean! : zeros(columns)
    const scales = withStd ? scaler.scale! : ones(columns)
    return out.call(inverse ? 'unstandardize' : 'standardize', out.numbers(means), out.numbers(scales))
  }
  if (scaler instanceof MinMaxScaler) {
    const line = [out.numbers(scaler.scale), out.numbers(scaler.min)]
    if (inverse) return out.call('fromRange', ...line)
    const { clip, featureRange } = scaler.getParams()
    const [low, high] = clip ? featureRange : [-Infinity, Infinity]
    return out.call('toRange', ...line, number(low), number(high))
  }
  if (scaler instanceof RobustScaler) {
    const { smoothClip } = scaler.getParams()
    const columns = scaler.nFeaturesIn
    const line = [out.numbers(scaler.center ?? zeros(columns)), out.numbers(scaler.scale ?? ones(columns))]
    if (smoothClip) return out.call(inverse ? 'uncenterSmoothly' : 'centerSmoothly', ...line)
    return out.call(inverse ? 'unstandardize' : 'standardize', ...line)
  }
  if (scaler instanceof QuantileTransformer) {
    const isNormal = scaler.getParams().outputDistribution === 'normal'
    const rows = scaler.quantiles
    const columns = list(Array.from({ length: scaler.nFeaturesIn }, (_, j) => out.numbers(rows.map((row) => row[j]!))))
    if (inverse) return out.call(isNormal ? 'fromNormal' : 'fromShares', columns)
    return out.call(isNormal ? 'toNormal' : 'toShares', columns)
  }
  if (scaler instanceof FunctionTransformer) return functionCode(scaler, inverse, out)
  const name = scaler.constructor.name
  throw new ArgumentError(`toSource() has no code for ${inverse ? 'the inverse of ' : ''}${name}.`)
}

/** The lengths of a row, as code. */
const lengthCodes: Readonly<Record<Norm, string>> = {
  l1: '(row) => row.reduce((sum, x) => sum + Math.abs(x), 0)',
  l2: '(row) => Math.sqrt(row.reduce((sum, x) => sum + x * x, 0))',
  max: '(row) => row.reduce((most, x) => Math.max(most, Math.abs(x)), 0)',
}

function normalizerCode(normalizer: Normalizer, out: SourceWriter): string {
  return out.call('normalize', lengthCodes[normalizer.getParams().norm])
}

/** The functions of FunctionTransformer, as code. */
export const functionCodes: Readonly<Record<string, string>> = {
  identity: '(x) => x',
  log: 'Math.log',
  exp: 'Math.exp',
  log1p: 'Math.log1p',
  expm1: 'Math.expm1',
  log2: 'Math.log2',
  exp2: '(x) => 2 ** x',
  log10: 'Math.log10',
  exp10: '(x) => 10 ** x',
  sqrt: 'Math.sqrt',
  square: '(x) => x * x',
  cbrt: 'Math.cbrt',
  cube: '(x) => x ** 3',
  reciprocal: '(x) => 1 / x',
  negative: '(x) => -x',
  abs: 'Math.abs',
  sign: 'Math.sign',
  sin: 'Math.sin',
  cos: 'Math.cos',
  tanh: 'Math.tanh',
  atanh: 'Math.atanh',
}

function functionCode(transformer: FunctionTransformer, inverse: boolean, out: SourceWriter): string {
  const { func, inverseFunc } = transformer.getParams()
  const name = inverse ? (inverseFunc ?? inverseOf(func)) : func
  if (name !== undefined && Object.hasOwn(functionCodes, name)) return out.call('present', functionCodes[name]!)
  throw new ArgumentError(
    `toSource() has no code for the function ${describe(name)} of FunctionTransformer: only built-in functions have some.`,
  )
}

function zeros(length: number): Float64Array {
  return new Float64Array(length)
}

function ones(length: number): Float64Array {
  return new Float64Array(length).fill(1)
}
