import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fitIsotonic, heightAt } from '../../../lib/calibration/isotonic.js'
import { ArgumentError, calibration, Matrix, MlpError, metrics } from '../../../lib/index.js'

const { IsotonicCalibration, TemperatureScaling } = calibration
const three = [
  [0.7, 0.2, 0.1],
  [0.2, 0.6, 0.2],
  [0.1, 0.3, 0.6],
  [0.5, 0.3, 0.2],
  [0.3, 0.4, 0.3],
]
const labels = ['a', 'b', 'c', 'b', 'a']

describe.each([
  ['TemperatureScaling', () => new TemperatureScaling(), TemperatureScaling],
  ['IsotonicCalibration', () => new IsotonicCalibration(), IsotonicCalibration],
] as const)('%s', (name, make, type) => {
  it('restores its state from JSON', () => {
    const fitted = make().fit(three, labels)
    const again = type.fromJSON(JSON.parse(JSON.stringify(fitted)))
    expect(again.labels).toEqual(['a', 'b', 'c'])
    expect(again.transform(three)).toEqual(fitted.transform(three))
    expect(again.toJSON()).toEqual(fitted.toJSON())
  })

  it('accepts a Matrix, a flat typed array and columns in the order of the option labels', () => {
    const fitted = make().fit(Matrix.from(three), labels)
    const flat = Float64Array.from(three.flat())
    expect(fitted.transform(flat).rows).toBe(5)
    expect(() => fitted.transform(flat.subarray(1))).toThrow(
      'Expected a multiple of 3 numbers for yProba, but got 14 numbers.',
    )
    const reversed = three.map((row) => row.toReversed())
    const other = make().fit(reversed, labels, { labels: ['c', 'b', 'a'] })
    const [a, b] = [make().fit(three, labels).transform(three), other.transform(reversed)]
    for (let i = 0; i < 5; i++) expect(b.at(i, 0)).toBeCloseTo(a.at(i, 2), 6)
  })

  it('rejects wrong data, options and JSON, and calls before fit', () => {
    expect(() => make().transform(three)).toThrow(MlpError)
    expect(() => make().transform(three)).toThrow(`Could not transform: call fit() of this ${name} first.`)
    expect(() => make().toJSON()).toThrow('Could not make JSON')
    expect(() => make().labels).toThrow('Could not read the labels')
    const refuse = (call: () => unknown, message: string | RegExp) => {
      expect(call).toThrow(ArgumentError)
      expect(call).toThrow(message)
    }
    refuse(() => make().fit(three, ['a', 'b']), 'Expected 2 rows for yProba (as many as yTrue has), but got 5.')
    refuse(() => make().fit([[2, 0, 1]], ['a'], { labels: ['a', 'b', 'c'] }), 'row 0, column 0 of yProba, but got 2.')
    refuse(() => make().fit([0.5], ['a']), 'Expected at least two labels in yTrue')
    refuse(() => make().fit(three, labels, { sampleWeight: [1] }), 'sampleWeight')
    refuse(() => make().fit(three, labels, { weights: [] } as never), `Unknown option "weights" for fit() of ${name}.`)
    refuse(
      () =>
        make()
          .fit(three, labels)
          .transform([[0.5, 0.5]]),
      'Expected rows of 3 numbers for yProba (as many as there are labels), but got rows of 2.',
    )
    const json = make().fit(three, labels).toJSON()
    refuse(
      () => type.fromJSON({ ...json, kind: 'other' } as never),
      `Expected "${name}" for kind of ${name}.fromJSON(), but got "other".`,
    )
    refuse(() => type.fromJSON({ ...json, labels: ['a'] } as never), 'labels')
    refuse(() => type.fromJSON({ ...json, labels: undefined } as never), 'labels')
    refuse(() => type.fromJSON({ ...json, more: 1 } as never), `Unknown option "more" for ${name}.fromJSON().`)
    refuse(() => type.fromJSON(null as never), `Expected an object for ${name}.fromJSON(), but got null.`)
  })
})

