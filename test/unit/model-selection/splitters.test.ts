import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ArgumentError, Matrix, modelSelection, Table } from '../../../lib/index.js'

const {
  KFold,
  StratifiedKFold,
  GroupKFold,
  StratifiedGroupKFold,
  TimeSeriesSplit,
  RepeatedKFold,
  RepeatedStratifiedKFold,
  ShuffleSplit,
  StratifiedShuffleSplit,
  trainTestSplit,
} = modelSelection

const rowsOf = (rows: number) => new Float64Array(rows)
const plain = (splits: Iterable<modelSelection.Split>) =>
  [...splits].map(({ train, test }) => [Array.from(train), Array.from(test)] as const)

const folds = fc.record({
  rows: fc.integer({ min: 12, max: 60 }),
  nSplits: fc.integer({ min: 2, max: 5 }),
  seed: fc.nat(),
})

describe('splitters with shuffle', () => {
  const makers = { KFold, StratifiedKFold, GroupKFold, StratifiedGroupKFold }
  it.each(Object.entries(makers))('%s tests every row once, with the same splits from the same seed', (_, Folds) => {
    fc.assert(
      fc.property(folds, ({ rows, nSplits, seed }) => {
        const y = Array.from({ length: rows }, (_, row) => (row % 2 ? 'odd' : 'even'))
        const byGroup = Folds === GroupKFold || Folds === StratifiedGroupKFold
        const groups = byGroup ? Array.from({ length: rows }, (_, row) => row % 6) : undefined
        const split = () => plain(new Folds({ nSplits, shuffle: true, seed }).split(rowsOf(rows), y, groups))
        const splits = split()
        expect(splits.flatMap(([, test]) => test).sort((a, b) => a - b)).toEqual([...Array(rows).keys()])
        for (const [train, test] of splits) {
          expect([...train, ...test].sort((a, b) => a - b)).toEqual([...Array(rows).keys()])
          if (groups) {
            const tested = new Set(test.map((row) => groups[row]))
            expect(train.some((row) => tested.has(groups[row]!))).toBe(false)
          }
        }
        const sizes = splits.map(([, test]) => test.length)
        if (Folds === KFold || Folds === StratifiedKFold)
          expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThan(2)
        expect(split()).toEqual(splits)
      }),
      { numRuns: 40 },
    )
  })

  it('KFold shuffles by its seed, and has a random one by default', () => {
    const test = (seed: number) => plain(new KFold({ shuffle: true, seed }).split(rowsOf(50)))
    expect(test(1)).not.toEqual(test(2))
    const drawn = new KFold({ shuffle: true })
    expect(plain(drawn.split(rowsOf(50)))).toEqual(test(drawn.seed))
  })

  it('repeated folds differ, and each repeat tests every row once', () => {
    const y = Array.from({ length: 30 }, (_, row) => row % 3)
    for (const splitter of [
      new RepeatedKFold({ nSplits: 3, nRepeats: 4, seed: 5 }),
      new RepeatedStratifiedKFold({ nSplits: 3, nRepeats: 4, seed: 5 }),
    ]) {
      const tests = plain(splitter.split(rowsOf(30), y)).map(([, test]) => test)
      expect([splitter.nSplits, tests.length]).toEqual([12, 12])
      const repeats = [0, 3, 6, 9].map((at) => tests.slice(at, at + 3))
      for (const repeat of repeats) expect(repeat.flat().sort((a, b) => a - b)).toEqual([...Array(30).keys()])
      expect(new Set(repeats.map((repeat) => JSON.stringify(repeat))).size).toBe(4)
    }
    const [, test] = plain(new RepeatedStratifiedKFold({ nSplits: 2, nRepeats: 1, seed: 1 }).split(rowsOf(30), y))[0]!
    expect([0, 1, 2].map((label) => test.filter((row) => y[row] === label).length)).toEqual([5, 5, 5])
  })

  it('train and test of ShuffleSplit share no rows, and stratified ones have the shares of classes', () => {
    const y = Array.from({ length: 100 }, (_, row) => (row < 80 ? 'many' : 'few'))
    for (const Parts of [ShuffleSplit, StratifiedShuffleSplit]) {
      const splits = plain(new Parts({ nSplits: 4, testSize: 0.2, trainSize: 50, seed: 2 }).split(rowsOf(100), y))
      expect(splits.map(([train, test]) => [train.length, test.length])).toEqual(Array(4).fill([50, 20]))
      for (const [train, test] of splits) {
        expect(new Set([...train, ...test]).size).toBe(70)
        if (Parts === StratifiedShuffleSplit) expect(test.filter((row) => y[row] === 'few').length).toBe(4)
      }
      expect(splits[0]).not.toEqual(splits[1])
    }
  })
})

