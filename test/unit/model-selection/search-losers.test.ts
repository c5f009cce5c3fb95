import { describe, expect, it } from 'vitest'
import { modelSelection } from '../../../lib/index.js'
import { FakeEstimator, net, params, plain, x, y } from './fake-estimator.js'

const { GridSearch } = modelSelection

describe('stopLosers', () => {
  class BySplit extends FakeEstimator {
    override clone() {
      return new BySplit(this.getParams())
    }
    override async score() {
      return this.getParams().value
    }
  }

  it('stops the same candidates with any concurrency', async () => {
    const value = Array.from({ length: 40 }, (_, k) => (k * 17) % 40)
    const find = async (concurrency: number, stopLosers: boolean | modelSelection.StopLosers) => {
      const estimator = new BySplit({ value: 0, slow: concurrency === 2 ? 1 : 0 })
      const options = { estimator, params: { value }, cv: 5, concurrency, stopLosers, refit: false }
      return new GridSearch(options).fit(x, y)
    }
    const search = await find(1, true)
    expect(plain(await find(2, true))).toEqual(plain(search))
    expect(plain(await find(9, true))).toEqual(plain(search))
    const lost = search.results.filter(({ status }) => status === 'lost')
    expect(lost.length).toBeGreaterThan(15)
    for (const { scores, candidate } of lost) {
      expect(candidate).toBeGreaterThanOrEqual(16)
      expect([...scores].filter((score) => !Number.isNaN(score)).length).toBe(2)
    }
    expect(search.bestParams).toEqual({ value: 39 })
    expect((await find(2, { margin: 100 })).results.every(({ status }) => status === 'done')).toBe(true)
    const late = await find(2, { afterSplits: 4 })
    expect(
      late.results.some(({ scores, status }) => status === 'lost' && Number.isNaN(scores[4]!) && scores[3]! >= 0),
    ).toBe(true)
    expect((await find(2, false)).results.every(({ status }) => status === 'done')).toBe(true)
  })
})

describe('a search with failing fits', () => {
  const bad = { params: { earlyStopping: [false, true], solver: ['lbfgs'] }, estimator: net, cv: 2, seed: 1 }

  it('ranks failed candidates last, with a warning, or throws', async () => {
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve))
    const search = await new GridSearch(bad).fit(x, y)
    expect((await warned).message).toMatch(/Candidate 1 on split 0 failed, and its score is NaN: .*lbfgs/)
    expect(search.results.map(({ params: { earlyStopping }, rank }) => [earlyStopping, rank])).toEqual([
      [false, 1],
      [true, 2],
    ])
    await expect(new GridSearch({ ...bad, errorScore: 'raise' }).fit(x, y)).rejects.toThrow(/lbfgs/)
    const all = { ...bad, params: { earlyStopping: [true], solver: ['lbfgs'] } }
    await expect(new GridSearch(all).fit(x, y)).rejects.toThrow(/lbfgs/)
    // errorScore does not make a failed fit a success.
    await expect(new GridSearch({ ...all, errorScore: 0, refit: false }).fit(x, y)).rejects.toThrow(/lbfgs/)
  })

  it('gives all failed candidates the last rank', async () => {
    const three = { ...bad, params: [{ alpha: [1] }, { earlyStopping: [true], solver: ['lbfgs'], alpha: [1, 2] }] }
    const { results } = await new GridSearch(three).fit(x, y)
    expect(results.map(({ candidate, rank }) => [candidate, rank])).toEqual([
      [0, 1],
      [1, 2],
      [2, 2],
    ])
  })

  it('ends running fits when onProgress rejects', async () => {
    const estimator = new FakeEstimator({ value: 0, slow: 0 })
    const search = new GridSearch({ estimator, params: { slow: [0, 1e9] }, cv: 2, concurrency: 4 })
    // The fits of the other candidate would take weeks.
    const run = search.fit(x, y, { onProgress: () => Promise.reject(new Error('enough')) })
    await expect(run).rejects.toThrow('enough')
    expect(FakeEstimator.running).toBe(0)
  })

  it('rejects with the error of onProgress, and rejects a second fit while one runs', async () => {
    const search = new GridSearch({ estimator: net, params, cv: 2 })
    const run = search.fit(x, y, {
      onProgress: () => {
        throw new Error('enough')
      },
    })
    await expect(search.fit(x, y)).rejects.toThrow(/Could not fit: this search is running/)
    await expect(run).rejects.toThrow('enough')
    expect(() => search.results).toThrow(/call fit\(x, y\) of this search first/)
  })
})
