import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type ActivationLike,
  ArgumentError,
  activations,
  initializers,
  layers,
  Sequential,
} from '../../../lib/index.js'
import { readModel, toNativeSpec } from '../../../lib/spec/model.js'

const first = layers.dense({ units: 3, inputShape: [2] })
const read = (options: object) => readModel(options, 'Sequential', () => 7)

describe('a dense layer', () => {
  it("fills in Keras's defaults", () => {
    expect(layers.dense({ units: 3 })).toEqual({
      type: 'dense',
      units: 3,
      activation: { name: 'linear' },
      useBias: true,
      kernelInitializer: { name: 'glorotUniform' },
      biasInitializer: { name: 'zeros' },
      trainable: true,
      learningRateFactor: 1,
    })
  })

  it('takes names of choices and results of factories', () => {
    const layer = layers.dense({
      units: 1,
      activation: activations.leakyRelu({ negativeSlope: 0.2 }),
      kernelInitializer: initializers.heNormal({ seed: 5 }),
      biasInitializer: 'ones',
    })
    expect(layer.activation).toEqual({ name: 'leakyRelu', negativeSlope: 0.2 })
    expect(layer.kernelInitializer).toEqual({ name: 'heNormal', seed: 5 })
    expect(layer.biasInitializer).toEqual({ name: 'ones' })
    expect(layers.dense({ units: 1, activation: 'leakyRelu' }).activation).toEqual(activations.leakyRelu())
    expect(activations.leakyRelu()).toEqual({ name: 'leakyRelu', negativeSlope: 0.01 })
    expect(activations.prelu()).toEqual({ name: 'prelu', initialSlope: 0.25 })
    expect(activations.elu()).toEqual({ name: 'elu', alpha: 1 })
    expect(activations.gelu()).toEqual({ name: 'gelu', approximate: false })
    for (const [name, make] of Object.entries(activations)) {
      expect(layers.dense({ units: 1, activation: name as ActivationLike }).activation).toEqual(make())
    }
  })

  it.each<[string, object, RegExp]>([
    ['a misspelt option', { units: 1, activaton: 'relu' }, /Unknown option "activaton".*Did you mean activation\?/],
    ['an unknown regularizer', { units: 1, kernelRegularizer: 'l3' }, /one of l1, l2, l1l2 for kernelRegularizer/],
    ['a limit of 0', { units: 1, kernelConstraint: { name: 'maxNorm', limit: 0 } }, /above 0.*for limit of maxNorm/],
    ['a rate factor below 0', { units: 1, learningRateFactor: -1 }, /from 0 to 3\.4e38 for learningRateFactor/],
    ['trainable 1', { units: 1, trainable: 1 }, /true or false for trainable/],
    ['no units', {}, /integer from 1 to 2147483648 for units.*undefined/],
    ['zero units', { units: 0 }, /from 1 .*for units.*got 0/],
    ['half a unit', { units: 1.5 }, /an integer/],
    ['a misspelt activation', { units: 1, activation: 'rleu' }, /one of linear, relu.*"rleu"\. Did you mean relu\?/],
    ['a factory that was not called', { units: 1, activation: activations.relu }, /Call it: relu\(\)/],
    [
      'an unknown parameter',
      { units: 1, activation: { name: 'leakyRelu', slope: 1 } },
      /Unknown option "slope".*leakyRelu/,
    ],
    ['a parameter of another', { units: 1, activation: { name: 'relu', negativeSlope: 1 } }, /takes no options/],
    ['a null activation', { units: 1, activation: null }, /activation.*null/],
    [
      'a negative slope below 0',
      { units: 1, activation: { name: 'leakyRelu', negativeSlope: -1 } },
      /from 0 to 3\.4e38/,
    ],
    ['an alpha below 0', { units: 1, activation: { name: 'elu', alpha: -1 } }, /from 0 to 3\.4e38 for alpha of elu/],
    ['a slope of NaN', { units: 1, activation: { name: 'prelu', initialSlope: Number.NaN } }, /initialSlope of prelu/],
    ['an approximation by name', { units: 1, activation: { name: 'gelu', approximate: 'tanh' } }, /true or false/],
    ['an alpha of selu', { units: 1, activation: { name: 'selu', alpha: 1 } }, /takes no options/],
    ['a useBias of 1', { units: 1, useBias: 1 }, /true or false for useBias/],
    ['a null useBias', { units: 1, useBias: null }, /true or false for useBias/],
    [
      'an orthogonal bias',
      { units: 1, biasInitializer: 'orthogonal' },
      /one of zeros, .*for biasInitializer of layers\.dense\(\), but got "or/,
    ],
    [
      'a max below min',
      { units: 1, kernelInitializer: { name: 'randomUniform', min: 1 } },
      /a max of at least min for kernelInitializer of layers\.dense\(\), but got min 1 and max 0\.05/,
    ],
    [
      'a bound of text',
      { units: 1, kernelInitializer: { name: 'randomUniform', min: '0' } },
      /min of randomUniform, .*"0"/,
    ],
    ['a bound beyond float32', { units: 1, biasInitializer: { name: 'constant', value: 1e39 } }, /value of constant/],
    [
      'a negative deviation',
      { units: 1, kernelInitializer: { name: 'randomNormal', stddev: -1 } },
      /stddev of randomN/,
    ],
    [
      'a mean of NaN',
      { units: 1, kernelInitializer: { name: 'truncatedNormal', mean: Number.NaN } },
      /mean of trunc.*NaN/,
    ],
    [
      'an infinite gain',
      { units: 1, kernelInitializer: { name: 'orthogonal', gain: 1 / 0 } },
      /gain of orthogonal.*Inf/,
    ],
    ['a negative seed', { units: 1, kernelInitializer: { name: 'heNormal', seed: -1 } }, /seed of heNormal/],
    ['a seed that draws nothing', { units: 1, biasInitializer: { name: 'zeros', seed: 1 } }, /takes no options/],
    [
      'a shape of two',
      { units: 1, inputShape: [28, 28] },
      /an array of one size for inputShape of layers\.dense\(\) \(such as \[784\]\), but got an array of 2/,
    ],
    ['an empty name', { units: 1, name: '' }, /non-empty string for name/],
  ])('rejects %s', (_, options, message) => {
    expect(() => layers.dense(options as never)).toThrow(message)
  })

  it('rejects factory options that are no object or have unknown keys', () => {
    expect(() => activations.leakyRelu(5 as never)).toThrow(/an object/)
    expect(() => activations.leakyRelu({ name: 'relu' } as never)).toThrow(/Unknown option "name".*negativeSlope/)
    expect(() => initializers.heNormal({ sed: 1 } as never)).toThrow(/Did you mean seed/)
    expect(() => initializers.randomUniform({ min: 2, max: 1 })).toThrow(/a max of at least min for initializer/)
    expect(() => initializers.lecunNormal({ gain: 2 } as never)).toThrow(/Unknown option "gain".*It takes seed/)
  })
})

