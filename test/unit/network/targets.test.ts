import { describe, expect, it } from 'vitest'
import { runNow } from '../../../lib/base/breathing.js'
import { losses, Matrix } from '../../../lib/index.js'
import { readTargets as readTargetsInSteps } from '../../../lib/network/targets.js'

const readTargets = (...args: Parameters<typeof readTargetsInSteps>) => runNow(readTargetsInSteps(...args))

const sparse = losses.sparseCategoricalCrossentropy()
const categorical = losses.categoricalCrossentropy()
const binary = losses.binaryCrossentropy()
const squared = losses.meanSquaredError()

describe('readTargets', () => {
  it.each<[string, unknown]>([
    ['numbers', [0, 2, 1]],
    ['rows of one', [[0], [2], [1]]],
    ['bytes', Uint8Array.of(0, 2, 1)],
    ['int32', Int32Array.of(0, 2, 1)],
    ['float64', Float64Array.of(0, 2, 1)],
    ['a matrix', new Matrix(Float32Array.of(0, 2, 1), 3, 1)],
  ])('reads class numbers from %s', (_, y) => {
    expect(readTargets(y as never, 'y', sparse, 3, 3)).toEqual({ data: Int32Array.of(0, 2, 1), columns: 1 })
  })

  it.each<[string, unknown]>([
    ['numbers', [0, 1]],
    ['rows of one', [[0], [1]]],
    ['bytes', Uint8Array.of(0, 1)],
    ['float32', Float32Array.of(0, 1)],
  ])('reads values for one output from %s', (_, y) => {
    expect(readTargets(y as never, 'y', binary, 1, 2)).toEqual({ data: Float32Array.of(0, 1), columns: 1 })
  })

  it('reads values for several outputs from rows or one flat typed array', () => {
    const expected = { data: Float32Array.of(1, 2, 3, 4), columns: 2 }
    expect(
      readTargets(
        [
          [1, 2],
          [3, 4],
        ],
        'y',
        squared,
        2,
        2,
      ),
    ).toEqual(expected)
    expect(readTargets(Float64Array.of(1, 2, 3, 4), 'y', squared, 2, 2)).toEqual(expected)
  })

  it.each<[string, unknown, Parameters<typeof readTargets>[2], number, RegExp]>([
    ['another number of rows', [0, 1], sparse, 3, /3 rows for y \(as many as x has\), but got 2 rows/],
    ['an empty array', [], sparse, 3, /it is empty/],
    ['a class too large', [0, 3, 1], sparse, 3, /from 0 to 2 .*row 1 is 3/],
    ['a negative class', [0, -1, 1], sparse, 3, /row 1 is -1/],
    ['a class that is not an integer', [0, 1, 0.5], sparse, 3, /row 2 is 0\.5/],
    ['NaN', [0, 1, Number.NaN], sparse, 3, /row 2, column 0 is NaN/],
    ['text', [0, 'a', 1], sparse, 3, /a number for row 1 of y, but got "a"/],
    [
      'one-hot rows for class numbers',
      [
        [1, 0],
        [0, 1],
        [1, 0],
      ],
      sparse,
      2,
      /one class number a row for y, but got rows of 2 numbers\. For one-hot rows use the loss categoricalCrossentropy/,
    ],
    ['class numbers for one-hot rows', [0, 1, 2], categorical, 3, /use the loss sparseCategoricalCrossentropy/],
    [
      'class numbers in a typed array for one-hot rows',
      Int32Array.of(0, 1, 2),
      categorical,
      3,
      /use the loss sparseCategorical/,
    ],
    ['class numbers in a column for one-hot rows', [[0], [1], [2]], categorical, 3, /use the loss sparseCategorical/],
    [
      'one-hot rows in a matrix for class numbers',
      new Matrix(new Float32Array(6), 3, 2),
      sparse,
      2,
      /use the loss categorical/,
    ],
    ['one-hot rows in a flat array for class numbers', new Uint8Array(6), sparse, 2, /use the loss categorical/],
    [
      'a flat array of another number of rows',
      new Float32Array(8),
      squared,
      2,
      /3 rows for y.*got 4 rows\. A flat array is read as rows of 2 numbers/,
    ],
    [
      'a negative probability',
      [
        [1, 0],
        [1, -0.5],
        [0, 1],
      ],
      categorical,
      2,
      /from 0 to 1 for y, as categoricalCrossentropy takes them, but row 1, column 1 is -0\.5/,
    ],
    [
      'a probability above 1',
      Float32Array.of(1, 0, 0, 1, 2, 0),
      categorical,
      2,
      /categoricalCrossentropy.*row 2, column 0 is 2/,
    ],
    [
      'narrow rows',
      [
        [1, 0],
        [0, 1],
        [1, 0],
      ],
      categorical,
      3,
      /rows of 3 numbers/,
    ],
    [
      'ragged rows',
      [
        [1, 0, 0],
        [0, 1],
        [1, 0, 0],
      ],
      categorical,
      3,
      /row 1 of y.*2 numbers/,
    ],
    ['a binary target above 1', [0, 2, 1], binary, 1, /from 0 to 1.*row 1, column 0 is 2/],
    [
      'a binary target below 0',
      [
        [0, 1],
        [0, 1],
        [0, -1],
      ],
      binary,
      2,
      /row 2, column 1 is -1/,
    ],
    ['infinity', [0, Number.POSITIVE_INFINITY, 1], squared, 1, /row 1, column 0 is Infinity/],
    ['a number that float32 cannot hold', [0, 1e39, 1], squared, 1, /3\.4e38.*row 1, column 0/],
    ['a string', 'abc', squared, 1, /a Matrix, an array of rows/],
    ['undefined', undefined, squared, 1, /undefined/],
  ])('rejects %s', (_, y, loss, outputs, message) => {
    expect(() => readTargets(y as never, 'y', loss, outputs, 3)).toThrow(message)
  })
})