describe('trainTestSplit', () => {
  it('keeps rows and labels together, and their types', () => {
    const numbers = Array.from({ length: 20 }, (_, row) => row)
    const forms = [
      Matrix.from(numbers.map((row) => [row, -row])),
      Table.from({ number: numbers, name: numbers.map(String) }),
      Uint8Array.from(numbers),
      numbers.map((row) => ({ row })),
    ]
    for (const x of forms) {
      const { xTrain, xTest, yTrain, yTest, train, test } = trainTestSplit(x, numbers, { seed: 3, testSize: 5 })
      expect([yTrain, yTest]).toEqual([Array.from(train), Array.from(test)])
      expect([xTrain.constructor, xTest.constructor]).toEqual([x.constructor, x.constructor])
      const first = [...test][0]!
      if (xTest instanceof Matrix) expect(Array.from(xTest.row(0))).toEqual([first, -first])
      else if (xTest instanceof Table) expect(xTest.row(0)).toEqual({ number: first, name: `${first}` })
      else expect(xTest[0]).toEqual((x as unknown[])[first])
    }
  })

  it('stratifies by y or by other labels', () => {
    const y = Array.from({ length: 40 }, (_, row) => row % 4 === 0)
    const { yTest } = trainTestSplit(rowsOf(40), y, { seed: 1, stratify: true, testSize: 0.5 })
    expect(yTest.filter(Boolean).length).toBe(5)
    const { test } = trainTestSplit(rowsOf(40), y, {
      seed: 1,
      stratify: y.map((label) => (label ? 'a' : 'b')),
      testSize: 4,
    })
    expect([...test].filter((row) => y[row]).length).toBe(1)
  })
})

