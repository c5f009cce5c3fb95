import { describe, expect, it } from 'vitest'
import { pipeline, preprocessing, Table } from '../../../lib/index.js'

const { Normalizer, SimpleImputer, StandardScaler } = preprocessing

describe('Normalizer', () => {
  it('divides rows by their length, and leaves rows of zeros', async () => {
    const rows = [
      [3, -4],
      [0, 0],
      [-8, 0],
    ]
    const resultOf = async (norm: preprocessing.Norm) => (await new Normalizer({ norm }).fitTransform(rows)).toArray()
    const [third, fourth] = [Math.fround(3 / 7), Math.fround(-4 / 7)]
    expect(await resultOf('l1')).toEqual([
      [third, fourth],
      [0, 0],
      [-1, 0],
    ])
    expect(await resultOf('l2')).toEqual([
      [Math.fround(0.6), Math.fround(-0.8)],
      [0, 0],
      [-1, 0],
    ])
    expect(await resultOf('max')).toEqual([
      [0.75, -1],
      [0, 0],
      [-1, 0],
    ])
  })

  it('refuses missing numbers with their row and column, in fit and later', async () => {
    const normalizer = new Normalizer()
    const message = (place: string) =>
      `Expected rows without missing numbers for x of Normalizer, but ${place} is missing. Put a SimpleImputer before it.`
    await expect(
      normalizer.fit([
        [1, 2],
        [3, null],
      ]),
    ).rejects.toThrow(message('row 1, column 1'))
    await normalizer.fit(Table.from({ a: [1], b: [2] }))
    const place = expect.objectContaining({ row: 0, column: 'b' })
    expect(() => normalizer.transformSync({ a: 1, b: null })).toThrow(place)
    expect(() => normalizer.transformSync({ a: 1, b: null })).toThrow(message('row 0, column "b"'))
    await expect(normalizer.transform([{ a: 1, b: null }])).rejects.toThrow(message('row 0, column "b"'))
  })

  it('learns from batches, and in a pipeline after an imputer', async () => {
    const batches = [[[1, 1]], [[5, 2]]]
    const normalizer = await new Normalizer({ norm: 'max' }).fit(batches[Symbol.iterator]() as never)
    expect(normalizer.transformSync([5, 2])).toEqual(Float32Array.of(1, 0.4))
    const steps = await pipeline([new SimpleImputer(), new Normalizer({ norm: 'l1' })]).fit([
      [1, 3],
      [3, null],
    ])
    expect(steps.transformSync([null, 2])).toEqual(Float32Array.of(0.5, 0.5))
    expect(
      await pipeline([new Normalizer(), new StandardScaler()]).fit([
        [1, 3],
        [3, 1],
      ]),
    ).toHaveProperty('isFitted', true)
  })
})
