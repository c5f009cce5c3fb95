import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ArgumentError, FormatError, layers, type Sequential } from '../../../lib/index.js'
import { fromOnnx, toOnnx } from '../../../lib/interchange/index.js'
import {
  create,
  GraphProtoSchema,
  type MessageInitShape,
  ModelProtoSchema,
  TensorProto_DataLocation,
  TensorProto_DataType,
  type TensorProtoSchema,
  toBinary,
} from '../../../lib/interchange/onnx/proto/messages.js'
import { network } from './networks.js'
import { distance, runOnnx } from './runtime.js'
import { rowsOf } from './tables.js'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'perceptra-onnx-test-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const small = () =>
  network([layers.dense({ units: 3, activation: 'gelu', inputShape: [4] }), layers.dense({ units: 2 })])

/** A file of this graph. */
function fileOf(graph: MessageInitShape<typeof GraphProtoSchema>): Uint8Array {
  const model = create(ModelProtoSchema, { irVersion: 8n, opsetImport: [{ domain: '', version: 17n }], graph })
  return toBinary(ModelProtoSchema, model)
}

/** A dense layer of one unit whose kernel is this tensor. */
function fileWith(kernel: MessageInitShape<typeof TensorProtoSchema>): Uint8Array {
  return fileOf({
    node: [{ opType: 'MatMul', name: 'product', input: ['x', 'kernel'], output: ['y'] }],
    initializer: [{ ...kernel, name: 'kernel' }],
    input: [{ name: 'x', type: { value: { case: 'tensorType', value: { elemType: 1 } } } }],
    output: [{ name: 'y', type: { value: { case: 'tensorType', value: { elemType: 1 } } } }],
  })
}

it('the largest of two inputs is taken as it is written: max(x, 0.2 x) is a leaky ReLU', async () => {
  const numbers = (name: string, dims: bigint[], values: number[]) => {
    return { name, dims, dataType: TensorProto_DataType.FLOAT, floatData: values }
  }
  const bytes = fileOf({
    node: [
      { opType: 'MatMul', name: 'product', input: ['x', 'kernel'], output: ['sum'] },
      { opType: 'Mul', name: 'small', input: ['sum', 'slope'], output: ['low'] },
      { opType: 'Max', name: 'largest', input: ['sum', 'low'], output: ['y'] },
    ],
    initializer: [numbers('kernel', [1n, 1n], [1]), numbers('slope', [1n], [0.2])],
    input: [{ name: 'x', type: { value: { case: 'tensorType', value: { elemType: 1 } } } }],
    output: [{ name: 'y', type: { value: { case: 'tensorType', value: { elemType: 1 } } } }],
  })
  const { layers: read } = (await fromOnnx<Sequential>(bytes)).toJSON()
  expect(read).toMatchObject([{ type: 'dense', activation: { name: 'leakyRelu', negativeSlope: 0.2 } }])
})

it('a parameter that no layer has is an error with the file and the node', async () => {
  const vector = (name: string) => ({ name, dims: [1n], dataType: TensorProto_DataType.FLOAT, floatData: [1] })
  const names = ['gamma', 'beta', 'mean', 'variance']
  const bytes = fileOf({
    node: [
      {
        ...{ opType: 'BatchNormalization', name: 'norm', input: ['x', ...names], output: ['y'] },
        attribute: [{ name: 'epsilon', f: Number.NaN }],
      },
    ],
    initializer: names.map(vector),
    input: [{ name: 'x', type: { value: { case: 'tensorType', value: { elemType: 1 } } } }],
    output: [{ name: 'y', type: { value: { case: 'tensorType', value: { elemType: 1 } } } }],
  })
  const error = await fromOnnx(bytes).catch((cause: Error) => cause)
  expect(error).toBeInstanceOf(FormatError)
  expect((error as Error).message).toMatch(
    /cannot be read as ONNX: node "norm" \(BatchNormalization\): Expected .*epsilon/,
  )
})

/** A dense layer, then Clip. */
function clipped(): Uint8Array {
  const numbers = (name: string, dims: bigint[], values: number[]) => ({
    name,
    dims,
    dataType: TensorProto_DataType.FLOAT,
    floatData: values,
  })
  return fileOf({
    node: [
      { opType: 'MatMul', name: 'product', input: ['x', 'kernel'], output: ['sum'] },
      { opType: 'Clip', name: 'clip', input: ['sum', 'low', 'high'], output: ['y'] },
    ],
    initializer: [numbers('kernel', [2n, 1n], [1, 2]), numbers('low', [], [-100]), numbers('high', [], [100])],
    input: [{ name: 'x', type: { value: { case: 'tensorType', value: { elemType: 1 } } } }],
    output: [{ name: 'y', type: { value: { case: 'tensorType', value: { elemType: 1 } } } }],
  })
}

it('an operator that is the identity near 0 only is refused', async () => {
  await expect(fromOnnx(clipped())).rejects.toThrow(/node "clip" \(Clip\): no layer of perceptra computes it/)
})