describe('TemperatureScaling.temperature', () => {
  it('minimizes the log loss', () => {
    const logits = Array.from({ length: 200 }, (_, i) => [Math.sin(i) * 4, Math.cos(3 * i) * 4, Math.sin(7 * i) * 4])
    const classes = logits.map((row, i) => (i % 3 === 0 ? i % 2 : row.indexOf(Math.max(...row))))
    const scaling = new TemperatureScaling({ input: 'logits' }).fit(logits, classes)
    const lossAt = (temperature: number) => {
      const fixed = TemperatureScaling.fromJSON({ ...scaling.toJSON(), temperature })
      return metrics.logLoss(classes, fixed.transform(logits))
    }
    const best = lossAt(scaling.temperature)
    for (const factor of [0.5, 0.9, 0.99, 1.01, 1.1, 2])
      expect(lossAt(scaling.temperature * factor)).toBeGreaterThan(best)
    expect(scaling.temperature).toBeGreaterThan(1)
  })

  it('reaches its bounds if all rows are right or all are wrong', () => {
    const confident = [
      [0.9, 0.1],
      [0.2, 0.8],
    ]
    expect(new TemperatureScaling().fit(confident, [0, 1]).temperature).toBeCloseTo(Math.exp(-10), 12)
    expect(new TemperatureScaling().fit(confident, [1, 0]).temperature).toBeCloseTo(Math.exp(10), 6)
  })

  it('is 1 if all probabilities are equal', () => {
    expect(
      new TemperatureScaling().fit(
        [
          [0.5, 0.5],
          [0.5, 0.5],
        ],
        [0, 1],
      ).temperature,
    ).toBe(1)
  })

  it('rejects wrong options and a temperature of 0', () => {
    expect(() => new TemperatureScaling({ input: 'scores' as never })).toThrow(
      'Expected one of probabilities, logits for input',
    )
    expect(() => new TemperatureScaling({ inputs: 1 } as never)).toThrow(
      'Unknown option "inputs" for TemperatureScaling.',
    )
    const json = new TemperatureScaling().fit(three, labels).toJSON()
    expect(() => TemperatureScaling.fromJSON({ ...json, temperature: 0 })).toThrow(
      'Expected a finite number above 0 for temperature',
    )
  })
})

describe('IsotonicCalibration curves', () => {
  const points = fc.array(fc.tuple(fc.nat(12), fc.nat(10), fc.nat(3)), { minLength: 1, maxLength: 40 })

  it('is non-decreasing, keeps the mean, and has the least squared distance', () => {
    fc.assert(
      fc.property(points, fc.array(fc.nat(10), { minLength: 13, maxLength: 13 }), (triples, steps) => {
        const weights = Float64Array.from(triples, ([, , weight]) => weight + 1)
        const [x, y] = [Float64Array.from(triples, ([x]) => x), Float64Array.from(triples, ([, y]) => y)]
        const curve = fitIsotonic(x, y, weights)
        const fitted = x.map((value) => heightAt(curve, value))
        const other = [...steps].sort((a, b) => a - b)
        const distance = (values: ArrayLike<number>) =>
          x.reduce((sum, _, i) => sum + weights[i]! * (values[i]! - y[i]!) ** 2, 0)
        expect(curve.y.every((value, k) => k === 0 || value >= curve.y[k - 1]!)).toBe(true)
        expect(distance(fitted)).toBeLessThanOrEqual(distance(x.map((value) => other[value]!)) + 1e-9)
        const sum = (values: Float64Array) => values.reduce((all, value, i) => all + weights[i]! * value, 0)
        expect(sum(fitted)).toBeCloseTo(sum(y), 8)
      }),
    )
  })

  it('rejects wrong curves in its JSON', () => {
    const json = new IsotonicCalibration().fit([0.1, 0.4, 0.6], [0, 1, 1]).toJSON()
    const wrong = (curve: unknown) => () => IsotonicCalibration.fromJSON({ ...json, curves: [curve] } as never)
    expect(wrong({ x: [], y: [] })).toThrow('Expected an array of numbers for x of curves[0]')
    expect(wrong({ x: [0, 1], y: [0] })).toThrow('Expected an array of 2 numbers for y of curves[0]')
    expect(wrong({ x: [0.5, 0.2], y: [0, 1] })).toThrow('x[1] of curves[0], but got 0.2.')
    expect(wrong({ x: [0, 1], y: [0, 1.5] })).toThrow('y[1] of curves[0], but got 1.5.')
    expect(() => IsotonicCalibration.fromJSON({ ...json, curves: [] })).toThrow(
      'Expected 1 curves for curves, but got 0.',
    )
    expect(() => IsotonicCalibration.fromJSON({ ...json, curves: 3 } as never)).toThrow('Expected an array for curves')
  })
})
