import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ArgumentError, calibration, metrics } from '../../../lib/index.js'

const { tuneThreshold } = calibration

const rows = fc.array(fc.tuple(fc.nat(1), fc.nat(8), fc.nat(3)), { minLength: 2, maxLength: 25 }).map((all) => ({
  truth: all.map(([truth], i) => (i < 2 ? i : truth)),
  score: all.map(([, score]) => score / 8),
  weights: all.map(([, , weight], i) => (i < 2 ? 1 : weight)),
}))

const thresholdsOf = (score: number[]) => [Infinity, ...new Set(score)].sort((a, b) => b - a)
const labelsAt = (score: number[], threshold: number) => score.map((value) => Number(value >= threshold))

describe('tuneThreshold', () => {
  it('finds the threshold with the least cost', () => {
    fc.assert(
      fc.property(
        rows,
        fc.array(fc.integer({ min: -3, max: 9 }), { minLength: 4, maxLength: 4 }),
        ({ truth, score, weights }, c) => {
          const costAt = (threshold: number) => {
            const table = metrics.confusionMatrix(truth, labelsAt(score, threshold), {
              labels: [0, 1],
              sampleWeight: weights,
            })
            return table.flat().reduce((sum, count, k) => sum + count * c[k]!, 0)
          }
          const costs = [
            [c[0]!, c[1]!],
            [c[2]!, c[3]!],
          ]
          const { threshold, value } = tuneThreshold(truth, score, { costs, sampleWeight: weights })
          expect(value).toBeCloseTo(Math.min(...thresholdsOf(score).map(costAt)), 9)
          expect(costAt(threshold)).toBeCloseTo(value, 9)
        },
      ),
    )
  })

  it('finds the highest recall for a minimum precision', () => {
    fc.assert(
      fc.property(rows, fc.constantFrom(0.3, 0.5, 0.8, 1), ({ truth, score, weights }, precision) => {
        const options = { sampleWeight: weights, zeroDivision: 0 as const }
        const recalls = thresholdsOf(score)
          .map((threshold) => labelsAt(score, threshold))
          .filter((labels) => metrics.precision(truth, labels, options) >= precision)
          .map((labels) => metrics.recall(truth, labels, options))
        const tune = () => tuneThreshold(truth, score, { precision, sampleWeight: weights })
        if (recalls.length === 0) {
          expect(tune).toThrow(`Expected a precision that can be reached, but got ${precision}: the highest is `)
          return
        }
        const tuned = tune()
        expect(tuned.value).toBeCloseTo(Math.max(...recalls), 9)
        const labels = labelsAt(score, tuned.threshold)
        expect(tuned.precision).toBeCloseTo(metrics.precision(truth, labels, options), 9)
        expect(tuned.recall).toBe(tuned.value)
      }),
    )
  })

  it('finds the highest value of a metric, for labels of any type', () => {
    fc.assert(
      fc.property(rows, ({ truth, score, weights }) => {
        const names = truth.map((label) => (label ? 'yes' : 'no'))
        const metric = metrics.balancedAccuracy
        const { value } = tuneThreshold(names, score, { metric, posLabel: 'yes', sampleWeight: weights })
        const values = [...new Set(score.filter((_, i) => weights[i]! > 0))].map((threshold) =>
          metrics.balancedAccuracy(truth, labelsAt(score, threshold), { sampleWeight: weights }),
        )
        expect(value).toBeCloseTo(Math.max(...values), 9)
      }),
    )
  })

  it('returns the threshold Infinity if no positive row is cheapest', () => {
    const tuned = tuneThreshold([0, 1], [0.2, 0.8], {
      costs: [
        [0, 1],
        [0, 1],
      ],
    })
    expect(tuned).toEqual({ threshold: Infinity, value: 0, precision: Number.NaN, recall: 0 })
  })

  it('calls a metric for 100 thresholds, from the highest to the lowest', () => {
    const score = Array.from({ length: 1000 }, (_, i) => i)
    const positives: number[] = []
    tuneThreshold(
      score.map((i) => i % 2),
      score,
      {
        metric: (_, labels) => positives.push(labels.filter((label) => label === 1).length),
      },
    )
    expect(positives).toHaveLength(100)
    expect([positives[0], positives.at(-1)]).toEqual([1, 1000])
  })

  it.each([
    [{}, 'Expected one of costs, precision and metric, but got none.'],
    [
      {
        precision: 0.5,
        costs: [
          [0, 1],
          [1, 0],
        ],
      },
      'but got costs and precision.',
    ],
    [{ costs: [0, 1, 1, 0] }, 'Expected two rows of two numbers for costs (such as [[0, 1], [5, 0]])'],
    [
      {
        costs: [
          [0, 1],
          [1, Number.NaN],
        ],
      },
      'Expected a finite number for costs[1][1], but got NaN.',
    ],
    [{ precision: 0 }, 'Expected a finite number above 0 and of at most 1 for precision, but got 0.'],
    [{ metric: 'f1' }, 'Expected a function for metric, but got "f1".'],
    [{ metric: async () => 1 }, 'Expected a number for the value of metric'],
    [{ metric: () => Number.NaN }, 'Expected a metric that gives a number'],
    [{ precision: 0.5, posLabel: 3 }, 'Expected one of the labels 0, 1 for posLabel, but got 3.'],
    [{ precision: 0.5, sampleWeight: [1] }, 'Expected 3 numbers for sampleWeight'],
    [{ recall: 0.5 }, 'Unknown option "recall" for tuneThreshold().'],
  ])('rejects the options %o', (options, message) => {
    expect(() => tuneThreshold([0, 1, 0], [1, 2, 3], options as never)).toThrow(ArgumentError)
    expect(() => tuneThreshold([0, 1, 0], [1, 2, 3], options as never)).toThrow(message)
  })

  it('rejects labels of one or three classes, and NaN in yScore', () => {
    expect(() => tuneThreshold([0, 1, 2], [1, 2, 3], { precision: 0.5 })).toThrow('Expected two labels in yTrue')
    expect(() => tuneThreshold([0, 0], [1, 2], { precision: 0.5 })).toThrow('the highest is 0.')
    expect(() => tuneThreshold([1, 1], [1, 2], { metric: metrics.f1 })).toThrow(
      'Expected rows of two labels for a metric',
    )
    expect(() => tuneThreshold([0, 1], [1, Number.NaN], { precision: 0.5 })).toThrow('row 1 of yScore, but got NaN.')
  })
})
