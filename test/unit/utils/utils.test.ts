import { expect, it } from 'vitest'
import { ArgumentError, Matrix, utils } from '../../../lib/index.js'

it('toCategorical makes one-hot rows of class numbers', () => {
  expect(utils.toCategorical([2, 0, 1]).toArray()).toEqual([
    [0, 0, 1],
    [1, 0, 0],
    [0, 1, 0],
  ])
  expect(utils.toCategorical(Int32Array.of(1, 0), 3).toArray()).toEqual([
    [0, 1, 0],
    [1, 0, 0],
  ])
  expect(utils.toCategorical(Matrix.from([[1], [0]])).cols).toBe(2)
})

it.each<[string, unknown, number | undefined, RegExp]>([
  ['a fraction', [0, 0.5], undefined, /integer from 0 to \d+ for row 1 of y, but got 0\.5/],
  ['a number beyond the classes', [0, 3], 3, /from 0 to 2 for row 1 of y, but got 3/],
  ['labels', ['a', 'b'], undefined, /row 0 of y, but got "a"/],
  ['several columns', Matrix.from([[1, 2]]), undefined, /one class number a row/],
  ['a number', 5, undefined, /an array of class numbers/],
  ['no classes', [0], 0, /at least 1|from 1/],
])('toCategorical rejects %s', (_, y, classes, message) => {
  expect(() => utils.toCategorical(y as number[], classes)).toThrow(message)
  expect(() => utils.toCategorical(y as number[], classes)).toThrow(ArgumentError)
})

it('argMax gives an index for a row, and one for each row of a table', () => {
  expect(utils.argMax([0.1, 0.7, 0.7])).toBe(1)
  expect(utils.argMax(Float32Array.of(3, 1))).toBe(0)
  const rows = [
    [0, 1],
    [5, 2],
  ]
  expect(utils.argMax(rows)).toEqual(Int32Array.of(1, 0))
  expect(utils.argMax(Matrix.from(rows))).toEqual(Int32Array.of(1, 0))
  expect(() => utils.argMax([])).toThrow(/at least one number/)
  expect(() => utils.argMax(new Float32Array(0))).toThrow(/at least one number/)
  expect(() => utils.argMax([1, Number.NaN])).toThrow(/column 1 of values, but got NaN/)
  expect(() => utils.argMax([[1], ['a']] as never)).toThrow(/values/)
})
