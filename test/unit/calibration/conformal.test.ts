import { describe, expect, it } from 'vitest'
import { ArgumentError, calibration } from '../../../lib/index.js'

const { ConformalIntervals, ConformalSets } = calibration

/** A generator of random numbers from 0 to 1 (splitmix of Steele, Lea and Flood, with 32 bits). */
function uniform(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x9e3779b9) | 0
    let z = Math.imul(state ^ (state >>> 16), 0x85ebca6b)
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35)
    return ((z ^ (z >>> 16)) >>> 0) / 2 ** 32
  }
}

/** Rows with probabilities, and labels drawn from different ones, so that the model is wrong. */
function classes(rows: number, next: () => number) {
  const p = Array.from({ length: rows }, () => {
    const raw = [next() ** 3, next() ** 3, next() ** 3, next() ** 3]
    const sum = raw.reduce((a, b) => a + b)
    return raw.map((value) => value / sum)
  })
  const y = p.map((row) => {
    const roots = row.map(Math.sqrt)
    let rest = next() * roots.reduce((a, b) => a + b)
    let label = 0
    while (label < 3 && rest >= roots[label]!) rest -= roots[label++]!
    return label
  })
  return { p, y }
}

/** The mean over many draws of calibration rows; the guarantee holds for this mean. */
function meanCoverage(trial: (next: () => number) => number, trials = 200): number {
  let sum = 0
  for (let k = 0; k < trials; k++) sum += trial(uniform(1000 + k))
  return sum / trials
}

describe('ConformalSets', () => {
  it.each(['lac', 'aps'] as const)('reaches the chosen coverage with method %s', (method) => {
    for (const coverage of [0.6, 0.9]) {
      const actual = meanCoverage((next) => {
        const [fitRows, newRows] = [classes(99, next), classes(100, next)]
        const sets = new ConformalSets({ coverage, method, allowEmpty: true }).fit(fitRows.p, fitRows.y)
        return sets.predict(newRows.p).filter((set, i) => set.includes(newRows.y[i]!)).length / 100
      })
      // With 99 rows the expected coverage is exact; the mean over 200 draws has a standard error of 0.005.
      expect(Math.abs(actual - coverage)).toBeLessThan(0.02)
    }
  })

  it('adds the most probable label to empty sets unless allowEmpty is true', () => {
    const { p, y } = classes(200, uniform(5))
    const options = { coverage: 0.3, method: 'lac' } as const
    const withEmpty = new ConformalSets({ ...options, allowEmpty: true }).fit(p, y).predict(p)
    const withoutEmpty = new ConformalSets(options).fit(p, y).predict(p)
    expect(withEmpty.filter((set) => set.length === 0).length).toBeGreaterThan(0)
    for (const [i, set] of withoutEmpty.entries()) {
      expect(set).toEqual(withEmpty[i]!.length ? withEmpty[i] : [p[i]!.indexOf(Math.max(...p[i]!))])
    }
  })

  it('computes the scores of the cited papers', () => {
    const p = [
      [0.5, 0.3, 0.2],
      [0.6, 0.3, 0.1],
      [0.1, 0.2, 0.7],
      [0.2, 0.2, 0.6],
    ]
    const y = ['a', 'b', 'c', 'a']
    // 1 - p: 0.5, 0.7, 0.3, 0.8; sums down to the label, ties by column: 0.5, 0.9, 0.7, 0.8. Rank ceil(5 x 0.6) = 3.
    expect(new ConformalSets({ coverage: 0.6 }).fit(p, y).quantile).toBeCloseTo(0.7, 12)
    expect(new ConformalSets({ coverage: 0.6, method: 'aps' }).fit(p, y).quantile).toBeCloseTo(0.8, 12)
    expect(new ConformalSets({ coverage: 0.6, method: 'aps' }).fit(p, y).predict([[0.5, 0.25, 0.25]])).toEqual([
      ['a', 'b'],
    ])
  })

  it('accepts one or two columns for two labels', () => {
    const p = [0.1, 0.4, 0.35, 0.8, 0.9]
    const y = [false, false, true, true, true]
    const both = p.map((q) => [1 - q, q])
    const [one, two] = [p, both].map((values) => new ConformalSets({ coverage: 0.7 }).fit(values, y).predict(values))
    expect(one).toEqual(two)
  })

  it('restores its state from JSON', () => {
    const { p, y } = classes(50, uniform(1))
    const sets = new ConformalSets({ coverage: 0.8, method: 'aps', allowEmpty: true }).fit(p, y)
    const again = ConformalSets.fromJSON(JSON.parse(JSON.stringify(sets)))
    expect(again.predict(p)).toEqual(sets.predict(p))
    expect(again.toJSON()).toEqual(sets.toJSON())
  })
})

