import { describe, expect, it } from 'vitest'
import { fitIsotonic, heightAt } from '../../lib/calibration/isotonic.js'
import { calibration } from '../../lib/index.js'
import { expectClose, fixture } from './support.js'

/** One run of scripts/fixtures/make-calibration.py. */
interface CalibrationCase {
  classes: number
  method: 'temperature' | 'logits' | 'isotonic'
  weighted: boolean
  x: number[][]
  y: number[]
  queries: number[][]
  expected: number[][]
}

interface CurveCase {
  name: string
  weighted: boolean
  x: number[]
  y: number[]
  thresholds: { x: number[]; y: number[] }
  queries: number[]
  expected: number[]
}

const { weights, cases, curves } = fixture<{ weights: number[]; cases: CalibrationCase[]; curves: CurveCase[] }>(
  'calibration.json',
)

describe("scikit-learn's calibrated probabilities", () => {
  it.each(cases.map((one, k) => [`${k}: ${one.method} of ${one.classes} classes`, one] as const))('%s', (_, one) => {
    const { method, x, y, queries, expected } = one
    const scaling =
      method === 'isotonic'
        ? new calibration.IsotonicCalibration()
        : new calibration.TemperatureScaling({ input: method === 'logits' ? 'logits' : 'probabilities' })
    scaling.fit(x, y, one.weighted ? { sampleWeight: weights } : {})
    const got = scaling.transform(queries)
    const wanted = got.cols === 1 ? expected.map((row) => row.slice(1)) : expected
    expectClose('probabilities', got, wanted, { absolute: 1e-6 })
    if (got.cols !== 2) return
    // The second column alone says the same.
    const second = (rows: number[][]) => rows.map(([, p]) => p!)
    scaling.fit(second(x), y, one.weighted ? { sampleWeight: weights } : {})
    expectClose(
      'of one column',
      scaling.transform(second(queries)),
      expected.map((row) => row.slice(1)),
      { absolute: 1e-6 },
    )
  })
})

describe("scikit-learn's isotonic regression", () => {
  it.each(curves.map((one) => [`${one.name}, ${one.weighted ? '' : 'not '}weighted`, one] as const))('%s', (_, one) => {
    const curve = fitIsotonic(
      Float64Array.from(one.x),
      Float64Array.from(one.y),
      one.weighted ? Float64Array.from(weights) : undefined,
    )
    expect(Array.from(curve.x)).toEqual(one.thresholds.x)
    for (const [k, value] of one.thresholds.y.entries()) expect(curve.y[k]).toBeCloseTo(value, 8)
    for (const [k, query] of one.queries.entries()) expect(heightAt(curve, query)).toBeCloseTo(one.expected[k]!, 8)
  })
})