/** A softmax of any width, then a node. */
function softmaxThen(opType: string, inputs: Record<string, number>): Uint8Array {
  const names = Object.keys(inputs)
  return fileOf({
    node: [
      { opType: 'Softmax', name: 'softmax', input: ['x'], output: ['shares'] },
      { opType, name: 'after', input: ['shares', ...names], output: ['y'] },
    ],
    initializer: names.map((name) => {
      return { name, dims: [], dataType: TensorProto_DataType.FLOAT, floatData: [inputs[name]!] }
    }),
    input: [{ name: 'x', type: { value: { case: 'tensorType', value: { elemType: 1 } } } }],
    output: [{ name: 'y', type: { value: { case: 'tensorType', value: { elemType: 1 } } } }],
  })
}

it.each([
  ['Sqrt', {}],
  ['Clip', { low: 0.05, high: 0.95 }],
])('a node that changes probabilities is not left out: %s', async (opType, inputs) => {
  await expect(fromOnnx(softmaxThen(opType, inputs))).rejects.toThrow(
    /node "after" .*no layer of perceptra computes it/,
  )
})

describe('a broken file is refused, with the place:', () => {
  it.each([
    ['an empty one', new Uint8Array(0), 'it is empty'],
    ['text', new TextEncoder().encode('{"model": "mlp"}'), 'at byte 0'],
    [
      'a field beyond the end',
      Uint8Array.of(8, 8, 0x3a, 0xff, 0xff, 0x7f),
      'goes beyond the end of what holds it at byte 2',
    ],
    ['a number that does not end', new Uint8Array(20).fill(0xff), 'number of more than 10 bytes at byte 10'],
    ['a model without a graph', Uint8Array.of(8, 8), 'it has no graph or no operator set'],
  ])('%s', async (_, bytes, text) => {
    await expect(fromOnnx(bytes)).rejects.toThrow(text)
    await expect(fromOnnx(bytes)).rejects.toThrow(FormatError)
  })

  it('every truncation', async () => {
    const bytes = await toOnnx(small())
    for (let end = 0; end < bytes.length; end += 7)
      await expect(fromOnnx(bytes.slice(0, end))).rejects.toThrow(FormatError)
  })

  it('a tensor of 2^60 numbers', async () => {
    const bytes = fileWith({ dims: [2n ** 30n, 2n ** 30n], dataType: TensorProto_DataType.FLOAT })
    await expect(fromOnnx(bytes)).rejects.toThrow('tensor "kernel" has the dimensions [1073741824, 1073741824]')
  })

  it('a tensor with fewer numbers than its dimensions', async () => {
    const raw = fileWith({ dims: [4n, 1n], dataType: TensorProto_DataType.FLOAT, rawData: new Uint8Array(15) })
    await expect(fromOnnx(raw)).rejects.toThrow('tensor "kernel" has 15 bytes, but its dimensions need 16')
    const typed = fileWith({ dims: [4n, 1n], dataType: TensorProto_DataType.FLOAT, floatData: [1, 2] })
    await expect(fromOnnx(typed)).rejects.toThrow('has 2 numbers, but its dimensions need 4')
  })

  it('weights that are not finite', async () => {
    const kernel = { dims: [1n, 1n], dataType: TensorProto_DataType.FLOAT, floatData: [Number.NaN] }
    const wrong = 'cannot be read as ONNX: Number 0 of the tensor "dense.kernel" is NaN'
    await expect(fromOnnx(fileWith(kernel))).rejects.toThrow(wrong)
  })

  it('millions of empty messages', async () => {
    const graph = new Uint8Array(4_000_000).fill(10)
    for (let k = 1; k < graph.length; k += 2) graph[k] = 0
    const bytes = Uint8Array.of(8, 8, 0x3a, 0x80, 0x92, 0xf4, 1, ...new Uint8Array(0))
    const whole = new Uint8Array(bytes.length + graph.length)
    whole.set(bytes)
    whole.set(graph, bytes.length)
    await expect(fromOnnx(whole)).rejects.toThrow('there are more messages than a file of this size holds')
  })

  it('messages nested too deeply', async () => {
    let graph: MessageInitShape<typeof GraphProtoSchema> = {}
    for (let k = 0; k < 30; k++) graph = { node: [{ attribute: [{ g: create(GraphProtoSchema, graph) }] }] }
    await expect(fromOnnx(fileOf(graph))).rejects.toThrow('nested more than 40 deep')
  })

  it('a cycle', async () => {
    const node = [
      { opType: 'Relu', name: 'one', input: ['b'], output: ['a'] },
      { opType: 'Relu', name: 'two', input: ['a'], output: ['b'] },
    ]
    await expect(fromOnnx(fileOf({ node, output: [{ name: 'b' }] }))).rejects.toThrow(
      'node "one" (Relu) is part of a cycle',
    )
  })

  it('a value that nothing makes, or two nodes', async () => {
    const reads = [{ opType: 'Relu', name: 'one', input: ['no'], output: ['a'] }]
    await expect(fromOnnx(fileOf({ node: reads }))).rejects.toThrow('node "one" (Relu) reads "no", which nothing makes')
    const twice = ['one', 'two'].map((name) => ({ opType: 'Relu', name, input: ['x'], output: ['a'] }))
    await expect(fromOnnx(fileOf({ node: twice, input: [{ name: 'x' }] }))).rejects.toThrow('makes "a" again')
  })

  it('a path that does not exist', async () => {
    await expect(fromOnnx(join(folder, 'no.onnx'))).rejects.toThrow(ArgumentError)
  })
})

