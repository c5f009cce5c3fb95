import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { decodeSafetensors, encodeSafetensors } from '../../lib/files/safetensors.js'
import { type LayerSpec, layers, load, losses, type Matrix, optimizers, Sequential } from '../../lib/index.js'
import { bits, classes } from './models.js'

const folder = mkdtempSync(join(tmpdir(), 'perceptra-layers-'))
const path = (name: string) => join(folder, name)
afterAll(() => rmSync(folder, { recursive: true }))

const { x, y } = classes(90)
const compileOptions = {
  optimizer: optimizers.sgd({ learningRate: 0.05, momentum: 0.9 }),
  loss: 'sparseCategoricalCrossentropy',
} as const

/** Layers of all types but embedding and rescaling. */
const allTypes = (): LayerSpec[] => [
  layers.gaussianNoise({ stddev: 0.1, inputShape: [4] }),
  layers.dense({ units: 8, activation: 'prelu', kernelRegularizer: 'l1l2' }),
  layers.batchNormalization({ momentum: 0.9 }),
  layers.activation({ activation: 'selu' }),
  layers.alphaDropout({ rate: 0.1 }),
  layers.dense({ units: 6, kernelConstraint: 'maxNorm', learningRateFactor: 0.5, name: 'middle' }),
  layers.layerNormalization({ center: false }),
  layers.dropout({ rate: 0.25 }),
  layers.dense({ units: 4, activation: 'softmax' }),
]
const make = (layers = allTypes()) => {
  const model = new Sequential({ layers, seed: 5 })
  model.compile(compileOptions)
  return model
}

it('bytes with a rescaling layer give the same results as scaled numbers', async () => {
  const bytes = Uint8Array.from({ length: x.length }, (_, i) => (i * 37) % 256)
  const scale = Math.fround(1 / 255)
  const numbers = Float32Array.from(bytes, (byte) => byte * scale)
  const dense = [layers.dense({ units: 4, activation: 'softmax', inputShape: [4] })]
  using ofBytes = make([layers.rescaling({ scale, inputShape: [4] }), ...dense])
  using ofNumbers = make(dense)
  ofBytes.setWeights(ofNumbers.getWeights())
  const runs = [await ofBytes.fit(bytes, y, { epochs: 3 }), await ofNumbers.fit(numbers, y, { epochs: 3 })]
  expect(runs[0]!.logs.loss![2]).toBeCloseTo(runs[1]!.logs.loss![2]!, 5)
  const [actual, expected] = [await ofBytes.predict(bytes), await ofNumbers.predict(numbers)]
  for (const [i, value] of expected.data.entries()) expect(actual.data[i]).toBeCloseTo(value, 5)
  expect(ofBytes.predictSync(bytes.subarray(0, 4))).toEqual(actual.row(0))
})

