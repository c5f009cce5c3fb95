import fc from 'fast-check'
import { expect, it } from 'vitest'
import { averagePrecision, rocAuc } from '../../../lib/metrics/index.js'
import { thresholdCurve } from '../../../lib/report/measure/thresholds.js'

const rows = fc.array(
  fc.tuple(
    fc.boolean(),
    fc.integer({ min: 0, max: 40 }).map((k) => k / 40),
  ),
  { minLength: 2, maxLength: 200 },
)
const both = rows.filter((list) => list.some(([label]) => label) && list.some(([label]) => !label))

it('counts rows of at least each threshold, and agrees with the metrics', () => {
  fc.assert(
    fc.property(both, fc.integer({ min: 2, max: 50 }), (list, points) => {
      const [truth, scores] = [
        Uint8Array.from(list, ([label]) => Number(label)),
        Float64Array.from(list, ([, score]) => score),
      ]
      const isChosen = (row: number) => scores[row]! >= 0.3
      const curve = thresholdCurve('a', scores, truth, isChosen, { isProbability: true, points })!
      for (const [k, threshold] of curve.thresholds.entries()) {
        const above = list.filter(([, score]) => score >= threshold)
        expect(curve.truePositives[k]).toBe(above.filter(([label]) => label).length)
        expect(curve.falsePositives[k]).toBe(above.filter(([label]) => !label).length)
      }
      expect(curve.thresholds).toEqual([...curve.thresholds].sort((a, b) => a - b))
      // Both ends of the curve are there.
      expect([curve.truePositives[0], curve.falsePositives[0]]).toEqual([curve.positives, curve.negatives])
      expect([curve.truePositives.at(-1), curve.falsePositives.at(-1)]).toEqual([0, 0])
      // The threshold that the model uses chooses the rows that the model chose.
      const own = curve.thresholds[curve.chosen]!
      expect(
        list.every(([, score], row) => isChosen(row) === score >= own) || !list.some((_, row) => isChosen(row)),
      ).toBe(true)
      expect(curve.auc).toBeCloseTo(rocAuc([...truth], scores), 12)
      expect(curve.averagePrecision).toBeCloseTo(averagePrecision([...truth], scores), 12)
    }),
  )
})

it('keeps a long curve short, and its ends', () => {
  const scores = Float64Array.from({ length: 20_000 }, (_, i) => ((i * 7919) % 20_000) / 20_000)
  const truth = Uint8Array.from(scores, (score, i) => Number(score > (i % 10) / 10))
  const curve = thresholdCurve('a', scores, truth, () => false, { isProbability: true, points: 300 })!
  expect(curve.thresholds.length).toBeLessThan(450)
  expect(curve.thresholds.length).toBeGreaterThan(300)
})

it('has no curve where a class is alone', () => {
  const options = { isProbability: true, points: 10 }
  expect(thresholdCurve('a', Float64Array.of(0.1, 0.9), Uint8Array.of(1, 1), () => true, options)).toBeUndefined()
})
