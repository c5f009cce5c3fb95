import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import {
  ArgumentError,
  FormatError,
  load,
  Matrix,
  MLPClassifier,
  modelSelection,
  pipeline,
  preprocessing,
  SGDRegressor,
} from '../../../lib/index.js'

const { GridSearch, RandomSearch, crossValidate } = modelSelection

const folder = mkdtempSync(join(tmpdir(), 'perceptra-search-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const x = Matrix.from(
  Array.from({ length: 80 }, (_, i) => [Math.sin(i * 12.9) + (i % 2), Math.cos(i * 78.2) - (i % 2), Math.sin(i * 3.1)]),
)
const y = Array.from({ length: 80 }, (_, i) => (i % 2 ? 'odd' : 'even'))
const net = new MLPClassifier<string>({ hiddenLayerSizes: [4], maxIter: 8, batchSize: 10, seed: 3 })
const params = { learningRateInit: [1e-4, 0.01, 0.1], alpha: [1e-4, 1] }

/** What does not depend on the clock. */
const plain = ({ results }: { results: readonly modelSelection.CandidateResult[] }) =>
  results.map(({ fitTime: _, scoreTime: __, ...rest }) => rest)

/** Scores by its parameters and the split alone: what happens is known. */
class Known {
  static made = 0
  static running = 0
  static most = 0
  #params: { value: number; slow: number }
  constructor(options: { value: number; slow: number }) {
    this.#params = options
  }
  clone() {
    Known.made++
    return new Known({ ...this.#params })
  }
  getParams() {
    return { ...this.#params }
  }
  setParams(given: object) {
    Object.assign(this.#params, given)
    return this
  }
  async fit(_x: unknown, _y: unknown, { signal }: { signal?: AbortSignal } = {}) {
    Known.most = Math.max(Known.most, ++Known.running)
    for (let i = 0; i < this.#params.slow && !signal?.aborted; i++) await new Promise((done) => setTimeout(done, 5))
    Known.running--
    return this
  }
  async score() {
    return this.#params.value
  }
}

describe('GridSearch', () => {
  it('tries all combinations as crossValidate does, ranks them, and fits the best to all rows', async () => {
    const search = new GridSearch({ estimator: net, params, cv: 3, seed: 1 })
    expect(await search.fit(x, y)).toBe(search)
    expect(search.results.map(({ candidate }) => candidate).sort()).toEqual([0, 1, 2, 3, 4, 5])
    expect(search.results.map(({ params: own }) => own)).toContainEqual({ learningRateInit: 0.01, alpha: 1 })
    for (const { params: own, scores, mean, std, status, fitTime, scoreTime } of search.results) {
      const byHand = await crossValidate(net.clone().setParams(own), x, y, { cv: 3 })
      expect(scores).toEqual(byHand.testScores)
      expect([mean, std]).toEqual([byHand.mean, byHand.std])
      expect([status, fitTime > 0, scoreTime > 0]).toEqual(['done', true, true])
    }
    const means = search.results.map(({ mean }) => mean)
    expect(means).toEqual(means.toSorted((a, b) => b - a))
    for (const { rank, mean } of search.results) expect(rank).toBe(1 + means.filter((other) => other > mean).length)
    expect([search.bestParams, search.bestScore]).toEqual([search.results[0]!.params, means[0]])
    const refit = net.clone().setParams(search.bestParams)
    await refit.fit(x, y)
    expect(search.bestEstimator.coefs).toEqual(refit.coefs)
    const labels: string[] = await search.predict(x)
    expect(labels).toEqual(await refit.predict(x))
    expect(((await search.predictProba(x)) as Matrix).data).toEqual((await refit.predictProba(x)).data)
    expect(await search.score(x, y)).toBe(await refit.score(x, y))
    expect([search.stopReason, net.isFitted]).toEqual(['done', false])
    await search.save(join(folder, 'best.safetensors'))
    const loaded = (await load(join(folder, 'best.safetensors'))) as MLPClassifier<string>
    expect(await loaded.predict(x)).toEqual(labels)
  })

  it('finds the same whatever the threads, in a pipeline and with other scores', async () => {
    const estimator = pipeline([
      ['scaler', new preprocessing.StandardScaler()],
      ['mlp', new MLPClassifier<string>({ hiddenLayerSizes: [4], maxIter: 5 })],
    ])
    const grids = [
      { 'mlp.alpha': [1e-4, 1] },
      { scaler: [new preprocessing.MinMaxScaler()], 'mlp.activation': ['tanh'] },
    ]
    const found = []
    for (const threads of [1, 2, 7]) {
      const search = new GridSearch({ estimator, params: grids, cv: 2, scoring: 'negLogLoss', seed: 5, threads })
      await search.fit(x, y)
      found.push([plain(search), await search.predict(x)])
    }
    expect(found[0]![0]).toHaveLength(3)
    expect(found[1]).toEqual(found[0])
    expect(found[2]).toEqual(found[0])
    const other = new GridSearch({ estimator, params: grids, cv: 2, scoring: 'negLogLoss', seed: 6 })
    expect(plain(await other.fit(x, y))).not.toEqual(found[0]![0])
  })

  it('gives equal ones the same rank, the first one first, and keeps few clones in flight', async () => {
    Known.most = 0
    const estimator = new Known({ value: 0, slow: 1 })
    const search = new GridSearch({ estimator, params: { value: [1, 3, 2, 3] }, cv: 2, threads: 3, refit: false })
    await search.fit(x, y)
    expect(search.results.map(({ candidate, rank }) => [candidate, rank])).toEqual([
      [1, 1],
      [3, 1],
      [2, 3],
      [0, 4],
    ])
    expect(Known.most).toBe(3)
    expect(search.bestParams).toEqual({ value: 3 })
    expect(() => search.bestEstimator).toThrow(/nothing was fitted to all rows/)
  })

  it('returns training scores when asked', async () => {
    const search = new GridSearch({ estimator: net, params: { alpha: [0] }, cv: 2, returnTrainScore: true })
    await search.fit(x, y)
    const { trainScores } = await crossValidate(net.clone().setParams({ alpha: 0 }), x, y, {
      cv: 2,
      returnTrainScore: true,
    })
    expect(search.results[0]!.trainScores).toEqual(trainScores)
  })
})

describe('RandomSearch', () => {
  it('draws from ranges and lists by its seed, and finds the same whatever the threads', async () => {
    const space = {
      alpha: { low: 1e-5, high: 10, log: true },
      batchSize: { low: 4, high: 9, integer: true },
      learningRateInit: 'auto',
      activation: 'auto',
    } as const
    const find = async (seed: number, threads: number) => {
      const search = new RandomSearch({ estimator: net, params: space, nCandidates: 6, cv: 2, seed, threads })
      return search.fit(x, y)
    }
    const found = await find(4, 1)
    expect(plain(await find(4, 2))).toEqual(plain(found))
    expect((await find(5, 2)).results[0]!.params).not.toEqual(found.results[0]!.params)
    for (const { params: own } of found.results) {
      const { alpha, batchSize, learningRateInit, activation } = own as Record<string, number>
      expect(alpha! >= 1e-5 && alpha! <= 10).toBe(true)
      expect(Number.isInteger(batchSize) && batchSize! >= 4 && batchSize! <= 9).toBe(true)
      expect(learningRateInit! >= 1e-4 && learningRateInit! <= 0.1).toBe(true)
      expect(['identity', 'logistic', 'tanh', 'relu']).toContain(activation)
    }
  })

  it('draws evenly, on the scale asked for', async () => {
    const estimator = new Known({ value: 0, slow: 0 })
    const draw = async (space: modelSelection.ParameterSpace) => {
      const one = { estimator, params: { value: space }, nCandidates: 2000, cv: 2, refit: false, seed: 1 }
      const search = await new RandomSearch(one).fit(new Float64Array(4), [1, 2, 3, 4])
      return search.results.map(({ params: own }) => own.value as number)
    }
    const logs = (await draw({ low: 1e-4, high: 1, log: true })).map(Math.log10)
    expect(logs.filter((power) => power < -3).length / 2000).toBeCloseTo(0.25, 1)
    const dice = await draw({ low: 1, high: 6, integer: true })
    for (let side = 1; side <= 6; side++) {
      expect(dice.filter((value) => value === side).length / 2000).toBeCloseTo(1 / 6, 1)
    }
  })

  it('takes no combination of lists twice', async () => {
    const estimator = new Known({ value: 0, slow: 0 })
    const one = { estimator, params: { value: [1, 2, 3], slow: [0, 0.5] }, nCandidates: 50, cv: 2, seed: 1 }
    const { results } = await new RandomSearch(one).fit(x, y)
    expect(new Set(results.map(({ params: own }) => JSON.stringify(own))).size).toBe(6)
  })
})

describe('a search that is cut short', () => {
  const slow = new Known({ value: 0, slow: 4 })
  const value = Array.from({ length: 50 }, (_, k) => k)

  it('resolves with what is known when it is aborted', async () => {
    const controller = new AbortController()
    const search = new GridSearch({ estimator: slow, params: { value }, cv: 2, threads: 2 })
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
    expect(() => search.bestEstimator).toThrow(/or aborted/)
    const never = new GridSearch({ estimator: slow, params: { value } })
    await never.fit(x, y, { signal: AbortSignal.abort() })
    expect(() => never.bestParams).toThrow(/no candidate was scored on all splits/)
  })

  it('waits for no fit that does not end by itself when it is aborted', async () => {
    const endless = new Known({ value: 0, slow: 1 })
    endless.clone = () => Object.assign(new Known({ value: 0, slow: 1 }), { fit: () => new Promise(() => {}) }) as never
    const controller = new AbortController()
    const search = new GridSearch({ estimator: endless, params: { value }, cv: 2, threads: 2 })
    setTimeout(() => controller.abort(), 20)
    await search.fit(x, y, { signal: controller.signal })
    expect(search.stopReason).toBe('aborted')
    expect(search.results.every(({ status }) => status === 'unfinished')).toBe(true)
  })

  it('fits the best so far when the time is over', async () => {
    const search = new GridSearch({ estimator: slow, params: { value }, cv: 2, threads: 2 })
    await search.fit(x, y, { timeLimit: 0.2 })
    expect(search.stopReason).toBe('timeLimit')
    expect(search.results.some(({ status }) => status === 'unfinished')).toBe(true)
    expect(search.bestEstimator.getParams().value).toBe(search.bestScore)
  })

  it('goes on from its file to the same results', async () => {
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
    // All is known: nothing is fitted but the best.
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

describe('losers', () => {
  class BySplit extends Known {
    override clone() {
      return new BySplit(this.getParams())
    }
    override async score() {
      return this.getParams().value
    }
  }

  it('are given up early, the same ones whatever the threads', async () => {
    const value = Array.from({ length: 40 }, (_, k) => (k * 17) % 40)
    const find = async (threads: number, stopLosers: boolean | modelSelection.StopLosers) => {
      const estimator = new BySplit({ value: 0, slow: threads === 2 ? 1 : 0 })
      const one = { estimator, params: { value }, cv: 5, threads, stopLosers, refit: false }
      return new GridSearch(one).fit(x, y)
    }
    const found = await find(1, true)
    expect(plain(await find(2, true))).toEqual(plain(found))
    expect(plain(await find(9, true))).toEqual(plain(found))
    const lost = found.results.filter(({ status }) => status === 'lost')
    expect(lost.length).toBeGreaterThan(15)
    for (const { scores, candidate } of lost) {
      expect(candidate).toBeGreaterThanOrEqual(16)
      expect([...scores].filter((score) => !Number.isNaN(score)).length).toBe(2)
    }
    expect(found.bestParams).toEqual({ value: 39 })
    expect((await find(2, { margin: 100 })).results.every(({ status }) => status === 'done')).toBe(true)
    const late = await find(2, { afterSplits: 4 })
    expect(
      late.results.some(({ scores, status }) => status === 'lost' && Number.isNaN(scores[4]!) && scores[3]! >= 0),
    ).toBe(true)
    expect((await find(2, false)).results.every(({ status }) => status === 'done')).toBe(true)
  })
})

describe('fits that fail', () => {
  const bad = { params: { earlyStopping: [false, true], solver: ['lbfgs'] }, estimator: net, cv: 2, seed: 1 }

  it('score NaN with a warning and come last, or throw', async () => {
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve))
    const search = await new GridSearch(bad).fit(x, y)
    expect((await warned).message).toMatch(/Candidate 1 on split 0 failed, and its score is NaN: .*lbfgs/)
    expect(search.results.map(({ params: own, rank }) => [own.earlyStopping, rank])).toEqual([
      [false, 1],
      [true, 2],
    ])
    await expect(new GridSearch({ ...bad, errorScore: 'raise' }).fit(x, y)).rejects.toThrow(/lbfgs/)
    const all = { ...bad, params: { earlyStopping: [true], solver: ['lbfgs'] } }
    await expect(new GridSearch(all).fit(x, y)).rejects.toThrow(/lbfgs/)
    // A number in place of scores makes no fit a success.
    await expect(new GridSearch({ ...all, errorScore: 0, refit: false }).fit(x, y)).rejects.toThrow(/lbfgs/)
  })

  it('share the last rank', async () => {
    const three = { ...bad, params: [{ alpha: [1] }, { earlyStopping: [true], solver: ['lbfgs'], alpha: [1, 2] }] }
    const { results } = await new GridSearch(three).fit(x, y)
    expect(results.map(({ candidate, rank }) => [candidate, rank])).toEqual([
      [0, 1],
      [1, 2],
      [2, 2],
    ])
  })

  it('end those beside them', async () => {
    const estimator = new Known({ value: 0, slow: 0 })
    const search = new GridSearch({ estimator, params: { slow: [0, 1e9] }, cv: 2, threads: 4 })
    // Without an end those of the other candidate would go on for weeks.
    const run = search.fit(x, y, { onProgress: () => Promise.reject(new Error('enough')) })
    await expect(run).rejects.toThrow('enough')
    expect(Known.running).toBe(0)
  })

  it('stop at what onProgress throws, and one search at a time', async () => {
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

describe('wrong arguments', () => {
  const grid = (more: object) => () => new GridSearch({ estimator: net, params, ...more } as never)
  const random =
    (space: unknown, more: object = {}) =>
    () =>
      new RandomSearch({ estimator: net, params: space, ...more } as never)
  it.each([
    [grid({ params: {} }), /at least one parameter for params, but it is empty/],
    [grid({ params: [] }), /at least one grid for params/],
    [grid({ params: { alpha: [] } }), /at least one value for alpha of params, but the list is empty/],
    [grid({ params: { alhpa: [1] } }), /Unknown option "alhpa" for params. Did you mean alpha/],
    [grid({ params: { 'mlp.alpha': [1] } }), /Unknown option "mlp.alpha" for params/],
    [grid({ params: { alpha: 1 } }), /a list of values, .* for alpha of params, but got 1/],
    [grid({ params: [{ alpha: { low: 0, high: 1 } }] }), /a list of values for alpha of params\[0\].*RandomSearch/],
    [grid({ estimator: {} }), /an estimator, or a pipeline with one/],
    [grid({ scoring: 'best' }), /for scoring, but got "best"/],
    [grid({ refit: 1 }), /true or false for refit/],
    [grid({ returnTrainScore: 1 }), /true or false for returnTrainScore/],
    [grid({ errorScore: 'no' }), /'raise' for errorScore/],
    [grid({ threads: 0 }), /from 1 to 256 for threads/],
    [grid({ seed: 0.5 }), /for seed, but got 0.5/],
    [grid({ stopLosers: 1 }), /an object for stopLosers/],
    [grid({ stopLosers: { afterSplits: 0 } }), /at least 1 for afterSplits of stopLosers/],
    [grid({ stopLosers: { margin: -1 } }), /at least 0 for margin of stopLosers/],
    [grid({ paramGrid: 1 }), /Unknown option "paramGrid" for GridSearch/],
    [random({ alpha: [1] }, { nCandidates: 0 }), /at least 1 for nCandidates/],
    [random({ alpha: { low: 0, high: 1, log: true } }), /above 0 for low of alpha of params, but got 0/],
    [random({ alpha: { low: 2, high: 1 } }), /above 2 for high of alpha of params, but got 1/],
    [random({ alpha: { low: 1 } }), /for high of alpha of params, but got undefined/],
    [random({ alpha: { low: 1, high: 2, step: 1 } }), /Unknown option "step" for alpha of params/],
    [
      random({ maxIter: { low: 0.5, high: 2, integer: true } }),
      /an integer for an end of maxIter of params, but got 0.5/,
    ],
    [random({ alpha: { low: 1, high: 2, log: 1 } }), /true or false for log of alpha/],
    [random({ maxIter: 'auto' }), /but got 'auto', and "maxIter" has no proposal/],
    [random({ alpha: { choices: 1 } }), /a list of values for alpha of params/],
  ])('%s', (act, message) => {
    expect(act).toThrow(ArgumentError)
    expect(act).toThrow(message)
  })

  it.each([
    [{ groups: [1] }, { cv: new modelSelection.GroupKFold() }, /80 of them.*groups.*but got 1/],
    [{}, { cv: 81 }, /at most 80, the number of rows/],
    [{ sampleWeight: [1] }, {}, /80 rows for sampleWeight/],
    [{ timeLimit: 0 }, {}, /above 0 for timeLimit/],
    [{ signal: 1 }, {}, /an AbortSignal for signal/],
    [{ onProgress: 1 }, {}, /a function for onProgress/],
    [{ file: '' }, { seed: 1 }, /a non-empty string for file/],
    [{ epochs: 1 }, {}, /Unknown option "epochs" for fit\(\) of a search/],
  ])('fit %j', async (options, more, message) => {
    const search = new GridSearch({ estimator: net, params, ...more })
    await expect(search.fit(x, y, options as never)).rejects.toThrow(message)
  })

  it('regressors are searched as well, and asked for what they have', async () => {
    const heights = Array.from({ length: 80 }, (_, i) => x.at(i, 0))
    const search = new GridSearch({ estimator: new SGDRegressor({ seed: 1 }), params: { alpha: [1e-4, 10] }, cv: 3 })
    await search.fit(x, heights)
    expect(search.bestParams).toEqual({ alpha: 1e-4 })
    expect(() => (search as { predictProba(x: Matrix): unknown }).predictProba(x)).toThrow(/has predictProba\(\)/)
  })
})