describe('a network with layers of all types', () => {
  it('a network with layers of all types learns', async () => {
    using model = make()
    const { logs } = await model.fit(x, y, { epochs: 30, batchSize: 16 })
    expect(logs.loss!.at(-1)).toBeLessThan(0.7 * logs.loss![0]!)
  })

  it('a network with layers of all types resumes from its file with the same bits', async () => {
    using straight = make()
    await straight.fit(x, y, { epochs: 4, batchSize: 16 })
    using half = make()
    await half.fit(x, y, { epochs: 2, batchSize: 16 })
    await half.save(path('half.safetensors'))
    using again = await load<Sequential>(path('half.safetensors'))
    expect(again.toJSON()).toEqual(half.toJSON())
    expect(bits(again)).toEqual(bits(half))
    expect(await again.predict(x)).toEqual(await half.predict(x))
    await again.fit(x, y, { epochs: 2, batchSize: 16 })
    expect(bits(again)).toEqual(bits(straight))
  })

  it('uses the same random numbers in one fit, in two fits, and in train', async () => {
    using one = make()
    using two = make()
    await one.fit(x, y, { epochs: 2, batchSize: 16 })
    await two.fit(x, y, { batchSize: 16 })
    for await (const _ of two.train(x, y, { batchSize: 16 }));
    expect(bits(one)).toEqual(bits(two))
    using other = new Sequential({ ...one.toJSON(), seed: 6 })
    other.setWeights(make().getWeights())
    other.compile(compileOptions)
    await other.fit(x, y, { epochs: 2, batchSize: 16 })
    expect(bits(other)).not.toEqual(bits(one))
  })

  it('layer(i).output equals the output of a network that ends with this layer', async () => {
    using model = make()
    await model.fit(x, y, { epochs: 2 })
    const { layers: all, ...rest } = model.toJSON()
    for (const [i, { name }] of all.entries()) {
      using front = new Sequential({ ...rest, layers: all.slice(0, i + 1) })
      const weights = model.getWeights().slice(0, front.getWeights().length)
      front.setWeights(weights)
      const expected = await front.predict(x)
      expect(await model.layer(i).output(x)).toEqual(expected)
      expect(await model.layer(name).output(x)).toEqual(expected)
      expect(model.layer(name).index).toBe(i)
      expect(model.layer(i).spec).toEqual(all[i])
    }
    expect(all.flatMap((_, i) => model.layer(i).getWeights())).toEqual(model.getWeights())
    expect(() => model.layer(9)).toThrow('Expected an integer from 0 to 8 for layer, but got 9.')
    expect(() => model.layer('midle')).toThrow('Did you mean middle?')
    await expect(model.layer(0).output([[1]])).rejects.toThrow('x')
  })

  it('omits dropout and noise in inference', async () => {
    using model = make()
    const outputs = await model.predict(x)
    expect(await model.predict(x)).toEqual(outputs)
    expect(model.predictSync(x.subarray(0, 4))).toEqual(outputs.row(0))
    const withoutNoise = allTypes().filter(({ type }) => !/ropout|Noise/.test(type))
    using plain = make([{ ...withoutNoise[0]!, inputShape: [4] }, ...withoutNoise.slice(1)] as LayerSpec[])
    plain.setWeights(model.getWeights())
    expect(await plain.predict(x)).toEqual(outputs)
    expect(await plain.evaluate(x, y)).toEqual(await model.evaluate(x, y))
  })

  it.each([
    ['gaussianNoise', layers.gaussianNoise({ stddev: 0.5 })],
    ['dropout', layers.dropout({ rate: 0.5 })],
    ['alphaDropout', layers.alphaDropout({ rate: 0.5 })],
  ])('keeps the activation below %s at the end under a crossentropy of logits', async (_, last) => {
    using model = new Sequential({
      layers: [layers.dense({ units: 3, activation: 'tanh', inputShape: [4] }), last],
      seed: 3,
    })
    model.compile({ optimizer: 'sgd', loss: losses.sparseCategoricalCrossentropy({ fromLogits: true }) })
    const [kernel, bias] = model.getWeights()
    const labels = y.map((label) => label % 3)
    let sum = 0
    for (const [row, label] of labels.entries()) {
      const input = x.subarray(row * 4, row * 4 + 4)
      const logits = [0, 1, 2].map((k) =>
        Math.tanh(input.reduce((total, value, j) => total + value * kernel!.at(j, k), bias!.data[k]!)),
      )
      sum += Math.log(logits.reduce((total, logit) => total + Math.exp(logit), 0)) - logits[label]!
    }
    const { loss } = await model.evaluate(x, labels)
    expect(loss).toBeCloseTo(sum / labels.length, 5)
    const frozen = optimizers.sgd({ learningRate: 1e-12 })
    model.compile({ optimizer: frozen, loss: losses.sparseCategoricalCrossentropy({ fromLogits: true }) })
    const { logs } = await model.fit(x, labels, { validationData: [x, labels] })
    expect(logs.valLoss![0]).toBeCloseTo(sum / labels.length, 5)
  })

  it('getWeights and setWeights include all tensors', () => {
    using model = make()
    const shapes = model.getWeights().map(({ rows, cols }) => [rows, cols])
    expect(shapes).toEqual([
      ...[
        [4, 8],
        [1, 8],
        [1, 8],
      ], // kernel, bias, alpha
      ...[
        [1, 8],
        [1, 8],
        [1, 8],
        [1, 8],
      ], // gamma, beta, movingMean, movingVariance
      ...[
        [8, 6],
        [1, 6],
      ],
      [1, 6], // gamma
      ...[
        [6, 4],
        [1, 4],
      ],
    ])
    const fresh = model.getWeights().map((tensor) => tensor.toArray().map((row) => row.map((_, i) => i / 4)))
    model.setWeights(fresh)
    expect(model.getWeights().map((tensor) => tensor.toArray())).toEqual(fresh)
    const wrong = fresh.map((tensor, t) => (t === 6 ? [[...tensor[0]!.slice(0, 7), -1]] : tensor))
    expect(() => model.setWeights(wrong)).toThrow(
      'Expected a variance of at least 0 for number 7 of batchNormalization.movingVariance, but got -1.',
    )
    expect(() => model.setWeights(fresh.slice(1))).toThrow('batchNormalization.movingMean')
  })

  it('load rejects a file with a negative variance', async () => {
    using model = make()
    await model.save(path('variance.safetensors'))
    const { tensors, metadata } = decodeSafetensors(readFileSync(path('variance.safetensors')), 'variance')
    const key = [...tensors.keys()].find((name) => name.endsWith('movingVariance'))!
    ;(tensors.get(key)!.data as Float32Array)[3] = -1
    writeFileSync(path('variance.safetensors'), encodeSafetensors(tensors, metadata))
    await expect(load<Sequential>(path('variance.safetensors'))).rejects.toThrow(
      /variance\.safetensors.*movingVariance/,
    )
  })

  it('can be saved during fit without the optimizer', async () => {
    using model = make()
    const fit = model.fit(x, y, { epochs: 200 })
    await model.save(path('middle.safetensors'), { includeOptimizer: false })
    using again = await load<Sequential>(path('middle.safetensors'))
    expect(again.countParams()).toBe(model.countParams())
    await fit
  })
})

