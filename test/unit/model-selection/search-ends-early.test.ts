import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { FormatError, modelSelection } from '../../../lib/index.js'
import { FakeEstimator, net, params, plain, x, y } from './fake-estimator.js'

const { GridSearch } = modelSelection

const folder = mkdtempSync(join(tmpdir(), 'perceptra-search-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('a search that ends early', () => {
  const slow = new FakeEstimator({ value: 0, slow: 4 })
  const value = Array.from({ length: 50 }, (_, k) => k)

  it('rejects at an abort with the results so far, and keeps the best estimator of the fit before', async () => {
    const controller = new AbortController()
    const search = new GridSearch({ estimator: slow, params: { value }, cv: 2, concurrency: 2 })
    const onProgress = ({ done }: { done: number }) => void (done === 7 && controller.abort())
    await expect(search.fit(x, y, { signal: controller.signal, onProgress })).rejects.toSatisfy(
      (error) => error === controller.signal.reason,
    )
    expect(search.stopReason).toBe('aborted')
    const done = search.results.filter(({ status }) => status === 'done')
    expect(done.length).toBeGreaterThanOrEqual(2)
    expect(done.length).toBeLessThan(6)
    expect(search.results.at(-1)!.status).toBe('unfinished')
    const before = plain(search)
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(plain(search)).toEqual(before)
    expect(() => search.bestEstimator).toThrow(/was aborted/)
    expect(() => search.bestParams).toThrow(/no candidate was scored on all splits/)
    const fitted = new GridSearch({ estimator: slow, params: { value: [3, 4] }, cv: 2 })
    await fitted.fit(x, y)
    const { bestEstimator } = fitted
    await expect(fitted.fit(x, y, { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' })
    const inRefit = new AbortController()
    const refitting = ({ done, total }: { done: number; total: number }) =>
      void (done === total && setTimeout(() => inRefit.abort(), 5))
    const again = fitted.fit(x, y, { signal: inRefit.signal, onProgress: refitting })
    await expect(again).rejects.toSatisfy((error) => error === inRefit.signal.reason)
    expect(fitted.bestEstimator).toBe(bestEstimator)
    expect([fitted.bestScore, fitted.bestParams]).toEqual([4, { value: 4 }])
  })

  it('keeps the best estimator of the fit before when the time limit leaves none', async () => {
    const search = new GridSearch({ estimator: slow, params: { value: [3, 4] }, cv: 2 })
    await search.fit(x, y)
    const { bestEstimator } = search
    await search.fit(x, y, { timeLimit: 1e-3 })
    expect(search.stopReason).toBe('timeLimit')
    expect(search.bestEstimator).toBe(bestEstimator)
    expect(search.bestScore).toBe(4)
  })

  it('fits again after options that are refused', async () => {
    const search = new GridSearch({
      estimator: new FakeEstimator({ value: 0, slow: 0 }),
      params: { value: [1] },
      cv: 2,
    })
    await expect(search.fit(x, y, { timeLimit: -1 })).rejects.toMatchObject({ code: 'ERR_ARGUMENT' })
    await expect(search.fit(x, y, { signal: {} as never })).rejects.toMatchObject({ code: 'ERR_ARGUMENT' })
    await search.fit(x, y)
    expect(search.bestScore).toBe(1)
  })

  it('does not wait for a fit that ignores the signal', async () => {
    const endless = new FakeEstimator({ value: 0, slow: 1 })
    endless.clone = () =>
      Object.assign(new FakeEstimator({ value: 0, slow: 1 }), { fit: () => new Promise(() => {}) }) as never
    const controller = new AbortController()
    const search = new GridSearch({ estimator: endless, params: { value }, cv: 2, concurrency: 2 })
    setTimeout(() => controller.abort(), 20)
    await expect(search.fit(x, y, { signal: controller.signal })).rejects.toSatisfy(
      (error) => error === controller.signal.reason,
    )
    expect(search.stopReason).toBe('aborted')
    expect(search.results.every(({ status }) => status === 'unfinished')).toBe(true)
  })

  it('fits the best candidate so far at the time limit', async () => {
    const search = new GridSearch({ estimator: slow, params: { value }, cv: 2, concurrency: 2 })
    await search.fit(x, y, { timeLimit: 0.2 })
    expect(search.stopReason).toBe('timeLimit')
    expect(search.results.some(({ status }) => status === 'unfinished')).toBe(true)
    expect(search.bestEstimator.getParams().value).toBe(search.bestScore)
  })

  it('goes on from its file, with the same results as a whole run', async () => {
    const file = join(folder, 'search.jsonl')
    const make = () => new GridSearch({ estimator: net, params, cv: 3, seed: 1 })
    const whole = plain(await make().fit(x, y))
    const controller = new AbortController()
    const onProgress = ({ done }: { done: number }) => void (done === 5 && controller.abort())
    const cut = make().fit(x, y, { file, signal: controller.signal, onProgress })
    await expect(cut).rejects.toSatisfy((error) => error === controller.signal.reason)
    const lines = readFileSync(file, 'utf8').trim().split('\n').length - 1
    expect(lines).toBeGreaterThanOrEqual(5)
    expect(lines).toBeLessThan(18)
    appendFileSync(file, '{"key":"5 2","sco') // a crash in the middle of a line
    expect(plain(await make().fit(x, y, { file }))).toEqual(whole)
    expect(readFileSync(file, 'utf8').trim().split('\n').length).toBe(19)
    // All scores are in the file: only the best candidate is fitted.
    const again = await make().fit(x, y, { file })
    expect(plain(again)).toEqual(whole)
    expect(readFileSync(file, 'utf8').trim().split('\n').length).toBe(19)
    const other = new GridSearch({ estimator: net, params, cv: 3, seed: 2 })
    await expect(other.fit(x, y, { file })).rejects.toThrow(/Expected the same search for the file .*Name another file/)
    await expect(make().fit(x, [...y].reverse(), { file })).rejects.toThrow(/the same search/)
    writeFileSync(file, readFileSync(file, 'utf8').replace('"key"', '"kei"'))
    await expect(make().fit(x, y, { file })).rejects.toThrow(/line 2 of the file .* is damaged/)
    writeFileSync(file, 'something else\n')
    await expect(make().fit(x, y, { file })).rejects.toThrow(FormatError)
    await expect(make().fit(x, y, { file: folder })).rejects.toThrow(/Could not open the file/)
    const free = new GridSearch({ estimator: net, params })
    await expect(free.fit(x, y, { file })).rejects.toThrow(/Expected a seed for a search with a file/)
  })
})
