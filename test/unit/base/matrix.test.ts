import { describe, expect, it } from 'vitest'
import { Matrix, toTable } from '../../../lib/base/matrix.js'

const bad = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]

describe('toTable', () => {
  it.each([1, 2, 3, 4, 5, 8, 11])('rejects a number that is not finite at any place of %i numbers', (length) => {
    for (const type of [Float32Array, Float64Array]) {
      expect(() => toTable(new type(length).fill(-1.5), 'x', 1)).not.toThrow()
      for (const value of bad) {
        for (let k = 0; k < length; k++) {
          const data = new type(length).fill(1)
          data[k] = value
          expect(() => toTable(data, 'x', 1), `${value} at ${k}`).toThrow(`row ${k}, column 0 is ${value}`)
        }
      }
    }
  })

  it('accepts what float32 holds and rejects larger numbers', () => {
    expect(() => toTable(Float32Array.of(3.4e38, -3.4e38, 1e-45, 0, -0), 'x', 1)).not.toThrow()
    expect(() => toTable(Float64Array.of(3.4028234663852886e38), 'x', 1)).not.toThrow()
    expect(() => toTable(Float64Array.of(1, 3.5e38), 'x', 1)).toThrow(/row 1, column 0 is 3\.5e\+38/)
  })

  it('rejects NaN and infinity with their row and column', () => {
    expect(() =>
      toTable(
        [
          [1, 2],
          [3, Number.NaN],
        ],
        'x',
      ),
    ).toThrow(/for x, but row 1, column 1 is NaN/)
    expect(() => toTable(Float64Array.of(1, 2, 3, 1e300), 'x', 2)).toThrow(/row 1, column 1 is 1e\+300/)
    expect(() => toTable(Float32Array.of(1, Number.NEGATIVE_INFINITY), 'x', 2)).toThrow(/column 1 is -Infinity/)
  })

  it.each<[string, unknown, RegExp]>([
    ['ragged rows', [[1, 2], [3]], /2 numbers for row 1 of x \(as in row 0\), but got 1 numbers/],
    ['no rows', [], /it is empty/],
    ['empty rows', [[], []], /it is empty/],
    [
      'a hole',
      [
        [1, 2],
        [1, undefined],
      ],
      /a number for row 1, column 1 of x, but got undefined/,
    ],
    ['numbers without rows', [1, 2], /an array of numbers for row 0 of x, but got 1\./],
    ['a flat array of another length', Float32Array.of(1, 2, 3), /a multiple of 2 numbers/],
    ['rows of another length', new Matrix(new Float32Array(3), 1, 3), /rows of 2 numbers/],
    ['big integers', BigInt64Array.of(1n, 2n), /a Matrix, an array of rows or a flat typed array/],
    ['a buffer', new ArrayBuffer(8), /a Matrix, an array of rows/],
    ['null', null, /null/],
  ])('toTable rejects %s', (_, x, message) => {
    expect(() => toTable(x as never, 'x', 2)).toThrow(message)
  })

  it('does not copy float32, float64 and byte arrays', () => {
    for (const data of [new Float32Array(4), new Float64Array(4), new Uint8Array(4)]) {
      expect(toTable(data, 'x', 2)).toEqual({ data, rows: 2, columns: 2 })
      expect(toTable(data, 'x', 2).data).toBe(data)
    }
    expect(toTable(Int16Array.of(-1, 2), 'x', 2).data).toEqual(Float32Array.of(-1, 2))
  })
})

describe('Matrix', () => {
  it('from makes a matrix of a flat array and a number of columns', () => {
    expect(Matrix.from(Int8Array.of(1, 2, 3, 4), 2).toArray()).toEqual([
      [1, 2],
      [3, 4],
    ])
    expect(Matrix.from(Int8Array.of(1, 2)).toArray()).toEqual([[1, 2]])
    expect(() => Matrix.from(new Float32Array(0))).toThrow(/for values, but it is empty/)
  })

  it.each([0, -1, 1.5, Number.NaN, '2', null])('from rejects %o columns', (columns) => {
    for (const values of [Float32Array.of(1, 2), [[1, 2]]]) {
      expect(() => Matrix.from(values, columns as never)).toThrow(/an integer of at least 1 for columns, but got/)
    }
  })

  it('from copies values, and row returns a view', () => {
    const rows = [Float32Array.of(1, 2), Float32Array.of(3, 4)]
    const matrix = Matrix.from(rows)
    matrix.row(1)[0] = 9
    expect(matrix.toArray()).toEqual([
      [1, 2],
      [9, 4],
    ])
    expect(rows[1]![0]).toBe(3)
    expect(matrix.at(0, 1)).toBe(2)
    expect(() => matrix.row(2)).toThrow(/from 0 to 1/)
    expect(() => matrix.at(0, -1)).toThrow(/column/)
  })
})
