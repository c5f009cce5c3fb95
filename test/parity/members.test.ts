import { describe, expect, it } from 'vitest'
import { type LayerSpec, layers, type Matrix, optimizers, Sequential } from '../../lib/index.js'
import { expectClose, fixture, hashed } from './support.js'

interface Settings {
  members: number
  rows: number
  inputs: number
  block: number
  batchSize: number
  epochs: number
  seed: number
  rate: number
  weightDecay: number
}

interface Case {
  name: string
  kind: 'mini' | 'full'
  task: 'classes' | 'values'
  outputs: number
  clip: number
  loss: number
  gradients: (number[] | number[][])[]
  members: number[][][]
  average: number[][]
  losses: number[]
  weights: (number[] | number[][])[]
}

// What scripts/fixtures/make-members.py wrote.
const { settings, cases } = fixture<{ settings: Settings; cases: Case[] }>('members.json')
const x = hashed(0, settings.rows, settings.inputs, 4)

const targetsOf = ({ task }: Case) =>
  task === 'classes'
    ? x.map((row) => row.slice(0, 3).indexOf(Math.max(...row.slice(0, 3))))
    : x.map(([a, b, c]) => 2 * a! - b! * c!)

function build({ kind, task, outputs }: Case): Sequential {
  const { members, inputs, block, seed } = settings
  const hidden: LayerSpec[] =
    kind === 'mini'
      ? [
          layers.memberScale({ inputShape: [inputs] }),
          layers.dense({ units: block, activation: 'relu' }),
          layers.dense({ units: block, activation: 'relu' }),
        ]
      : [
          layers.denseBatchEnsemble({
            units: block,
            activation: 'relu',
            inputScaleInitializer: 'randomSigns',
            inputShape: [inputs],
          }),
          layers.denseBatchEnsemble({ units: block, activation: 'relu' }),
        ]
  const heads = layers.memberDense({ units: outputs, activation: task === 'classes' ? 'softmax' : 'linear' })
  const model = new Sequential({ layers: [...hidden, heads], members, seed })
  let first = 1000
  model.setWeights(
    model.getWeights().map(({ rows, cols }, t) => {
      const values = hashed(first, rows, cols, 1)
      first += rows * cols
      return t === 0 ? values.map((row) => row.map((value) => (value < 0 ? -1 : 1))) : values
    }),
  )
  return model
}

const lossOf = ({ task }: Case) => (task === 'classes' ? 'sparseCategoricalCrossentropy' : 'meanSquaredError')
const tableOf = (tensor: number[] | number[][]) => (Array.isArray(tensor[0]) ? tensor : [tensor]) as number[][]

describe.each(cases)('tabm 0.0.3: $name', (net) => {
  const y = targetsOf(net)

  it('outputs of the members, and their average', async () => {
    using model = build(net)
    const own = await model.predictMembers(x.slice(0, 4))
    for (const [member, table] of own.entries()) {
      expectClose(
        `member ${member}`,
        table,
        net.members.map((row) => row[member]!),
        { absolute: 2e-6, relative: 2e-6 },
      )
    }
    expectClose('average', await model.predict(x.slice(0, 4)), net.average, { absolute: 2e-6, relative: 2e-6 })
  })

  it('the loss and the gradient of each weight', async () => {
    using model = build(net)
    const before = model.getWeights()
    model.compile({ optimizer: optimizers.sgd({ learningRate: 1 }), loss: lossOf(net) })
    const { logs } = await model.fit(x, y, { batchSize: settings.rows, shuffle: false })
    expectClose('loss', logs.loss![0]!, net.loss, { relative: 2e-6 })
    const gradients = model.getWeights().map((after, t) => {
      const gradient = before[t]! as Matrix
      for (const [i, value] of after.data.entries()) gradient.data[i]! -= value
      return gradient
    })
    for (const [t, gradient] of gradients.entries()) {
      expectClose(`tensor ${t}`, gradient, tableOf(net.gradients[t]!), { absolute: 1e-6, relative: 1e-5 })
    }
  })

  it('20 steps of AdamW with a clipped norm, each member on batches of its own', async () => {
    const { rate: learningRate, weightDecay, batchSize, epochs } = settings
    const globalClipNorm = net.clip
    const optimizer = optimizers.adamw({ learningRate, weightDecay, globalClipNorm, epsilon: 1e-8 })
    for (const threads of [1, 2]) {
      using model = build(net)
      model.compile({ optimizer, loss: lossOf(net) })
      const { logs } = await model.fit(x, y, { batchSize, epochs, threads })
      for (const [e, loss] of net.losses.entries()) expectClose(`loss ${e}`, logs.loss![e]!, loss, { relative: 1e-5 })
      for (const [t, tensor] of model.getWeights().entries()) {
        expectClose(`tensor ${t}`, tensor, tableOf(net.weights[t]!), { absolute: 1e-5 })
      }
    }
    expect(settings.epochs * Math.ceil(settings.rows / batchSize)).toBe(20)
  })
})
