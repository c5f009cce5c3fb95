import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { metrics } from '../../../lib/index.js'
import { ascendingOrder, descendingOrder } from '../../../lib/math/sort.js'

const warned = vi.spyOn(process, 'emitWarning')
beforeAll(() => {
  warned.mockImplementation(() => {})
})
afterAll(() => warned.mockRestore())

type Rows = { truth: number[]; predicted: number[]; score: number[]; times: number[] }

/** Rows with weights from 0 to 3, not all 0; scores are often tied. */
const rows: fc.Arbitrary<Rows> = fc
  .array(fc.tuple(fc.nat(2), fc.nat(2), fc.nat(8), fc.nat(3)), { minLength: 1, maxLength: 30 })
  .filter((tuples) => tuples.some(([, , , times]) => times > 0))
  .map((tuples) => ({
    truth: tuples.map(([truth]) => truth),
    predicted: tuples.map(([, predicted]) => predicted),
    score: tuples.map(([, , score]) => score / 8),
    times: tuples.map(([, , , times]) => times),
  }))

function repeat(values: readonly number[], times: readonly number[]): number[] {
  return values.flatMap((value, i) => Array.from({ length: times[i]! }, () => value))
}

const two = (labels: readonly number[]) => labels.map((label) => Math.min(label, 1))
const several = { labels: [0, 1, 2], average: 'macro', zeroDivision: 0 } as const
const shares = (score: readonly number[]) => score.map((p) => [p / 2, 1 - p, p / 2])

const ofRows: Record<string, (rows: Rows, sampleWeight?: number[]) => unknown> = {
  accuracy: ({ truth, predicted }, sampleWeight) => metrics.accuracy(truth, predicted, { sampleWeight }),
  balancedAccuracy: ({ truth, predicted }, sampleWeight) =>
    metrics.balancedAccuracy(truth, predicted, { sampleWeight }),
  matthewsCorrcoef: ({ truth, predicted }, sampleWeight) =>
    metrics.matthewsCorrcoef(truth, predicted, { sampleWeight }),
  cohenKappa: ({ truth, predicted }, sampleWeight) =>
    metrics.cohenKappa(truth, predicted, { weights: 'linear', sampleWeight }),
  f1: ({ truth, predicted }, sampleWeight) => metrics.f1(truth, predicted, { ...several, sampleWeight }),
  logLoss: ({ truth, score }, sampleWeight) =>
    metrics.logLoss(truth, shares(score), { labels: [0, 1, 2], sampleWeight }),
  brier: ({ truth, score }, sampleWeight) => metrics.brier(truth, shares(score), { labels: [0, 1, 2], sampleWeight }),
  rocAuc: ({ truth, score }, sampleWeight) => metrics.rocAuc(two(truth), score, { labels: [0, 1], sampleWeight }),
  partial: ({ truth, score }, sampleWeight) =>
    metrics.rocAuc(two(truth), score, { labels: [0, 1], maxFpr: 0.4, sampleWeight }),
  several: ({ truth, score }, sampleWeight) =>
    metrics.rocAuc(truth, shares(score), { labels: [0, 1, 2], average: 'weighted', sampleWeight }),
  averagePrecision: ({ truth, score }, sampleWeight) => metrics.averagePrecision(two(truth), score, { sampleWeight }),
  topK: ({ truth, score }, sampleWeight) =>
    metrics.topKAccuracy(truth, shares(score), { labels: [0, 1, 2], k: 2, sampleWeight }),
  calibrationCurve: ({ truth, score }, sampleWeight) =>
    Object.values(metrics.calibrationCurve(two(truth), score, { sampleWeight })).flatMap((values) => [...values]),
  rmse: ({ truth, score }, sampleWeight) => metrics.rmse(truth, score, { sampleWeight }),
  median: ({ truth, score }, sampleWeight) => metrics.medianAbsoluteError(truth, score, { sampleWeight }),
  pinball: ({ truth, score }, sampleWeight) => metrics.pinball(truth, score, { alpha: 0.2, sampleWeight }),
  explainedVariance: ({ truth, score }, sampleWeight) => metrics.explainedVariance(truth, score, { sampleWeight }),
}

