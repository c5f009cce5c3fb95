import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { datasets, modelSelection, pipeline, preprocessing, SGDClassifier, Table } from '../../../lib/index.js'

const { GridSearch } = modelSelection
const { MinMaxScaler, StandardScaler, ColumnTransformer, makeColumnSelector } = preprocessing

const folder = mkdtempSync(join(tmpdir(), 'perceptra-journal-'))
const file = join(folder, 'search.jsonl')
beforeEach(() => rmSync(file, { force: true }))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const moons = datasets.makeMoons({ nSamples: 60, noise: 0.2, seed: 1 })
const x = moons.x.toArray()
const table = Table.from({ a: x.map(([a]) => a!), b: x.map(([, b]) => b!) })
const y = Array.from(moons.y)
const classifier = () => new SGDClassifier<number>({ seed: 1 })

/** The lines of the file after a search of a pipeline with these first steps. */
async function search(first: preprocessing.TransformerLike, more: object = {}): Promise<number> {
  const estimator = pipeline([
    ['first', first],
    ['clf', classifier()],
  ])
  const params = { 'clf.alpha': [1e-4, 1e-2] }
  await new GridSearch({ estimator, params, cv: 2, seed: 1, refit: false, ...more } as never).fit(table, y, { file })
  return readFileSync(file, 'utf8').trim().split('\n').length
}

describe('the file of a search', () => {
  it('goes on with a pipeline of the same steps, and rejects other steps', async () => {
    const scaler = (high: number) => new MinMaxScaler({ featureRange: [0, high] })
    const within = (high: number) => new ColumnTransformer({ transformers: [['num', scaler(high), ['a', 'b']]] })
    expect(await search(within(1))).toBe(5)
    expect(await search(within(1))).toBe(5)
    await expect(search(within(2))).rejects.toThrow(/Expected the same search/)
    await expect(search(scaler(1))).rejects.toThrow(/Expected the same search/)
  })

  it('distinguishes steps among the values, and column selectors', async () => {
    await search(new StandardScaler(), { params: { first: [new MinMaxScaler({ clip: true })] } })
    await expect(search(new StandardScaler(), { params: { first: [new MinMaxScaler()] } })).rejects.toThrow(/the same/)
    rmSync(file)
    const withColumns = (pattern: RegExp) =>
      new ColumnTransformer({ transformers: [['num', new StandardScaler(), makeColumnSelector({ pattern })]] })
    await search(withColumns(/a/))
    expect(await search(withColumns(/a/))).toBe(5)
    await expect(search(withColumns(/b/))).rejects.toThrow(/Expected the same search/)
  })

  it.each([
    ['nothing', () => ''],
    ['a part of its first line', (text: string) => text.slice(0, 20)],
    ['its first line without an end', (text: string) => text.split('\n')[0]!],
  ])('begins anew if a crash left %s', async (_, cut) => {
    await search(new StandardScaler())
    const whole = readFileSync(file, 'utf8')
    writeFileSync(file, cut(whole))
    expect(await search(new StandardScaler())).toBe(5)
    expect(readFileSync(file, 'utf8').split('\n')[0]).toBe(whole.split('\n')[0])
  })

  it('is not created by a search with wrong options', async () => {
    await expect(search(new StandardScaler(), { cv: 61 })).rejects.toThrow(/at most 60/)
    expect(existsSync(file)).toBe(false)
  })

  it('rejects a second search that writes to it', async () => {
    const estimator = pipeline([
      ['first', new StandardScaler()],
      ['clf', classifier()],
    ])
    const make = () =>
      new GridSearch({
        estimator,
        params: { 'clf.alpha': [1e-4, 1e-2, 1] },
        cv: 2,
        seed: 1,
        concurrency: 1,
        refit: false,
      })
    let once = true
    const onProgress = async () => {
      if (!once) return
      once = false
      await make().fit(table, y, { file })
    }
    await expect(make().fit(table, y, { file, onProgress })).rejects.toThrow(
      /Expected \d+ bytes in the file .*, but got \d+: another search writes to it/,
    )
    // No entry is lost or repeated.
    const keys = () =>
      readFileSync(file, 'utf8')
        .trim()
        .split('\n')
        .slice(1)
        .map((line) => (JSON.parse(line) as { key: string }).key)
    expect(keys().sort()).toEqual(['0 0', '0 1', '1 0', '1 1', '2 0', '2 1'])
    await make().fit(table, y, { file })
    expect(keys()).toHaveLength(6)
    rmSync(file)
    const vanished = make().fit(table, y, { file, onProgress: () => rmSync(file, { force: true }) })
    await expect(vanished).rejects.toThrow(/but got no file/)
  })

  it('takes parameters with cycles', async () => {
    interface Ring {
      next?: Ring
      size: number
    }
    const ring = (size: number) => {
      const [a, b]: [Ring, Ring] = [{ size }, { size: 1 }]
      a.next = b
      b.next = a
      return a
    }
    const scoring = (parameter: Ring) => Object.assign(() => 1, { parameter })
    const run = (ring: Ring) => search(new StandardScaler(), { scoring: scoring(ring) })
    expect(await run(ring(3))).toBe(5)
    expect(await run(ring(3))).toBe(5)
    await expect(run(ring(4))).rejects.toThrow(/Expected the same search/)
    await expect(run({ size: 3, next: { size: 1 } })).rejects.toThrow(/Expected the same search/)
  })
})
