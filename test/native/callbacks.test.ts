import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { encodeScalars } from '../../lib/files/tensorboard-events.js'
import {
  type Callback,
  callbacks,
  layers,
  optimizers,
  Sequential,
  schedules,
  type TrainingRun,
} from '../../lib/index.js'
import { bits, classes, classModel, xor, xorModel } from './models.js'

const folder = mkdtempSync(join(tmpdir(), 'perceptra-callbacks-'))
afterAll(() => rmSync(folder, { recursive: true }))
const { x, y } = classes(200)

/** A rate that makes the model worse after two epochs. */
const ruin = callbacks.learningRateScheduler((epoch) => (epoch < 2 ? 0.05 : 3))

describe('earlyStopping in fit', () => {
  const options = { epochs: 10, validationSplit: 0.2 }

  /** Runs with a callback that records the weights of each epoch. */
  async function run(model: Sequential, others: Callback[], otherOptions: object = {}) {
    const weights: Uint32Array[] = []
    const record = { onEpochEnd: () => weights.push(bits(model)) }
    const stop = callbacks.earlyStopping({ patience: 3 })
    const fit = model.fit(x, y, { ...options, callbacks: [ruin, record, stop, ...others], ...otherOptions })
    return { weights, history: await fit.catch((error: Error) => error) }
  }

  it('ends fit and restores the best weights', async () => {
    using model = classModel()
    const { weights, history } = await run(model, [])
    if (history instanceof Error) throw history
    const best = history.logs.valLoss!.indexOf(Math.min(...history.logs.valLoss!))
    expect(history).toMatchObject({ stopReason: 'earlyStopping', bestEpoch: best })
    expect(history.epochs).toHaveLength(best + 4)
    expect(bits(model)).toEqual(weights[best])
    expect(bits(model)).not.toEqual(weights.at(-1))
  })

  it('keeps apart two fits at once that share the callbacks of the package', async () => {
    const stop = callbacks.earlyStopping({ patience: 3 })
    const fit = (model: Sequential, list: Callback[]) => model.fit(x, y, { ...options, callbacks: list })
    using apart = classModel()
    const alone = await fit(apart, [ruin, callbacks.earlyStopping({ patience: 3 })])
    using first = classModel()
    using second = classModel()
    const other = new Promise<void>((resolve) => setTimeout(resolve, 5)).then(() => fit(second, [stop]))
    const history = await fit(first, [ruin, stop])
    expect(history).toEqual(alone)
    expect(bits(first)).toEqual(bits(apart))
    expect((await other).epochs).toHaveLength(10)
    expect(bits(second)).not.toEqual(bits(first))
  })

  it.each(['the signal', 'the last epoch', 'an error', 'stopTraining'])(
    'restores the best weights when %s ends fit',
    async (end) => {
      using model = classModel()
      const control = new AbortController()
      const failure = new Error('mine')
      const endAfter4: Callback = {
        onEpochEnd(epoch) {
          if (epoch !== 3) return
          if (end === 'the signal') control.abort()
          if (end === 'stopTraining') model.stopTraining = true
          if (end === 'an error') throw failure
        },
      }
      const { weights, history } = await run(model, [endAfter4], {
        signal: control.signal,
        epochs: end === 'the last epoch' ? 4 : 10,
      })
      if (end === 'an error') expect(history).toBe(failure)
      else {
        const stopReason = { 'the last epoch': 'completed', stopTraining: 'stopTraining', 'the signal': '' }[end]
        if (end === 'the signal') expect(history).toBe(control.signal.reason)
        else expect(history).toMatchObject({ stopReason, bestEpoch: 1 })
      }
      expect(weights).toHaveLength(4)
      expect(bits(model)).toEqual(weights[1])
    },
  )

  it('restores the best weights when the time limit interrupts an epoch', async () => {
    using model = classModel()
    const slow: Callback = {
      onProgress: ({ epoch }) => epoch === 3 && new Promise((resolve) => setTimeout(resolve, 2000)),
    }
    const { weights, history } = await run(model, [slow], { timeLimit: 2 })
    expect(history).toMatchObject({ stopReason: 'timeLimit', epochs: [0, 1, 2], bestEpoch: 1 })
    expect(bits(model)).toEqual(weights[1])
  })

  it('restores the best weights when the loop over events is left', async () => {
    using small = xorModel()
    let first: Uint32Array | undefined
    const stop = callbacks.earlyStopping({ monitor: 'loss', minDelta: 100, patience: 50 })
    for await (const event of small.train(xor.x, xor.y, { epochs: 10, callbacks: [stop] })) {
      if (event.type !== 'epochEnd') continue
      first ??= bits(small)
      if (event.epoch === 4) break
    }
    expect(bits(small)).toEqual(first)
  })

  it('waits for an evaluation that a callback did not await', async () => {
    using model = classModel()
    const evaluations: Promise<unknown>[] = []
    const evaluate: Callback = { onEpochEnd: () => evaluations.push(model.evaluate(x, y)) }
    const { history } = await run(model, [evaluate])
    expect(history).toMatchObject({ stopReason: 'earlyStopping' })
    await Promise.all(evaluations)
  })

  it('is rejected without validation data, before the weights change', async () => {
    using model = classModel()
    const before = bits(model)
    const fit = model.fit(x, y, { callbacks: [callbacks.earlyStopping()] })
    await expect(fit).rejects.toMatchObject({ code: 'ERR_ARGUMENT' })
    await expect(fit).rejects.toThrow(/there are no validation data/)
    expect(bits(model)).toEqual(before)
    const other = model.fit(x, y, { callbacks: [callbacks.earlyStopping({ monitor: 'acc' })] })
    await expect(other).rejects.toThrow(/a key of the logs \(loss, accuracy\)/)
  })
})

