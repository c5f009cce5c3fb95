import { expect, it } from 'vitest'
import { runNow } from '../../../lib/base/breathing.js'
import { restoreLearner } from '../../../lib/distributed/worker/restore.js'
import {
  callbacks,
  layers,
  Matrix,
  MLPClassifier,
  NetworkClassifier,
  optimizers,
  pipeline,
  preprocessing,
  Table,
} from '../../../lib/index.js'
import { pack, unpack } from '../../../lib/jobs/index.js'

const there = (value: unknown) => runNow(unpack(runNow(pack(value, 'it')), restoreLearner))

it('carries numbers that JSON lacks, typed arrays, dates, maps and undefined', () => {
  const value = {
    numbers: [Number.NaN, Infinity, -Infinity, -0, 0.1 + 0.2, 5e-324],
    arrays: [Float64Array.of(1, Number.NaN), Uint8Array.of(1, 2, 3), Int32Array.of(-1)],
    map: new Map<unknown, unknown>([
      [1, 'a'],
      ['b', new Date(5)],
    ]),
    nothing: undefined,
    text: 'ä\u0000\ud800',
    proto: { deep: [[[]]] },
  }
  expect(there(value)).toStrictEqual(value)
})

it('carries long arrays in blocks, matrices and tables', () => {
  const rows = Array.from({ length: 5001 }, (_, i) => [i, i % 3 === 0 ? Number.NaN : i / 7])
  expect(there(rows)).toStrictEqual(rows)
  const matrix = new Matrix(Float32Array.from({ length: 12 }, Math.sqrt), 4, 3)
  expect(there(matrix)).toStrictEqual(matrix)
  const cells = [
    { 10: 'x', age: 3, at: new Date(9), yes: true },
    { 10: null, age: Number.NaN, at: null, yes: false },
  ]
  const table = Table.fromRows(cells)
  const same = there(table) as Table
  expect([same.names, same.toRows(), same.kind('at')]).toEqual([table.names, table.toRows(), 'date'])
})

it('carries estimators and pipelines with their parameters', () => {
  const model = pipeline([
    new preprocessing.ColumnTransformer({
      transformers: [['num', new preprocessing.StandardScaler({ withMean: false }), [0]]],
      remainder: 'passthrough',
    }),
    new MLPClassifier({ hiddenLayerSizes: [3, 2], alpha: 0.1, classWeight: new Map([['a', 2]]), seed: 7 } as never),
  ])
  const same = there(model) as typeof model
  expect(JSON.stringify(same)).toBe(JSON.stringify(model))
  expect(same.getParams()['mlpclassifier.classWeight' as never]).toStrictEqual(new Map([['a', 2]]))
  const network = new NetworkClassifier({
    layers: [layers.dense({ units: 4, activation: 'relu' })],
    optimizer: optimizers.adam({ learningRate: 0.01, globalClipNorm: 1 }),
  })
  expect((there(network) as typeof network).getParams()).toEqual(network.getParams())
})

it('refuses what is no data, with words', () => {
  const text = 'Jobs hold data, never code'
  const refused: [unknown, string][] = [
    [() => 1, 'Expected data for it, but got a function'],
    [{ scoring: (a: number) => a }, 'Expected data for scoring of it, but got a function (scoring)'],
    [[1, Symbol('x')], 'Expected data for it[1]'],
    [
      new NetworkClassifier({ layers: [], callbacks: [callbacks.earlyStopping()] }),
      'callbacks of NetworkClassifier of it',
    ],
    [new (class extends MLPClassifier {})(), 'Expected data for it'],
    [new URL('http://a.b'), 'an object (URL)'],
    [{ big: 1n }, 'big of it'],
  ]
  for (const [value, message] of refused) {
    expect(() => runNow(pack(value, 'it'))).toThrow(message)
    expect(() => runNow(pack(value, 'it'))).toThrow(text)
  }
  expect(() => runNow(pack({ $: 'learner' }, 'it'))).toThrow('Expected no key "$" in it')
  const cycle: unknown[] = []
  cycle.push(cycle)
  expect(() => runNow(pack(cycle, 'it'))).toThrow('Expected at most 100 levels of data for it')
})

const forged = (head: unknown, buffers = new Uint8Array(0)) => {
  const text = new TextEncoder().encode(typeof head === 'string' ? head : JSON.stringify(head))
  const begin = Math.ceil((12 + text.length) / 8) * 8
  const bytes = new Uint8Array(begin + buffers.length)
  bytes.set(new TextEncoder().encode('PCPACK01'))
  new DataView(bytes.buffer).setUint32(8, text.length, true)
  bytes.set(text, 12)
  bytes.set(buffers, begin)
  return bytes
}

