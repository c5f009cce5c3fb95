import { describe, expect, it } from 'vitest'
import { runNow } from '../../../lib/base/breathing.js'
import { layers, type Pipeline, Sequential } from '../../../lib/index.js'
import { fromOnnx, toOnnx } from '../../../lib/interchange/index.js'
import {
  create,
  ModelProtoSchema,
  NodeProtoSchema,
  type TensorProto,
  TensorProto_DataType,
  TensorProtoSchema,
  toBinary,
} from '../../../lib/interchange/onnx/proto/messages.js'
import { buildNetwork } from '../../../lib/interchange/onnx/read/build.js'
import { checkColumns } from '../../../lib/interchange/onnx/read/columns/check.js'
import { readNetwork } from '../../../lib/interchange/onnx/read/entrance.js'
import { readOnnxFile } from '../../../lib/interchange/onnx/read/file.js'
import { readGraph } from '../../../lib/interchange/onnx/read/graph.js'
import { Evaluator } from '../../../lib/interchange/onnx/read/preparation/evaluate.js'
import { readTensor } from '../../../lib/interchange/onnx/read/tensor.js'
import { int } from '../../../lib/interchange/onnx/write/attributes.js'
import { fileParts } from '../../../lib/interchange/onnx/write/encode.js'
import { Graph } from '../../../lib/interchange/onnx/write/graph.js'
import { distance, runOnnx } from './runtime.js'

/** Makes nodes of a value; returns the name of what they make. */
type Make = (graph: Graph, from: string) => string

const scalar = (graph: Graph, value: number) => graph.constant(Float32Array.of(value), [])
const side = (graph: Graph, ...names: string[]) => graph.node('Concat', names, { axis: int(1) })
const column = (graph: Graph, from: string, place: number) =>
  graph.node('Gather', [from, graph.integers([place])], { axis: int(1) })

/** A file that makes something of two columns. */
function fileOf(make: Make): Uint8Array {
  const graph = new Graph()
  const x = graph.input('x', 'float', 2)
  graph.output({ name: make(graph, x.name), type: 'float', columns: 2 }, 'y')
  return Buffer.concat(fileParts(graph, 'graph'))
}

const rows = Float32Array.of(-1000, 1000, -200, 30, -7, -2, 0, 0, 0.3, -0.6, 2, 7, 30, -200, 1000, -1000)

async function expectAsOnnxruntime(file: Uint8Array, types: readonly string[]): Promise<void> {
  const model = await fromOnnx<Sequential>(file)
  expect(model.toJSON().layers.map(({ type }) => type)).toEqual(types)
  const { y } = await runOnnx(file, { x: rows }, rows.length / 2)
  const actual = Array.from({ length: rows.length / 2 }, (_, i) => [
    ...model.predictSync([rows[2 * i]!, rows[2 * i + 1]!]),
  ])
  expect(distance(actual.flat(), y!.data)).toBeLessThan(1e-6)
}

describe('columns are taken out of rows that a node passed on:', () => {
  it.each([['Cast'], ['Identity'], ['Dropout']])('%s', async (opType) => {
    const attributes = opType === 'Cast' ? { to: int(TensorProto_DataType.FLOAT) } : {}
    const file = fileOf((graph, x) => {
      const passed = graph.node(opType, [x], attributes)
      return side(graph, column(graph, passed, 1), column(graph, passed, 0))
    })
    await expectAsOnnxruntime(file, ['columns'])
  })
})

describe('a function of a column that is a scaling near 0 alone is refused:', () => {
  const bends: [string, Make][] = [
    ['Relu', (graph, x) => graph.node('Relu', [graph.node('Add', [x, scalar(graph, 4)])])],
    ['Relu', (graph, x) => graph.node('Relu', [graph.node('Add', [x, scalar(graph, 250)])])],
    // Every number of the table is one that came in, so no node before the last one is seen.
    ['Concat', (graph, x) => graph.node('Where', [graph.node('Greater', [x, scalar(graph, 50)]), scalar(graph, 0), x])],
  ]
  it.each(bends)('%s', async (opType, bend) => {
    const file = fileOf((graph, x) => side(graph, bend(graph, column(graph, x, 0)), column(graph, x, 1)))
    await expect(fromOnnx(file)).rejects.toThrow(`(${opType}): it scales columns near 0, but not at `)
  })
})

