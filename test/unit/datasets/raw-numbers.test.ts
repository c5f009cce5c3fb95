import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { ArgumentError, datasets, FormatError, layers, Matrix, Sequential } from '../../../lib/index.js'

const { rawNumbers } = datasets
const folder = mkdtempSync(join(tmpdir(), 'perceptra-raw-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const path = join(folder, 'some.raw')

/** 10 rows: row r has inputs 10 r and 10 r + 1, and the target r. */
const numbers = Float32Array.from({ length: 30 }, (_, k) => {
  const row = Math.floor(k / 3)
  return k % 3 === 2 ? row : 10 * row + (k % 3)
})

async function collect(source: datasets.RawNumbers) {
  const blocks: { x: number[]; y: number[] }[] = []
  for await (const [x, y] of source) blocks.push({ x: Array.from(x instanceof Matrix ? x.data : x), y: Array.from(y) })
  return blocks
}

describe('rawNumbers', () => {
  it('reads rows after headBytes, in blocks, in order without shuffle', async () => {
    writeFileSync(path, Buffer.concat([Buffer.from('head!'), Buffer.from(numbers.buffer)]))
    const source = await rawNumbers(path, { columns: 2, headBytes: 5, blockRows: 4, shuffle: false })
    expect(source.rows).toBe(10)
    const blocks = await collect(source)
    expect(blocks.map(({ y }) => y)).toEqual([
      [0, 1, 2, 3],
      [4, 5, 6, 7],
      [8, 9],
    ])
    expect(blocks[2]!.x).toEqual([80, 81, 90, 91])
    expect(await collect(source)).toEqual(blocks)
  })

  it('reads bytes with several targets', async () => {
    writeFileSync(path, Uint8Array.of(1, 2, 3, 255, 5, 6))
    expect(await collect(await rawNumbers(path, { columns: 1, targets: 2, type: 'uint8' }))).toEqual([
      { x: [1, 255], y: [2, 3, 5, 6] },
    ])
  })

  it('reads the blocks in a new order in each iteration, the same for equal seeds', async () => {
    writeFileSync(path, numbers)
    const make = () => rawNumbers(path, { columns: 2, blockRows: 1, seed: 3 })
    const [one, other] = [await make(), await make()]
    const order = async (source: datasets.RawNumbers) => (await collect(source)).flatMap(({ y }) => y)
    const [first, second] = [await order(one), await order(one)]
    expect(first).not.toEqual(second)
    expect(first.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect([await order(other), await order(other)]).toEqual([first, second])
  })

  it('can be passed to fit for several epochs', async () => {
    writeFileSync(path, numbers)
    const make = () => {
      const model = new Sequential({ layers: [layers.dense({ units: 1, inputShape: [2] })], seed: 1 })
      model.compile({ optimizer: 'adam', loss: 'meanSquaredError' })
      return model
    }
    using model = make()
    using same = make()
    const options = { epochs: 3, batchSize: 4, shuffle: false }
    await model.fit(await rawNumbers(path, { columns: 2, blockRows: 3, shuffle: false }), options)
    const rows = Array.from({ length: 10 }, (_, row) => row)
    await same.fit(
      rows.map((row) => [10 * row, 10 * row + 1]),
      rows,
      options,
    )
    expect(model.getWeights()).toEqual(same.getWeights())
  })

  it('refuses a file that is missing, has no whole rows, or becomes shorter', async () => {
    await expect(rawNumbers(join(folder, 'none'), { columns: 1 })).rejects.toThrow(/could not read .*ENOENT/)
    writeFileSync(path, numbers.subarray(1))
    await expect(rawNumbers(path, { columns: 2 })).rejects.toThrow(FormatError)
    await expect(rawNumbers(path, { columns: 2 })).rejects.toThrow(/rows of 12, but found 116 bytes/)
    writeFileSync(path, '')
    await expect(rawNumbers(path, { columns: 2 })).rejects.toThrow(/found 0 bytes/)
    writeFileSync(path, numbers)
    const source = await rawNumbers(path, { columns: 2, shuffle: false, blockRows: 5 })
    truncateSync(path, 60)
    await expect(collect(source)).rejects.toThrow(/5 rows from row 5 on, but the file became shorter/)
  })

  it.each<[string, object]>([
    ['columns', {}],
    ['columns', { columns: 0 }],
    ['targets', { columns: 1, targets: 0 }],
    ['type', { columns: 1, type: 'float64' }],
    ['headBytes', { columns: 1, headBytes: -1 }],
    ['blockRows', { columns: 1, blockRows: 0 }],
    ['shuffle', { columns: 1, shuffle: 1 }],
    ['seed', { columns: 1, seed: -1 }],
    ['"rows"', { columns: 1, rows: 3 }],
  ])('refuses a wrong %s', async (name, options) => {
    writeFileSync(path, numbers)
    const error = await rawNumbers(path, options as never).catch((reason) => reason)
    expect(error).toBeInstanceOf(ArgumentError)
    expect(error.message).toContain(name)
  })
})