describe('the argument of onTrainBegin', () => {
  it('has the epochs, log keys, rate, history and model of the run', async () => {
    using model = classModel()
    let run: TrainingRun | undefined
    const callback: Callback = { onTrainBegin: (current) => (run = current) }
    const history = await model.fit(x, y, { initialEpoch: 1, epochs: 3, validationSplit: 0.5, callbacks: [callback] })
    expect(run).toMatchObject({ initialEpoch: 1, epochs: 3, learningRate: 0.1 })
    expect(run!.logKeys).toEqual(Object.keys(history.logs))
    expect(run!.history).toBe(history)
    expect(run!.model).toBe(model)
    await model.fit(x, y, { callbacks: [callback] })
    expect(run!.logKeys).toEqual(['loss', 'accuracy'])
  })

  it('earlyStopping forgets the best weights of an earlier run', async () => {
    using model = classModel()
    const stop = callbacks.earlyStopping({ monitor: 'loss', patience: 9 })
    await model.fit(x, y, { epochs: 2, callbacks: [stop] })
    const first = bits(model)
    const limit = { epochs: 2, timeLimit: 1e-9, callbacks: [stop] }
    expect(await model.fit(x, y, limit)).toMatchObject({ stopReason: 'timeLimit', bestEpoch: undefined })
    expect(bits(model)).toEqual(first)
  })
})

describe('a learning rate set by callbacks', () => {
  it('a rate is reduced on a plateau, but a schedule is rejected', async () => {
    using model = classModel()
    const reduce = callbacks.reduceLROnPlateau({ monitor: 'loss', factor: 0.5, patience: 1, minDelta: 100 })
    await model.fit(x, y, { epochs: 3, callbacks: [reduce] })
    expect(model.learningRate).toBe(0.025)
    model.compile({
      optimizer: optimizers.sgd({ learningRate: schedules.coslog4({ initial: 1, steps: 9 }) }),
      loss: 'sparseCategoricalCrossentropy',
    })
    await expect(model.fit(x, y, { callbacks: [reduce] })).rejects.toThrow(
      /the schedule coslog4, which it would replace/,
    )
  })

  it('has the same effect as setting learningRate between fits', async () => {
    using model = classModel()
    using other = classModel()
    await model.fit(x, y, { epochs: 3, callbacks: [ruin] })
    for (const [k, rate] of [0.05, 0.05, 3].entries()) {
      other.learningRate = rate
      await other.fit(x, y, { initialEpoch: k, epochs: k + 1 })
    }
    expect(bits(model)).toEqual(bits(other))
  })
})

