import { describe, expect, it } from 'vitest'
import { countConfusion, countRight, formatConfusion, largest } from '../../examples/demo/confusion.js'
import { drawImage, sideBySide } from '../../examples/demo/draw.js'
import { drawMisread, findMisread } from '../../examples/demo/misread.js'
import { Matrix } from '../../lib/base/matrix.js'

/** Four images of two classes; the last two are misclassified, the last one with more confidence. */
const probabilities = Matrix.from([
  [0.9, 0.1],
  [0.2, 0.8],
  [0.4, 0.6],
  [0.75, 0.25],
])
const labels = Int32Array.of(0, 1, 0, 1)

describe('the confusion matrix', () => {
  it('counts the predictions for each class', () => {
    const counts = countConfusion(probabilities, labels)
    expect(counts).toEqual([
      [1, 1],
      [1, 1],
    ])
    expect(countRight(counts)).toBe(2)
    expect(countRight(countConfusion(probabilities, [0, 1, 1, 0]))).toBe(4)
  })

  it('uses the first of equal probabilities as the prediction', () => {
    expect(largest([0.25, 0.5, 0.5])).toBe(1)
    expect(largest(Float32Array.of(3))).toBe(0)
  })

  it('aligns its columns and prints dots for zeros', () => {
    const counts = [
      [980, 0],
      [7, 1135],
    ]
    expect(formatConfusion(counts, ['0', '1'])).toEqual([
      '  |     0     1',
      '--+------------',
      '0 |   980     .',
      '1 |     7  1135',
    ])
  })

  it('prints numbers beside the names of classes', () => {
    const counts = [
      [1, 0],
      [0, 1],
    ]
    expect(formatConfusion(counts, ['Coat', 'Ankle boot']).slice(2)).toEqual([
      '0 Coat       |  1  .',
      '1 Ankle boot |  .  1',
    ])
  })
})

describe('findMisread and drawMisread', () => {
  it('find the mistakes, the most confident first', () => {
    const mistakes = findMisread(probabilities, labels)
    expect(mistakes.map(({ index, label, predicted }) => [index, label, predicted])).toEqual([
      [3, 1, 0],
      [2, 0, 1],
    ])
    expect(mistakes[0]!.probability).toBeCloseTo(0.75)
    expect(mistakes[0]!.probabilityOfTruth).toBeCloseTo(0.25)
  })

  it('draw an image above its true class and its prediction', () => {
    const mistake = findMisread(probabilities, labels)[0]!
    const drawing = drawMisread(mistake, [0, 1, 1, 0], { imageShape: [2, 2], classNames: ['cat', 'dog'] })
    expect(drawing).toEqual(['  @@', '@@  ', 'is dog (25.0 %)', 'read as cat (75.0 %)'])
  })
})

describe('drawImage and sideBySide', () => {
  it('draw higher values darker', () => {
    const steps = Array.from({ length: 11 }, (_, i) => i / 10)
    expect(drawImage(steps, [1, 11])).toEqual(['  ..::--==++**##%%@@@@'])
  })

  it('draw two rows of a wide image as one line', () => {
    const rows = [new Array(20).fill(1), new Array(20).fill(0), new Array(20).fill(1)]
    expect(drawImage(rows.flat(), [3, 20])).toEqual(['+'.repeat(20), '@'.repeat(20)])
  })

  it('accept values out of range', () => {
    expect(drawImage([-1, 2], [1, 2])).toEqual(['  @@'])
  })

  it('arrange images side by side in as many bands as the width needs', () => {
    const blocks = [['aaa', 'a'], ['bbb'], ['c', 'ccc']]
    expect(sideBySide(blocks, 13)).toEqual(['aaa  bbb  c', 'a         ccc'])
    expect(sideBySide(blocks, 12)).toEqual(['aaa  bbb', 'a', '', 'c', 'ccc'])
    expect(sideBySide(blocks, 1)).toEqual(['aaa', 'a', '', 'bbb', '', 'c', 'ccc'])
    expect(sideBySide([], 80)).toEqual([])
  })
})
