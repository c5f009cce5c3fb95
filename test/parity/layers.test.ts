import { describe, expect, it } from 'vitest'
import { type LayerSpec, optimizers, Sequential } from '../../lib/index.js'
import { expectClose, fixture } from './support.js'

type Nested = number[] | number[][]

interface Case {
  name: string
  inputs: number
  layers: LayerSpec[]
  x: number[][]
  y: number[][]
  sampleWeight?: number[]
  start: Nested[]
  runs: {
    optimizer: { name: 'sgd' | 'adam'; rate: number }
    weights: Nested[]
    outputs: number[][]
    loss: number
  }[]
}

const rowsOf = (tensor: Nested): number[][] =>
  Array.isArray(tensor[0]) ? (tensor as number[][]) : [tensor as number[]]

// 25 steps of batches of 6 rows, the last of each epoch short; then outputs and loss in inference.
describe.each(fixture<{ cases: Case[] }>('layers.json').cases)('$name', (net) => {
  it.each(net.runs)(
    'training ends at the weights, outputs and loss of Keras: $optimizer.name',
    async ({ optimizer, weights, outputs, loss }) => {
      const [first, ...rest] = net.layers
      const begin = { ...first!, ...(first!.type === 'embedding' && { embeddingsInitializer: 'zeros' }) } as LayerSpec
      using model = new Sequential({ layers: [{ ...begin, inputShape: [net.inputs] }, ...rest], seed: 1 })
      model.setWeights(net.start.map(rowsOf))
      const { name, rate } = optimizer
      model.compile({
        optimizer:
          name === 'sgd'
            ? optimizers.sgd({ learningRate: rate })
            : optimizers.adam({ learningRate: rate, epsilon: 1e-14 }),
        loss: 'meanSquaredError',
      })
      const sampleWeight = net.sampleWeight
      await model.fit(net.x, net.y, { epochs: 5, batchSize: 6, shuffle: false, sampleWeight })
      const got = model.getWeights()
      expect(got.length).toBe(weights.length)
      for (const [t, tensor] of weights.entries()) {
        expectClose(`tensor ${t}`, got[t]!, rowsOf(tensor), { absolute: 1e-5, relative: 1e-6 })
      }
      expectClose('outputs', await model.predict(net.x.slice(0, 4)), outputs, { absolute: 2e-5 })
      const logs = await model.evaluate(net.x, net.y, { sampleWeight })
      expectClose('loss', logs.loss!, loss, { relative: 2e-5 })
    },
  )
})