describe('lbfgs, which has no learning rate', () => {
  const make = () => {
    const model = classModel()
    model.compile({ optimizer: 'lbfgs', loss: 'sparseCategoricalCrossentropy' })
    return model
  }

  it.each([
    ['reduceLROnPlateau', callbacks.reduceLROnPlateau({ monitor: 'loss' })],
    ['learningRateScheduler', callbacks.learningRateScheduler(() => 0.1)],
  ])('rejects %s before the weights change, and trains without it', async (name, callback) => {
    using model = make()
    const before = bits(model)
    const fit = model.fit(x, y, { epochs: 3, callbacks: [callback] })
    await expect(fit).rejects.toMatchObject({ code: 'ERR_ARGUMENT' })
    await expect(fit).rejects.toThrow(
      `callbacks.${name}() sets the learning rate, but lbfgs has none: its line search sets the step size. Leave the callback`,
    )
    expect(bits(model)).toEqual(before)
    expect((await model.fit(x, y, { epochs: 3 })).epochs).toEqual([0, 1, 2])
    expect(bits(model)).not.toEqual(before)
  })

  it('has no learningRate in onTrainBegin and in TensorBoard files', async () => {
    using model = make()
    let run: TrainingRun | undefined
    const dir = join(folder, 'lbfgs')
    const list = [{ onTrainBegin: (current: TrainingRun) => (run = current) }, callbacks.tensorBoard({ dir })]
    await model.fit(x, y, { epochs: 2, callbacks: list })
    expect(run).toHaveProperty('learningRate', undefined)
    const bytes = readFileSync(join(dir, 'train', readdirSync(join(dir, 'train'))[0]!))
    expect(bytes.includes('epoch_loss')).toBe(true)
    expect(bytes.includes('epoch_learning_rate')).toBe(false)
  })
})

describe('terminateOnNaN', () => {
  const make = () => {
    const model = new Sequential({ layers: [layers.dense({ units: 1, inputShape: [1] })], seed: 1 })
    model.compile({ optimizer: optimizers.sgd({ learningRate: 1e-3 }), loss: 'meanSquaredError' })
    return model
  }
  const rows = [...new Array<number>(20).fill(1), 1e30].map((value) => [value])
  const options = { batchSize: 2, shuffle: false, epochs: 3 }

  it('terminateOnNaN makes fit resolve instead of reject, with the last finite weights', async () => {
    using model = make()
    using other = make()
    const targets = rows.map(() => 0)
    const history = await model.fit(rows, targets, { ...options, callbacks: [callbacks.terminateOnNaN()] })
    expect(history).toMatchObject({ stopReason: 'terminateOnNaN', epochs: [] })
    await expect(other.fit(rows, targets, options)).rejects.toMatchObject({ code: 'ERR_TRAINING' })
    expect(bits(model)).toEqual(bits(other))
    expect(model.getWeights()[0]!.data[0]).not.toBe(make().getWeights()[0]!.data[0])
  })

  it('terminateOnNaN applies to one run only', async () => {
    using model = make()
    await model.fit([[1]], [1], { callbacks: [callbacks.terminateOnNaN()] })
    await expect(model.fit([[1e30]], [1])).rejects.toMatchObject({ code: 'ERR_TRAINING' })
  })

  it('terminateOnNaN ends a run when the last step of an epoch overflows', async () => {
    using model = make()
    model.learningRate = 1e38
    const history = await model.fit([[1e3], [2e3]], [1, 2], {
      ...{ epochs: 5, batchSize: 2, callbacks: [callbacks.terminateOnNaN()] },
    })
    expect(history.stopReason).toBe('terminateOnNaN')
    for (const { data } of model.getWeights()) expect(data.every(Number.isFinite)).toBe(true)
  })
})

