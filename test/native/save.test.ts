import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { decodeSafetensors, encodeSafetensors, type Tensor } from '../../lib/files/safetensors.js'
import {
  FormatError,
  type Loaded,
  layers,
  load,
  losses,
  type OptimizerSpec,
  optimizers,
  Perceptron,
  Sequential,
} from '../../lib/index.js'
import { bits, classes, classModel, xor, xorModel } from './models.js'

const folder = mkdtempSync(join(tmpdir(), 'perceptra-save-'))
const path = (name: string) => join(folder, name)
afterAll(() => rmSync(folder, { recursive: true }))

const { x, y } = classes(300)

describe.each(['sgd', 'adam'] as const)('a model trained with %s', (name) => {
  const make = () => {
    const model = classModel(3)
    if (name === 'adam') {
      model.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] })
    }
    return model
  }

  // lifecycle-resume.test.ts tests that training resumes exactly with it.
  it("resumes differently without the optimizer's state", async () => {
    using model = make()
    await model.fit(x, y, { epochs: 2 })
    await model.save(path('without.safetensors'), { includeOptimizer: false })
    using without = await load<Sequential>(path('without.safetensors'))
    expect(bits(without)).toEqual(bits(model))
    await model.fit(x, y, { epochs: 2 })
    await without.fit(x, y, { epochs: 2 })
    expect(bits(without)).not.toEqual(bits(model))
  })

  it('keeps its spec, outputs and metrics in its file', async () => {
    using model = make()
    await model.fit(x, y)
    await model.save(path('all.safetensors'))
    using again = await Sequential.load(path('all.safetensors'))
    expect(again.toJSON()).toEqual(model.toJSON())
    expect(again.seed).toBe(3)
    expect(await again.predict(x)).toEqual(await model.predict(x))
    expect(await again.evaluate(x, y)).toEqual(await model.evaluate(x, y))
  })
})

const cases: [OptimizerSpec, string[]][] = [
  [optimizers.sgd(), []],
  [optimizers.sgd({ momentum: 0.9, nesterov: true }), ['velocity']],
  [optimizers.adagrad({ initialAccumulatorValue: 0.1 }), ['sumOfSquares']],
  [optimizers.rmsprop(), ['secondMoment']],
  [optimizers.rmsprop({ momentum: 0.9 }), ['secondMoment', 'velocity']],
  [optimizers.rmsprop({ centered: true }), ['variance', 'firstMoment']],
  [optimizers.rmsprop({ centered: true, momentum: 0.9 }), ['variance', 'firstMoment', 'velocity']],
  [optimizers.adadelta(), ['secondMoment', 'secondMomentOfChanges']],
  [optimizers.adam(), ['firstMoment', 'secondMoment']],
  [optimizers.adam({ amsgrad: true }), ['firstMoment', 'secondMoment', 'largestSecondMoment']],
  [optimizers.adamw(), ['firstMoment', 'secondMoment']],
  [optimizers.adamw({ amsgrad: true }), ['firstMoment', 'secondMoment', 'largestSecondMoment']],
  [optimizers.adamax(), ['firstMoment', 'infinityNorm']],
  [optimizers.nadam(), ['firstMoment', 'secondMoment']],
  [optimizers.lion(), ['firstMoment']],
]

describe.each(cases)('the file of a model with %o', (optimizer, names) => {
  const make = () => {
    const model = classModel(3)
    model.compile({ optimizer, loss: 'sparseCategoricalCrossentropy' })
    return model
  }
  const file = path('optimizer.safetensors')
  const slots = (tensors: Map<string, Tensor>) => [...tensors.keys()].filter((key) => key.startsWith('optimizer.'))

  it('resumes training with the same bits', async () => {
    using straight = make()
    await straight.fit(x, y, { epochs: 4 })
    using half = make()
    await half.fit(x, y, { epochs: 2 })
    await half.save(file)
    using again = await load<Sequential>(file)
    await again.fit(x, y, { epochs: 2 })
    expect(bits(again)).toEqual(bits(straight))
    expect(again.summary()).toContain(`(${optimizer.name}): ${names.length * 148}`)
  })

  it('has named vectors of the optimizer, and is rejected for impossible numbers in them', async () => {
    using model = make()
    await model.fit(x, y)
    await model.save(file)
    const { tensors, metadata } = decodeSafetensors(readFileSync(file), 'optimizer')
    expect(slots(tensors)).toEqual(names.map((name) => `optimizer.${name}`))
    for (const key of slots(tensors)) {
      const data = tensors.get(key)!.data as Float32Array
      const before = data[5]!
      data[5] = -1
      writeFileSync(file, encodeSafetensors(tensors, metadata))
      data[5] = before
      if (/firstMoment|velocity/.test(key)) {
        using again = await load<Sequential>(file)
        expect(again.countParams()).toBe(148)
      } else {
        await expect(load<Sequential>(file), key).rejects.toThrow(`Number 5 of the tensor "${key}" is -1`)
      }
    }
  })
})

