import { describe, expect, it } from 'vitest'
import { layers, Matrix, Sequential } from '../../lib/index.js'
import { classes, classModel, xor, xorModel } from './models.js'

const make = () =>
  new Sequential({
    layers: [
      layers.dense({ units: 3, activation: 'relu', inputShape: [2] }),
      layers.dense({ units: 1, useBias: false, name: 'out' }),
    ],
    seed: 1,
  })

const kernel = [
  [1, 2, 3],
  [4, 5, 6],
]

describe('getWeights and setWeights', () => {
  it('getWeights and setWeights use the order of Keras and accept any form of table', () => {
    using model = make()
    expect(model.getWeights().map(({ rows, cols }) => [rows, cols])).toEqual([
      [2, 3],
      [1, 3],
      [3, 1],
    ])
    expect(model.countParams()).toBe(12)
    for (const weights of [
      [kernel, [0.5, 0, -20], [[1], [1], [1]]],
      [Matrix.from(kernel), [[0.5, 0, -20]], Float64Array.of(1, 1, 1)],
      [Float32Array.from(kernel.flat()), Float32Array.of(0.5, 0, -20), Matrix.from([[1], [1], [1]])],
    ]) {
      model.setWeights(weights)
      expect(model.getWeights().map((matrix) => matrix.toArray())).toEqual([kernel, [[0.5, 0, -20]], [[1], [1], [1]]])
      // relu(1 + 4 + .5) + relu(2 + 5) + relu(3 + 6 - 20)
      expect(model.predictSync([1, 1])).toEqual(Float32Array.of(12.5))
    }
  })

  it('getWeights returns copies', () => {
    using model = make()
    const [first] = model.getWeights()
    first!.data.fill(9)
    expect(model.getWeights()[0]!.data).not.toContain(9)
  })

  it.each<[string, unknown, RegExp]>([
    ['a number', 5, /3 tensors \(dense\.kernel, dense\.bias, out\.kernel\)/],
    ['too few tensors', [kernel], /an array of 3 tensors.*an array of 1/],
    [
      'a kernel with too many columns',
      [
        [
          [1, 2, 3, 4],
          [1, 2, 3, 4],
        ],
        [0, 0, 0],
        [[1], [1], [1]],
      ],
      /rows of 3 numbers for dense\.kernel/,
    ],
    [
      'a kernel with too many rows',
      [
        [...kernel, [1, 2, 3]],
        [0, 0, 0],
        [[1], [1], [1]],
      ],
      /2 rows for dense\.kernel, but got 3 rows/,
    ],
    ['a short bias', [kernel, [0, 0], [[1], [1], [1]]], /rows of 3 numbers for dense\.bias/],
    ['NaN', [kernel, [0, 0, 0], [[1], [Number.NaN], [1]]], /out\.kernel, but row 1, column 0 is NaN/],
  ])('setWeights rejects %s', (_, weights, message) => {
    using model = make()
    const before = model.getWeights()
    expect(() => model.setWeights(weights as never)).toThrow(message)
    expect(model.getWeights()).toEqual(before)
  })
})

describe('predict', () => {
  it('predict agrees with predictSync for every form of input', async () => {
    using model = classModel()
    const { x } = classes(1000)
    const all = await model.predict(x)
    expect(model.predictSync(new Matrix(x, 1000, 4))).toEqual(all)
    const row = x.subarray(0, 4)
    for (const one of [row, [...row], Float64Array.from(row)]) {
      const out = model.predictSync(one)
      expect(out).toBeInstanceOf(Float32Array)
      for (const [j, p] of out.entries()) expect(p).toBeCloseTo(all.at(0, j), 5)
    }
    expect(model.predictSync([[...row]])).toBeInstanceOf(Matrix)
    expect(model.predictSync(x.subarray(0, 8))).toEqual(model.predictSync(new Matrix(x.slice(0, 8), 2, 4)).data)
  })

  // Wide rows are read in place, narrow ones are copied.
  it.each([4, 300])('predictSync writes outputs for %i inputs into the array `out`', (inputs) => {
    const three = layers.dense({ units: 3, activation: 'tanh', inputShape: [inputs] })
    using model = new Sequential({ layers: [three], seed: 3 })
    const rows = Float32Array.from({ length: 2 * inputs }, (_, i) => Math.sin(i))
    const [first, both] = [model.predictSync(rows.subarray(0, inputs)), model.predictSync(rows)]
    const out = new Float32Array(3)
    expect(model.predictSync(rows.subarray(0, inputs), out)).toBe(out)
    expect(out).toEqual(first)
    expect(model.predictSync([...rows.subarray(0, inputs)], out)).toBe(out)
    const two = new Float32Array(6)
    expect(model.predictSync(new Matrix(rows, 2, inputs), two)).toEqual(new Matrix(two, 2, 3))
    expect(two).toEqual(both)
    expect(model.predictSync(rows, rows.subarray(1, 7))).toEqual(both)
    for (const wrong of [new Float32Array(4), new Float32Array(6), [0, 0, 0]]) {
      expect(() => model.predictSync(new Float32Array(inputs), wrong as never)).toThrow(/out/)
    }
    const withNaN = new Float32Array(inputs).fill(1)
    withNaN[inputs - 1] = Number.NaN
    expect(() => model.predictSync(withNaN, out)).toThrow(/row 0, column .* is NaN/)
    expect(out).toEqual(first)
  })

  it('predict accepts bytes', async () => {
    using model = xorModel()
    expect(await model.predict(Uint8Array.from(xor.x.flat()))).toEqual(await model.predict(xor.x))
  })
})

