import { type HasLinearInside, type HasNetworkInside, inside } from '../../../estimators/inside.js'
import { readsDoubles } from '../../../learning/doubles.js'
import type { Label } from '../../../learning/labels.js'
import { Pipeline } from '../../../pipeline/pipeline.js'
import { TransformedTargetRegressor } from '../../../pipeline/transformed-target-regressor.js'
import { Sequential } from '../../../sequential.js'
import { cast } from './arithmetic.js'
import { type Calibration, writeCalibration } from './calibration.js'
import { cannot } from './cannot.js'
import { type EntranceOptions, toFrame, wordsOf, writeEntrance } from './entrance.js'
import { Frame } from './frame.js'
import type { Graph, Value } from './graph.js'
import { type ModelOutputs, writeLinearClasses, writeNetworkClasses, writeNetworkNumbers, writeSums } from './heads.js'
import { writeNetwork } from './network.js'
import { writeInverse, writeTransformer } from './transformers.js'

/** What `toOnnx` chose for the inputs. */
export interface ModelOptions {
  readonly inputs: EntranceOptions['inputs']
  readonly numbers: EntranceOptions['numbers'] | undefined
  readonly calibration: Calibration | undefined
}

/** Writes a whole model: its inputs, its steps and its outputs. */
export function writeModel(graph: Graph, model: object, options: ModelOptions): void {
  if (model instanceof Sequential) writeSequential(graph, model, options)
  else writeLearner(graph, model, options)
}

function writeLearner(graph: Graph, model: object, options: ModelOptions): void {
  const pipeline = outerPipeline(model)
  const first = pipeline && Object.values(pipeline.namedSteps)[0]
  const isPrepared = first !== undefined && !isEstimator(first)
  const { nFeaturesIn } = (pipeline ?? model) as { nFeaturesIn: number }
  const entrance = { inputs: options.inputs, numbers: options.numbers ?? (isPrepared ? 'double' : 'float') } as const
  const words = isPrepared ? wordsOf(first) : new Set<number>()
  const inputs = writeEntrance(graph, nFeaturesIn, pipeline?.featureNamesIn, words, entrance)
  const outputs = writeSteps(graph, model, isPrepared ? toFrame(graph, inputs) : new Frame(inputs), 'the model')
  const calibrated = calibrate(graph, outputs, options.calibration)
  for (const [name, value] of Object.entries(calibrated)) graph.output(value, name)
}

function writeSequential(graph: Graph, model: Sequential, { inputs, numbers, calibration }: ModelOptions): void {
  const spec = model.toJSON()
  const entrance = { inputs, numbers: numbers ?? 'float' }
  const values = writeEntrance(graph, spec.layers[0]!.inputShape![0], undefined, new Set(), entrance)
  const x = cast(graph, new Frame(values).matrix(graph), 'float')
  const output = writeNetwork(graph, spec, model.getWeights(), x)
  graph.output(calibration ? writeCalibration(graph, calibration, output) : output, 'output')
}

/** The pipeline that rows enter, if there is one. */
function outerPipeline(model: object): Pipeline | undefined {
  if (model instanceof Pipeline) return model
  return model instanceof TransformedTargetRegressor ? outerPipeline(model.regressor) : undefined
}

function isEstimator(step: object): boolean {
  return inside in step || step instanceof TransformedTargetRegressor || 'predict' in step
}

/** Writes a pipeline, an estimator or what wraps one. */
function writeSteps(graph: Graph, model: object, frame: Frame, step: string): ModelOutputs {
  if (model instanceof Pipeline) {
    let rows = frame
    for (const [name, inner] of Object.entries(model.namedSteps)) {
      if (isEstimator(inner) && !(inner instanceof Pipeline)) return writeSteps(graph, inner, rows, name)
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
  graph.scope = step === 'the model' ? '' : step
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