describe('save', () => {
  it('save writes plain safetensors with named tensors', async () => {
    using model = xorModel()
    await model.save(path('xor.safetensors'))
    const { tensors, metadata } = decodeSafetensors(readFileSync(path('xor.safetensors')), 'xor')
    expect([...tensors].map(([name, { dtype, shape }]) => `${name} ${dtype} ${shape}`)).toEqual([
      'dense.kernel F32 2,8',
      'dense.bias F32 8',
      'dense_1.kernel F32 8,1',
      'dense_1.bias F32 1',
      'optimizer.firstMoment F32 33',
      'optimizer.secondMoment F32 33',
    ])
    expect(JSON.parse(metadata.perceptra!)).toMatchObject({
      format: 1,
      kind: 'sequential',
      optimizerSteps: 0,
      epochs: 0,
    })
  })

  it('save keeps a model uncompiled that was never compiled', async () => {
    using model = new Sequential({ layers: [layers.dense({ units: 2, inputShape: [3], useBias: false })] })
    await model.save(path('bare.safetensors'))
    using again = await load<Sequential>(path('bare.safetensors'))
    expect(again.getWeights()).toEqual(model.getWeights())
    await expect(again.fit([[1, 2, 3]], [[1, 2]])).rejects.toMatchObject({ code: 'ERR_NOT_COMPILED' })
  })

  it('save works in a callback, and leaves no other file behind', async () => {
    using model = xorModel()
    const file = path('in-callback.safetensors')
    await model.fit(xor.x, xor.y, { epochs: 3, callbacks: [{ onEpochEnd: () => model.save(file) }] })
    using again = await load<Sequential>(file)
    expect(bits(again)).toEqual(bits(model))
    expect(readdirSync(folder).filter((name) => !name.endsWith('.safetensors'))).toEqual([])
  })

  it('save does not keep a rate that is a function; load accepts one', async () => {
    const learningRate = (step: number) => 0.1 / (1 + step / 10)
    const make = () => {
      const model = classModel()
      model.compile({ optimizer: optimizers.adam({ learningRate }), loss: 'sparseCategoricalCrossentropy' })
      return model
    }
    using straight = make()
    await straight.fit(x, y, { epochs: 2 })
    using half = make()
    await half.fit(x, y)
    await half.save(path('rate.safetensors'))

    using without = await load<Sequential>(path('rate.safetensors'))
    expect((await without.evaluate(x, y)).loss).toBeGreaterThan(0)
    await expect(without.fit(x, y)).rejects.toThrow(
      /learning rate is not known.*Sequential\.load\(path, \{ learningRate/,
    )
    await without.save(path('rate-again.safetensors'))
    using again = await load<Sequential>(path('rate-again.safetensors'), { learningRate })
    await again.fit(x, y)
    expect(bits(again)).toEqual(bits(straight))
  })

  it('save keeps the parameters of loss and optimizer', async () => {
    using model = new Sequential({ layers: [layers.dense({ units: 1, inputShape: [2] })], name: 'logits' })
    const compile = {
      optimizer: optimizers.sgd({ learningRate: 0.5, momentum: 0.8, nesterov: true }),
      loss: losses.binaryCrossentropy({ fromLogits: true }),
    }
    model.compile({ ...compile, metrics: ['accuracy', 'rootMeanSquaredError'] })
    await model.save(path('logits.safetensors'))
    using again = await load<Sequential>(path('logits.safetensors'))
    await again.save(path('logits-again.safetensors'))
    expect(readFileSync(path('logits-again.safetensors'))).toEqual(readFileSync(path('logits.safetensors')))
    expect(Object.keys(await again.evaluate(xor.x, xor.y))).toEqual(['loss', 'accuracy', 'rootMeanSquaredError'])
  })

  it('save rejects wrong paths and options', async () => {
    using model = xorModel()
    await expect(model.save('')).rejects.toThrow(/non-empty string for path/)
    await expect(model.save(path('no/such/folder'))).rejects.toThrow(/Could not write/)
    await expect(model.save(path('a'), { optimizer: true } as never)).rejects.toThrow(/Unknown option "optimizer"/)
    await expect(load<Sequential>(path('missing'))).rejects.toThrow(/Could not open .*missing/)
    await expect(load<Sequential>(folder)).rejects.toThrow(/a regular file for path/)
    await expect(load<Sequential>(path('a'), { learningRate: -1 })).rejects.toThrow(/learningRate/)
  })
})

describe('toBytes', () => {
  it('has the bytes of save; load resumes training from them with the same bits', async () => {
    using model = classModel(3)
    await model.fit(x, y, { epochs: 2 })
    await model.save(path('bytes.safetensors'))
    expect(Buffer.compare(model.toBytes(), readFileSync(path('bytes.safetensors')))).toBe(0)
    using again = await Sequential.load(model.toBytes())
    using any = await load<Sequential>(model.toBytes())
    await model.fit(x, y, { epochs: 2 })
    for (const other of [again, any]) {
      await other.fit(x, y, { epochs: 2 })
      expect(bits(other)).toEqual(bits(model))
    }
  })

  it('load opens the bytes of an estimator too', async () => {
    const perceptron = await new Perceptron({ seed: 1 }).fit([[0], [1]], ['no', 'yes'])
    const any = await load<Loaded>(perceptron.toBytes())
    expect(any).toBeInstanceOf(Perceptron)
  })

  it('includeOptimizer: false leaves the state out; wrong bytes and sources are refused', async () => {
    using model = xorModel()
    const keys = [...decodeSafetensors(model.toBytes({ includeOptimizer: false }), 'xor').tensors.keys()]
    expect(keys.filter((key) => key.startsWith('optimizer.'))).toEqual([])
    expect(() => model.toBytes({ optimizer: false } as never)).toThrow(/Unknown option "optimizer" for toBytes\(\)/)
    await expect(Sequential.load(model.toBytes().subarray(0, 100))).rejects.toThrow(FormatError)
    await expect(Sequential.load(5 as never)).rejects.toThrow(/a path or bytes for source, but got 5/)
    await expect(load<Sequential>(5 as never)).rejects.toThrow(/a path or bytes for source/)
  })
})

describe('an invalid file', () => {
  interface Content {
    tensors: Map<string, Tensor>
    json: { [key: string]: unknown; spec: Record<string, unknown>; compile: Record<string, unknown> }
    /** Replaces `json` as text. */
    metadata?: Record<string, string>
  }

  async function content(): Promise<Content> {
    using model = xorModel()
    await model.fit(xor.x, xor.y)
    await model.save(path('good.safetensors'))
    const { tensors, metadata } = decodeSafetensors(readFileSync(path('good.safetensors')), 'good')
    return { tensors, json: JSON.parse(metadata.perceptra!) }
  }

  const f32 = (...shape: number[]): Tensor => ({
    dtype: 'F32',
    shape,
    data: new Float32Array(shape.reduce((a, b) => a * b)),
  })
  const layer = (json: Content['json']) => (json.spec.layers as Record<string, unknown>[])[0]!

  it.each<[string, (content: Content) => unknown, RegExp]>([
    [
      'metadata without the key perceptra',
      (content) => Object.assign(content, { metadata: {} }),
      /has no metadata perceptra/,
    ],
    ['metadata that is not JSON', (content) => Object.assign(content, { metadata: { perceptra: '{' } }), /is not JSON/],
    ['metadata of null', (content) => Object.assign(content, { metadata: { perceptra: 'null' } }), /an object/],
    ['a newer format', ({ json }) => Object.assign(json, { format: 2 }), /Expected format 1.*newer/],
    ['an unknown kind', ({ json }) => Object.assign(json, { kind: 'forest' }), /kind "forest"/],
    ['an unknown key', ({ json }) => Object.assign(json, { epoch: 3 }), /Unknown option "epoch"/],
    ['no spec', ({ json }) => Object.assign(json, { spec: null }), /an object for the spec/],
    ['no seed', ({ json }) => delete json.spec.seed, /no seed/],
    ['a negative epoch count', ({ json }) => Object.assign(json, { epochs: -1 }), /epochs/],
    [
      'a fractional number of optimizer steps',
      ({ json }) => Object.assign(json, { optimizerSteps: 0.5 }),
      /optimizerSteps/,
    ],
    ['an unknown layer', ({ json }) => Object.assign(layer(json), { type: 'lstm' }), /type of layer 0/],
    [
      'wrong units',
      ({ json }) => Object.assign(layer(json), { units: 9 }),
      /F32 \[2,9\] for the tensor "dense\.kernel"/,
    ],
    ['huge units', ({ json }) => Object.assign(layer(json), { units: 2 ** 30 }), /weights, more than/],
    ['a layer of null', ({ json }) => Object.assign(json.spec, { layers: [null] }), /layer 0/],
    ['an unknown loss', ({ json }) => Object.assign(json.compile, { loss: 'mean' }), /one of meanSquaredError/],
    [
      'a loss that does not match the last layer',
      ({ json }) => Object.assign(json.compile, { loss: 'categoricalCrossentropy' }),
      /one unit/,
    ],
    [
      'an unknown optimizer',
      ({ json }) => Object.assign(json.compile, { optimizer: 'sgdd' }),
      /one of sgd, adagrad, .*sgdd/,
    ],
    ['compile of 5', ({ json }) => Object.assign(json, { compile: 5 }), /compile/],
    ['a missing tensor', ({ tensors }) => tensors.delete('dense.bias'), /"dense\.bias" is missing/],
    [
      'a superfluous tensor',
      ({ tensors }) => tensors.set('dense_2.bias', f32(1)),
      /"dense_2\.bias" belongs to no layer/,
    ],
    ['a wrong shape', ({ tensors }) => tensors.set('dense.bias', f32(1, 8)), /F32 \[8\].*F32 \[1,8\]/],
    [
      'a missing moment',
      ({ tensors }) => tensors.delete('optimizer.secondMoment'),
      /"optimizer\.secondMoment" is missing/,
    ],
    ['a short moment', ({ tensors }) => tensors.set('optimizer.secondMoment', f32(32)), /F32 \[33\]/],
    [
      'a mean of squares below 0',
      ({ tensors }) => {
        ;(tensors.get('optimizer.secondMoment')!.data as Float32Array)[7] = -1e-9
      },
      /Number 7 of the tensor "optimizer\.secondMoment" is -\d.*none may be below 0/,
    ],
    [
      'a tensor of another type',
      ({ tensors }) => tensors.set('dense.bias', { dtype: 'F64', shape: [8], data: new Float64Array(8) }),
      /but got F64 \[8\]/,
    ],
    [
      'NaN in a tensor',
      ({ tensors }) => {
        ;(tensors.get('dense.bias')!.data as Float32Array)[3] = Number.NaN
      },
      /Number 3 of the tensor "dense\.bias" is NaN/,
    ],
  ])('is rejected: %s', async (_, change, message) => {
    const bad = await content()
    change(bad)
    const metadata = bad.metadata ?? { perceptra: JSON.stringify(bad.json) }
    writeFileSync(path('bad.safetensors'), encodeSafetensors(bad.tensors, metadata))
    const error: unknown = await load<Sequential>(path('bad.safetensors')).catch((e: unknown) => e)
    expect(error).toBeInstanceOf(FormatError)
    expect((error as Error).message).toMatch(message)
    expect((error as Error).message).toContain('bad.safetensors')
  })

  it('a file is rejected if truncated at any length; with a changed byte in its head it is rejected or loads', async () => {
    await content()
    const good = readFileSync(path('good.safetensors'))
    const cut = path('cut.safetensors')
    for (let length = 0; length < good.length; length += 37) {
      writeFileSync(cut, good.subarray(0, length))
      await expect(load<Sequential>(cut), `${length} bytes`).rejects.toBeInstanceOf(FormatError)
    }
    let rejected = 0
    for (let offset = 0; offset < 1200; offset += 3) {
      const bytes = Uint8Array.from(good)
      bytes[offset]! ^= 1 << (offset % 7)
      writeFileSync(cut, bytes)
      const result = await load<Sequential>(cut).catch((e: unknown) => e)
      if (result instanceof Sequential) result.dispose()
      else rejected++
      if (!(result instanceof Sequential)) expect(result, `byte ${offset}`).toBeInstanceOf(FormatError)
    }
    expect(rejected).toBeGreaterThan(200)
  })
})
