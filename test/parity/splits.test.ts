import { expect, it, vi } from 'vitest'
import { ArgumentError, modelSelection } from '../../lib/index.js'
import { fixture, hash32 } from './support.js'

/** One case of scripts/fixtures/make-splits.py; without `fold`, scikit-learn throws. */
interface FoldCase {
  splitter: 'KFold' | 'StratifiedKFold' | 'GroupKFold' | 'StratifiedGroupKFold'
  rows: number
  classes?: number
  groups?: number
  nSplits: number
  fold?: number[]
}

interface Content {
  cases: FoldCase[]
  times: { rows: number; options: object; ranges: number[][] }[]
  halving: { rows: number; count: number; options: object; resources: number[]; candidates: number[] }[]
  edges: EdgeCase[]
  sizes: { rows: number; options: object; shuffled: number[]; cut: number[][]; classes?: string[] }[]
}

/** Few rows, equal values or missing ones (null); without `splits`, scikit-learn throws. */
interface EdgeCase {
  splitter: FoldCase['splitter'] | 'TimeSeriesSplit'
  nSplits: number
  name: string
  y: (number | null)[]
  groups: (number | null)[]
  splits?: [number[], number[]][]
}

const { cases, times, sizes, halving, edges } = fixture<Content>('splits.json')

/** Uneven classes, drawn as in the script. */
function labels(rows: number, classes: number, first: number): number[] {
  const draw = (i: number) => hash32(first + i) % classes
  return Array.from({ length: rows }, (_, row) => Math.min(draw(2 * row), draw(2 * row + 1)))
}

const titled = cases.map((foldCase) => {
  const { splitter, rows, classes, groups, nSplits } = foldCase
  return [`${splitter} into ${nSplits} of ${rows} rows, ${classes} classes, ${groups} groups`, foldCase] as const
})
it.each(titled)('splits as scikit-learn: %s', (_, { splitter, rows, classes, groups, nSplits, fold }) => {
  const x = Array.from({ length: rows }, () => [0])
  const y = classes === undefined ? undefined : labels(rows, classes, rows)
  const groupOf = groups === undefined ? undefined : labels(rows, groups, 3 * rows)
  const make = () => [...new modelSelection[splitter]({ nSplits }).split(x, y, groupOf)]
  if (!fold) {
    expect(make).toThrow()
    return
  }
  const splits = make()
  expect(splits.length).toBe(nSplits)
  for (const [k, { train, test }] of splits.entries()) {
    const rowsOf = (isIn: (number: number) => boolean) => fold.flatMap((number, row) => (isIn(number) ? [row] : []))
    expect([...test]).toEqual(rowsOf((number) => number === k))
    expect([...train]).toEqual(rowsOf((number) => number !== k))
  }
})

it.each(edges)('splits as scikit-learn: $splitter of $name', ({ splitter, nSplits, name, y, groups, splits }) => {
  vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  const missing = (values: (number | null)[]) => values.map((value) => value ?? Number.NaN)
  const x = new Float32Array(y.length).fill(name === 'missing rows' ? Number.NaN : 0)
  const make = () => [...new modelSelection[splitter]({ nSplits }).split(x, missing(y), missing(groups))]
  if (splits) expect(make().map(({ train, test }) => [[...train], [...test]])).toEqual(splits)
  else expect(make).toThrow(ArgumentError)
  vi.restoreAllMocks()
})

it.each(times)('splits as scikit-learn: TimeSeriesSplit of $rows rows, $options', ({ rows, options, ranges }) => {
  const splits = [...new modelSelection.TimeSeriesSplit(options).split(new Float64Array(rows))]
  const ends = (part: Uint32Array) => [part[0], part.at(-1)]
  expect(splits.map(({ train, test }) => [...ends(train), ...ends(test)])).toEqual(ranges)
  for (const part of splits.flatMap(({ train, test }) => [train, test])) {
    expect(part.every((row, i) => row === part[0]! + i)).toBe(true)
  }
})

it.each(sizes)('sizes parts as scikit-learn: $rows rows, $options', ({ rows, options, shuffled, cut, classes }) => {
  const x = Array.from({ length: rows }, (_, row) => row)
  const [split] = [...new modelSelection.ShuffleSplit({ nSplits: 1, seed: 1, ...options }).split(x)]
  expect([split!.train.length, split!.test.length]).toEqual(shuffled)
  const { xTrain, xTest } = modelSelection.trainTestSplit(x, x, { shuffle: false, ...options })
  expect([xTrain, xTest].map((part) => [part[0], part.at(-1)])).toEqual(cut)
  if (!classes) return
  const y = labels(rows, 3, rows)
  const count = (part: Uint32Array) => [0, 1, 2].map((label) => part.filter((row) => y[row] === label).length).join()
  for (let seed = 0; seed < 10; seed++) {
    const [parts] = [...new modelSelection.StratifiedShuffleSplit({ nSplits: 1, seed, ...options }).split(x, y)]
    expect(classes).toContain(`${count(parts!.train)} ${count(parts!.test)}`)
  }
})

it.each(halving)('halves as scikit-learn: $count candidates and $rows rows, $options', async (halvingCase) => {
  const { rows, count, options, resources, candidates } = halvingCase
  class Guess {
    classes = [0, 1]
    value = 0
    clone = () => new Guess()
    getParams = () => ({ value: this.value })
    setParams = ({ value = 0 }: { value?: number }) => Object.assign(this, { value })
    fit = async () => this
    score = async () => this.value
  }
  const params = { value: Array.from({ length: count }, (_, k) => k) }
  const search = new modelSelection.HalvingSearch({ estimator: new Guess(), params, cv: 3, ...options })
  const x = new Float64Array(rows)
  await search.fit(
    x,
    Array.from(x, (_, row) => row % 2),
  )
  const rounds = resources.map((_, round) => search.results.filter((result) => result.round === round))
  expect(rounds.map((results) => results.length)).toEqual(candidates)
  expect(rounds.map((results) => results[0]!.resource)).toEqual(resources)
  expect(search.results.length).toBe(candidates.reduce((sum, number) => sum + number, 0))
  expect(search.bestParams).toEqual({ value: count - 1 })
})
