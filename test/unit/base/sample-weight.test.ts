import { describe, expect, it } from 'vitest'
import { runNow } from '../../../lib/base/breathing.js'
import { checkWeights, floatRange, readSampleWeight, toFloatWeights } from '../../../lib/base/sample-weight.js'
import { ArgumentError } from '../../../lib/index.js'

describe('readSampleWeight', () => {
  it('returns undefined for undefined and null', () => {
    expect(readSampleWeight(undefined, 2)).toBeUndefined()
    expect(readSampleWeight(null, 2)).toBeUndefined()
  })

  it('copies arrays and typed arrays into float64', () => {
    const weights = Float32Array.of(0.5, 2)
    const copy = readSampleWeight(weights, 2)!
    expect(copy).toEqual(Float64Array.of(0.5, 2))
    weights[0] = 9
    expect(copy[0]).toBe(0.5)
    expect(readSampleWeight([0, 1e300], 2)).toEqual(Float64Array.of(0, 1e300))
  })

  it.each([
    ['a string', 'balanced', 'Expected one number for each row for sampleWeight, but got "balanced".'],
    ['too few weights', [1], 'Expected 2 numbers for sampleWeight (as many as there are rows), but got 1.'],
    ['a weight below 0', [1, -1], 'a finite number of at least 0 for row 1 of sampleWeight, but got -1.'],
    ['NaN', [Number.NaN, 1], 'for row 0 of sampleWeight, but got NaN.'],
    ['infinity', [1, Infinity], 'for row 1 of sampleWeight, but got Infinity.'],
    ['text among numbers', [1, '1'], 'for row 1 of sampleWeight, but got "1".'],
    ['zeros alone', [0, 0], 'Expected a number above 0 in sampleWeight, but all are 0.'],
  ])('rejects %s', (_, weights, message) => {
    expect(() => readSampleWeight(weights, 2)).toThrow(ArgumentError)
    expect(() => readSampleWeight(weights, 2)).toThrow(message)
  })

  it('rejects weights beyond float32 where training reads them', () => {
    const message = 'Expected a finite number from 0 to 3.4e38 for row 1 of sampleWeight, but got 1e+39.'
    expect(() => readSampleWeight([1, 1e39], 2, floatRange)).toThrow(message)
  })
})

it('checkWeights accepts zeros alone: a batch may count for nothing', () => {
  expect(runNow(checkWeights([0, 0], 2, 'weights of the batch'))).toEqual(new Float64Array(2))
})

it('toFloatWeights rejects weights that are all 0 in float32', () => {
  expect(runNow(toFloatWeights([1e-50, 1], 2, 'sampleWeight'))).toEqual(Float32Array.of(0, 1))
  expect(() => runNow(toFloatWeights([1e-50, 1e-60], 2, 'sampleWeight'))).toThrow('all are 0')
})