describe('tensorBoard', () => {
  it('tensorBoard writes a run with values of training and one with values of validation', async () => {
    using model = classModel()
    const dir = join(folder, 'board')
    const board = callbacks.tensorBoard({ dir })
    const { logs } = await model.fit(x, y, { epochs: 2, validationSplit: 0.2, callbacks: [board] })
    const read = (run: string) => {
      const files = readdirSync(join(dir, run))
      expect(files).toHaveLength(1)
      expect(files[0]).toMatch(/^events\.out\.tfevents\.\d{10}\..*\.v2$/)
      return readFileSync(join(dir, run, files[0]!))
    }
    for (const [run, tags] of [
      ['train', { epoch_loss: logs.loss, epoch_accuracy: logs.accuracy, epoch_learning_rate: [0.1, 0.1] }],
      ['validation', { epoch_loss: logs.valLoss, epoch_accuracy: logs.valAccuracy }],
    ] as const) {
      const bytes = read(run)
      expect(bytes.includes('brain.Event:2')).toBe(true)
      // Compares the record of each epoch; the wall time is read from the record.
      let offset = 12 + bytes.readUInt32LE(0) + 4
      for (const epoch of [0, 1]) {
        const length = 12 + bytes.readUInt32LE(offset) + 4
        const scalars = Object.entries(tags).map(([tag, values]) => [tag, values![epoch]!] as const)
        expect(Buffer.from(encodeScalars(scalars, epoch, bytes.readDoubleLE(offset + 13)))).toEqual(
          bytes.subarray(offset, offset + length),
        )
        offset += length
      }
      expect(offset).toBe(bytes.length)
    }
    await model.fit(x, y, { callbacks: [board] })
    expect(readdirSync(join(dir, 'train'))).toHaveLength(2)
    expect(readdirSync(join(dir, 'validation'))).toHaveLength(1)
  })

  it('tensorBoard writes names in snake_case, as Keras does', async () => {
    using model = xorModel(1, ['rootMeanSquaredError'])
    const dir = join(folder, 'words')
    await model.fit(xor.x, xor.y, { callbacks: [callbacks.tensorBoard({ dir })] })
    const [file] = readdirSync(join(dir, 'train'))
    expect(readFileSync(join(dir, 'train', file!)).includes('epoch_root_mean_squared_error')).toBe(true)
  })

  it('tensorBoard rejects wrong options, and a folder that cannot be created', async () => {
    expect(() => callbacks.tensorBoard({} as never)).toThrow(/a non-empty string for dir/)
    expect(() => callbacks.tensorBoard({ logDir: 'x' } as never)).toThrow(/Unknown option "logDir"/)
    using model = xorModel()
    const before = bits(model)
    const board = callbacks.tensorBoard({ dir: '/dev/null/board' })
    await expect(model.fit(xor.x, xor.y, { callbacks: [board] })).rejects.toMatchObject({ code: 'ERR_ARGUMENT' })
    expect(bits(model)).toEqual(before)
  })
})

describe('what callbacks add to the logs', () => {
  it('is in the history, and in the logs of later callbacks', async () => {
    using model = classModel()
    const seen: number[] = []
    const add: Callback = {
      onEpochEnd(epoch, logs) {
        logs.twice = 2 * logs.loss
        if (epoch === 1) logs.late = 7
      },
    }
    const read: Callback = { onEpochEnd: (_, logs) => seen.push(logs.twice!) }
    const { logs } = await model.fit(x, y, { epochs: 3, callbacks: [add, read] })
    expect(logs.twice).toEqual(logs.loss.map((loss) => 2 * loss))
    expect(seen).toEqual(logs.twice)
    expect(logs.late).toEqual([Number.NaN, 7, Number.NaN])
  })

  it('a value that is no number rejects fit and is named', async () => {
    using model = classModel()
    const add = { onEpochEnd: (_: number, logs: object) => Object.assign(logs, { note: 'good' }) }
    await expect(model.fit(x, y, { callbacks: add })).rejects.toThrow(/a callback set note to "good"/)
  })
})

describe('callbacks', () => {
  it('one object stands for a list of one', async () => {
    using model = classModel()
    const epochs: number[] = []
    await model.fit(x, y, { epochs: 2, callbacks: { onEpochEnd: (epoch) => epochs.push(epoch) } })
    expect(epochs).toEqual([0, 1])
    await expect(model.fit(x, y, { callbacks: { onEpochEnds() {} } as never })).rejects.toThrow(
      /callbacks.*onEpochEnd\?/,
    )
    await expect(model.fit(x, y, { callbacks: 5 as never })).rejects.toThrow(/a callback or an array of them/)
  })

  it('verbose: 2 prints one line for each epoch, also in a terminal', async () => {
    using model = classModel()
    const isTTY = process.stdout.isTTY
    const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
    process.stdout.isTTY = true
    let text = ''
    try {
      await model.fit(x, y, { epochs: 2, verbose: 2 })
      text = write.mock.calls.map(([part]) => part).join('')
    } finally {
      process.stdout.isTTY = isTTY
      write.mockRestore()
    }
    expect(text).toMatch(/^Epoch 1\/2 .*loss .*\nEpoch 2\/2 .*\n$/)
    expect(text).not.toContain('\r')
  })
})