describe('a model', () => {
  it('gives layers names that the others do not have', () => {
    const spec = read({ layers: [first, layers.dense({ units: 1, name: 'dense_1' }), layers.dense({ units: 1 })] })
    expect(spec.layers.map(({ name }) => name)).toEqual(['dense', 'dense_1', 'dense_2'])
    expect(spec.seed).toBe(7)
    expect(spec.name).toBe('sequential')
  })

  it('reads a model back from its JSON unchanged', () => {
    const spec = read({ layers: [first, layers.dense({ units: 4, inputShape: [3] })], seed: 1, name: 'net' })
    expect(read(JSON.parse(JSON.stringify(spec)))).toEqual(spec)
    expect(spec.layers[1]).not.toHaveProperty('inputShape')
  })

  it('does not pass names to the core', () => {
    expect(toNativeSpec(read({ layers: [first] }))).toEqual({
      inputs: 2,
      seed: 7,
      members: 1,
      layers: [
        {
          type: 'dense',
          units: 3,
          useBias: true,
          activation: { name: 'linear' },
          kernelInitializer: { name: 'glorotUniform' },
          biasInitializer: { name: 'zeros' },
          trainable: true,
        },
      ],
    })
  })

  it.each<[string, object, RegExp]>([
    ['no layers', {}, /array of at least one layer.*undefined/],
    ['an empty list', { layers: [] }, /array of at least one layer/],
    ['a layer that is none', { layers: [5] }, /layer 0.*got 5/],
    [
      'an unknown type',
      { layers: [{ ...first, type: 'droput' }] },
      /one of dense, .* for type of layer 0.*Did you mean dropout/,
    ],
    ['a first layer without inputShape', { layers: [layers.dense({ units: 1 })] }, /first layer needs an inputShape/],
    [
      'shapes that do not fit',
      { layers: [first, layers.dense({ units: 1, inputShape: [4] })] },
      /\[3\].*layer 1.*\[4\]/,
    ],
    [
      'a name twice',
      { layers: [{ ...first, name: 'a' }, layers.dense({ units: 1, name: 'a' })] },
      /no other layer has for name of layer 1/,
    ],
    ['too many weights', { layers: [layers.dense({ units: 65536, inputShape: [65536] })] }, /4295032832 weights/],
    ['a seed of -1', { layers: [first], seed: -1 }, /seed/],
    ['an unknown option', { layers: [first], sede: 1 }, /Did you mean seed\?/],
  ])('rejects %s', (_, options, message) => {
    expect(() => new Sequential(options as never)).toThrow(message)
  })

  it('reads a spec from a file or throws one of our errors, whatever the file holds', () => {
    const spec = read({ layers: [first, layers.dense({ units: 1, activation: 'leakyRelu' })], seed: 1 })
    const paths = [
      ...[[], ['name'], ['seed'], ['layers'], ['layers', 0], ['layers', 1]],
      ...Object.keys(spec.layers[0]!).map((key) => ['layers', 0, key]),
      ...[
        ['layers', 0, 'inputShape', 0],
        ['layers', 1, 'activation', 'negativeSlope'],
        ['layers', 0, 'constructor'],
      ],
      ['layers', 0, 'kernelInitializer', 'name'],
    ]
    const hostile = { name: { toString: 1, valueOf: 1 } }
    const value = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom('__proto__', 'constructor', 'toString', 'relu', Number.POSITIVE_INFINITY, -0, 2 ** 53, [[]]),
      fc.constantFrom({ constructor: hostile }, { toString: 1, valueOf: 1 }, JSON.parse('{"__proto__": {"units": 1}}')),
    )
    let refused = 0
    fc.assert(
      fc.property(fc.constantFrom(...paths), value, (path, put) => {
        try {
          read(replace(JSON.parse(JSON.stringify(spec)), path, put) as object)
        } catch (error) {
          expect(error).toBeInstanceOf(ArgumentError)
          refused++
        }
      }),
      { numRuns: 3000 },
    )
    expect(refused).toBeGreaterThan(1000)
  })
})

/** `json` with `put` in the place that `path` leads to. */
function replace(json: unknown, path: readonly (string | number)[], put: unknown): unknown {
  const [key, ...rest] = path
  if (key === undefined) return put
  const object = json as Record<string | number, unknown>
  object[key] = replace(object[key], rest, put)
  return json
}