describe('layers with trainable: false', () => {
  it('layers with trainable: false keep their weights, and batch normalization its statistics', async () => {
    const frozen = allTypes().map((layer, i) =>
      i < 3 || i === 5 ? { ...layer, trainable: false } : layer,
    ) as LayerSpec[]
    using model = make(frozen)
    const before = model.getWeights()
    await model.fit(x, y, { epochs: 3 })
    const changed = model.getWeights().map((tensor, t) => tensor.data.some((w, i) => w !== before[t]!.data[i]))
    expect(changed).toEqual([...new Array(9).fill(false), true, true, true])
    using none = make(allTypes().map((layer) => ({ ...layer, trainable: false })) as LayerSpec[])
    await expect(none.fit(x, y)).rejects.toThrow('no layer has weights that may change')
  })
})

describe('layerStatistics', () => {
  it('layerStatistics logs the root mean square of weights and gradients', async () => {
    const net = [
      layers.batchNormalization({ inputShape: [4] }),
      layers.dense({ units: 3, activation: 'tanh', name: 'one' }),
      layers.dense({ units: 4, activation: 'softmax', trainable: false, name: 'two' }),
    ]
    using model = make(net)
    model.compile({ ...compileOptions, optimizer: optimizers.sgd({ learningRate: 1 }) })
    const before = model.getWeights()
    const { logs } = await model.fit(x, y, { batchSize: 90, layerStatistics: true })
    const after = model.getWeights()
    const names = ['gamma', 'beta', 'movingMean', 'movingVariance'].map((name) => `batchNormalization.${name}`)
    names.push('one.kernel', 'one.bias', 'two.kernel', 'two.bias')
    const rms = (numbers: readonly number[]) => Math.sqrt(numbers.reduce((sum, w) => sum + w * w, 0) / numbers.length)
    const keys = ['loss']
    for (const [t, name] of names.entries()) {
      const change = [...after[t]!.data].map((w, i) => before[t]!.data[i]! - w) // at rate 1 the gradient
      expect(logs[`${name}.weightRms`]![0]).toBeCloseTo(rms([...after[t]!.data]), 6)
      keys.push(`${name}.weightRms`)
      if (/moving|two/.test(name)) continue
      expect(logs[`${name}.gradientRms`]![0]).toBeCloseTo(rms(change), 5)
      keys.push(`${name}.gradientRms`)
    }
    expect(Object.keys(logs)).toEqual(keys)
  })

  it('layerStatistics changes nothing but the logs, and is computed before clipping', async () => {
    using plain = make()
    using withStatistics = make()
    await plain.fit(x, y, { epochs: 2, batchSize: 16 })
    await withStatistics.fit(x, y, { epochs: 2, batchSize: 16, layerStatistics: true })
    const maxDifference = (a: Matrix[], b: Matrix[]) =>
      Math.max(...a.flatMap(({ data }, t) => [...data].map((w, i) => Math.abs(w - b[t]!.data[i]!))))
    expect(maxDifference(plain.getWeights(), withStatistics.getWeights())).toBeLessThan(1e-4)

    const norms = async (options: object) => {
      using model = make([layers.dense({ units: 4, activation: 'softmax', inputShape: [4] })])
      model.compile({ ...compileOptions, optimizer: optimizers.sgd({ learningRate: 0, ...options }) })
      return (await model.fit(x, y, { layerStatistics: true })).logs['dense.kernel.gradientRms']
    }
    expect(await norms({ globalClipNorm: 1e-4 })).toEqual(await norms({}))
  })

  it('layerStatistics has the gradients of lbfgs too', async () => {
    using model = new Sequential({
      layers: [layers.dense({ units: 3, activation: 'softmax', inputShape: [2] })],
      seed: 2,
    })
    model.compile({ optimizer: 'lbfgs', loss: 'sparseCategoricalCrossentropy' })
    const points = Float32Array.of(0, 1, 1, 0, 1, 1, -1, 0)
    const { logs } = await model.fit(points, [0, 1, 2, 0], { epochs: 2, layerStatistics: true })
    for (const rms of logs['dense.kernel.gradientRms']!) expect(rms).toBeGreaterThan(0)
  })
})

