import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ActivationLike, layers, Sequential } from '../../../lib/index.js'
import { toSource } from '../../../lib/interchange/source/to-source.js'
import { SourceWriter } from '../../../lib/interchange/source/writer.js'
import { expectClose } from './close.js'
import { runSource } from './run-source.js'
import { tableNetworks, tableRows } from './table-networks.js'

const activations: ActivationLike[] = [
  ...(['linear', 'relu', 'elu', 'selu', 'silu', 'mish', 'sigmoid', 'hardSigmoid', 'tanh', 'softplus'] as const),
  ...(['softsign', 'softmax', 'gelu', 'prelu', 'leakyRelu'] as const),
  { name: 'gelu', approximate: true },
  { name: 'elu', alpha: 0.3 },
  { name: 'leakyRelu', negativeSlope: 0.2 },
]

/** A layer of a random network. */
const anyLayer = fc.oneof(
  fc
    .record({
      units: fc.integer({ min: 1, max: 12 }),
      useBias: fc.boolean(),
      activation: fc.constantFrom(...activations),
      parametrization: fc.constantFrom('standard', 'ntk'),
    })
    .map(layers.dense),
  fc.constantFrom(...activations).map((activation) => layers.activation({ activation })),
  fc.record({ center: fc.boolean(), scale: fc.boolean() }).map(layers.batchNormalization),
  // With a small epsilon nearly equal numbers lose their digits in float32.
  fc.record({ center: fc.boolean(), scale: fc.boolean(), epsilon: fc.constant(1) }).map(layers.layerNormalization),
  fc.constant(layers.dropout({ rate: 0.5 })),
  fc.constant(layers.gaussianNoise({ stddev: 1 })),
  fc.constant(layers.rescaling({ scale: 0.5, offset: -0.25 })),
)

/** Numbers that products of float32 do not lose to underflow. */
const numbers = fc.integer({ min: -64, max: 64 }).map((value) => value / 64)

/** Weights in the range of trained ones; variances are positive. */
function fill(model: Sequential, numbers: () => number): void {
  const names = model.toJSON().layers.flatMap((_, i) =>
    model
      .layer(i)
      .getWeights()
      .map((_, k, all) => [i, k, all.length] as const),
  )
  const weights = model.getWeights()
  for (const [at, matrix] of weights.entries()) {
    const [i, k, count] = names[at]!
    const isVariance = model.toJSON().layers[i]!.type === 'batchNormalization' && k === count - 1
    for (let n = 0; n < matrix.data.length; n++) matrix.data[n] = isVariance ? 0.5 + Math.abs(numbers()) : numbers()
  }
  model.setWeights(weights)
}

