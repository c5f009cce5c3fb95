import { describe, expect, it } from 'vitest'
import { runNow } from '../../../lib/base/breathing.js'
import { create, type NodeProto, NodeProtoSchema } from '../../../lib/interchange/onnx/proto/messages.js'
import type { Graph } from '../../../lib/interchange/onnx/read/graph.js'
import { Evaluator } from '../../../lib/interchange/onnx/read/preparation/evaluate.js'
import type { Value } from '../../../lib/interchange/onnx/read/preparation/value.js'

const nodeOf = (opType: string, input: string[], output: string, axis?: bigint) => {
  const attribute = axis === undefined ? [] : [{ name: 'axis', i: axis }]
  return create(NodeProtoSchema, { name: output, opType, input, output: [output], attribute })
}

function valuesOf(nodes: readonly NodeProto[], feeds: Record<string, Value>, wanted: readonly string[]) {
  const graph: Graph = {
    ...{ file: 'model.onnx', name: '', nodes, inputs: [], outputs: [] },
    maker: () => undefined,
    tensor: () => undefined,
    decode: () => ({ dims: [], data: new Float64Array() }),
  }
  return runNow(new Evaluator(graph).run(nodes, new Map(Object.entries(feeds)), wanted))
}

const table = (rows: number, columns: number): Value => ({
  dims: [rows, columns],
  data: new Float32Array(rows * columns),
})

describe('the cells that a graph is computed for', () => {
  it('counts what a node picks of a table, and not the table', () => {
    const picked = Array.from({ length: 3000 }, (_, k) => `column ${k}`)
    const nodes = picked.map((name) => nodeOf('Gather', ['x', 'place'], name, 1n))
    // 3,000 tables of 100,000 cells would be too many.
    const values = valuesOf(nodes, { x: table(1, 100_000), place: { dims: [1], data: [99_999] } }, picked)
    expect(values.get('column 2999')).toMatchObject({ dims: [1, 1], data: [0] })
  })

  it('refuses a product of large tables before it is computed', () => {
    const feeds = { x: table(1025, 4096), kernel: table(4096, 4096) }
    expect(() => valuesOf([nodeOf('MatMul', ['x', 'kernel'], 'y')], feeds, ['y'])).toThrow(
      'model.onnx cannot be read as ONNX: node "y" (MatMul): the preparation is too large to be found out.',
    )
  })

  it('holds a limited number of cells at one time', () => {
    const cells = 2 ** 20
    const copies = Array.from({ length: 20 }, (_, k) => `copy ${k}`)
    const nodes = copies.map((name) => nodeOf('Concat', ['x'], name, 0n))
    expect(() => valuesOf(nodes, { x: table(1, cells) }, copies)).toThrow('node "copy 15" (Concat): the preparation is')
    // What no node reads any more is freed.
    const chain = copies.map((name, k) => nodeOf('Concat', [k === 0 ? 'x' : copies[k - 1]!], name, 0n))
    expect(valuesOf(chain, { x: table(1, cells) }, ['copy 19']).cells).toBe(cells)
  })

  it('computes products of tables either way round, with a factor and a bias', () => {
    const gemm = nodeOf('Gemm', ['x', 'kernel', 'bias'], 'y')
    gemm.attribute.push(
      ...create(NodeProtoSchema, {
        attribute: [
          { name: 'transB', i: 1n },
          { name: 'alpha', f: 2 },
          { name: 'beta', f: 10 },
        ],
      }).attribute,
    )
    const x = { dims: [2, 3], data: [1, 2, 3, 4, 5, 6], origins: Int32Array.of(0, 1, 2, 0, 1, 2) }
    // (units, inputs): the second unit reads the last column alone.
    const kernel = { dims: [2, 3], data: [1, -1, 0.5, 0, 0, 1] }
    const bias = { dims: [2], data: [0.1, 0.2] }
    expect(valuesOf([gemm], { x, kernel, bias }, ['y']).get('y')).toEqual({
      dims: [2, 2],
      data: Float64Array.of(2 * 0.5 + 1, 2 * 3 + 2, 2 * 2 + 1, 2 * 6 + 2),
      origins: Int32Array.of(-2, 2, -2, 2),
    })
    const turned = { dims: [3, 2], data: [1, 0, -1, 0, 0.5, 1] }
    const product = valuesOf([nodeOf('MatMul', ['x', 'turned'], 'y')], { x, turned }, ['y']).get('y')
    expect(product).toEqual({
      dims: [2, 2],
      data: Float64Array.of(0.5, 3, 2, 6),
      origins: Int32Array.of(-2, 2, -2, 2),
    })
  })
})
