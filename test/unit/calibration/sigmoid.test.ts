import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { runNow } from '../../../lib/base/breathing.js'
import { fitSigmoid, sigmoidAt } from '../../../lib/calibration/sigmoid.js'
import { ArgumentError, calibration, MlpError } from '../../../lib/index.js'

const { IsotonicCalibration, SigmoidCalibration } = calibration
const scores = [-3, -1, -0.5, 0.2, 1, 2.5]
const words = ['no', 'no', 'yes', 'no', 'yes', 'yes']

describe('fitSigmoid', () => {
  it('finds the minimum: no change of slope or offset lowers the loss', () => {
    const row = fc.tuple(fc.double({ min: -40, max: 40, noNaN: true }), fc.boolean(), fc.integer({ min: 1, max: 5 }))
    fc.assert(
      fc.property(fc.array(row, { minLength: 2, maxLength: 40 }), (rows) => {
        const x = Float64Array.from(rows, ([score]) => score)
        const isPositive = Uint8Array.from(rows, ([, yes]) => Number(yes))
        const weights = Float64Array.from(rows, ([, , weight]) => weight)
        const total = (yes: number) => weights.reduce((sum, weight, i) => sum + (isPositive[i] === yes ? weight : 0), 0)
        const targets = [1 / (total(0) + 2), (total(1) + 1) / (total(1) + 2)]
        const loss = (slope: number, offset: number) =>
          x.reduce((sum, score, i) => {
            const z = slope * score + offset
            return (
              sum + weights[i]! * (targets[isPositive[i]!]! * z + Math.max(0, -z) + Math.log1p(Math.exp(-Math.abs(z))))
            )
          }, 0)
        const { slope, offset } = runNow(fitSigmoid(x, isPositive, weights))
        const least = loss(slope, offset)
        for (const step of [1e-3, 0.1, 1])
          for (const sign of [-1, 1]) {
            expect(loss(slope + sign * step, offset)).toBeGreaterThanOrEqual(least - 1e-9)
            expect(loss(slope, offset + sign * step)).toBeGreaterThanOrEqual(least - 1e-9)
          }
      }),
    )
  })

  it('takes scores that hardly differ for equal', () => {
    for (const x of [Float64Array.of(0, -1e-323), Float64Array.of(0, 1e-300)]) {
      const { slope, offset } = runNow(fitSigmoid(x, Uint8Array.of(0, 1), undefined))
      expect(slope).toBeCloseTo(0, 9)
      expect(offset).toBeCloseTo(0, 9)
    }
  })

  it('is the same for scores of any scale', () => {
    const isPositive = Uint8Array.from(words, (word) => Number(word === 'yes'))
    const probabilities = (factor: number) => {
      const scaled = Float64Array.from(scores, (score) => factor * score)
      const sigmoid = runNow(fitSigmoid(scaled, isPositive, undefined))
      return Array.from(scaled, (score) => sigmoidAt(sigmoid, score))
    }
    for (const factor of [1e-6, 1e3, 1e12])
      for (const [i, p] of probabilities(factor).entries()) expect(p).toBeCloseTo(probabilities(1)[i]!, 7)
  })
})

describe('SigmoidCalibration', () => {
  it('maps scores of two labels, or of more, to probabilities, and restores them from JSON', () => {
    const fitted = new SigmoidCalibration().fit(scores, words)
    expect(fitted.labels).toEqual(['no', 'yes'])
    expect(fitted.transform(scores).cols).toBe(1)
    const three = new SigmoidCalibration().fit(
      scores.map((score) => [score, -score, 1]),
      ['a', 'b', 'b', 'c', 'a', 'a'],
    )
    for (const row of three.transform([[2, -2, 1]]).toArray()) expect(row.reduce((a, b) => a + b)).toBeCloseTo(1, 6)
    for (const one of [fitted, three]) {
      const again = SigmoidCalibration.fromJSON(JSON.parse(JSON.stringify(one)))
      expect(again.toJSON()).toEqual(one.toJSON())
    }
    const json = fitted.toJSON()
    const wrong = (changes: object) => () => SigmoidCalibration.fromJSON({ ...json, ...changes })
    expect(wrong({ sigmoids: [] })).toThrow(ArgumentError)
    expect(wrong({ sigmoids: [{ slope: 1, offset: null }] })).toThrow('offset of sigmoids[0]')
    expect(wrong({ kind: 'Other' })).toThrow('kind')
    expect(() => new SigmoidCalibration().transform(scores)).toThrow(MlpError)
    expect(() => new SigmoidCalibration().fit([Number.NaN, 1], ['a', 'b'])).toThrow('row 0 of yScore')
  })
})

describe('IsotonicCalibration of scores', () => {
  it('takes numbers beyond 0 and 1, and has the input in its JSON', () => {
    const fitted = new IsotonicCalibration({ input: 'scores' }).fit(scores, words)
    const again = IsotonicCalibration.fromJSON(JSON.parse(JSON.stringify(fitted)))
    expect(again.transform(scores)).toEqual(fitted.transform(scores))
    expect(() => new IsotonicCalibration().fit(scores, words)).toThrow('a probability from 0 to 1')
    const { input: _, ...older } = new IsotonicCalibration().fit([0.1, 0.9], ['no', 'yes']).toJSON()
    expect(
      IsotonicCalibration.fromJSON(older as never)
        .transform([0.9])
        .at(0, 0),
    ).toBe(1)
  })
})
