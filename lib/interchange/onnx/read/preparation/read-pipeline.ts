import { Breather, runBreathing, type Work } from '../../../../base/breathing.js'
import { MlpError } from '../../../../base/errors.js'
import type { Label } from '../../../../learning/labels.js'
import { argMax } from '../../../../math/arg-max.js'
import { encodePipeline } from '../../../../pipeline/file.js'
import { Pipeline } from '../../../../pipeline/pipeline.js'
import { activationOf } from '../../../../spec/layer-tensors.js'
import { buildNetwork } from '../build.js'
import { readChain } from '../chain.js'
import { Constants } from '../constants.js'
import { targetOf } from '../entrance.js'
import type { Graph } from '../graph.js'
import { problem } from '../problem.js'
import { routeOf } from '../segment.js'
import { Stack } from '../stack.js'
import { assemble, type NamedTransformer } from './assemble.js'
import { ColumnReader } from './columns.js'
import type { Divided } from './divided-tables.js'
import { Evaluator } from './evaluate.js'
import { findFrontier } from './frontier.js'
import { type Inputs, readInputs } from './inputs.js'
import { labelOutput, readLabels } from './labels.js'
import { estimatorOf } from './model.js'
import { outputsOf } from './outputs.js'
import { someRows } from './some-rows.js'
import type { Value } from './value.js'
import { checkLabels, checkPipeline } from './verify.js'

const policy = { unknownColumns: 'error', missingColumns: 'error' } as const

/**
 * Reads a graph that prepares columns, one by one, before a network: the preparation as transformers, the network as an estimator.
 * In the end the pipeline must give what the graph gives for some rows.
 * @throws FormatError for anything else, with the node and the reason.
 */
export async function readPipeline(graph: Graph, seed: number | undefined): Promise<Pipeline> {
  try {
    return await pipelineIn(graph, seed)
  } catch (cause) {
    // Sizes and numbers that no transformer or layer has.
    if (!(cause instanceof MlpError) || cause.message.startsWith(`${graph.file} cannot`)) throw cause
    throw problem(graph.file, cause.message, { cause })
  }
}

async function pipelineIn(graph: Graph, seed: number | undefined): Promise<Pipeline> {
  const target = targetOf(graph)
  const breather = new Breather()
  const evaluator = new Evaluator(graph)
  const inputs = await steps(readInputs(graph))
  const frontier = await steps(findFrontier(evaluator, inputs, target))
  const { origins, divided, rowsInStep } = frontier
  // First, since columns take longer to be found out.
  const stack = new Stack(origins.length)
  if (frontier.rest.length > 0) {
    const route = await steps(routeOf(frontier.rest, target))
    const constants = new Constants(graph)
    await steps(readChain({ file: graph.file, route, from: frontier.table, target, stack, constants }))
  }
  const reader = new ColumnReader(evaluator, inputs, frontier)
  const pieces = await steps(reader.read())
  await breather.turn()
  const transformers = assemble(pieces, inputs.columns.length, inputs.names, divided)
  await breather.turn()
  const some = await steps(someRows(reader, inputs))
  const output = labelOutput(graph.outputs, target)
  const names = [target, frontier.table, ...(output ? [output.name] : [])]
  const outputs = await steps(outputsOf(evaluator, { inputs, rowsInStep }, some, names))
  const wanted = outputs(target)
  const prepared = outputs(frontier.table).data
  const width = origins.length
  const outside = (row: number) =>
    Array.from({ length: width }, (_, k) => prepared[row * width + k]).some((value) => !Number.isFinite(value))
  const isLost = (row: number, { begin, width: count }: Divided) =>
    Array.from({ length: count }, (_, k) => prepared[row * width + begin + k]).every(Number.isNaN)
  const rows = { rows: some.rows, outside, skipped: (row: number) => divided.some((columns) => isLost(row, columns)) }
  if (frontier.rest.length === 0) {
    const pipeline = await pipelineOf(transformers, inputs)
    await breather.turn()
    return await steps(checkPipeline(pipeline, 'transformSync', rows, wanted, graph.file))
  }
  const network = await buildNetwork(graph, stack, seed)
  const activation = activationOf(network.toJSON().layers.at(-1)!).name
  const given = output && outputs(output.name)
  let labels: Label[] | undefined
  let estimator: object
  try {
    labels = given && (await steps(readLabels(evaluator, output, given, largestOf(wanted), classesOf(wanted))))
    await breather.turn()
    // A copy of the network.
    estimator = await estimatorOf({ network, activation, labels })
  } finally {
    network.dispose()
  }
  await breather.turn()
  const pipeline = await pipelineOf(transformers, inputs, estimator)
  await breather.turn()
  if (given) await steps(checkLabels(pipeline, rows, given, wanted, graph.file))
  // Classifiers without probabilities have labels alone.
  if (labels && activation !== 'softmax' && activation !== 'sigmoid') return pipeline
  const method = labels ? 'predictProbaSync' : 'predictSync'
  return await steps(checkPipeline(pipeline, method, rows, wanted, graph.file))
}

/** Runs work with turns of the event loop. */
const steps = <R>(work: Work<R>) => runBreathing(work, undefined)

function pipelineOf(transformers: readonly NamedTransformer[], inputs: Inputs, estimator?: object): Promise<Pipeline> {
  const last = estimator ? (['network', estimator as never] as const) : undefined
  return Pipeline.load(encodePipeline({ transformers, estimator: last, featureNamesIn: inputs.names }, policy))
}

/** Two classes may have one column. */
function classesOf({ dims }: Value): number {
  return dims[1] === 1 || dims[1] === undefined ? 2 : dims[1]
}

/** The column of the largest output of each row, -1 for rows without numbers; of one column, whether it decides for the second class. */
function largestOf({ dims, data }: Value): number[] {
  const columns = dims[1] ?? 1
  return Array.from({ length: dims[0]! }, (_, i) => {
    const row = Array.from({ length: columns }, (_, j) => Number(data[i * columns + j]))
    if (row.some(Number.isNaN)) return -1
    return columns === 1 ? Number(row[0]! > 0) : argMax(row)
  })
}
