import { describe, expect, it } from 'vitest'
import type { Pipeline, Sequential } from '../../../lib/index.js'
import { fromOnnx } from '../../../lib/interchange/index.js'
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
