import { describe, expect, it } from 'vitest'
import { runNow } from '../../../lib/base/breathing.js'
import type { Pipeline } from '../../../lib/index.js'
import { fromOnnx } from '../../../lib/interchange/index.js'
import {
  create,
  type NodeProto,
  NodeProtoSchema,
  type TensorProto,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from '../../../lib/interchange/onnx/proto/messages.js'
import { attributesOf } from '../../../lib/interchange/onnx/read/attributes.js'
import { readNetwork } from '../../../lib/interchange/onnx/read/entrance.js'
import { readOnnxFile } from '../../../lib/interchange/onnx/read/file.js'
import { type Graph as ReadGraph, readGraph } from '../../../lib/interchange/onnx/read/graph.js'
import { Evaluator } from '../../../lib/interchange/onnx/read/preparation/evaluate.js'
import type { Value } from '../../../lib/interchange/onnx/read/preparation/value.js'
import { readTensor } from '../../../lib/interchange/onnx/read/tensor.js'
import { type Attribute, int, ints, text, texts } from '../../../lib/interchange/onnx/write/attributes.js'
import { fileParts } from '../../../lib/interchange/onnx/write/encode.js'
import { Graph } from '../../../lib/interchange/onnx/write/graph.js'

// Small files that ask for much memory or time: each is refused as a FormatError, before it takes them.

const fileOf = (graph: Graph) => Buffer.concat(fileParts(graph, 'graph'))
const wordsOf = (count: number) => Array.from({ length: count }, (_, k) => `word ${k}`)
const words = wordsOf(1000)

function nodeOf(opType: string, input: string[], attributes: Readonly<Record<string, Attribute>> = {}) {
  const attribute = Object.entries(attributes).map(([name, value]) => ({ ...value, name }))
  return create(NodeProtoSchema, { name: opType, opType, input, output: ['y'], attribute })
}

/** A graph without constants, as it is read. */
function graphOf(nodes: readonly NodeProto[], inputs: readonly ValueInfoProto[] = []): ReadGraph {
  return {
    ...{ file: 'model.onnx', name: '', nodes, inputs, outputs: [] },
    maker: () => undefined,
    tensor: () => undefined,
    decode: () => ({ dims: [], data: new Float64Array() }),
  }
}

/** An evaluator of one node, and what the node makes of values. */
function evaluatorOf(node: ReturnType<typeof nodeOf>, feeds: Readonly<Record<string, Value>>) {
  const evaluator = new Evaluator(graphOf([node]))
  const run = () => runNow(evaluator.run([node], new Map(Object.entries(feeds)), ['y'])).get('y')!
  return { evaluator, run }
}

/** A row of words as they came in. */
function wordsIn(columns: number): Value {
  const origins = Int32Array.from({ length: columns }, (_, k) => k)
  return { dims: [1, columns], data: wordsOf(columns), origins, raw: new Uint8Array(columns).fill(1) }
}

describe('the columns of a file', () => {
  it('that are put side by side again and again are limited', async () => {
    const graph = new Graph()
    const x = graph.input('x', 'float', 2)
    const of = (column: number) => graph.node('Gather', [x.name, graph.integers([column])], { axis: int(1) })
    const two = graph.constant(Float32Array.of(2), [])
    let [a, b] = [graph.node('Mul', [of(0), two]), graph.node('Mul', [of(1), two])]
    const join = (...names: string[]) => graph.node('Concat', names, { axis: int(1) })
    for (let k = 0; k < 13; k++) [a, b] = [join(a, b), join(b, a)]
    graph.output({ name: join(a, b), type: 'float', columns: 2 ** 14 }, 'y')
    const { model, name } = await readOnnxFile(fileOf(graph))
    const decode = (tensor: TensorProto) => readTensor(tensor, name, () => new Uint8Array())
    const read = runNow(readGraph(model.graph!, name, decode))
    expect(() => runNow(readNetwork(read, true))).toThrow(/\(Mul\): it is behind 4096 other parts, which is the limit/)
  })

  it('are limited over all inputs together', async () => {
    const graph = new Graph()
    for (let k = 0; k < 30; k++) graph.input(`x${k}`, 'double', 100_000)
    const zero = graph.constant(Float32Array.of(0), [1, 1])
    graph.output({ name: graph.node('Neg', [zero]), type: 'float', columns: 1 }, 'y')
    await expect(fromOnnx(fileOf(graph))).rejects.toThrow(
      'its inputs have 3000000 columns together, but at most 100000 are prepared.',
    )
  })
})

describe('the words that columns are looked up in', () => {
  it('are limited for all columns together', async () => {
    const graph = new Graph()
    const x = graph.input('x', 'string', 20_000).name
    const places = graph.mlNode('LabelEncoder', [x], {
      keys_strings: texts(words),
      values_int64s: ints(words.map((_, k) => k)),
    })
    const sum = graph.node('MatMul', [places, graph.constant(new Float32Array(20_000), [20_000, 1])])
    graph.output({ name: sum, type: 'float', columns: 1 }, 'y')
    await expect(fromOnnx(fileOf(graph))).rejects.toThrow(
      '(LabelEncoder): the preparation is too large to be found out.',
    )
  })

  it.each([
    ['LabelEncoder', () => ({ keys_strings: texts(words), values_int64s: ints(words.map((_, k) => k)) })],
    ['OneHotEncoder', () => ({ cats_strings: texts(words) })],
  ])('are noted once for each column, however many rows are computed: %s', (opType, attributesOfNode) => {
    const attributes: Record<string, Attribute> = attributesOfNode()
    const { evaluator, run } = evaluatorOf(nodeOf(opType, ['x'], attributes), { x: wordsIn(50) })
    run()
    const { cells } = evaluator.notes
    expect(cells).toBeGreaterThan(50 * 1000)
    run()
    expect(evaluator.notes.cells).toBe(cells)
    expect(evaluator.notes.keysOf(49)).toEqual(words)
  })
})

describe('rows wider than a call has arguments', () => {
  const wide = 200_000
  const x = { dims: [1, wide], data: new Float64Array(wide).fill(2).with(wide - 1, 3) }

  it.each([
    ['Softmax', 'along its columns', () => ({}), { [wide - 1]: 1 / (1 + (wide - 1) * Math.exp(-1)) }],
    ['ArgMax', 'along its columns', () => ({ axis: int(1) }), { 0: wide - 1 }],
    ['Normalizer', 'by the largest', () => ({ norm: text('MAX') }), { 0: 2 / 3 }],
    ['Normalizer', 'by the length', () => ({ norm: text('L2') }), { 0: 2 / Math.sqrt(4 * (wide - 1) + 9) }],
  ])('are computed by %s %s', (opType, _, attributesOfNode, cells) => {
    const attributes: Record<string, Attribute> = attributesOfNode()
    const { data } = evaluatorOf(nodeOf(opType, ['x'], attributes), { x }).run()
    for (const [k, value] of Object.entries(cells)) expect(data[Number(k)]).toBeCloseTo(value as number, 12)
  })

  it('are constants that no row depends on, too', async () => {
    const graph = new Graph()
    const w = graph.input('w', 'string', 1).name
    const hot = graph.mlNode('OneHotEncoder', [w], { cats_strings: texts(['a', 'b']), zeros: int(1) })
    const flat = graph.node('Reshape', [hot, graph.integers([-1, 2])])
    const softmax = graph.node('Softmax', [graph.constant(new Float32Array(wide), [1, wide])])
    const most = graph.node('ReduceMax', [softmax], { keepdims: int(1) })
    const table = graph.node('Mul', [flat, graph.node('Sign', [most])])
    graph.output({ name: table, type: 'float', columns: 2 }, 'y')
    const model = await fromOnnx<Pipeline>(fileOf(graph))
    expect(JSON.stringify(model.toJSON())).toContain('OneHotEncoder')
  })

  it('nodes with as many inputs are not computed', () => {
    const node = nodeOf('Sum', new Array<string>(wide).fill('x'))
    const { run } = evaluatorOf(node, { x: { dims: [1, 1], data: [1] } })
    expect(run).toThrow('node "Sum" (Sum): no preparation or layer of perceptra computes it.')
  })
})

describe('large values', () => {
  const cells = 2 ** 18
  const row: Value = { dims: [1, cells], data: new Float64Array(cells).fill(2) }
  const column: Value = { ...row, dims: [cells, 1] }
  const few: Value = { dims: [1, 2 ** 8], data: new Float64Array(2 ** 8) }
  const entries: Value = {
    ...few,
    origins: Int32Array.from(few.data, (_, k) => k),
    raw: new Uint8Array(2 ** 8).fill(1),
  }
  const categories = Array.from({ length: 2 ** 10 }, (_, k) => k)
  const floats = (values: readonly number[]): Attribute => ({ type: 6, floats: [...values] })

  it.each<[string, readonly Value[], Record<string, Attribute>]>([
    ['Add', [row, row], {}],
    ['Concat', [row, row], { axis: int(1) }],
    ['Gather', [row, { dims: [cells], data: new Float64Array(cells) }], { axis: int(1) }],
    ['Transpose', [row], {}],
    ['Slice', [row], { starts: ints([0]), ends: ints([cells]), axes: ints([1]) }],
    ['ReduceMean', [row], { axes: ints([1]) }],
    ['Softmax', [row], {}],
    ['Softmax', [column], {}],
    ['LayerNormalization', [row, row, row], {}],
    ['BatchNormalization', [row, row, row, row, row], {}],
    ['ArgMax', [row], { axis: int(1) }],
    ['Normalizer', [row], { norm: text('L1') }],
    ['Scaler', [row], { offset: floats([0]), scale: floats([1]) }],
    ['Imputer', [row], { imputed_value_floats: floats([1]), replaced_value_float: { type: 1, f: 0 } }],
    ['LabelEncoder', [row], { keys_int64s: ints([2]), values_int64s: ints([1]) }],
    ['OneHotEncoder', [entries], { cats_int64s: ints(categories) }],
    ['ArrayFeatureExtractor', [row, { dims: [cells], data: new Float64Array(cells) }], {}],
    ['FeatureVectorizer', [row, row], {}],
    ['Binarizer', [row], { threshold: { type: 1, f: 0 } }],
    ['LinearClassifier', [column], { coefficients: floats([1, 2]), intercepts: floats([0, 0]) }],
  ])('are computed in steps: %s', (opType, inputs, attributes) => {
    const names = inputs.map((_, k) => `x${k}`)
    const node = nodeOf(opType, names, attributes)
    node.output = ['label', 'y'].slice(opType === 'LinearClassifier' ? 0 : 1)
    const work = new Evaluator(graphOf([node])).run([node], new Map(names.map((name, k) => [name, inputs[k]!])), ['y'])
    let steps = 0
    let last = work.next()
    for (; !last.done; last = work.next()) steps++
    expect(last.value.get('y')).toBeDefined()
    expect(steps).toBeGreaterThanOrEqual(cells / 2 ** 14)
  })
})

describe('the time that a graph takes', () => {
  it('counts each node, beside its cells', () => {
    const chain = Array.from({ length: 20 }, (_, k) =>
      create(NodeProtoSchema, { name: `node ${k}`, opType: 'Neg', input: [`x${k}`], output: [`x${k + 1}`] }),
    )
    const evaluator = new Evaluator(graphOf(chain))
    const run = () => runNow(evaluator.run(chain, new Map([['x0', { dims: [1, 1], data: [1] }]]), ['x20']))
    expect(run().get('x20')!.data).toEqual([1])
    // All but 100 cells of what a file may take.
    evaluator.count(chain[0]!, 2 ** 28 - 21 - 20 * 10 - 100)
    expect(run).toThrow(/^model.onnx cannot be read as ONNX: node "node \d+" \(Neg\): the preparation is too large/)
  })

  it('reads the lists of a node once', () => {
    const node = nodeOf('LabelEncoder', ['x'], { keys_strings: texts(words), values_int64s: ints([1, 2]) })
    expect(attributesOf(node).texts('keys_strings')).toEqual(words)
    for (const name of ['keys_strings', 'values_int64s']) {
      expect(attributesOf(node).listOf(name)).toBe(attributesOf(node).listOf(name))
    }
  })

  it('grows with the inputs that nodes put together, and not with their square', () => {
    const names = wordsOf(20_000)
    const tensor = { case: 'tensorType' as const, value: { elemType: 1 } }
    const inputs = names.map((name) => create(ValueInfoProtoSchema, { name, type: { value: tensor } }))
    const all = Array.from({ length: 100 }, (_, k) => `all ${k}`)
    // Each leaves out the last input, which one alone reads.
    const concats = all.map((output) =>
      create(NodeProtoSchema, { name: output, opType: 'Concat', input: names.slice(0, -1), output: [output] }),
    )
    const last = create(NodeProtoSchema, { opType: 'Sum', input: [...all, names.at(-1)!], output: ['y'] })
    const outputs = [create(ValueInfoProtoSchema, { name: 'y', type: { value: tensor } })]
    const graph = { ...graphOf([...concats, last], inputs), outputs }
    expect(() => runNow(readNetwork(graph, false))).toThrow(
      'it has the inputs "word 0", "word 1", "word 2", "word 3", "word 4", "word 5", and 19994 more, which no node puts side',
    )
  })
})
