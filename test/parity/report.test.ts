import { expect, it } from 'vitest'
import { calibrationOf } from '../../lib/report/measure/calibration.js'
import { thresholdCurve } from '../../lib/report/measure/thresholds.js'
import { wilson } from '../../lib/report/measure/wilson.js'
import { fixture } from './support.js'

const found = fixture<{
  truth: number[]
  probabilities: number[]
  auc: number
  averagePrecision: number
  thresholds: number[]
  cuts: [number, number][]
  observed: number[]
  predicted: number[]
  counts: number[]
  calibrationError: number
  wilson: [hits: number, rows: number, low: number, high: number][]
}>('report.json')
const scores = Float64Array.from(found.probabilities)
const isPositive = Uint8Array.from(found.truth)

it('counts at thresholds, and the areas, are those of scikit-learn', () => {
  const isChosen = (row: number) => scores[row]! >= 0.5
  const curve = thresholdCurve('yes', scores, isPositive, isChosen, { isProbability: true, points: 300 })!
  expect(curve.auc).toBeCloseTo(found.auc, 12)
  expect(curve.averagePrecision).toBeCloseTo(found.averagePrecision, 12)
  for (const [k, threshold] of found.thresholds.entries()) {
    const at = curve.thresholds.indexOf(threshold)
    expect([curve.truePositives[at], curve.falsePositives[at]], `at ${threshold}`).toEqual(found.cuts[k])
  }
})

it('bins of calibration are those of scikit-learn', () => {
  const { bins, error } = calibrationOf('yes', scores, isPositive)
  expect(bins.map(({ rows }) => rows)).toEqual(found.counts)
  for (const [k, bin] of bins.entries()) {
    expect(bin.observed).toBeCloseTo(found.observed[k]!, 12)
    expect(bin.predicted).toBeCloseTo(found.predicted[k]!, 12)
  }
  expect(error).toBeCloseTo(found.calibrationError, 12)
})

it('the interval of a share is that of scipy', () => {
  for (const [hits, rows, low, high] of found.wilson) {
    const interval = wilson(hits, rows)
    expect(interval[0]).toBeCloseTo(low, 6)
    expect(interval[1]).toBeCloseTo(high, 6)
  }
})
