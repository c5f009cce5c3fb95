import { describe, expect, it } from 'vitest'
import { layers, losses } from '../../../lib/index.js'
import { readCompile, toNativeCompile } from '../../../lib/spec/compile.js'
import { readModel } from '../../../lib/spec/model.js'

type Activation = 'linear' | 'relu' | 'sigmoid' | 'softmax'
const model = (activation: Activation, units = 3) =>
  readModel({ layers: [layers.dense({ units, activation, inputShape: [2] })], seed: 1 }, 'Sequential', () => 0)
const compile = (options: object, activation: Activation = 'linear', units = 3) =>
  readCompile({ optimizer: 'sgd', loss: 'meanSquaredError', ...options }, model(activation, units), 'compile()')

describe('losses', () => {
  it.each<[Activation, Parameters<typeof compile>[0], number]>([
    ['relu', { loss: 'meanSquaredError' }, 3],
    ['softmax', { loss: 'meanSquaredError' }, 3],
    ['softmax', { loss: 'categoricalCrossentropy' }, 3],
    ['softmax', { loss: 'sparseCategoricalCrossentropy' }, 3],
    ['sigmoid', { loss: 'binaryCrossentropy' }, 3],
    ['linear', { loss: losses.binaryCrossentropy({ fromLogits: true }) }, 1],
    ['linear', { loss: losses.sparseCategoricalCrossentropy({ fromLogits: true }) }, 3],
  ])('compile accepts a last layer with %s: %o', (activation, options, units) => {
    expect(() => compile(options, activation, units)).not.toThrow()
  })

  it.each<[Activation, object, RegExp, number]>([
    ['linear', { loss: 'categoricalCrossentropy' }, /needs activation: 'softmax'.*fromLogits: true/, 3],
    ['sigmoid', { loss: 'sparseCategoricalCrossentropy' }, /needs activation: 'softmax'.*has 'sigmoid'/, 3],
    ['softmax', { loss: 'binaryCrossentropy' }, /needs activation: 'sigmoid'/, 3],
    ['sigmoid', { loss: losses.binaryCrossentropy({ fromLogits: true }) }, /'linear'.*leave fromLogits out/, 1],
    ['softmax', { loss: 'meanSquaredError' }, /softmax over one unit is always 1/, 1],
    ['linear', { loss: losses.categoricalCrossentropy({ fromLogits: true }) }, /one unit for each class/, 1],
    ['linear', { loss: 'mse' }, /one of meanSquaredError.*Did you mean meanSquaredError\?/, 1],
    ['linear', { loss: { name: 'meanSquaredError', fromLogits: true } }, /takes no options/, 1],
    ['linear', { loss: undefined }, /loss.*undefined/, 1],
    ['linear', { los: 'meanSquaredError' }, /Did you mean loss\?/, 1],
  ])('compile rejects a last layer with %s: %o', (activation, options, message, units) => {
    expect(() => compile(options, activation, units)).toThrow(message)
  })
})

describe('metrics', () => {
  it.each<[Activation, string, number, string]>([
    ['sigmoid', 'binaryCrossentropy', 3, 'binaryAccuracy'],
    ['linear', 'meanSquaredError', 1, 'binaryAccuracy'],
    ['linear', 'meanSquaredError', 3, 'categoricalAccuracy'],
    ['softmax', 'categoricalCrossentropy', 3, 'categoricalAccuracy'],
    ['softmax', 'sparseCategoricalCrossentropy', 3, 'sparseCategoricalAccuracy'],
  ])('accuracy of %s, %s and %i outputs is %4$s', (activation, loss, units, expected) => {
    const spec = compile({ loss, metrics: ['accuracy'] }, activation, units)
    expect(toNativeCompile(spec, false).metrics).toEqual([expected])
    expect(spec.metrics.map(({ key, valKey }) => [key, valKey])).toEqual([['accuracy', 'valAccuracy']])
  })

  it('rootMeanSquaredError is the root of the mean square', () => {
    const [metric] = compile({ metrics: ['rootMeanSquaredError'] }).metrics
    expect(metric).toMatchObject({ native: 'meanSquaredError', valKey: 'valRootMeanSquaredError' })
    expect(metric!.finish(9)).toBe(3)
  })

  it.each<[string, unknown, RegExp]>([
    ['text', 'accuracy', /an array of names/],
    ['an unknown name', ['acuracy'], /Did you mean accuracy\?/],
    ['one twice', ['accuracy', 'accuracy'], /listed twice/],
    ['one for class numbers', ['sparseCategoricalAccuracy'], /needs class numbers as targets/],
  ])('readMetrics rejects %s', (_, metrics, message) => {
    expect(() => compile({ metrics })).toThrow(message)
  })

  it('rejects metrics that need values where targets are class numbers, or several outputs where there is one', () => {
    const sparse = { loss: 'sparseCategoricalCrossentropy', metrics: ['meanSquaredError'] }
    expect(() => compile(sparse, 'softmax')).toThrow(/one value for each output.*sparseCategoricalAccuracy/)
    expect(() => compile({ metrics: ['categoricalAccuracy'] }, 'linear', 1)).toThrow(/Use binaryAccuracy/)
  })
})
