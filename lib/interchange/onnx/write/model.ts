import type { Matrix } from '../../../base/matrix.js'
import type { Calibration } from '../../../calibration/index.js'
import { type HasLinearInside, type HasNetworkInside, inside } from '../../../estimators/inside.js'
import { readsDoubles } from '../../../learning/doubles.js'
import type { Label } from '../../../learning/labels.js'
import { CalibratedClassifier, Pipeline, TransformedTargetRegressor } from '../../../pipeline/index.js'
import { ThresholdWrapper } from '../../../pipeline/threshold-wrapper.js'
import { isTransformer } from '../../../preprocessing/transformer-like.js'
import { Sequential } from '../../../sequential.js'
import { TabularClassifier, TabularRegressor } from '../../../tabular/index.js'
import { cast } from './arithmetic.js'
import { writeCalibration } from './calibration.js'
import { cannot } from './cannot.js'
import { type EntranceOptions, toFrame, wordsOf, writeEntrance } from './entrance.js'
import { Frame } from './frame.js'
import type { Graph, Value } from './graph.js'
import { type ModelOutputs, writeLinearClasses, writeNetworkClasses, writeNetworkNumbers, writeSums } from './heads.js'
import { writeNetwork } from './network.js'
import { firstTransformers, outerPipeline } from './outline.js'
import { type TableModel, writeTable } from './table.js'
import { writeInverse, writeTransformer } from './transformers.js'
import { type WriteInner, writeCalibrated, writeThreshold } from './wrappers.js'

/** What `toOnnx` chose for the inputs. */
export interface ModelOptions {
  readonly inputs: EntranceOptions['inputs']
  readonly numbers: EntranceOptions['numbers'] | undefined
  readonly calibration: Calibration | undefined
}

/**
 * Writes a whole model: its inputs, its steps and its outputs.
 * @param weights those of a Sequential.
 */
export function writeModel(graph: Graph, model: object, options: ModelOptions, weights: readonly Matrix[]): void {
  if (model instanceof Sequential) {
    writeSequential(graph, model, weights, options)
    return
  }
  const isTable = model instanceof TabularClassifier || model instanceof TabularRegressor
  const outputs = isTable
    ? writeTable(graph, model as TableModel, { inputs: options.inputs, numbers: options.numbers ?? 'double' })
    : writeLearner(graph, model, options)
  const { scores, ...others } = calibrate(graph, outputs, options.calibration)
  const shown = others.probabilities || !scores ? others : { ...others, scores }
  for (const [name, value] of Object.entries(shown)) graph.output(value, name)
  graph.prune()
}

function writeLearner(graph: Graph, model: object, options: ModelOptions): ModelOutputs {
  const pipeline = outerPipeline(model)
  const transformers = firstTransformers(model)
  const isPrepared = transformers.length > 0
  const { nFeaturesIn } = (pipeline ?? model) as { nFeaturesIn: number }
  const entrance = { inputs: options.inputs, numbers: options.numbers ?? (isPrepared ? 'double' : 'float') } as const
  const words = new Set(transformers.flatMap((transformer) => [...wordsOf(transformer)]))
  const inputs = writeEntrance(graph, nFeaturesIn, pipeline?.featureNamesIn, words, entrance)
  return writeSteps(graph, model, isPrepared ? toFrame(graph, inputs) : new Frame(inputs), 'the model')
}

function writeSequential(
  graph: Graph,
  model: Sequential,
  weights: readonly Matrix[],
  { inputs, numbers, calibration }: ModelOptions,
): void {
  const spec = model.toJSON()
  const entrance = { inputs, numbers: numbers ?? 'float' }
  const values = writeEntrance(graph, spec.layers[0]!.inputShape![0], undefined, new Set(), entrance)
  const x = cast(graph, new Frame(values).matrix(graph), 'float')
  const output = writeNetwork(graph, spec, weights, x)
  graph.output(calibration ? writeCalibration(graph, calibration, output) : output, 'output')
}

/** Writes a pipeline, an estimator or what wraps one. */
function writeSteps(graph: Graph, model: object, frame: Frame, step: string): ModelOutputs {
  const writeInner: WriteInner = (inner, name) => graph.within(name, () => writeSteps(graph, inner, frame, step))
  if (model instanceof Pipeline) {
    let rows = frame
    for (const [name, inner] of Object.entries(model.namedSteps)) {
      if (!isTransformer(inner)) return graph.within(name, () => writeSteps(graph, inner, rows, name))
      rows = writeTransformer(graph, inner, rows, name)
    }
    return { output: rows.matrix(graph, 'the result') }
  }
  if (model instanceof TransformedTargetRegressor) {
    const { prediction } = writeSteps(graph, model.regressor, frame, step)
    const { transformer } = model
    if (!transformer) return { prediction: prediction! }
    return { prediction: writeInverse(graph, transformer, cast(graph, prediction!, 'double'), 'transformer') }
  }
  if (model instanceof CalibratedClassifier) return writeCalibrated(graph, model, writeInner)
  if (model instanceof ThresholdWrapper) return writeThreshold(graph, model, writeInner)
  return writeEstimator(graph, model, frame.matrix(graph, step), step)
}

function writeEstimator(graph: Graph, model: object, x: Value, step: string): ModelOutputs {
  if (!(inside in model))
    throw cannot(step, `a ${model.constructor.name} is not among the estimators that toOnnx writes.`)
  const { classes } = model as { classes?: readonly Label[] }
  if (readsDoubles in model) {
    const linear = (model as HasLinearInside)[inside]()
    return classes ? writeLinearClasses(graph, linear, classes, x) : { prediction: writeSums(graph, linear, x) }
  }
  const network = (model as HasNetworkInside)[inside]()
  return classes ? writeNetworkClasses(graph, network, classes, x) : writeNetworkNumbers(graph, network, x)
}

function calibrate(graph: Graph, outputs: ModelOutputs, calibration: Calibration | undefined): ModelOutputs {
  if (!calibration) return outputs
  const { probabilities } = outputs
  if (!probabilities) throw cannot('the calibration', 'the model puts out no probabilities.')
  return { ...outputs, probabilities: writeCalibration(graph, calibration, probabilities) }
}