describe('embeddings', () => {
  const make = () => {
    const model = new Sequential({
      layers: [
        layers.embedding({ inputDim: 5, outputDim: 3, embeddingsInitializer: 'heNormal', inputShape: [2] }),
        layers.dense({ units: 2, activation: 'softmax' }),
      ],
      seed: 1,
    })
    model.compile({ optimizer: 'sgd', loss: 'sparseCategoricalCrossentropy' })
    return model
  }

  it('embeddings concatenate rows of the table; training does not change rows that are not used', async () => {
    using model = make()
    const [table] = model.getWeights()
    const rows = [
      [0, 4],
      [2, 2],
    ]
    const expected = rows.map((row) => row.flatMap((index) => [...table!.row(index)]))
    expect((await model.layer(0).output(rows)).toArray()).toEqual(expected)
    await model.fit(rows, [0, 1])
    const [after] = model.getWeights()
    for (const index of [1, 3]) expect(after!.row(index)).toEqual(table!.row(index))
    for (const index of [0, 2, 4]) expect(after!.row(index)).not.toEqual(table!.row(index))
  })

  it.each([
    [[0, 5], 'column 1 is 5.'],
    [[-1, 0], 'column 0 is -1.'],
    [[0.5, 0], 'column 0 is 0.5.'],
  ])('reject %o in every method', async (row, text) => {
    using model = make()
    const message = (name: string, index: number) =>
      `Expected integers from 0 to 4, as the embedding takes them, for ${name}, but row ${index}, ${text}`
    const good = [1, 2]
    await expect(model.fit([good, row], [0, 1])).rejects.toThrow(message('x', 1))
    const validationData = [[row], [1]] as const
    await expect(model.fit([good], [0], { validationData: validationData as never })).rejects.toThrow(
      message('x of validationData', 0),
    )
    await expect(model.evaluate([row], [0])).rejects.toThrow(message('x', 0))
    await expect(model.predict([good, row])).rejects.toThrow(message('x', 1))
    await expect(model.layer(0).output([row])).rejects.toThrow(message('x', 0))
    expect(() => model.predictSync(row)).toThrow(message('x', 0))
    expect(() => model.predictSync(Float32Array.from(row))).toThrow(message('x', 0))
    expect(() => model.predictSync([row])).toThrow(message('x', 0))
  })
})
