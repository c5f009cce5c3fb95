import { describe, expect, it } from 'vitest'
import { layers, load, Sequential } from '../../../lib/index.js'

const dense = layers.dense({ units: 1 })
const columns = (...parts: object[]) => layers.columns({ inputShape: [3], parts: parts as never })
const codes = { type: 'embedding', columns: [0, 2], inputDim: [3, 2], outputDim: 2 }

describe('layers.columns', () => {
  it('puts out the parts one after the other, with their tensors in order', () => {
    const edges = [
      [0, 1, 2],
      [0, 2],
    ]
    using model = new Sequential({
      layers: [
        columns(
          codes,
          { type: 'passthrough', columns: [1] },
          { type: 'oneHot', columns: [2], inputDim: 2 },
          { type: 'periodicEmbedding', columns: [1], frequencies: 4 },
          { type: 'periodicEmbedding', form: 'plrLite', columns: [0, 1], frequencies: 4, outputDim: 5 },
          { type: 'piecewiseLinearEmbedding', columns: [0, 1], edges, outputDim: 3 },
        ),
        dense,
      ],
      seed: 1,
    })
    expect(model.getWeights().map(({ rows, cols }) => [rows, cols])).toEqual([
      [5, 2],
      ...[
        [1, 4],
        [1, 4],
        [4, 3],
        [1, 3],
      ], // prettier-ignore
      ...[
        [2, 4],
        [8, 5],
        [1, 5],
      ], // prettier-ignore
      ...[
        [2, 3],
        [2, 3],
        [3, 3],
      ], // prettier-ignore
      [4 + 1 + 2 + 4 + 10 + 6, 1],
      [1, 1],
    ])
    expect(model.summary()).toContain('columns (columns)')
  })

  it('gives zeros for code -1 and rows of each table for the others', async () => {
    using model = new Sequential({
      layers: [columns(codes, { type: 'oneHot', columns: [2], inputDim: 2 }), dense],
      seed: 2,
    })
    const { data } = model.getWeights()[0]!
    const row = (k: number) => [...data.slice(2 * k, 2 * k + 2)]
    const output = await model.layer(0).output([
      [2, 9, 1],
      [-1, 9, 0],
      [0, 9, -1],
    ])
    expect(output.toArray()).toEqual([
      [...row(2), ...row(4), 0, 1],
      [0, 0, ...row(3), 1, 0],
      [...row(0), 0, 0, 0, 0],
    ])
  })

  it('is the same after saving and loading', async () => {
    const spec = columns(codes, { type: 'periodicEmbedding', columns: [1] }, { type: 'passthrough', columns: [1] })
    using model = new Sequential({ layers: [spec, layers.scale(), dense], seed: 3 })
    const file = await model.toBytes()
    using copy = (await load(file)) as Sequential
    expect(copy.toJSON()).toEqual(model.toJSON())
    const x = [[1, 0.5, 1]]
    expect(await copy.predict(x)).toEqual(await model.predict(x))
  })

  it.each<[string, () => unknown, RegExp]>([
    ['no parts', () => columns(), /array of at least one part/],
    ['an unknown type', () => columns({ type: 'embeding' }), /one of passthrough, .* for type of part 0.*embedding/],
    ['no columns', () => columns({ type: 'passthrough', columns: [] }), /array of column numbers/],
    ['an unknown option', () => columns({ type: 'oneHot', columns: [0], inputDim: 2, outputDim: 1 }), /outputDim/],
    [
      'counts of other columns',
      () => columns({ ...codes, inputDim: [1, 2, 3] }),
      /each of the 2 columns in inputDim.*3/,
    ],
    [
      'edges that do not increase',
      () => columns({ type: 'piecewiseLinearEmbedding', columns: [0], edges: [[0, 1, 1]] }),
      /two increasing float32 numbers.*column 0/,
    ],
    [
      'a column that is not there',
      () => new Sequential({ layers: [columns({ type: 'passthrough', columns: [3] }), dense] }),
      /columns from 0 to 2 .* layer 0.*got 3/,
    ],
    [
      'codes above another layer',
      () =>
        new Sequential({ layers: [layers.scale({ inputShape: [3] }), layers.columns({ parts: [codes as never] })] }),
      /must be the first, but it is layer 1/,
    ],
    ['a factor of an unknown tensor', () => layers.dense({ units: 1, learningRateFactor: { bais: 1 } }), /bias/],
    [
      'a factor below 0',
      () => layers.dense({ units: 1, weightDecayFactor: { bias: -1 } }),
      /bias in weightDecayFactor/,
    ],
  ])('rejects %s', (_, make, message) => {
    expect(make).toThrow(message)
  })

  it.each([
    [[3, 0, 0], 0],
    [[0, 0, 0.5], 2],
    [[-2, 0, 0], 0],
  ] as const)('rejects the codes of row %j', async (row, column) => {
    using model = new Sequential({ layers: [columns(codes), dense], seed: 1 })
    await expect(model.predict([[0, 0, 0], row])).rejects.toThrow(
      new RegExp(`Expected integers from -1 to .* row 1, column ${column}`),
    )
    expect(() => model.predictSync(Float32Array.from(row))).toThrow(/Expected integers from -1/)
  })
})