describe('toSource of a Sequential', () => {
  it('predicts as the model does, for random networks and rows', () => {
    const run = fc.property(
      fc.integer({ min: 1, max: 8 }),
      fc.array(anyLayer, { minLength: 1, maxLength: 5 }),
      fc.array(numbers, { minLength: 24, maxLength: 24 }),
      fc.infiniteStream(numbers),
      (inputs, [first, ...rest], values, stream) => {
        const model = new Sequential({ layers: [{ ...first!, inputShape: [inputs] }, ...rest] })
        fill(model, () => stream.next().value)
        const { predict } = runSource(toSource(model))
        for (let i = 0; i < 3; i++) {
          const row = values.slice(i * inputs, (i + 1) * inputs).map((value) => 2 * value)
          expectClose(predict(row) as Float32Array, model.predictSync(row))
        }
        model.dispose()
      },
    )
    fc.assert(run, { numRuns: 200 })
  })

  it.each([...activations, 'step', 'exponential'] as const)(
    'has the activation %j to the ends of its range',
    (activation) => {
      const model = new Sequential({ layers: [layers.activation({ activation, inputShape: [5] })] })
      const { predict } = runSource(toSource(model))
      for (const row of [
        [-30, -6, -3, -1e-3, 0],
        [1e-3, 0.5, 3, 6, 30],
        [-0.7, -0.1, 0.1, 0.7, 1.5],
      ]) {
        const [actual, expected] = [predict(row) as Float32Array, model.predictSync(row)]
        for (const [k, value] of expected.entries())
          expect(actual[k]).toBeCloseTo(value, 6 - Math.ceil(Math.log10(Math.max(1, value))))
      }
    },
  )

  it('reads indices of an embedding, and refuses others', () => {
    const model = new Sequential({
      layers: [layers.embedding({ inputDim: 5, outputDim: 3, inputShape: [2] }), layers.dense({ units: 2 })],
    })
    const { predict } = runSource(toSource(model))
    expectClose(predict([4, 0]) as Float32Array, model.predictSync([4, 0]))
    for (const row of [[5, 0], [-1, 0], [0.5, 0], [null, 0], ['1', 0], [0], 'ab', null, { a: 1 }]) {
      expect(() => predict(row)).toThrow(/^Expected/)
    }
  })

  it.each(tableNetworks)('predicts rows of tables: %s', (_, model) => {
    const { predict } = runSource(toSource(model))
    for (let i = 0; i < tableRows.rows; i++) {
      const row = Array.from(tableRows.row(i))
      expectClose(predict(row) as Float32Array, model.predictSync(row))
    }
  })

  it('refuses what is no code, by the column', () => {
    const parts = [{ type: 'embedding', columns: [1, 0], inputDim: [3, 2], outputDim: 2 }] as const
    const model = new Sequential({ layers: [layers.columns({ parts: [...parts], inputShape: [2] })] })
    const { predict } = runSource(toSource(model))
    for (const row of [
      [2, 0],
      [0.5, 0],
      [-2, 0],
    ]) {
      expect(() => predict(row)).toThrow('Expected a code from -1 to 1 as number 1 of a part')
    }
  })

  it('tells its size, and returns types with it', () => {
    const model = new Sequential({ layers: [layers.dense({ units: 3, inputShape: [2] })] })
    const { code, types, bytes } = toSource(model, { types: true })
    expect(Buffer.byteLength(code)).toBe(bytes)
    expect(code.split('\n')[0]).toBe(`// A model of perceptra, ${bytes} bytes.`)
    expect(code).toBe(toSource(model))
    expect(types).toContain('export declare function predict(row: Row): Float32Array')
  })

  it('keeps weights in float16 on request, in about half the bytes', () => {
    const model = new Sequential({ layers: [layers.dense({ units: 64, inputShape: [64] })], seed: 1 })
    const [code, half] = [toSource(model), toSource(model, { weights: 'float16' })]
    expect(half.length).toBeLessThan(0.6 * code.length)
    const row = Array.from({ length: 64 }, (_, k) => Math.sin(k))
    const [actual, expected] = [runSource(half).predict(row) as Float32Array, model.predictSync(row)]
    const error = Math.max(...Array.from(expected, (value, k) => Math.abs(value - actual[k]!)))
    expect(error).toBeGreaterThan(1e-6)
    expect(error).toBeLessThan(2e-3)
    const [kernel] = model.getWeights()
    model.setWeights([kernel!.data.map((value, k) => (k === 7 ? 70_000 : value)), new Float32Array(64)])
    expect(() => toSource(model, { weights: 'float16' })).toThrow(/number 7 of dense.kernel is 70000/)
    // float16 has no NaN in these files.
    expect(() => new SourceWriter('float16').weights(Float32Array.of(1, Number.NaN), 'w')).toThrow(
      /number 1 of w is NaN/,
    )
  })

  it('says in a row what numbers are too large, on both sides', () => {
    const model = new Sequential({ layers: [layers.dense({ units: 1, inputShape: [2] })], seed: 1 })
    const { predict } = runSource(toSource(model))
    for (const value of [1e39, -1e39]) {
      const message = `Expected a finite number from -3.4e38 to 3.4e38 in column 1, but got ${value}.`
      expect(() => predict([0, value])).toThrow(message)
    }
  })

  it('refuses weights that are longer than a string', () => {
    // 12 bytes are 16 characters of base64.
    const out = new SourceWriter('float32', 48)
    for (let k = 0; k < 3; k++) out.weights(new Float32Array(3), 'w')
    expect(() => out.weights(new Float32Array(1), 'w')).toThrow(
      'Expected a model of at most 48 characters for toSource(), but its weights alone have more. Use toOnnx().',
    )
  })

  it('refuses other values, and wrong options', () => {
    expect(() => toSource({})).toThrow(
      /^Expected a Sequential, an estimator, a pipeline, a table model or a transformer/,
    )
    const model = new Sequential({ layers: [layers.dense({ units: 3, inputShape: [2] })] })
    expect(() => toSource(model, { type: true } as never)).toThrow(/Did you mean types/)
    expect(() => toSource(model, { weights: 'int8' as never })).toThrow(/float32, float16/)
  })
})