describe('summary', () => {
  it('summary lists layers, output shapes and parameter counts', () => {
    using model = make()
    expect(model.summary()).toBe(
      [
        'Model: sequential, 2 inputs',
        '--------------------------------------------',
        'Layer (type)         Output shape  Params',
        '--------------------------------------------',
        'dense (dense, relu)  (rows, 3)          9',
        'out (dense, linear)  (rows, 1)          3',
        '--------------------------------------------',
        'Total params: 12 (48 bytes)',
      ]
        .map((line) => (line.startsWith('---') ? '-'.repeat(41) : line))
        .join('\n'),
    )
    model.compile({ optimizer: 'adam', loss: 'meanSquaredError' })
    expect(model.summary()).toMatch(/\nOptimizer state \(adam\): 24 \(96 bytes\)$/)
  })
})

describe('toJSON and fromJSON', () => {
  it('toJSON and fromJSON restore the same model with the same initial weights', () => {
    using model = make()
    using again = Sequential.fromJSON(JSON.parse(JSON.stringify(model)))
    using third = Sequential.fromJSON(JSON.stringify(model))
    expect(again.toJSON()).toEqual(model.toJSON())
    expect(again.getWeights()).toEqual(model.getWeights())
    expect(third.getWeights()).toEqual(model.getWeights())
    expect(() => Sequential.fromJSON('{')).toThrow(/a model as JSON/)
    expect(() => Sequential.fromJSON({ layers: 5 } as never)).toThrow(/array of at least one layer/)
  })
})

describe('setWeights of a layer', () => {
  it('sets the tensors of one layer and leaves those of others', () => {
    using model = make()
    const before = model.getWeights().map((matrix) => matrix.toArray())
    model.layer(0).setWeights([kernel, [1, 2, 3]])
    expect(model.getWeights().map((matrix) => matrix.toArray())).toEqual([kernel, [[1, 2, 3]], before[2]])
    model.layer('out').setWeights([[[1], [2], [3]]])
    expect(model.layer('out').getWeights()[0]!.toArray()).toEqual([[1], [2], [3]])
    expect(model.layer(0).getWeights()[0]!.toArray()).toEqual(kernel)
  })

  it('has the order of Keras: gamma, beta, moving mean, moving variance', () => {
    const norm = layers.batchNormalization({ epsilon: 1e-9, inputShape: [1] })
    using model = new Sequential({ layers: [norm], seed: 1 })
    model.layer(0).setWeights([[2], [10], [3], [4]])
    expect(model.predictSync([7])[0]).toBeCloseTo((2 * (7 - 3)) / 2 + 10, 5)
    expect(() => model.layer(0).setWeights([[2], [10], [3], [-4]])).toThrow(/variance of at least 0/)
  })

  it('names what is wrong', () => {
    using model = new Sequential({
      layers: [layers.dense({ units: 2, inputShape: [2] }), layers.dropout({ rate: 0.5 })],
      seed: 1,
    })
    expect(() => model.layer(0).setWeights([[[1, 2]], [0, 0]])).toThrow(/2 rows for dense\.kernel/)
    expect(() => model.layer(0).setWeights([[0, 0]])).toThrow(/2 tensors \(dense\.kernel, dense\.bias\)/)
    expect(() => model.layer(1).setWeights([[0, 0]])).toThrow(/an array of 0 tensors for weights/)
    model.layer(1).setWeights([])
    model.dispose()
    expect(() => model.layer(1)).toThrow(expect.objectContaining({ code: 'ERR_DISPOSED' }))
  })
})
