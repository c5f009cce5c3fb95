import { describe, expect, it } from 'vitest'
import { type LayerSpec, Matrix, Sequential, utils } from '../../lib/index.js'
import { expectClose, fixture } from './support.js'

interface Case {
  name: string
  inputs: number
  layers: LayerSpec[]
  x: number[][]
  y: number[][]
  start: number[][][]
  outputs: number[][]
  afterGradient: number[][][]
  afterAdam: number[][][]
}

const { cases, bins } = fixture<{ cases: Case[]; bins: { x: number[][]; bins: number; edges: number[][] } }>(
  'tables.json',
)

function modelOf({ layers, inputs, start }: Case): Sequential {
  const model = new Sequential({ layers: [{ ...layers[0]!, inputShape: [inputs] }, ...layers.slice(1)], seed: 1 })
  model.setWeights(start)
  return model
}

describe.each(cases)('$name', (net) => {
  it('has the same outputs', async () => {
    using model = modelOf(net)
    expectClose('outputs', await model.predict(net.x), net.outputs, { absolute: 2e-6, relative: 2e-6 })
    expectClose('the first row', await model.predict([net.x[0]!]), [net.outputs[0]!], {
      absolute: 2e-6,
      relative: 2e-6,
    })
  })

  it.each([
    ['gradients', 'sgd', 'afterGradient', 1, 6],
    ['weights after steps of Adam', 'adam', 'afterAdam', 4, 12],
  ] as const)('has the same %s', async (_, optimizer, key, epochs, rows) => {
    using model = modelOf(net)
    model.compile({
      optimizer:
        optimizer === 'sgd' ? { name: 'sgd', learningRate: 1 } : { name: 'adam', learningRate: 0.01, epsilon: 1e-8 },
      loss: 'meanSquaredError',
    })
    await model.fit(net.x.slice(0, rows), net.y.slice(0, rows), { epochs, batchSize: 6, shuffle: false })
    const weights = model.getWeights()
    expect(weights.length).toBe(net[key].length)
    for (const [t, tensor] of net[key].entries()) {
      expectClose(`tensor ${t}`, weights[t]!, tensor, { absolute: 1e-5, relative: 1e-5 })
    }
  })
})

it('quantile bins are those of rtdl_num_embeddings', () => {
  const edges = utils.quantileBins(bins.x, { bins: bins.bins })
  expect(edges.map((of) => of.length)).toEqual(bins.edges.map((of) => of.length))
  for (const [c, of] of edges.entries())
    expectClose(`column ${c}`, Matrix.from([of]), [bins.edges[c]!], { absolute: 1e-6 })
})
