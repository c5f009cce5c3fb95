import { describe, expect, it } from 'vitest'
import { layers, optimizers, Sequential } from '../../lib/index.js'
import { flat, makeData, makeModel, small } from './programs/model.js'

const inputs = 2048
const units = 512

/**
 * A model whose weights are all 0 after an even number of steps and all 2 after an odd one, exactly: each step goes as
 * far beyond the least loss (at 1) as it was before it. A torn mix of two steps shows as any other number.
 */
function makeSwing(): Sequential {
  const model = new Sequential({
    seed: 1,
    layers: [layers.dense({ units, useBias: false, kernelInitializer: 'zeros', inputShape: [inputs] })],
  })
  model.compile({ optimizer: optimizers.sgd({ learningRate: units / inputs }), loss: 'meanSquaredError' })
  return model
}

/** An odd number of steps an epoch: a reader who comes only between epochs meets both states all the same. */
const steps = 7
const ones = new Float32Array(steps * inputs).fill(1)
const targets = new Float32Array(steps * units).fill(inputs)

describe('readers during fit', () => {
  it('see the weights of one step: predictSync, predict and getWeights', async () => {
    const model = makeSwing()
    const outputs = new Set<number>()
    const weights = new Set<number>()
    const row = new Float32Array(inputs).fill(1)
    let reads = 0
    let training = true
    const run = model.fit(ones, targets, { epochs: 1e9, batchSize: 1, timeLimit: 2 }).finally(() => (training = false))

    /** The one number that an answer is made of. */
    const only = (numbers: Float32Array, what: string): number => {
      const different = numbers.find((number) => number !== numbers[0])
      if (different !== undefined) throw new Error(`Torn ${what}: ${numbers[0]} beside ${different}.`)
      reads++
      return numbers[0]!
    }
    const here = (async () => {
      while (training) {
        outputs.add(only(model.predictSync(row), 'predictSync'))
        weights.add(only(model.getWeights()[0]!.data, 'getWeights'))
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
    })()
    const pool = (async () => {
      // More than one block of rows, so that several threads answer.
      const x = new Float32Array(600 * inputs).fill(1)
      while (training) outputs.add(only((await model.predict(x)).data, 'predict'))
    })()
    await Promise.all([run, here, pool])
    expect([...weights].sort()).toEqual([0, 2])
    expect([...outputs].sort()).toEqual([0, 2 * inputs])
    expect(reads).toBeGreaterThan(50)
  })
})

describe('arrays given away', () => {
  it('are copied by fit, predict and evaluate before these return', async () => {
    const [x, y] = makeData(300, small)
    const calm = makeModel(small)
    await calm.fit(x, y, { epochs: 2 })
    const answers = await calm.predict(x)
    const logs = await calm.evaluate(x, y)

    const model = makeModel(small)
    const spoil = (numbers: Float32Array | Int32Array) => numbers.fill(1e9)
    const transfer = (numbers: Float32Array | Int32Array) => {
      const { port1, port2 } = new MessageChannel()
      port1.postMessage(numbers, [numbers.buffer as ArrayBuffer])
      port1.close()
      port2.close()
      expect(numbers.length).toBe(0)
    }
    const given = [x.slice(), y.slice(), x.slice(), x.slice(), y.slice()] as const
    const fit = model.fit(given[0], given[1], { epochs: 2 })
    spoil(given[0])
    transfer(given[1])
    await fit
    const predict = model.predict(given[2])
    transfer(given[2])
    expect((await predict).data).toEqual(answers.data)
    const evaluate = model.evaluate(given[3], given[4])
    spoil(given[4])
    structuredClone(given[3], { transfer: [given[3].buffer as ArrayBuffer] })
    expect(await evaluate).toEqual(logs)
    expect(flat(model)).toEqual(flat(calm))
  })
})
