import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { inspection, layers, type Matrix, Sequential } from '../../../lib/index.js'

const { permutationImportance, partialDependence, integratedGradients } = inspection

// Timers fire only when a test advances the time.
beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => void vi.useRealTimers())

const x = [
  [0, 5],
  [1, 6],
  [2, 7],
]
const timeLimit = 10

/** A model method that responds `times` times; the time limit passes during the next call, whose response is `late`. */
function makeMethod<T>(times: number, respond: (count: number) => T, late: (signal: AbortSignal) => T) {
  let count = 0
  const signals: (AbortSignal | undefined)[] = []
  const call = async (signal?: AbortSignal) => {
    signals.push(signal)
    if (count++ < times) return respond(count)
    vi.advanceTimersByTime(timeLimit * 1000)
    return late(signal!)
  }
  return { call, signals }
}

const ends: [string, (signal: AbortSignal) => never][] = [
  ['rejects with its reason', (signal) => signal.throwIfAborted() as never],
  ['responds anyway', () => -77 as never],
  [
    'throws another error',
    () => {
      throw new Error('cut short')
    },
  ],
]

describe.each(ends)('with a model that at the signal %s', (_, late) => {
  it('permutationImportance has NaN for shuffles that were not done', async () => {
    const { call, signals } = makeMethod(4, (count) => 10 - count, late)
    const scoring = (_model: object, _x: Matrix, _y: number[], { signal }: { signal?: AbortSignal }) => call(signal)
    const done: number[] = []
    const onProgress = (progress: { done: number; total: number }) => done.push(progress.done / progress.total)
    const result = await permutationImportance({}, x, [0, 1, 2], {
      scoring,
      nRepeats: 2,
      seed: 1,
      timeLimit,
      onProgress,
    })
    expect(result).toEqual({
      stopReason: 'timeLimit',
      baseline: 9,
      importances: [Float64Array.of(1, 2), Float64Array.of(3, Number.NaN)],
      importancesMean: Float64Array.of(1.5, 3),
      importancesStd: Float64Array.of(0.5, 0),
      seed: 1,
    })
    expect(signals).toHaveLength(5)
    expect(done).toEqual([1 / 5, 2 / 5, 3 / 5, 4 / 5])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('partialDependence has NaN for points that were not done', async () => {
    const { call, signals } = makeMethod(2, (count) => [count, 2, 3], late)
    const responseMethod = (_model: object, _x: Matrix, { signal }: { signal?: AbortSignal }) => call(signal)
    const result = await partialDependence({}, x, { features: [0, 1], kind: 'both', responseMethod, timeLimit })
    expect(result.stopReason).toBe('timeLimit')
    expect(result.gridValues).toEqual([Float64Array.of(0, 1, 2), Float64Array.of(5, 6, 7)])
    const rest = new Array(7).fill(Number.NaN)
    expect(result.average).toEqual([Float64Array.of(2, 7 / 3, ...rest)])
    expect(result.individual).toEqual([
      [Float64Array.of(1, 2, ...rest), Float64Array.of(2, 2, ...rest), Float64Array.of(3, 3, ...rest)],
    ])
    expect(signals).toHaveLength(3)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('both have no results if the time limit passes during the first call', async () => {
    const none = makeMethod<never>(0, () => 0 as never, late)
    const scoring = (_model: object, _x: Matrix, _y: number[], { signal }: { signal?: AbortSignal }) =>
      none.call(signal)
    const nothing = Float64Array.of(Number.NaN, Number.NaN)
    expect(await permutationImportance({}, x, [0, 1, 2], { scoring, nRepeats: 2, seed: 1, timeLimit })).toEqual({
      stopReason: 'timeLimit',
      baseline: Number.NaN,
      importances: [nothing, nothing],
      importancesMean: nothing,
      importancesStd: nothing,
      seed: 1,
    })
    const { call } = makeMethod<never>(0, () => 0 as never, late)
    const responseMethod = (_model: object, _x: Matrix, { signal }: { signal?: AbortSignal }) => call(signal)
    const result = await partialDependence({}, x, { features: 0, kind: 'both', responseMethod, timeLimit })
    expect([result.stopReason, result.average, result.individual]).toEqual(['timeLimit', [], []])
  })
})

it('integratedGradients rejects with ERR_TIME_LIMIT when not all rows are done', async () => {
  using net = new Sequential({ layers: [layers.dense({ units: 2, inputShape: [2] })], seed: 1 })
  const onProgress = () => vi.advanceTimersByTime(timeLimit * 1000)
  const options = { steps: 2048, output: 0, timeLimit, onProgress }
  const run = integratedGradients(net, x, options)
  await expect(run).rejects.toThrow('the time limit of 10 s was over after 2 of 3 rows')
  await expect(run).rejects.toMatchObject({ code: 'ERR_TIME_LIMIT' })
  const predict = net.predict.bind(net)
  net.predict = async (rows, predictOptions) => {
    vi.advanceTimersByTime(timeLimit * 1000)
    return await predict(rows, predictOptions)
  }
  await expect(integratedGradients(net, x, { timeLimit })).rejects.toThrow('was over after 0 of 3 rows')
  expect(vi.getTimerCount()).toBe(0)
})

it('the time limit works with a model that never returns to the event loop', async () => {
  vi.useRealTimers()
  const endless = { score: async () => 1 }
  const { stopReason } = await permutationImportance(endless, x, [0, 1, 2], { nRepeats: 1e5, timeLimit: 0.01 })
  expect(stopReason).toBe('timeLimit')
})

it('a sufficient time limit changes nothing, and an aborted signal takes precedence over the limit', async () => {
  const model = { score: async () => 1, predict: async () => [1, 2, 3] }
  for (const limit of [undefined, Infinity, 1e9, timeLimit]) {
    const importances = await permutationImportance(model, x, [0, 1, 2], { seed: 1, timeLimit: limit })
    expect(importances).toEqual(await permutationImportance(model, x, [0, 1, 2], { seed: 1 }))
    expect(importances.stopReason).toBe('done')
    expect((await partialDependence(model, x, { features: 0, timeLimit: limit })).stopReason).toBe('done')
  }
  const stop = new AbortController()
  const { call, signals } = makeMethod(
    1,
    () => 1,
    () => 1,
  )
  const scoring = async (_model: object, _x: Matrix, _y: number[], { signal }: { signal?: AbortSignal }) => {
    const score = await call(signal)
    if (signals.length === 2) stop.abort(new Error('enough'))
    return score
  }
  const run = permutationImportance({}, x, [0, 1, 2], { scoring, signal: stop.signal, timeLimit })
  await expect(run).rejects.toThrow('enough')
  expect(vi.getTimerCount()).toBe(0)
})

it('the model receives no signal without a signal and a time limit', async () => {
  const received: object[] = []
  const scoring = (_model: object, _x: Matrix, _y: number[], options: object) => received.push(options)
  await permutationImportance({}, [[1]], [1], { scoring, nRepeats: 1 })
  expect(received).toEqual([{}, {}])
})

it.each([0, -1, Number.NaN, '5'])('every inspection rejects a time limit of %o', async (wrong) => {
  const options = { timeLimit: wrong as number }
  const model = { score: async () => 1, predict: async () => [1, 2, 3] }
  using net = new Sequential({ layers: [layers.dense({ units: 1, inputShape: [2] })] })
  const message = 'Expected a finite number above 0 for timeLimit, but got'
  await expect(permutationImportance(model, x, [0, 1, 2], options)).rejects.toThrow(message)
  await expect(partialDependence(model, x, { features: 0, ...options })).rejects.toThrow(message)
  await expect(integratedGradients(net, x, options)).rejects.toThrow(message)
})
