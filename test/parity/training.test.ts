import { describe, it } from 'vitest'
import { Matrix } from '../../lib/index.js'
import {
  build,
  expectClose,
  expectWeights,
  fixture,
  lossOf,
  type NetCase,
  optimizerOf,
  type RunCase,
  titleOf,
} from './support.js'

interface Training {
  net: NetCase
  x: number[][]
  y: number[] | number[][]
  start: number[][][]
  runs: (RunCase & { accuracies?: number[]; weights: number[][][] })[]
}

const names = [
  'tanh-softmax-sparse',
  'relu-sigmoid-binary',
  'leaky-linear-squared',
  'sigmoid-softmax-squared',
  'relu-softmax-categorical',
  'tanh-logits-sparse',
  'relu-logits-binary',
  'tanh-logits-categorical',
  'tanh-sigmoid-single',
  'no-bias-squared',
]

const files = [
  ...names.map((name) => `training-${name}`),
  'optimizers-tanh-softmax-sparse', // every optimizer
  'optimizers-tanh-linear-squared',
]

describe.each(files)('the runs of %s', (file) => {
  const { net, x, y, start, runs } = fixture<Training>(`${file}.json`)

  for (const run of runs) {
    it(`training ends at PyTorch's weights: ${titleOf(run)}`, async () => {
      using model = build(net)
      model.setWeights(start)
      model.compile({
        optimizer: optimizerOf(run.optimizer),
        loss: lossOf(net.loss, net.fromLogits),
        metrics: run.accuracies ? ['accuracy'] : [],
      })
      const { rows, epochs, batchSize } = run
      const history = await model.fit(x.slice(0, rows), y.slice(0, rows) as typeof y, {
        epochs,
        batchSize,
        shuffle: false,
        verbose: 0,
      })
      expectWeights(model.getWeights(), run.weights, { absolute: 1e-5 })
      expectClose('loss by epoch', rowOf(history.logs.loss!), [run.losses], { relative: 1e-5 })
      if (run.accuracies) {
        expectClose('accuracy by epoch', rowOf(history.logs.accuracy!), [run.accuracies], { absolute: 1e-6 })
      }
    })
  }
})

function rowOf(values: readonly number[]): Matrix {
  return new Matrix(Float32Array.from(values), 1, values.length)
}

describe("Adam's first step", () => {
  // Corrected for their bias, both moments are those of one gradient: m / sqrt(v) is its sign (Kingma and Ba 2015, 2.1).
  // A beta that is rounded to float32 before 1 - beta is taken shows here as 6e-6.
  it('the first step of Adam has the length of the rate', async () => {
    const activation = { name: 'linear' } as const
    using model = build({
      name: '',
      inputs: 1,
      layers: [{ units: 3, activation }],
      loss: 'meanSquaredError',
      fromLogits: false,
    })
    model.setWeights([[[0, 0, 0]], [[0, 0, 0]]])
    model.compile({ optimizer: optimizerOf({ name: 'adam', rate: 0.01 }), loss: 'meanSquaredError' })
    await model.fit([[1]], [[30, -20, 10]], { epochs: 1, batchSize: 1, shuffle: false, verbose: 0 })
    expectWeights(model.getWeights(), [[[0.01, -0.01, 0.01]], [[0.01, -0.01, 0.01]]], { relative: 1e-6 })
  })
})
