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

  it('resolves with the results so far when the signal is aborted', async () => {
    const controller = new AbortController()
    const search = new GridSearch({ estimator: slow, params: { value }, cv: 2, concurrency: 2 })
    const onProgress = ({ done }: { done: number }) => void (done === 7 && controller.abort())
    await search.fit(x, y, { signal: controller.signal, onProgress })
    expect(search.stopReason).toBe('aborted')
    const done = search.results.filter(({ status }) => status === 'done')
    expect(done.length).toBeGreaterThanOrEqual(2)
    expect(done.length).toBeLessThan(6)
    expect(search.bestScore).toBe(Math.max(...done.map(({ mean }) => mean)))
    expect(search.results.at(-1)!.status).toBe('unfinished')
    const before = plain(search)
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(plain(search)).toEqual(before)
    expect(() => search.bestEstimator).toThrow(/was aborted/)
    const never = new GridSearch({ estimator: slow, params: { value } })
    await never.fit(x, y, { signal: AbortSignal.abort() })
    expect(() => never.bestParams).toThrow(/no candidate was scored on all splits/)
  })

  it('does not wait for a fit that ignores the signal', async () => {
    const endless = new FakeEstimator({ value: 0, slow: 1 })
    endless.clone = () =>
      Object.assign(new FakeEstimator({ value: 0, slow: 1 }), { fit: () => new Promise(() => {}) }) as never
    const controller = new AbortController()
    const search = new GridSearch({ estimator: endless, params: { value }, cv: 2, concurrency: 2 })
    setTimeout(() => controller.abort(), 20)
    await search.fit(x, y, { signal: controller.signal })
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
    await make().fit(x, y, { file, signal: controller.signal, onProgress })
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
