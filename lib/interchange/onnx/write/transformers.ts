import type { Matrix } from '../../../base/matrix.js'
import { Pipeline } from '../../../pipeline/pipeline.js'
import { inverseOf } from '../../../preprocessing/functions.js'
import {
  ColumnTransformer,
  FunctionTransformer,
  MinMaxScaler,
  Normalizer,
  OneHotEncoder,
  OrdinalEncoder,
  QuantileTransformer,
  RobustScaler,
  SimpleImputer,
  StandardScaler,
  TargetEncoder,
} from '../../../preprocessing/index.js'
import type { Table } from '../../../table/table.js'
import { cannot } from './cannot.js'
import { writeOneHot, writeOrdinal, writeTarget } from './encoders.js'
import { Frame } from './frame.js'
import { writeFunction } from './functions.js'
import type { Graph, Value } from './graph.js'
import { writeImputer } from './imputer.js'
import { writeNormalizer } from './normalizer.js'
import { writeQuantiles } from './quantiles.js'
import {
  writeMinMax,
  writeMinMaxInverse,
  writeRobust,
  writeRobustInverse,
  writeStandard,
  writeStandardInverse,
} from './scalers.js'

/**
 * Writes a fitted transformer.
 * @param step its name, for messages and the names of nodes.
 * @throws ArgumentError for one that a graph cannot express.
 */
export function writeTransformer(graph: Graph, transformer: object, frame: Frame, step: string): Frame {
  return graph.within(step, () => write(graph, transformer, frame, step))
}

function write(graph: Graph, transformer: object, frame: Frame, step: string): Frame {
  if (transformer instanceof ColumnTransformer) return writeColumns(graph, transformer, frame)
  if (transformer instanceof Pipeline) {
    const steps = Object.entries(transformer.namedSteps)
    return steps.reduce((rows, [name, inner]) => writeTransformer(graph, inner, rows, name), frame)
  }
  if (transformer instanceof SimpleImputer)
    return writeImputer(graph, transformer as SimpleImputer<Matrix | Table>, frame)
  if (transformer instanceof OneHotEncoder) return new Frame([writeOneHot(graph, transformer, frame)])
  if (transformer instanceof OrdinalEncoder) return new Frame([writeOrdinal(graph, transformer, frame)])
  if (transformer instanceof TargetEncoder) return new Frame([writeTarget(graph, transformer, frame)])
  const x = frame.matrix(graph, step)
  return new Frame([{ ...x, name: writeScaler(graph, transformer, x.name, step) }])
}

/** Writes a transformer that makes a number of each number, or a row of each row. */
function writeScaler(graph: Graph, scaler: object, x: string, step: string): string {
  if (scaler instanceof StandardScaler) return writeStandard(graph, scaler, x)
  if (scaler instanceof MinMaxScaler) return writeMinMax(graph, scaler, x)
  if (scaler instanceof RobustScaler) return writeRobust(graph, scaler, x)
  if (scaler instanceof QuantileTransformer) return writeQuantiles(graph, scaler, x)
  if (scaler instanceof Normalizer) return writeNormalizer(graph, scaler.getParams().norm, x)
  if (scaler instanceof FunctionTransformer) return writeFunction(graph, scaler.getParams().func, x, step)
  throw cannot(step, `a ${scaler.constructor.name} is none of perceptra's transformers.`)
}

function writeColumns(graph: Graph, transformer: ColumnTransformer, frame: Frame): Frame {
  const { parts } = transformer.toJSON().state as unknown as { parts: { name: string; places: number[] }[] }
  const transformers = transformer.namedTransformers
  const results = parts.map(({ name, places }) => {
    const own = frame.select(graph, places)
    const part = transformers[name]!
    const result = part === 'passthrough' ? own : writeTransformer(graph, part, own, name)
    return result.matrix(graph, name)
  })
  return new Frame(results)
}

/**
 * Writes the inverse of a transformer of targets.
 * @throws ArgumentError for one whose inverse a graph cannot express.
 */
export function writeInverse(graph: Graph, transformer: object, x: Value, step: string): Value {
  if (transformer instanceof Pipeline) {
    const steps = Object.entries(transformer.namedSteps).reverse()
    return steps.reduce((rows, [name, inner]) => writeInverse(graph, inner, rows, name), x)
  }
  const name = (() => {
    if (transformer instanceof StandardScaler) return writeStandardInverse(graph, transformer, x.name)
    if (transformer instanceof MinMaxScaler) return writeMinMaxInverse(graph, transformer, x.name)
    if (transformer instanceof RobustScaler && !transformer.getParams().smoothClip)
      return writeRobustInverse(graph, transformer, x.name)
    if (transformer instanceof FunctionTransformer) return writeFunctionInverse(graph, transformer, x.name, step)
    throw cannot(step, `there is no inverse of a ${transformer.constructor.name} in the operators.`)
  })()
  return { ...x, name }
}

function writeFunctionInverse(graph: Graph, transformer: FunctionTransformer, x: string, step: string): string {
  const { func, inverseFunc } = transformer.getParams()
  const inverse = inverseFunc ?? inverseOf(func)
  if (inverse === undefined) throw cannot(step, `the function '${func}' has no inverse.`)
  return writeFunction(graph, inverse, x, step)
}