describe('arguments of splitters', () => {
  const y = ['a', 'a', 'b', 'b', 'b', 'b']
  const x = rowsOf(6)
  const drain = (splits: Iterable<unknown>) => [...splits]
  it.each([
    [() => new KFold({ nSplits: 1 }), /integer of at least 2 for nSplits, but got 1/],
    [() => new KFold({ seed: 1 }), /none without shuffle for seed, but got 1.*Set shuffle/],
    [() => new KFold({ nsplits: 3 } as never), /Unknown option "nsplits" for KFold. Did you mean nSplits/],
    [() => new KFold({ shuffle: 1 } as never), /true or false for shuffle/],
    [() => drain(new KFold({ nSplits: 7 }).split(x)), /at most 6, the number of rows for nSplits, but got 7/],
    [() => drain(new KFold().split([])), /at least one row/],
    [() => drain(new StratifiedKFold().split(x, y)), /a class of at least nSplits rows.*5 for nSplits.*more than 4/],
    [
      () => drain(new StratifiedKFold().split(x)),
      /one label a row to stratify by for y \(as StratifiedKFold needs them\)/,
    ],
    [
      () => drain(new StratifiedKFold().split(x, [1, 2, 3.5, 4, 5, 6])),
      /the label of a class for row 2 of y.*3.5.*to stratify by. Use KFold/,
    ],
    [() => drain(new StratifiedKFold().split(x, ['a'])), /6 labels.*but got 1/],
    [() => drain(new GroupKFold().split(x, y)), /one string, number or boolean a row for groups \(as GroupKFold needs/],
    [() => drain(new GroupKFold().split(x, y, y)), /at most 2, the number of different groups for nSplits, but got 5/],
    [() => drain(new GroupKFold().split(x, y, ['a'])), /6 entries.*groups.*but got 1/],
    [
      () => drain(new StratifiedGroupKFold({ nSplits: 2 }).split(x, y)),
      /for groups \(as StratifiedGroupKFold needs them\)/,
    ],
    [
      () => drain(new StratifiedGroupKFold({ nSplits: 2 }).split(x, y, [0, 0, 1, 1, 2, Number.NaN])),
      /a finite number, true or false for row 5 of groups, but got NaN/,
    ],
    [() => new TimeSeriesSplit({ gap: -1 }), /at least 0 for gap/],
    [() => new TimeSeriesSplit({ testSize: 0 }), /at least 1 for testSize/],
    [() => new TimeSeriesSplit({ maxTrainSize: 0.5 }), /at least 1 for maxTrainSize/],
    [() => drain(new TimeSeriesSplit().split(rowsOf(5))), /at most 5, the number of rows for nSplits \+ 1, but got 6/],
    [() => drain(new TimeSeriesSplit({ gap: 3 }).split(x)), /at least 9 rows for 5 tests of 1 rows and a gap of 3/],
    [() => new RepeatedKFold({ nRepeats: 0 }), /at least 1 for nRepeats/],
    [() => new RepeatedKFold({ nSplits: 1 }), /at least 2 for nSplits/],
    [() => new ShuffleSplit({ testSize: 1.5 }), /share above 0 and below 1 for testSize, but got 1.5/],
    [() => new ShuffleSplit({ trainSize: 0 }), /for trainSize, but got 0/],
    [() => new ShuffleSplit({ nSplits: 0 }), /at least 1 for nSplits/],
    [() => drain(new ShuffleSplit({ testSize: 6 }).split(x)), /at least one row to train with/],
    [() => drain(new ShuffleSplit({ testSize: 4, trainSize: 0.5 }).split(x)), /give 3 to train and 4 to test/],
    [() => drain(new StratifiedShuffleSplit({ testSize: 1 }).split(x, y)), /at least 2 rows to test with.*classes/],
    [() => drain(new StratifiedShuffleSplit().split(x, ['c', ...y.slice(1)])), /two rows of each class.*"c" has one/],
    [() => trainTestSplit(x, y, { shuffle: false, stratify: true }), /no stratify without shuffle/],
    [() => trainTestSplit(x, y, { shuffle: false, seed: 1 }), /no seed without shuffle/],
    [() => trainTestSplit(x, ['a']), /6 rows for y \(as x has\), but got 1/],
    [
      () => trainTestSplit(x, y, { testSize: 'half' as never }),
      /share above 0 and below 1 for testSize, but got "half"/,
    ],
  ])('rejects wrong arguments (%s)', (act, message) => {
    expect(act).toThrow(ArgumentError)
    expect(act).toThrow(message)
  })

  it('warns if a class has fewer rows than there are folds', async () => {
    const warned = new Promise((resolve) => process.once('warning', resolve))
    drain(new StratifiedKFold({ nSplits: 3 }).split(x, y))
    expect(await warned).toMatchObject({
      code: 'PERCEPTRA_MODEL_SELECTION',
      message: expect.stringMatching(/"a" has only 2/),
    })
  })

  it('takes more classes and groups than a call can have arguments', () => {
    const classes = Array.from({ length: 300_000 }, (_, row) => row % 150_000)
    const [first] = new StratifiedKFold({ nSplits: 2 }).split(rowsOf(300_000), classes)
    expect(new Set(Array.from(first!.test, (row) => classes[row])).size).toBe(150_000)
    const [group] = new GroupKFold({ nSplits: 2 }).split(rowsOf(300_000), undefined, classes)
    expect(group!.test.length).toBe(150_000)
    const { train } = trainTestSplit(rowsOf(300_000), classes, { testSize: 0.5, seed: 1, stratify: true })
    expect(new Set(Array.from(train, (row) => classes[row])).size).toBe(150_000)
  })
})