it('refuses a subclass of the same name', () => {
  const own = { MLPClassifier: class extends MLPClassifier {} }
  expect(own.MLPClassifier.name).toBe('MLPClassifier')
  expect(() => runNow(pack(new own.MLPClassifier(), 'it'))).toThrow('Expected data for it')
})

it('refuses bytes that are named again and again, which would be work without end', () => {
  const text = (value: unknown) => new TextEncoder().encode(JSON.stringify(value))
  const parts: Uint8Array[] = []
  let at = 0
  const add = (bytes: Uint8Array) => {
    const place = [at, bytes.length]
    const padded = new Uint8Array(Math.ceil(bytes.length / 8) * 8)
    padded.set(bytes)
    parts.push(padded)
    at += padded.length
    return place
  }
  let block = add(text([1, 1]))
  for (let level = 0; level < 60; level++) {
    const array = { $: 'array', length: 2, blocks: [block] }
    block = add(text([array, array]))
  }
  const bomb = forged({ $: 'array', length: 2, blocks: [block] }, new Uint8Array(Buffer.concat(parts)))
  const numbers = { $: 'numbers', type: 'Uint8Array', at: [0, 8] }
  for (const bytes of [bomb, forged([numbers, numbers], new Uint8Array(8))]) {
    expect(() => runNow(unpack(bytes, restoreLearner))).toThrow('the same bytes more than once')
  }
})

it('refuses damaged and forged bytes with a FormatError', () => {
  const nested = `${'['.repeat(5000)}${']'.repeat(5000)}`
  const wrong: [Uint8Array, string][] = [
    [new Uint8Array(3), 'does not begin'],
    [new TextEncoder().encode('PCPACK02 and so on'), 'does not begin'],
    [forged({}).subarray(0, 13), 'cut short'],
    [forged({ $: 'code', text: 'process.exit()' }), 'unknown kind "code"'],
    [forged({ $: 'numbers', type: 'Float64Array', at: [0, 80] }), 'the bytes of a buffer'],
    [forged({ $: 'numbers', type: 'Float64Array', at: [-8, 8] }), 'the place of a buffer'],
    [forged({ $: 'numbers', type: 'Float64Array', at: [0, 7] }, new Uint8Array(8)), 'half a number'],
    [forged({ $: 'numbers', type: 'constructor', at: [0, 8] }, new Uint8Array(8)), 'the type of numbers'],
    [forged({ $: 'matrix', rows: 1e9, cols: 1e9, at: [0, 8] }, new Uint8Array(8)), 'Expected'],
    [forged({ $: 'array', length: 1e9, blocks: [] }), 'Expected 1000000000 entries'],
    [forged({ $: 'table', columns: [['a', 'number', ['x']]] }), 'row 0'],
    [forged({ $: 'map', entries: [1] }), 'pairs'],
    [forged({ $: 'learner', kind: 'constructor', params: {} }), 'no estimator or transformer "constructor"'],
    [forged({ $: 'learner', kind: 'MLPClassifier', params: { alpha: 'x' } }), 'alpha'],
    [forged({ $: 'learner', kind: 'MLPClassifier', params: { evil: 1 } }), 'evil'],
    [forged(nested), 'levels'],
    [forged('{'), 'damaged'],
  ]
  for (const [bytes, message] of wrong) {
    expect(() => runNow(unpack(bytes, restoreLearner))).toThrow(
      expect.objectContaining({ code: 'ERR_FORMAT', message: expect.stringContaining(message) }),
    )
  }
})

it('reads 4,000 random changes of bytes without anything but an error of this package', () => {
  const packed = runNow(
    pack(
      {
        model: new MLPClassifier({ seed: 1 }),
        x: Matrix.from([
          [1, 2],
          [3, 4],
        ]),
        y: ['a', 'b'],
      },
      'it',
    ),
  )
  let random = 1
  const next = (below: number) => {
    random = (random * 48271) % 2147483647
    return random % below
  }
  let refused = 0
  for (let k = 0; k < 4000; k++) {
    const bytes = packed.slice(0, next(4) === 0 ? next(packed.length) : packed.length)
    for (let change = 0; change <= next(3) && bytes.length > 0; change++) bytes[next(bytes.length)] = next(256)
    try {
      runNow(unpack(bytes, restoreLearner))
    } catch (error) {
      refused++
      expect((error as { code: string }).code).toBe('ERR_FORMAT')
    }
  }
  expect(refused).toBeGreaterThan(1000)
})