describe('ConformalIntervals', () => {
  /** A target with noise that grows with x; both models below are biased. */
  const numbers = (rows: number, next: () => number) => {
    const x = Array.from({ length: rows }, next)
    return { x, y: x.map((value) => 3 * value + (next() + next() - 1) * (0.2 + 2 * value)) }
  }
  const model = (x: number[]) => x.map((value) => 2 * value)
  const quantiles = (x: number[]) => x.map((value) => [2.6 * value - 0.1, 2.8 * value + 0.2])

  it.each([
    ['absolute', model],
    ['quantile', quantiles],
  ] as const)('reaches the chosen coverage with method %s', (method, predict) => {
    for (const coverage of [0.5, 0.9]) {
      const actual = meanCoverage((next) => {
        const [fitRows, newRows] = [numbers(99, next), numbers(100, next)]
        const intervals = new ConformalIntervals({ coverage, method }).fit(predict(fitRows.x), fitRows.y)
        const { lower, upper } = intervals.predict(predict(newRows.x))
        return newRows.y.filter((value, i) => value >= lower[i]! && value <= upper[i]!).length / 100
      })
      expect(Math.abs(actual - coverage)).toBeLessThan(0.02)
    }
  })

  it('widens or narrows predicted quantiles, at most to their middle', () => {
    const wide = [
      [0, 10],
      [0, 10],
      [0, 10],
    ]
    const intervals = new ConformalIntervals({ coverage: 0.5, method: 'quantile' }).fit(wide, [2, 5, 9])
    expect(intervals.quantile).toBe(-2)
    expect(
      intervals.predict([
        [0, 10],
        [0, 3],
        [5, 4],
      ]),
    ).toEqual({
      lower: Float64Array.of(2, 1.5, 4.5),
      upper: Float64Array.of(8, 1.5, 4.5),
    })
    expect(intervals.predict(Float64Array.of(0, 10, 1, 11)).lower).toEqual(Float64Array.of(2, 3))
  })

  it('restores its state from JSON', () => {
    const intervals = new ConformalIntervals({ coverage: 0.5 }).fit([1, 2, 3], [1, 3, 5])
    const again = ConformalIntervals.fromJSON(JSON.parse(JSON.stringify(intervals)))
    expect(again.predict([1])).toEqual({ lower: Float64Array.of(0), upper: Float64Array.of(2) })
    expect(again.toJSON()).toEqual(intervals.toJSON())
  })
})

describe('ConformalSets and ConformalIntervals', () => {
  it.each([
    [() => new ConformalSets({ coverage: 1 }), 'Expected a finite number above 0 and below 1 for coverage, but got 1.'],
    [() => new ConformalIntervals({ coverage: 0 }), 'for coverage, but got 0.'],
    [() => new ConformalSets({ method: 'raps' as never }), 'Expected one of lac, aps for method'],
    [() => new ConformalSets({ allowEmpty: 1 as never }), 'Expected true or false for allowEmpty'],
    [() => new ConformalIntervals({ method: 'cqr' as never }), 'Expected one of absolute, quantile for method'],
    [() => new ConformalIntervals({ alpha: 0.1 } as never), 'Unknown option "alpha" for ConformalIntervals.'],
    [
      () => new ConformalSets().fit([0.1, 0.9], [0, 1]),
      'Expected at least 9 rows to calibrate a coverage of 0.9 with, but got 2.',
    ],
    [() => new ConformalSets().fit([0.1, 0.9], [0, 1], { label: [] } as never), 'Did you mean labels?'],
    [() => new ConformalIntervals().fit([1, 2], [1]), 'Expected 1 rows for yPred (as many as yTrue has), but got 2.'],
    [() => new ConformalIntervals().fit([[1, 2]], [1]), 'Expected one number a row for yPred, but got rows of 2.'],
    [() => new ConformalIntervals().fit([[1, 2]], [[1, 2]]), 'Expected one number a row for yTrue, but got rows of 2.'],
    [
      () => new ConformalIntervals({ method: 'quantile' }).fit([1], [1]),
      'Expected a lower and an upper number a row for yPred',
    ],
    [
      () => new ConformalIntervals({ method: 'quantile' }).fit(Float64Array.of(1), [1]),
      'Expected pairs of numbers for yPred',
    ],
    [() => ConformalSets.fromJSON({ kind: 'ConformalSets', quantile: -1 } as never), 'for quantile, but got -1.'],
    [() => ConformalIntervals.fromJSON({ kind: 'ConformalIntervals' } as never), 'for quantile, but got undefined.'],
  ] as const)('reject %s', (call, message) => {
    expect(call).toThrow(ArgumentError)
    expect(call).toThrow(message)
  })

  it('reject predict, quantile and toJSON before fit', () => {
    expect(() => new ConformalSets().predict([[1, 0]])).toThrow(
      'Could not predict: call fit() of this ConformalSets first.',
    )
    expect(() => new ConformalSets().quantile).toThrow('Could not read the quantile')
    expect(() => new ConformalIntervals().predict([1])).toThrow('Could not predict')
    expect(() => new ConformalIntervals().toJSON()).toThrow('Could not make JSON')
  })
})
