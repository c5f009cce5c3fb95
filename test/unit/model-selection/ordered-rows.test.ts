import { afterEach, describe, expect, it, vi } from 'vitest'
import { Matrix, MLPClassifier, modelSelection } from '../../../lib/index.js'

const { KFold, TimeSeriesSplit, crossValidate, trainTestSplit } = modelSelection

const emit = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
const warnings = () => emit.mock.calls.map(([text]) => String(text))

afterEach(() => void emit.mockClear())

/** Labels of `rows` rows in blocks, as in a file that is sorted by class. */
const sorted = (rows: number, classes: number) =>
  Array.from({ length: rows }, (_, row) => `k${Math.floor((row * classes) / rows)}`)
const mixed = (rows: number, classes: number, seed: number) => {
  const { train } = trainTestSplit(sorted(rows, classes), sorted(rows, classes), { testSize: 1, seed })
  return Array.from(train, (row) => sorted(rows, classes)[row]!)
}
const split = (y: readonly unknown[], options: object = {}) => [...new KFold(options).split(y, y)]

describe('rows sorted by class', () => {
  it.each([
    [150, 3],
    [40, 2],
    [100_000, 5],
  ])('are told of by KFold without shuffle (%i rows of %i classes)', (rows, classes) => {
    split(sorted(rows, classes))
    expect(warnings()).toEqual([
      expect.stringMatching(/fold \d differ much.*"k\d" has \d+ % of its rows and \d+ % of all.*Set shuffle to true/),
    ])
    expect(emit.mock.calls[0]![1]).toMatchObject({ code: 'PERCEPTRA_MODEL_SELECTION' })
  })

  it('are told of by trainTestSplit without shuffle', () => {
    trainTestSplit(sorted(90, 3), sorted(90, 3), { shuffle: false })
    expect(warnings()).toEqual([expect.stringMatching(/trainTestSplit without shuffle: the classes of fold/)])
  })

  it('are told of in crossValidate, once', async () => {
    const y = sorted(60, 2)
    const x = Matrix.from(y.map((label) => [label === 'k0' ? 1 : 0]))
    const estimator = new MLPClassifier<string>({ hiddenLayerSizes: [2], maxIter: 1, seed: 1 })
    await crossValidate(estimator, x, y, { cv: new KFold({ nSplits: 3 }) })
    expect(warnings().filter((text) => text.includes('sorted'))).toHaveLength(1)
  })

  it('are no reason to warn with shuffle, without classes, or in the order of time', () => {
    split(sorted(150, 3), { shuffle: true, seed: 1 })
    split(Array.from({ length: 150 }, (_, row) => row / 7))
    split(Array.from({ length: 150 }, (_, row) => [row]))
    ;[...new TimeSeriesSplit().split(sorted(150, 3), sorted(150, 3))]
    expect(warnings()).toEqual([])
  })

  it('are not seen in random rows', () => {
    for (let seed = 0; seed < 300; seed++) split(mixed(20 + (seed % 5) * 37, 2 + (seed % 9), seed))
    expect(warnings()).toEqual([])
  })
})
