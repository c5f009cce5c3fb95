import { describe } from '../../../../base/check.js'
import { MlpError } from '../../../../base/errors.js'
import { encodePipeline } from '../../../../pipeline/file.js'
import { Pipeline } from '../../../../pipeline/pipeline.js'
import { activationOf } from '../../../../spec/layer-tensors.js'
import { readChain } from '../chain.js'
import { Constants } from '../constants.js'
import { targetOf } from '../entrance.js'
import type { Graph } from '../graph.js'
import { problem } from '../problem.js'
import { Route } from '../segment.js'
import { Stack } from '../stack.js'
import { assemble, type NamedTransformer } from './assemble.js'
import { ColumnReader } from './columns.js'
import { Evaluator } from './evaluate.js'
import { findFrontier } from './frontier.js'
import { Inputs } from './inputs.js'
import { labelOutput, readLabels } from './labels.js'
import { estimatorOf } from './model.js'
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
  const target = targetOf(graph)
  const evaluator = new Evaluator(graph)
  const inputs = new Inputs(graph)
  const frontier = await findFrontier(evaluator, inputs, target)
  const reader = new ColumnReader(evaluator, inputs, frontier)
  const pieces = await reader.read()
  try {
    const transformers = assemble(pieces, inputs.columns.length, inputs.names)
    const some = someRows(reader, inputs)
    const output = labelOutput(graph.outputs, target)
    const values = await valuesOf(evaluator, [target, frontier.table, ...(output ? [output.name] : [])], some.feeds)
    const outputs = (name: string) => {
      const value = values.get(name)
      if (value && value.dims[0] === some.rows.length) return value
      throw problem(graph.file, `its output ${describe(name)} has no value for each row.`)
    }
    const wanted = outputs(target)
    const prepared = outputs(frontier.table).data
    const width = frontier.origins.length
    const outside = (row: number) =>
      Array.from({ length: width }, (_, k) => prepared[row * width + k]).some((value) => !Number.isFinite(value))
    const rows = { rows: some.rows, outside }
    if (frontier.rest.length === 0)
      return await checkPipeline(await pipelineOf(transformers, inputs), 'transformSync', rows, wanted, graph.file)
    const stack = new Stack(frontier.origins.length)
    const constants = new Constants(graph)
    readChain({
      file: graph.file,
      route: new Route(frontier.rest, target),
      from: frontier.table,
      target,
      stack,
      constants,
    })
    const network = stack.build(seed, graph.name === '' ? 'sequential' : graph.name)
    const activation = activationOf(network.toJSON().layers.at(-1)!).name
    const given = output && outputs(output.name)
    const labels = given && readLabels(evaluator, output, given, largestOf(wanted), classesOf(wanted))
    const estimator = await estimatorOf({ network, activation, labels })
    const pipeline = await pipelineOf(transformers, inputs, estimator)
    if (given) await checkLabels(pipeline, rows, given, wanted, graph.file)
    // Classifiers without probabilities have labels alone.
    if (labels && activation !== 'softmax' && activation !== 'sigmoid') return pipeline
    return await checkPipeline(pipeline, labels ? 'predictProbaSync' : 'predictSync', rows, wanted, graph.file)
  } catch (cause) {
    // Sizes and numbers that no transformer has.
    if (!(cause instanceof MlpError) || cause.message.startsWith(`${graph.file} cannot`)) throw cause
    throw problem(graph.file, cause.message, { cause })
  }
}

/** Values of the graph for some rows. */
function valuesOf(
  evaluator: Evaluator,
  names: readonly string[],
  feeds: ReadonlyMap<string, Value>,
): Promise<Map<string, Value>> {
  const needed = new Set(names.flatMap((name) => evaluator.nodesTo(name)))
  return evaluator.run(
    evaluator.graph.nodes.filter((node) => needed.has(node)),
    feeds,
  )
}

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
    return columns === 1 ? Number(row[0]! > 0) : row.indexOf(Math.max(...row))
  })
}
