import { describe, expect, it } from 'vitest'
import { optimizers } from '../../../lib/index.js'
import { readOptimizer } from '../../../lib/spec/optimizer.js'

describe('optimizers', () => {
  it("optimizers have Keras 3's defaults", () => {
    const [learningRate, epsilon] = [0.001, 1e-7]
    const moments = { beta1: 0.9, beta2: 0.999, epsilon }
    expect(optimizers.sgd()).toEqual({ name: 'sgd', learningRate: 0.01, momentum: 0, nesterov: false })
    expect(optimizers.adagrad()).toEqual({ name: 'adagrad', learningRate, initialAccumulatorValue: 0.1, epsilon })
    expect(optimizers.rmsprop()).toEqual({
      ...{ name: 'rmsprop', learningRate, rho: 0.9, momentum: 0, epsilon, centered: false },
    })
    expect(optimizers.adadelta()).toEqual({ name: 'adadelta', learningRate, rho: 0.95, epsilon })
    expect(optimizers.adam()).toEqual({ name: 'adam', learningRate, ...moments, amsgrad: false })
    expect(optimizers.adamw()).toEqual({
      ...{ name: 'adamw', learningRate, ...moments, weightDecay: 0.004, amsgrad: false },
    })
    expect(optimizers.adamax()).toEqual({ name: 'adamax', learningRate, ...moments })
    expect(optimizers.nadam()).toEqual({ name: 'nadam', learningRate, ...moments, momentumDecay: 0.004 })
    expect(optimizers.lion()).toEqual({ name: 'lion', learningRate, beta1: 0.9, beta2: 0.99 })
    expect(readOptimizer('adam')).toEqual(optimizers.adam())
  })

  it('optimizers take a function of the step as the learning rate', () => {
    const learningRate = (step: number) => 0.1 / (1 + step)
    expect(readOptimizer(optimizers.sgd({ learningRate }))).toMatchObject({ learningRate })
  })

  it.each<[string, () => unknown, RegExp]>([
    ['nesterov alone', () => optimizers.sgd({ nesterov: true }), /Nesterov needs a momentum above 0/],
    ['a momentum of 1', () => optimizers.sgd({ momentum: 1 }), /momentum of sgd/],
    [
      'a negative rate',
      () => optimizers.sgd({ learningRate: -1 }),
      /a finite number from 0 to 3\.4e38 for learningRate of sgd/,
    ],
    ['a rate beyond float32', () => optimizers.adam({ learningRate: 1e39 }), /learningRate of adam/],
    ['a rate of NaN', () => optimizers.adam({ learningRate: Number.NaN }), /NaN/],
    [
      'a rate as text',
      () => optimizers.adam({ learningRate: '0.1' as never }),
      /a number, a schedule or a function of the step/,
    ],
    ['an epsilon of 0', () => optimizers.adam({ epsilon: 0 }), /epsilon of adam/],
    ['amsgrad of 1', () => optimizers.adam({ amsgrad: 1 as never }), /true or false for amsgrad of adam, but got 1/],
    ['a negative start', () => optimizers.adagrad({ initialAccumulatorValue: -1 }), /Value of adagrad, but got -1/],
    ['a rho of 1', () => optimizers.rmsprop({ rho: 1 }), /from 0 to below 1 for rho of rmsprop, but got 1/],
    [
      'a negative rho',
      () => optimizers.adadelta({ rho: -0.1 }),
      /from 0 to below 1 for rho of adadelta, but got -0\.1/,
    ],
    ['a momentum of NaN', () => optimizers.rmsprop({ momentum: Number.NaN }), /momentum of rmsprop, but got NaN/],
    ['centered by a word', () => optimizers.rmsprop({ centered: 'yes' as never }), /true or false for centered/],
    ['a beta of 1', () => optimizers.adamax({ beta1: 1 }), /from 0 to below 1 for beta1 of adamax, but got 1/],
    ['a beta as text', () => optimizers.nadam({ beta2: '0.9' as never }), /beta2 of nadam, but got "0\.9"/],
    [
      'a negative momentumDecay',
      () => optimizers.nadam({ momentumDecay: -1 }),
      /from 0 to 3\.4e38 for momentumDecay of nadam/,
    ],
    ['a beta of infinity', () => optimizers.lion({ beta2: Number.POSITIVE_INFINITY }), /beta2 of lion, but got Inf/],
    ['a negative decay', () => optimizers.adamw({ weightDecay: -1 }), /from 0 to 3\.4e38 for weightDecay of adamw/],
    ['an epsilon below float32', () => optimizers.adamw({ epsilon: 1e-50 }), /from 1\.2e-38 to 3\.4e38 for epsilon/],
    [
      'a parameter of another',
      () => optimizers.adadelta({ momentum: 0.9 } as never),
      /Unknown option "momentum" for optimizer adadelta\. It takes learningRate, rho, epsilon, weightDecay, /,
    ],
    [
      'an option of lion that it has not',
      () => optimizers.lion({ epsilon: 1 } as never),
      /It takes learningRate, beta1/,
    ],
    ['a decay of infinity', () => optimizers.sgd({ weightDecay: 1 / 0 }), /weightDecay of sgd, but got Infinity/],
    ['a clip of 0', () => optimizers.rmsprop({ clipValue: 0 }), /above 0 .*for clipValue of rmsprop, but got 0/],
    ['a negative norm', () => optimizers.lion({ clipNorm: -1 }), /above 0 .*for clipNorm of lion, but got -1/],
    [
      'a norm as text',
      () => optimizers.nadam({ globalClipNorm: '1' as never }),
      /globalClipNorm of nadam, but got "1"/,
    ],
    [
      'two ways to clip',
      () => optimizers.adam({ clipValue: 1, globalClipNorm: 1 }),
      /at most one way to clip gradients, but got clipValue and globalClipNorm/,
    ],
    ['an ema of 1', () => optimizers.adagrad({ ema: 1 }), /from 0 to below 1 for ema of adagrad, but got 1/],
    [
      'half a batch to an update',
      () => optimizers.adamax({ gradientAccumulationSteps: 0.5 }),
      /an integer from 1 to 2147483648 for gradientAccumulationSteps of adamax, but got 0\.5/,
    ],
    ['no history', () => optimizers.lbfgs({ historySize: 0 }), /from 1 to 1000 for historySize of lbfgs, but got 0/],
    ['no line search', () => optimizers.lbfgs({ maxLineSearchSteps: 0 }), /from 1 to 1000 for maxLineSearchSteps/],
    ['a negative tolerance', () => optimizers.lbfgs({ gradientTolerance: -1 }), /gradientTolerance of lbfgs, .* -1/],
    ['a tolerance of NaN', () => optimizers.lbfgs({ valueTolerance: Number.NaN }), /valueTolerance of lbfgs, .* NaN/],
    [
      'a rate of lbfgs',
      () => optimizers.lbfgs({ learningRate: 1 } as never),
      /Unknown option "learningRate".*It takes hist/,
    ],
    ['a misspelt option', () => optimizers.adam({ learningrate: 1 } as never), /Did you mean learningRate\?/],
    ['an unknown name', () => readOptimizer('adma'), /Did you mean adam\?/],
    ['none', () => readOptimizer(undefined), /optimizer.*undefined/],
  ])('optimizers reject %s', (_, make, message) => {
    expect(make).toThrow(message)
  })
})