describe('a row of weight n counts as n rows', () => {
  it.each(Object.entries(ofRows))('%s', (_, metric) => {
    fc.assert(
      fc.property(rows, (weighted) => {
        const { truth, predicted, score, times } = weighted
        const [many, few] = [
          metric({
            truth: repeat(truth, times),
            predicted: repeat(predicted, times),
            score: repeat(score, times),
            times,
          }),
          metric(weighted, times),
        ]
        const [a, b] = [many, few].map((value) => (Array.isArray(value) ? value : [value as number]))
        expect(b!.length).toBe(a!.length)
        for (const [k, value] of a!.entries())
          expect(b![k]).toSatisfy((x: number) => Object.is(x, value) || Math.abs(x - value) < 1e-9)
      }),
    )
  })
})

it('rocAuc is the probability that a positive row has a higher score than a negative one', () => {
  fc.assert(
    fc.property(rows, ({ truth, score }) => {
      const labels = two(truth)
      let [wins, pairs] = [0, 0]
      for (const [i, a] of labels.entries()) {
        for (const [j, b] of labels.entries()) {
          if (a !== 1 || b !== 0) continue
          pairs++
          wins += score[i]! > score[j]! ? 1 : score[i] === score[j] ? 0.5 : 0
        }
      }
      const area = metrics.rocAuc(labels, score, { labels: [0, 1] })
      if (pairs === 0) expect(area).toBeNaN()
      else expect(area).toBeCloseTo(wins / pairs, 10)
    }),
  )
})

it('ascendingOrder and descendingOrder of many numbers keep the order of ties', () => {
  const special = [0, -0, 1e-320, -1e-320, 1e300, -1e300, 0.1, -0.1]
  const values = Float64Array.from({ length: 20_001 }, (_, i) =>
    i % 7 === 0 ? special[(i / 7) % 8]! : Math.sin(i * i) * 10 ** (i % 9),
  )
  const expected = Array.from(values.keys()).sort((a, b) => values[a]! - values[b]! || a - b)
  expect(Array.from(ascendingOrder(values))).toEqual(expected)
  const descending = Array.from(values.keys()).sort((a, b) => values[b]! - values[a]! || a - b)
  expect(Array.from(descendingOrder(values))).toEqual(descending)
  expect(Array.from(descendingOrder(values.slice(0, 100)))).toEqual(descending.filter((i) => i < 100))
})

it('r2 and explainedVariance find that a column is constant, although its mean is rounded', () => {
  const tenths = Array.from({ length: 10 }, () => 0.1)
  expect(
    metrics.r2(
      tenths,
      tenths.map((_, i) => i),
    ),
  ).toBe(0)
  expect(metrics.r2(tenths, tenths)).toBe(1)
  expect(
    metrics.explainedVariance(
      tenths,
      tenths.map((v) => v + 1),
    ),
  ).toBe(1)
  expect(
    metrics.r2(
      tenths,
      tenths.map((_, i) => i),
      { forceFinite: false },
    ),
  ).toBe(-Infinity)
})

it('logLoss clips float32 and float64 probabilities to their own precision, as scikit-learn does', () => {
  expect(metrics.logLoss([0, 1], Float32Array.of(1, 0))).toBeCloseTo(-Math.log(2 ** -23), 9)
  expect(metrics.logLoss([0, 1], [1, 0])).toBeCloseTo(-Math.log(2 ** -52), 9)
})

it('classificationReport rounds ties to the even digit, as Python does', () => {
  // 1 of 8 and 3 of 8.
  const [truth, predicted] = [
    [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1],
    [0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0],
  ]
  const lines = metrics.classificationReport(truth, predicted).split('\n')
  expect(lines[2]).toBe('           0       0.17      0.12      0.14         8')
  expect(lines[3]).toBe('           1       0.30      0.38      0.33         8')
})