describe('external data', () => {
  it('is written beside the file, and read by onnxruntime and by fromOnnx', async () => {
    const model = network([
      layers.dense({ units: 40, activation: 'relu', inputShape: [30] }),
      layers.dense({ units: 2 }),
    ])
    const path = join(folder, 'large.onnx')
    const bytes = await toOnnx(model, { path, externalData: true })
    expect(bytes.length).toBeLessThan(2000)
    expect(new Uint8Array(readFileSync(path))).toEqual(bytes)
    const x = rowsOf(5, 30)
    const expected = (await model.predict(x)).data
    const { output } = await runOnnx(path, { input: x.data }, x.rows)
    expect(distance(output!.data, expected)).toBeLessThan(1e-6)
    expect((await fromOnnx<Sequential>(path)).predictSync(x).data).toEqual(model.predictSync(x).data)
    await expect(fromOnnx(bytes)).rejects.toThrow('is in another file, "large.onnx.data". Pass the path of the model')
    writeFileSync(`${path}.data`, new Uint8Array(10))
    await expect(fromOnnx(path)).rejects.toThrow('goes beyond the end of its file, which has 10 bytes')
  })

  it('needs a path', async () => {
    await expect(toOnnx(small(), { externalData: true })).rejects.toThrow('Pass { path }')
  })

  it('outside of the folder is not read, not even through a link', async () => {
    writeFileSync(join(folder, 'secret'), new Uint8Array(16))
    mkdirSync(join(folder, 'models'))
    symlinkSync(join(folder, 'secret'), join(folder, 'models', 'link'))
    const path = join(folder, 'models', 'net.onnx')
    for (const location of ['../secret', join(folder, 'secret'), 'link', '.', 'a\0b', '/dev/zero']) {
      const outside = {
        dims: [4n, 1n],
        dataType: TensorProto_DataType.FLOAT,
        dataLocation: TensorProto_DataLocation.EXTERNAL,
        externalData: [{ key: 'location', value: location }],
      }
      writeFileSync(path, fileWith(outside))
      await expect(fromOnnx(path), location).rejects.toThrow('which is not in the folder of the model')
    }
  })

  it('with impossible offsets is refused', async () => {
    writeFileSync(join(folder, 'data'), new Uint8Array(16))
    for (const [key, value] of [
      ['offset', '-1'],
      ['offset', '1e3'],
      ['length', '17'],
      ['offset', '99999999999999999999'],
    ]) {
      const entry = { key: key!, value: value! }
      const kernel = {
        dims: [4n, 1n],
        dataType: TensorProto_DataType.FLOAT,
        dataLocation: TensorProto_DataLocation.EXTERNAL,
        externalData: [{ key: 'location', value: 'data' }, entry],
      }
      writeFileSync(join(folder, 'net.onnx'), fileWith(kernel))
      await expect(fromOnnx(join(folder, 'net.onnx'))).rejects.toThrow('but the file says otherwise')
    }
  })
})

// Networks of each writer, which scripts/fixtures/make-onnx.py made.
const corpus = fileURLToPath(new URL('../../parity/fixtures/onnx/', import.meta.url))
const files = readdirSync(corpus)
  .filter((name) => name.endsWith('.onnx'))
  .map((name) => readFileSync(join(corpus, name)))

it('a file with changed bytes is read or refused, and nothing else', async () => {
  const change = fc.record({
    place: fc.double({ min: 0, max: 1, noNaN: true }),
    byte: fc.nat({ max: 255 }),
    drop: fc.nat({ max: 3 }),
  })
  const changed = fc.tuple(fc.constantFrom(...files), fc.array(change, { minLength: 1, maxLength: 4 }))
  await fc.assert(
    fc.asyncProperty(changed, async ([whole, changes]) => {
      const bytes = [...whole]
      for (const { place, byte, drop } of changes) bytes.splice(Math.floor(place * bytes.length), drop, byte)
      try {
        const model = await fromOnnx<Sequential>(Uint8Array.from(bytes))
        model.dispose()
      } catch (error) {
        if (!(error instanceof FormatError)) throw error
      }
    }),
    { numRuns: 2000 },
  )
})
