import { describe, expect, it } from 'vitest'
import { type Callback, layers, Sequential } from '../../lib/index.js'
import { makeDataset, numbersInStep } from '../../lib/network/dataset.js'

const inputs = 8
/** More numbers than an asynchronous method reads before it returns. */
const rows = 1_200_000
const numbers = Float32Array.from({ length: rows * inputs }, (_, k) => ((k * 7919) % 1000) / 1000)
const targets = Float32Array.from({ length: rows }, (_, k) => (k % 10) / 10)

function compiled(): Sequential {
  const model = new Sequential({ layers: [layers.dense({ units: 1, inputShape: [inputs] })], seed: 1 })
  model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' })
  return model
}

const settings = { epochs: 1, batchSize: 65_536 }
const weightsOf = (model: Sequential) => model.getWeights().map(({ data }) => data)
const transfer = (array: Float32Array) => structuredClone(array, { transfer: [array.buffer as ArrayBuffer] })

/** Calls of a model's asynchronous methods with x and y. */
const methods = {
  fit: (model: Sequential, x: Float32Array, y: Float32Array | number[]) => model.fit(x, y, settings),
  evaluate: (model: Sequential, x: Float32Array, y: Float32Array | number[]) => model.evaluate(x, y),
  predict: (model: Sequential, x: Float32Array) => model.predict(x),
}
const entries = Object.entries(methods)

it('a data set is copied in steps of at most numbersInStep numbers', () => {
  const table = { data: numbers, rows, columns: inputs }
  const work = makeDataset(table, { data: targets, columns: 1 }, 'x', table, targets)
  let steps = 0
  let result = work.next()
  for (; !result.done; result = work.next()) steps++
  expect(steps).toBe(Math.ceil(numbers.length / numbersInStep) + 2 * Math.ceil(rows / numbersInStep))
  expect(result.value.rows).toBe(rows)
  result.value.dispose()
})

describe('large arrays', () => {
  it('may be changed from onTrainBegin on: fit has its own copy', async () => {
    const [undisturbed, model] = [compiled(), compiled()]
    await undisturbed.fit(numbers, targets, settings)
    const [x, y] = [numbers.slice(), targets.slice()]
    const overwrite: Callback = {
      onTrainBegin() {
        x.fill(1e9)
        y.fill(1e9)
        transfer(x)
      },
    }
    await model.fit(x, y, { ...settings, callbacks: overwrite })
    expect(weightsOf(model)).toEqual(weightsOf(undisturbed))
  })

  it.each(entries)('%s of an array that is transferred while it is read is an ArgumentError', async (_, call) => {
    const x = numbers.slice()
    const promise = call(compiled(), x, targets)
    transfer(x)
    const [name, lengths] = ['no change of x before', `from ${numbers.length} to 0`]
    await expect(promise).rejects.toMatchObject({ code: 'ERR_ARGUMENT', message: expect.stringContaining(name) })
    await expect(promise).rejects.toThrow(lengths)
  })

  it.each(entries.slice(0, 2))('%s of an array that shrinks while it is read is an ArgumentError', async (_, call) => {
    const y = Array.from(targets)
    const promise = call(compiled(), numbers, y)
    y.length = 10
    await expect(promise).rejects.toThrow(`no change of y before`)
  })

  it.each(entries)('%s names the row and column of NaN at the end of x', async (_, call) => {
    const x = numbers.slice()
    x[(rows - 1) * inputs + 3] = Number.NaN
    await expect(call(compiled(), x, targets)).rejects.toMatchObject({
      ...{ code: 'ERR_ARGUMENT', row: rows - 1, column: 3 },
      message: expect.stringContaining('Expected finite numbers'),
    })
  })

  it('fit names the row of all rows where validationSplit has taken the one with NaN', async () => {
    const x = numbers.slice()
    x[(rows - 2) * inputs] = Number.NaN
    const fit = compiled().fit(x, targets, { ...settings, validationSplit: 0.1 })
    await expect(fit).rejects.toMatchObject({ row: rows - 2, column: 0 })
  })

  it('a model is busy from the call of fit on', async () => {
    const model = compiled()
    const fit = model.fit(numbers, targets, settings)
    expect(() => model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' })).toThrow('is being trained')
    await expect(model.fit(numbers, targets, settings)).rejects.toMatchObject({ code: 'ERR_BUSY' })
    await fit
    await model.fit(numbers.subarray(0, 80), targets.subarray(0, 10))
  })

  it('a model is evaluated from the call of evaluate on', async () => {
    const model = compiled()
    const logs = await model.evaluate(numbers, targets)
    const evaluate = model.evaluate(numbers, targets)
    expect(() => model.setWeights(model.getWeights())).toThrow('is being evaluated')
    // Training waits for it.
    await model.fit(numbers.subarray(0, 80), targets.subarray(0, 10))
    expect(await evaluate).toEqual(logs)
  })

  it('an abort while they are read rejects with its reason, and nothing has changed', async () => {
    const model = compiled()
    const before = weightsOf(model)
    const called: string[] = []
    const callbacks: Callback = {
      onTrainBegin: () => void called.push('begin'),
      onTrainEnd: () => void called.push('end'),
    }
    for (const call of [
      (signal: AbortSignal) => model.fit(numbers, targets, { ...settings, signal, callbacks }),
      (signal: AbortSignal) => model.evaluate(numbers, targets, { signal }),
      (signal: AbortSignal) => model.predict(numbers, { signal }),
    ]) {
      const controller = new AbortController()
      const promise = call(controller.signal)
      controller.abort(new Error('enough'))
      await expect(promise).rejects.toThrow('enough')
    }
    expect(called).toEqual([])
    expect(weightsOf(model)).toEqual(before)
    await model.fit(numbers.subarray(0, 80), targets.subarray(0, 10))
  })

  it('a time limit while they are read ends fit without an epoch', async () => {
    const model = compiled()
    const before = weightsOf(model)
    const called: string[] = []
    const callbacks: Callback = {
      onTrainBegin: () => void called.push('begin'),
      onTrainEnd: () => void called.push('end'),
    }
    const history = await model.fit(numbers, targets, { ...settings, timeLimit: 1e-6, callbacks })
    expect(history).toMatchObject({ stopReason: 'timeLimit', epochs: [] })
    expect(called).toEqual(['begin', 'end'])
    expect(weightsOf(model)).toEqual(before)
  })

  it('disposing the model while they are read rejects', async () => {
    const model = compiled()
    const fit = model.fit(numbers, targets, settings)
    model.dispose()
    await expect(fit).rejects.toMatchObject({ code: 'ERR_DISPOSED' })
  })

  it('train() reads them from its call on; return() ends that', async () => {
    const model = compiled()
    const unread = model.train(numbers, targets, settings)
    await unread.return(undefined as never)
    const events = model.train(numbers, targets, settings)
    const first = events.next()
    await events.return(undefined as never)
    await first
    await model.fit(numbers.subarray(0, 80), targets.subarray(0, 10))
  })
})

it('small arrays are copied before the call returns', async () => {
  const small = 50_000
  const [x, y] = [numbers.slice(0, small * inputs), targets.slice(0, small)]
  const undisturbed = compiled()
  await undisturbed.fit(x, y, settings)
  const model = compiled()
  const fit = model.fit(x, y, settings)
  transfer(x)
  y.fill(Number.NaN)
  await fit
  expect(weightsOf(model)).toEqual(weightsOf(undisturbed))
})