it.each([5, 900_000])('numbers that are cut off at %i are no columns layer, but a pipeline', async (most) => {
  const file = fileOf((graph, x) =>
    side(
      graph,
      graph.node('Clip', [column(graph, x, 0), scalar(graph, -most), scalar(graph, most)]),
      column(graph, x, 1),
    ),
  )
  const pipeline = await fromOnnx<Pipeline>(file)
  const x = [
    [2e6, 2e6],
    [-2e6, 3],
  ]
  expect(pipeline.transformSync(x)).toMatchObject({ data: Float32Array.of(most, 2e6, -most, 3) })
})

it('a function of all columns that is a scaling near 0 alone is the next layer', async () => {
  const file = fileOf((graph, x) => {
    const turned = side(graph, column(graph, x, 1), column(graph, x, 0))
    return graph.node('Relu', [graph.node('Add', [turned, scalar(graph, 4)])])
  })
  await expectAsOnnxruntime(file, ['columns', 'rescaling', 'activation'])
})

describe('the check of a columns layer', () => {
  /** What is read of a file, and its network. */
  async function readFile(file: Uint8Array) {
    const { model, name } = await readOnnxFile(file)
    const decode = (tensor: TensorProto) => readTensor(tensor, name, () => new Uint8Array())
    const graph = runNow(readGraph(model.graph!, name, decode))
    const { stack, columns } = runNow(readNetwork(graph, true))
    return { found: columns!, network: await buildNetwork(graph, stack, 1) }
  }
  const turned = fileOf((graph, x) => side(graph, column(graph, x, 1), column(graph, x, 0)))

  it('frees the network where the graph cannot be computed', async () => {
    const { found, network } = await readFile(turned)
    const { graph } = found.evaluator
    const nodes = graph.nodes.map((node) => ({ ...node, opType: 'Unknown' }))
    await expect(checkColumns(network, { ...found, evaluator: new Evaluator({ ...graph, nodes }) })).rejects.toThrow(
      'no preparation or layer of perceptra computes it',
    )
    expect(() => network.predictSync([1, 2])).toThrow(expect.objectContaining({ code: 'ERR_DISPOSED' }))
  })

  it('has work of its own', async () => {
    const { found, network } = await readFile(turned)
    const { evaluator } = found
    // Reading has done all the work that a file may cause.
    expect(() => evaluator.count(evaluator.graph.nodes[0]!, 2 ** 28)).toThrow('too large')
    await checkColumns(network, found)
    expect(network.predictSync([1, 2])).toEqual(Float32Array.of(2, 1))
  })

  it('computes wide tables in parts', async () => {
    const width = 90_000
    const graph = new Graph()
    const x = graph.input('x', 'float', width)
    const places = graph.integers(Array.from({ length: width }, (_, k) => width - 1 - k))
    const gathered = graph.node('Gather', [x.name, places], { axis: int(1) })
    const file = side(graph, gathered, column(graph, x.name, 0))
    graph.output({ name: file, type: 'float', columns: width + 1 }, 'y')
    const model = await fromOnnx<Sequential>(Buffer.concat(fileParts(graph, 'graph')))
    const row = Float32Array.from({ length: width }, (_, k) => k)
    expect(model.predictSync(row)).toEqual(Float32Array.of(...row.toReversed(), 0))
  })
})

it('numbers that are cut off before waves of them are no columns layer', async () => {
  const parts = [
    { type: 'periodicEmbedding', form: 'plr', columns: [0] },
    { type: 'passthrough', columns: [1] },
  ] as const
  const bytes = await toOnnx(
    new Sequential({ layers: [layers.columns({ parts: [...parts], inputShape: [2] })], seed: 1 }),
  )
  const { model } = await readOnnxFile(bytes)
  const { node: nodes, initializer, input } = model.graph!
  const own = nodes.find(({ opType, input: names }) => opType === 'Gather' && names[0] === input[0]!.name)!.output[0]!
  for (const node of nodes) node.input = node.input.map((name) => (name === own ? 'cut' : name))
  const ends = [-5, 5].map((value) =>
    create(TensorProtoSchema, { name: `end ${value}`, dataType: TensorProto_DataType.FLOAT, floatData: [value] }),
  )
  initializer.push(...ends)
  const names = [own, ...ends.map(({ name }) => name)]
  nodes.push(create(NodeProtoSchema, { name: 'cut', opType: 'Clip', input: names, output: ['cut'] }))
  await expect(fromOnnx(toBinary(ModelProtoSchema, model))).rejects.toThrow('but the columns layer that was read gives')
})
