import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { ArgumentError } from '../../../lib/base/errors.js'
import { Matrix } from '../../../lib/base/matrix.js'
import { digits } from '../../../lib/datasets/index.js'
import { sharedData } from './shared-data.js'

describe('digits', () => {
  it('has 1,437 + 360 images of 8 x 8 pixels in ten classes', () => {
    const { train, test, classes, classNames, imageShape } = digits()
    expect([train.x.rows, train.x.cols, train.y.length]).toEqual([1437, 64, 1437])
    expect([test.x.rows, test.x.cols, test.y.length]).toEqual([360, 64, 360])
    expect(classes).toBe(10)
    expect(classNames).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'])
    expect(imageShape).toEqual([8, 8])
    expect(train.x).toBeInstanceOf(Matrix)
    expect(train.y).toBeInstanceOf(Int32Array)
  })

  it('scales pixels to 0..1', () => {
    const { train, test } = digits()
    const raw = digits({ raw: true })
    expect(raw.test.x).toBeInstanceOf(Uint8Array)
    expect(test.x.data).toEqual(Float32Array.from(raw.test.x, (pixel) => pixel / 16))
    expect(train.x.data.reduce((a, b) => Math.max(a, b))).toBe(1)
    expect(train.x.data.reduce((a, b) => Math.min(a, b))).toBe(0)
  })

  it('returns copies, so that callers cannot change the data of others', () => {
    const changed = digits({ raw: true })
    const before = { x: changed.train.x.slice(), y: changed.train.y.slice() }
    changed.train.x.fill(99)
    changed.train.y.fill(99)
    changed.imageShape[0] = 99
    expect(digits({ raw: true }).train).toEqual(before)
    expect(digits().imageShape).toEqual([8, 8])
  })

  it('unpacks its data once, because it is synchronous', () => {
    digits()
    const unpack = vi.spyOn(process.getBuiltinModule('node:zlib'), 'gunzipSync')
    digits()
    expect(unpack).not.toHaveBeenCalled()
    unpack.mockRestore()
  })

  it('refuses unknown and wrong options', () => {
    expect(() => digits({ row: true } as never)).toThrow(/Unknown option "row".*Did you mean raw\?/)
    expect(() => digits({ raw: 1 } as never)).toThrow(ArgumentError)
    expect(() => digits(null as never)).toThrow(ArgumentError)
  })
})

describe('digits-data.ts, which scripts/make-digits.mjs writes', () => {
  let rows: number[][] = []
  let testIndex: number[] = []
  beforeAll(() => {
    const folder = sharedData('digits')
    const csv = gunzipSync(readFileSync(join(folder, 'digits.csv.gz'))).toString()
    rows = csv
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split(',').map(Number))
    testIndex = JSON.parse(readFileSync(join(folder, 'test_index.json'), 'utf8'))
  })

  it('holds the source rows, in the fixed split', () => {
    const { train, test } = digits({ raw: true })
    const trainIndex = rows.map((_, i) => i).filter((i) => !testIndex.includes(i))
    expect([trainIndex.length, testIndex.length]).toEqual([1437, 360])
    for (const [{ x, y }, index] of [[train, trainIndex] as const, [test, testIndex] as const]) {
      expect(Array.from(x)).toEqual(index.flatMap((i) => rows[i]!.slice(0, 64)))
      expect(Array.from(y)).toEqual(index.map((i) => rows[i]![64]))
    }
  })
})
