import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { inspection, layers, type Matrix, Sequential } from '../../../lib/index.js'

const { permutationImportance, partialDependence, integratedGradients } = inspection

// Time passes only where a test says so.
beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => void vi.useRealTimers())

const x = [
  [0, 5],
  [1, 6],
  [2, 7],
]
const timeLimit = 10

/** Answers as often as there is time for; the time ends in the next answer, which is `late`. */
function answering<T>(times: number, answer: (count: number) => T, late: (signal: AbortSignal) => T) {
  let count = 0
  const seen: (AbortSignal | undefined)[] = []
  const ask = async (signal?: AbortSignal) => {
    seen.push(signal)
    if (count++ < times) return answer(count)
    vi.advanceTimersByTime(timeLimit * 1000)
    return late(signal!)
  }
  return { ask, seen }
}

const ends: [string, (signal: AbortSignal) => never][] = [
  ['rejects with its reason', (signal) => signal.throwIfAborted() as never],
  ['answers all the same', () => -77 as never],
  [
    'fails in its own way',
    () => {
      throw new Error('cut short')
    },
  ],
]

describe.each(ends)('a model that at the signal %s', (_, late) => {
  it('leaves NaN for shuffles that were not done', async () => {
    const { ask, seen } = answering(4, (count) => 10 - count, late)
    const scoring = (_model: object, _x: Matrix, _y: number[], { signal }: { signal?: AbortSignal }) => ask(signal)
    const done: number[] = []
    const onProgress = (progress: { done: number; total: number }) => done.push(progress.done / progress.total)
    const found = await permutationImportance({}, x, [0, 1, 2], {
      scoring,
      nRepeats: 2,
      seed: 1,
      timeLimit,
      onProgress,
    })
    expect(found).toEqual({
      stopReason: 'timeLimit',
      baseline: 9,
      importances: [Float64Array.of(1, 2), Float64Array.of(3, Number.NaN)],
      importancesMean: Float64Array.of(1.5, 3),
      importancesStd: Float64Array.of(0.5, 0),
      seed: 1,
    })
    expect(seen).toHaveLength(5)
    expect(done).toEqual([1 / 5, 2 / 5, 3 / 5, 4 / 5])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('leaves NaN for points that were not done', async () => {
    const { ask, seen } = answering(2, (count) => [count, 2, 3], late)
    const responseMethod = (_model: object, _x: Matrix, { signal }: { signal?: AbortSignal }) => ask(signal)
    const found = await partialDependence({}, x, { features: [0, 1], kind: 'both', responseMethod, timeLimit })
    expect(found.stopReason).toBe('timeLimit')
    expect(found.gridValues).toEqual([Float64Array.of(0, 1, 2), Float64Array.of(5, 6, 7)])
    const rest = new Array(7).fill(Number.NaN)
    expect(found.average).toEqual([Float64Array.of(2, 7 / 3, ...rest)])
    expect(found.individual).toEqual([
      [Float64Array.of(1, 2, ...rest), Float64Array.of(2, 2, ...rest), Float64Array.of(3, 3, ...rest)],
    ])
    expect(seen).toHaveLength(3)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('knows nothing where the time ends in the first answer', async () => {
    const none = answering<never>(0, () => 0 as never, late)
    const scoring = (_model: object, _x: Matrix, _y: number[], { signal }: { signal?: AbortSignal }) => none.ask(signal)
    const nothing = Float64Array.of(Number.NaN, Number.NaN)
    expect(await permutationImportance({}, x, [0, 1, 2], { scoring, nRepeats: 2, seed: 1, timeLimit })).toEqual({
      stopReason: 'timeLimit',
      baseline: Number.NaN,
      importances: [nothing, nothing],
      importancesMean: nothing,
      importancesStd: nothing,
      seed: 1,
    })
    const { ask } = answering<never>(0, () => 0 as never, late)
    const responseMethod = (_model: object, _x: Matrix, { signal }: { signal?: AbortSignal }) => ask(signal)
    const found = await partialDependence({}, x, { features: 0, kind: 'both', responseMethod, timeLimit })
    expect([found.stopReason, found.average, found.individual]).toEqual(['timeLimit', [], []])
  })
})

it('integratedGradients owe an answer for every row', async () => {
  using net = new Sequential({ layers: [layers.dense({ units: 2, inputShape: [2] })], seed: 1 })
  const onProgress = () => vi.advanceTimersByTime(timeLimit * 1000)
  const options = { steps: 2048, output: 0, timeLimit, onProgress }
  const run = integratedGradients(net, x, options)
  await expect(run).rejects.toThrow('the time limit of 10 s was over after 2 of 3 rows')
  await expect(run).rejects.toMatchObject({ code: 'ERR_TIME_LIMIT' })
  const predict = net.predict.bind(net)
  net.predict = async (rows, given) => {
    vi.advanceTimersByTime(timeLimit * 1000)
    return await predict(rows, given)
  }
  await expect(integratedGradients(net, x, { timeLimit })).rejects.toThrow('was over after 0 of 3 rows')
  expect(vi.getTimerCount()).toBe(0)
})

it('the time ends for models that leave the event loop no turn', async () => {
  vi.useRealTimers()
  const endless = { score: async () => 1 }
  const { stopReason } = await permutationImportance(endless, x, [0, 1, 2], { nRepeats: 1e5, timeLimit: 0.01 })
  expect(stopReason).toBe('timeLimit')
})

it('what suffices changes nothing, and a signal comes before the time', async () => {
  const model = { score: async () => 1, predict: async () => [1, 2, 3] }
  for (const limit of [undefined, Infinity, 1e9, timeLimit]) {
    const importances = await permutationImportance(model, x, [0, 1, 2], { seed: 1, timeLimit: limit })
    expect(importances).toEqual(await permutationImportance(model, x, [0, 1, 2], { seed: 1 }))
    expect(importances.stopReason).toBe('done')
    expect((await partialDependence(model, x, { features: 0, timeLimit: limit })).stopReason).toBe('done')
  }
  const stop = new AbortController()
  const { ask, seen } = answering(
    1,
    () => 1,
    () => 1,
  )
  const scoring = async (_model: object, _x: Matrix, _y: number[], { signal }: { signal?: AbortSignal }) => {
    const score = await ask(signal)
    if (seen.length === 2) stop.abort(new Error('enough'))
    return score
  }
  const run = permutationImportance({}, x, [0, 1, 2], { scoring, signal: stop.signal, timeLimit })
  await expect(run).rejects.toThrow('enough')
  expect(vi.getTimerCount()).toBe(0)
})

it('what nothing can end is told of no signal', async () => {
  const seen: object[] = []
  const scoring = (_model: object, _x: Matrix, _y: number[], options: object) => seen.push(options)
  await permutationImportance({}, [[1]], [1], { scoring, nRepeats: 1 })
  expect(seen).toEqual([{}, {}])
})

it.each([0, -1, Number.NaN, '5'])('a limit of %o is refused', async (wrong) => {
  const bad = { timeLimit: wrong as number }
  const model = { score: async () => 1, predict: async () => [1, 2, 3] }
  using net = new Sequential({ layers: [layers.dense({ units: 1, inputShape: [2] })] })
  const message = 'Expected a finite number above 0 for timeLimit, but got'
  await expect(permutationImportance(model, x, [0, 1, 2], bad)).rejects.toThrow(message)
  await expect(partialDependence(model, x, { features: 0, ...bad })).rejects.toThrow(message)
  await expect(integratedGradients(net, x, bad)).rejects.toThrow(message)
})
