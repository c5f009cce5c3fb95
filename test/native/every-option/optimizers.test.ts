import { describe, it } from 'vitest'
import { optimizerChoices } from '../../../lib/spec/optimizer.js'
import { expectAllDifferent, type Table, testParameters } from './effect.js'

describe('optimizers', () => {
  const learningRate = [0.01, 0.02] as const
  const rules = {
    learningRate,
    weightDecay: [0.01, 0.5],
    clipValue: [1e-3, 2e-3],
    clipNorm: [1e-3, 2e-3],
    globalClipNorm: [1e-3, 2e-3],
    ema: [0.9, 0.5],
    gradientAccumulationSteps: [1, 2],
  } as const
  const epsilon = [1e-7, 1e-2] as const
  const beta1 = [0.9, 0.5] as const
  const beta2 = [0.999, 0.5] as const
  // With a small beta2 the second moment falls within a short fit, so that its maximum differs.
  const amsgrad = [false, true] as const
  const moments = { ...rules, beta1, beta2, epsilon }
  // Where epsilon is added is seen if it is large.
  const base = { epsilon: 1e-2 }
  const epsilonInRoot = [false, true] as const
  const adam = { ...moments, base: { ...base, beta2: 0.5 }, amsgrad, rawEpsilon: epsilonInRoot }
  // Lion uses only the signs of moments: clipping has an effect if it scales some gradients and not others.
  const partialClip = [1e-3, 0.4] as const
  const lion = { ...rules, clipNorm: partialClip, globalClipNorm: [1e-3, 0.8], beta1, beta2: [0.99, 0.3] }
  testParameters(
    'optimizer',
    optimizerChoices,
    {
      sgd: { ...rules, momentum: [0, 0.9], nesterov: [true, false], base: { momentum: 0.5 } },
      adagrad: { ...rules, initialAccumulatorValue: [0.1, 0], epsilon: [1e-7, 1e-1] },
      rmsprop: { ...rules, rho: [0.9, 0.5], momentum: [0, 0.9], epsilon, base, centered: [false, true], epsilonInRoot },
      adadelta: { ...rules, learningRate: [1, 0.5], rho: [0.95, 0.5], epsilon: [1e-7, 1e-2] },
      adam,
      adamw: adam,
      adamax: moments,
      nadam: { ...moments, momentumDecay: [0.004, 1] },
      lion,
      lbfgs: {
        historySize: [10, 1],
        maxLineSearchSteps: [20, 1],
        gradientTolerance: [1e-5, 10],
        valueTolerance: [2.2e-9, 1],
      },
    } as unknown as Table,
    (name, parameters) => {
      const fit = name === 'lbfgs' ? { batchSize: undefined, epochs: 12 } : { epochs: 4 }
      return { compile: { optimizer: { name, ...parameters } as never }, fit }
    },
  )
  it('optimizers give different results', () =>
    expectAllDifferent(optimizerChoices, (name) => ({
      compile: { optimizer: (name === 'lbfgs' ? name : { name, learningRate: 0.01 }) as never },
      ...(name === 'lbfgs' && { fit: { batchSize: undefined } }),
    })))
})
