import { describe, expect, it } from 'vitest'
import { ArgumentError, MLPClassifier, modelSelection } from '../../../lib/index.js'

const { BayesSearch, RandomSearch } = modelSelection

/** A score with one maximum, over a logarithmic range, a range of integers and a list. */
class Hill {
  #params = { rate: 1, size: 1, kind: 'a' }
  clone() {
    return new Hill().setParams(this.#params)
  }
  getParams() {
    return { ...this.#params }
  }
  setParams(values: object) {
    Object.assign(this.#params, values)
    return this
  }
  async fit() {
    return this
  }
  async score() {
    const { rate, size, kind } = this.#params
    return -((Math.log10(rate) + 3) ** 2) - ((size - 40) / 20) ** 2 - (kind === 'c' ? 0 : 1)
  }
}

const x = new Float64Array(8)
const y = Array.from({ length: 8 }, (_, row) => row % 2)
const params = {
  rate: { low: 1e-6, high: 1, log: true },
  size: { low: 1, high: 100, integer: true },
  kind: ['a', 'b', 'c', 'd'],
}
const options = { estimator: new Hill(), params, cv: 2, refit: false, nCandidates: 60 }

describe('BayesSearch', () => {
  it('finds better candidates than RandomSearch with most seeds', async () => {
    let better = 0
    let inner = 0
    const sums = [0, 0]
    for (let seed = 0; seed < 12; seed++) {
      const bayes = await new BayesSearch({ ...options, seed }).fit(x, y)
      const random = await new RandomSearch({ ...options, seed }).fit(x, y)
      sums[0]! += bayes.bestScore / 12
      sums[1]! += random.bestScore / 12
      better += Number(bayes.bestScore > random.bestScore)
      inner +=
        bayes.results.filter(({ candidate, params: { kind } }) => candidate >= 30 && kind === 'c').length / 30 / 12
      expect(bayes.results).toHaveLength(60)
      for (const { rate, size } of bayes.results.map((result) => result.params as { rate: number; size: number })) {
        expect(rate >= 1e-6 && rate <= 1 && Number.isInteger(size) && size >= 1 && size <= 100).toBe(true)
      }
    }
    expect(sums[0]).toBeGreaterThan(0.6 * sums[1]!)
    expect(better).toBeGreaterThanOrEqual(9)
    expect(inner).toBeGreaterThan(0.5)
  })

  it('proposes the same candidates from the same seed, with any concurrency', async () => {
    const find = async (seed: number, concurrency: number, more: object = {}) =>
      (await new BayesSearch({ ...options, nCandidates: 25, seed, concurrency, ...more }).fit(x, y)).results.map(
        ({ params: values, scores, status }) => [values, scores, status],
      )
    const results = await find(1, 1)
    expect(await find(1, 3)).toEqual(results)
    expect(await find(2, 3)).not.toEqual(results)
    expect(await find(1, 3, { roundSize: 1 })).not.toEqual(results)
    expect(await find(1, 3, { nStartup: 3 })).not.toEqual(results)
    const losing = { stopLosers: { afterSplits: 1 } }
    expect(await find(1, 1, losing)).toEqual(await find(1, 3, losing))
  })

  const net = new MLPClassifier({ seed: 1 })
  it.each([
    [{ nCandidates: 0 }, /at least 1 for nCandidates/],
    [{ nStartup: 0 }, /at least 1 for nStartup/],
    [{ roundSize: 0.5 }, /at least 1 for roundSize/],
    [{ params: { rate: [] } }, /Unknown option "rate" for params/],
    [{ stopLosers: 3 }, /an object for stopLosers/],
  ])('rejects the options %j', (more, message) => {
    const make = () => new BayesSearch({ estimator: net, params: { alpha: 'auto' }, ...more } as never)
    expect(make).toThrow(ArgumentError)
    expect(make).toThrow(message)
  })
})
