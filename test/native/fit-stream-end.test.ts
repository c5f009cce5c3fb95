import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it, vi } from 'vitest'
import {
  ArgumentError,
  type BatchLike,
  type BatchSource,
  optimizers,
  type Sequential,
  type StreamFitOptions,
} from '../../lib/index.js'
import { bits, classModel, recorder } from './models.js'
import { batches, x, y } from './stream-batches.js'

describe('fit with batches ends', () => {
  /** An endless source that counts its batches and calls of `return`. */
  function endless() {
    const counts = { closed: 0, batches: 0 }
    async function* source(): AsyncGenerator<BatchLike> {
      try {
        for (;;) {
          for (const batch of batches(100)) {
            counts.batches++
            await delay(0)
            yield batch
          }
        }
      } finally {
        counts.closed++
      }
    }
    return { counts, source }
  }

  it('at the signal with its reason, and closes the iterator', async () => {
    const { counts, source } = endless()
    using model = classModel()
    const before = bits(model)
    const run = model.fit(source, { shuffleBuffer: 64, signal: AbortSignal.timeout(50) })
    await expect(run).rejects.toMatchObject({ name: 'TimeoutError' })
    expect(counts.closed).toBe(1)
    expect(bits(model)).not.toEqual(before)
  })

  it('at the signal if return() of the iterator never settles', async () => {
    const stuck = {
      [Symbol.asyncIterator]: () => ({
        next: async () => ({ done: false as const, value: [x, y] as BatchLike }),
        return: () => new Promise<never>(() => {}),
      }),
    }
    using model = classModel()
    const controller = new AbortController()
    let abortTime = Infinity
    const onEpochEnd = () => {
      abortTime = performance.now()
      controller.abort()
    }
    const options = { stepsPerEpoch: 2, epochs: 9, signal: controller.signal, callbacks: [{ onEpochEnd }] }
    await expect(model.fit(stuck, options)).rejects.toSatisfy((error) => error === controller.signal.reason)
    expect(performance.now() - abortTime).toBeLessThan(10_000)
    await model.fit(x, y)
  })

  it('when the iterator of train is closed while the source reads', async () => {
    using model = classModel()
    const hanging = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) }
    const run = model.train(hanging)
    await run.next()
    const [pending, returned] = await Promise.all([run.next(), run.return(undefined as never)])
    expect([pending.done, returned.done]).toEqual([true, true])
    await model.fit(x, y)
  })

  it('at the time limit, also where its timer is ahead of the clock', async () => {
    using model = classModel()
    const hanging = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) }
    const clock = vi.spyOn(performance, 'now').mockReturnValue(performance.now())
    try {
      expect((await model.fit(hanging, { timeLimit: 0.05 })).stopReason).toBe('timeLimit')
    } finally {
      clock.mockRestore()
    }
  })

  it.each<[string, (model: Sequential) => StreamFitOptions, string]>([
    ['the time limit', () => ({ timeLimit: 0.05 }), 'timeLimit'],
    [
      'stopTraining',
      (model) => ({
        ...{ stepsPerEpoch: 5, epochs: 100 },
        callbacks: [
          {
            onEpochEnd() {
              model.stopTraining = true
            },
          },
        ],
      }),
      'stopTraining',
    ],
  ])('at %s, and closes the iterator', async (_, options, reason) => {
    const { counts, source } = endless()
    using model = classModel()
    const before = bits(model)
    const history = await model.fit(source, { shuffleBuffer: 64, ...options(model) })
    expect(history.stopReason).toBe(reason)
    expect(counts.closed).toBe(1)
    expect(bits(model)).not.toEqual(before)
    await model.fit(x, y)
  })

  it('fit with batches ends when the loop over events is left, or the iterator of train is closed before its first event', async () => {
    const { counts, source } = endless()
    using model = classModel()
    for await (const event of model.train(source, { shuffleBuffer: 64 })) if (event.type === 'progress') break
    expect(counts.closed).toBe(1)
    await model.train(source).return(undefined as never)
    expect(counts.closed).toBe(1)
    await model.fit(x, y)
  })

  it('fit with batches ends at the signal if the source never yields', async () => {
    using model = classModel()
    const hanging = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) }
    const run = model.fit(hanging, { signal: AbortSignal.timeout(20) })
    await expect(run).rejects.toMatchObject({ name: 'TimeoutError' })
  })

  it('fit with batches ends with the error of the iterator, and keeps the weights of the steps before', async () => {
    const broken = new Error('the cursor is gone')
    function* source(): Generator<BatchLike> {
      yield [x.subarray(0, 2400), y.subarray(0, 600)]
      throw broken
    }
    using model = classModel()
    const log = recorder()
    const run = model.fit(source, { batchSize: 20, shuffle: false, shuffleBuffer: 300, callbacks: [log] })
    await expect(run).rejects.toBe(broken)
    expect(log.calls).toEqual(['trainBegin', 'epochBegin 0', 'trainEnd'])
    using same = classModel()
    await same.fit(x.subarray(0, 2400), y.subarray(0, 600), { batchSize: 20, shuffle: false })
    expect(bits(model)).toEqual(bits(same))
    await model.fit(x, y)
  })

  it('fit with batches ends at the signal, and closes an iterator that the source returns later', async () => {
    using model = classModel()
    let ended = () => {}
    const end = new Promise<string>((resolve) => {
      ended = () => resolve('ended')
    })
    const cursor = {
      next: () => Promise.reject(new Error('read after the end')),
      return: async () => {
        ended()
        return { done: true as const, value: undefined }
      },
    }
    const source = () => delay(100, { [Symbol.asyncIterator]: () => cursor })
    const run = model.fit(source, { signal: AbortSignal.timeout(20) })
    await expect(run).rejects.toMatchObject({ name: 'TimeoutError' })
    expect(await Promise.race([end, delay(5000, 'not closed')])).toBe('ended')
  })

  it('fit with batches ends with the error of the source function or of return()', async () => {
    using model = classModel()
    const failing = () => Promise.reject(new Error('no table'))
    await expect(model.fit(failing)).rejects.toThrow('no table')
    const closing = {
      [Symbol.iterator]: () => ({
        ...{ next: () => ({ done: false as const, value: [x, y] as BatchLike }) },
        return: () => {
          throw new Error('not closed')
        },
      }),
    }
    await expect(model.fit(closing, { stepsPerEpoch: 2 })).rejects.toThrow('not closed')
    await model.fit(x, y)
  })

  it.each<[string, unknown, RegExp]>([
    ['an array of 1', () => [[x]], /\[x, y\].*for batch 0, but got an array of 1/],
    [
      'another number of columns',
      () => [
        [x, y],
        [[[1, 2]], [0]],
      ],
      /rows of 4 numbers for x of batch 1, but got rows of 2/,
    ],
    ['another number of targets', () => [[x, y.subarray(1)]], /1000 rows for y of batch 0/],
    ['a wrong class', () => [[x.subarray(0, 4), [9]]], /from 0 to 3 .* for y of batch 0/],
    [
      'NaN',
      () => [
        [x, y],
        [
          [
            [0, 1, 2, 3],
            [0, 1, Number.NaN, 3],
          ],
          [0, 1],
        ],
      ],
      /x of batch 1, but row 1, column 2 is NaN/,
    ],
    ['a negative weight', () => [[[[1, 2, 3, 4]], [0], [-1]]], /row 0 of sampleWeight of batch 0/],
    [
      'a misspelt key',
      () => [{ x: [[1, 2, 3, 4]], y: [0], sampleWeights: [1] }],
      /"sampleWeights" for batch 0.*sampleWeight/,
    ],
    ['no rows', () => [], /at least one row, but got none in epoch 0/],
    ['a number in place of an iterable', () => 7, /an iterable of batches from the function passed to fit, but got 7/],
  ])('with an ArgumentError that names the wrong batch: %s', async (_, source, message) => {
    using model = classModel()
    const error = await model.fit(source as BatchSource, { shuffleBuffer: 64 }).catch((reason) => reason)
    expect(error).toBeInstanceOf(ArgumentError)
    expect(error.message).toMatch(message)
    await model.fit(x, y)
  })

  it('fit with batches ends with a hint to pass a function when a generator is exhausted in epoch 1', async () => {
    using model = classModel()
    await expect(model.fit(batches(100), { epochs: 2 })).rejects.toThrow(/none in epoch 1 .*pass a function/)
  })
})

it.each<[string, object]>([
  ['shuffleBuffer', { shuffleBuffer: 0 }],
  ['stepsPerEpoch', { stepsPerEpoch: 1.5 }],
  ['classWeight', { classWeight: 'balanced' }],
  ['"validationSplit"', { validationSplit: 0.1 }],
  ['"sampleWeight"', { sampleWeight: [1] }],
  ['batchSize', { batchSize: 0 }],
  ['validationData', { validationData: [x] }],
])('train with batches rejects %s, which is out of range or does not apply to batches, at once', (name, options) => {
  using model = classModel()
  const call = () => model.train(() => batches(10), options)
  expect(call).toThrow(ArgumentError)
  expect(call).toThrow(name)
})

it('train rejects lbfgs with batches, targets beside batches, and options of batches with arrays', () => {
  using model = classModel()
  expect(() => model.train(() => batches(10), y as never)).toThrow('with the targets in the batches')
  expect(() => model.train(x, y, { stepsPerEpoch: 3 } as never)).toThrow('"stepsPerEpoch"')
  model.compile({ optimizer: optimizers.lbfgs(), loss: 'sparseCategoricalCrossentropy' })
  expect(() => model.train(() => batches(10))).toThrow('all rows at once for lbfgs')
})
