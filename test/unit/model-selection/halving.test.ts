import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { ArgumentError, Matrix, MLPClassifier, modelSelection } from '../../../lib/index.js'
import { FakeEstimator } from './fake-estimator.js'

const { HalvingSearch, KFold } = modelSelection

const x = Matrix.from(
  Array.from({ length: 120 }, (_, i) => [Math.sin(i * 12.9) + (i % 2), Math.cos(i * 78.2) - (i % 2), i]),
)
const y = Array.from({ length: 120 }, (_, i) => (i % 2 ? 'odd' : 'even'))
const net = new MLPClassifier<string>({ hiddenLayerSizes: [4], batchSize: 10, maxIter: 4, seed: 3 })
const params = { learningRateInit: [1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1] }

describe('HalvingSearch', () => {
  it('takes a parameter as the resource, with the same results for any concurrency', async () => {
    const find = (concurrency: number, seed: number) =>
      new HalvingSearch({
        estimator: net,
        params: { learningRateInit: 'auto' },
        nCandidates: 8,
        resource: 'maxIter',
        maxResources: 8,
        factor: 2,
        cv: 2,
        seed,
        concurrency,
      }).fit(x, y)
    const search = await find(1, 2)
    expect(search.results.map(({ round, resource }) => [round, resource])).toEqual([
      [3, 8],
      ...Array(2).fill([2, 4]),
      ...Array(4).fill([1, 2]),
      ...Array(8).fill([0, 1]),
    ])
    const plain = ({ results }: typeof search) => results.map(({ params: values, scores }) => [values, scores])
    expect(plain(await find(2, 2))).toEqual(plain(search))
    expect(plain(await find(2, 3))).not.toEqual(plain(search))
    // The candidates of a round are the best of the round before.
    for (let round = 1; round < 4; round++) {
      const rates = (number: number) =>
        search.results
          .filter((result) => result.round === number)
          .map((result) => result.params.learningRateInit as number)
      const current = rates(round)
      expect(current.toSorted()).toEqual(
        rates(round - 1)
          .slice(0, current.length)
          .toSorted(),
      )
    }
    expect(search.bestParams).toEqual(search.results[0]!.params)
    // The best candidate is fitted to all rows with the resource of its scores.
    expect(search.results.map((result) => result.params.maxIter)).toEqual(
      search.results.map(({ resource }) => resource),
    )
    expect(search.bestEstimator.getParams().maxIter).toBe(8)
  })

  it('takes rows as the resource, and keeps the rows of a round in the next', async () => {
    const seen = new Map<number, Set<string>>()
    class Watch {
      value = 0
      clone = () => new Watch()
      getParams = () => ({ value: this.value })
      setParams = ({ value = 0 }: { value?: number }) => Object.assign(this, { value })
      async fit(rows: Matrix) {
        const subsets = seen.get(rows.rows) ?? new Set()
        seen.set(
          rows.rows,
          subsets.add(
            rows
              .toArray()
              .map(([, , row]) => row)
              .join(),
          ),
        )
        return this
      }
      score = async () => this.value
    }
    const value = [1, 2, 3, 4, 5, 6, 7, 8, 9]
    const cv = new KFold({ nSplits: 2 })
    await new HalvingSearch({ estimator: new Watch(), params: { value }, cv, seed: 1, refit: false }).fit(x, y)
    expect([...seen.keys()]).toEqual([6, 19, 58])
    for (const subsets of seen.values()) expect(subsets.size).toBe(2)
    for (const small of seen.get(6)!) {
      const within = [...seen.get(19)!].some((large) => small.split(',').every((row) => large.split(',').includes(row)))
      expect(within).toBe(true)
    }
  })

  it('has the results so far when the signal is aborted', async () => {
    const controller = new AbortController()
    const onProgress = ({ done }: { done: number }) => void (done === 14 && controller.abort())
    const search = new HalvingSearch({ estimator: net, params, cv: 2, factor: 2, concurrency: 1, seed: 1 })
    await expect(search.fit(x, y, { signal: controller.signal, onProgress })).rejects.toSatisfy(
      (error) => error === controller.signal.reason,
    )
    expect(search.stopReason).toBe('aborted')
    expect(search.results.filter(({ status }) => status === 'done').map(({ round }) => round)).toEqual([
      1,
      ...Array(6).fill(0),
    ])
    expect(() => search.bestParams).toThrow(/no candidate was scored/)
  })

  it('is rejected during the draws of a round when the signal is aborted', async () => {
    const many = new Float32Array(400_000)
    const controller = new AbortController()
    let [turns, ended] = [0, false]
    const count = () => {
      turns++
      if (!ended) void setImmediate().then(count)
    }
    const onProgress = ({ done }: { done: number }) => {
      if (done === 80) void abort()
    }
    const abort = async () => {
      // The draws of the next round follow the last fit of the first, after a turn.
      for (let turn = 0; turn < 3; turn++) await setImmediate()
      controller.abort()
      count()
    }
    const estimator = new FakeEstimator({ value: 0, slow: 0 })
    const search = new HalvingSearch({
      estimator,
      params: { value: [1, 2] },
      cv: new KFold({ nSplits: 40 }),
      factor: 2,
      minResources: 100_000,
      concurrency: 1,
      seed: 1,
    })
    const fitted = search.fit(many, Array.from(many), { signal: controller.signal, onProgress })
    await expect(fitted).rejects.toSatisfy((error) => error === controller.signal.reason)
    ended = true
    expect(turns).toBeLessThan(5)
    expect(search.results.map(({ status }) => status)).toEqual(['done', 'done'])
  }, 60_000)

  const make = (more: object) => () => new HalvingSearch({ estimator: net, params, ...more } as never)
  it.each([
    [make({ factor: 1 }), /above 1 for factor, but got 1/],
    [make({ resource: 'epochs' }), /'rows' or a parameter of the estimator for resource, but got "epochs"/],
    [make({ resource: 'learningRateInit', maxResources: 2 }), /not in params for resource/],
    [make({ resource: 'maxIter' }), /the most maxIter of a round for maxResources, but got undefined/],
    [make({ minResources: 0 }), /at least 1 for minResources/],
    [make({ maxResources: 0.5 }), /at least 1 for maxResources/],
    [make({ aggressiveElimination: 1 }), /true or false for aggressiveElimination/],
    [make({ nCandidates: 0 }), /at least 1 for nCandidates/],
    [make({ params: { alpha: { low: 0, high: 1 } } }), /how many candidates to draw, since params has a range/],
    [make({ stopLosers: true }), /Unknown option "stopLosers" for HalvingSearch/],
  ])('rejects wrong options (%s)', (act, message) => {
    expect(act).toThrow(ArgumentError)
    expect(act).toThrow(message)
  })

  it.each([
    [{ maxResources: 121 }, /at most 120, the number of rows for maxResources, but got 121/],
    [{ minResources: 121 }, /at most 120 for minResources \(as maxResources\), but got 121/],
  ])('rejects the options %j in fit', async (more, message) => {
    await expect(new HalvingSearch({ estimator: net, params, ...more }).fit(x, y)).rejects.toThrow(message)
  })

  it('takes rows of several labels in a Matrix, whose labels are 0 and 1', async () => {
    const several = Matrix.from(Array.from(y, (label) => [Number(label === y[0]), 1 - Number(label === y[0])]))
    const estimator = new MLPClassifier<number[]>({ hiddenLayerSizes: [2], maxIter: 2, seed: 1 })
    const options = { estimator, params, minResources: 'smallest', cv: 2, factor: 2, seed: 1 } as const
    const search = await new HalvingSearch(options).fit(x, several)
    // 2 rows for each split and label, as scikit-learn counts them.
    expect(Math.min(...search.results.map(({ resource }) => resource!))).toBe(2 * 2 * 2)
    const rows = await new HalvingSearch(options).fit(x, several.toArray())
    expect(rows.results.map(({ scores }) => scores)).toEqual(search.results.map(({ scores }) => scores))
  })
})
