import { describe, expect, it } from 'vitest'
import { layers, optimizers, Sequential } from '../../lib/index.js'
import { flat, makeData, makeModel, small } from './programs/model.js'

const inputs = 2048
const units = 512

/**
 * A model whose weights are exactly 0 after an even number of steps and 2 after an odd number: each step overshoots the
 * minimum (at 1) by the distance from it. Any other number is a mix of two steps.
 */
function makeOscillating(): Sequential {
  const model = new Sequential({
    seed: 1,
    layers: [layers.dense({ units, useBias: false, kernelInitializer: 'zeros', inputShape: [inputs] })],
  })
  model.compile({ optimizer: optimizers.sgd({ learningRate: units / inputs }), loss: 'meanSquaredError' })
  return model
}

/** The steps of an epoch: odd, so that reads between epochs see both states. */
const steps = 7
const ones = new Float32Array(steps * inputs).fill(1)
const targets = new Float32Array(steps * units).fill(inputs)

describe('reads during fit', () => {
  it('predictSync, predict and getWeights use the weights of one step', async () => {
    const model = makeOscillating()
    const [here, there] = [new Set<number>(), new Set<number>()]
    const weights = new Set<number>()
    const row = new Float32Array(inputs).fill(1)
    const controller = new AbortController()
    let training = true
    const { signal } = controller
    const run = model.fit(ones, targets, { epochs: 1e9, batchSize: 1, signal }).catch((error: Error) => {
      if (!signal.aborted) throw error
    })

    /** The single value of an array whose numbers must all be equal. */
    const only = (numbers: Float32Array, method: string): number => {
      const different = numbers.find((number) => number !== numbers[0])
      if (different !== undefined) throw new Error(`${method} mixes two states: ${numbers[0]} and ${different}.`)
      return numbers[0]!
    }
    /** Reads until both states were seen by each method, however long the machine takes, and then some more. */
    const both = (...seen: Set<number>[]) => seen.every(({ size }) => size === 2)
    const least = 50
    const onThisThread = (async () => {
      for (let reads = 0; training && !(reads >= least && both(here, weights)); reads++) {
        here.add(only(model.predictSync(row), 'predictSync'))
        weights.add(only(model.getWeights()[0]!.data, 'getWeights'))
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
    })()
    const onPool = (async () => {
      // More than one block of rows, so that several threads compute.
      const x = new Float32Array(600 * inputs).fill(1)
      for (let reads = 0; training && !(reads >= least && both(there)); reads++)
        there.add(only((await model.predict(x)).data, 'predict'))
    })()
    const stop = () => {
      training = false
    }
    run.then(stop, stop)
    try {
      await Promise.race([run, Promise.all([onThisThread, onPool])])
    } finally {
      controller.abort()
      await run
    }
    expect([...weights].sort()).toEqual([0, 2])
    for (const outputs of [here, there]) expect([...outputs].sort()).toEqual([0, 2 * inputs])
  }, 120_000)
})

describe('arrays that are changed or transferred after the call', () => {
  it('fit, predict and evaluate copy them before they return', async () => {
    const [x, y] = makeData(300, small)
    const undisturbed = makeModel(small)
    await undisturbed.fit(x, y, { epochs: 2 })
    const outputs = await undisturbed.predict(x)
    const logs = await undisturbed.evaluate(x, y)

    const model = makeModel(small)
    const overwrite = (numbers: Float32Array | Int32Array) => numbers.fill(1e9)
    const transfer = (numbers: Float32Array | Int32Array) => {
      const { port1, port2 } = new MessageChannel()
      port1.postMessage(numbers, [numbers.buffer as ArrayBuffer])
      port1.close()
      port2.close()
      expect(numbers.length).toBe(0)
    }
    const arrays = [x.slice(), y.slice(), x.slice(), x.slice(), y.slice()] as const
    const fit = model.fit(arrays[0], arrays[1], { epochs: 2 })
    overwrite(arrays[0])
    transfer(arrays[1])
    await fit
    const predict = model.predict(arrays[2])
    transfer(arrays[2])
    expect((await predict).data).toEqual(outputs.data)
    const evaluate = model.evaluate(arrays[3], arrays[4])
    overwrite(arrays[4])
    structuredClone(arrays[3], { transfer: [arrays[3].buffer as ArrayBuffer] })
    expect(await evaluate).toEqual(logs)
    expect(flat(model)).toEqual(flat(undisturbed))
  })
})
