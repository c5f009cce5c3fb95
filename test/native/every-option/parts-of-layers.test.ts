import { describe, expect, it } from 'vitest'
import { activationChoices } from '../../../lib/spec/activation.js'
import { initializerChoices } from '../../../lib/spec/initializer.js'
import { constraintChoices, regularizerChoices } from '../../../lib/spec/tensor.js'
import { around, expectAllDifferent, resultOf, testParameters } from './effect.js'

const dense = (options: object) => around('dense', { units: 5, activation: 'tanh', ...options })

describe('activations', () => {
  testParameters(
    'activation',
    activationChoices,
    {
      leakyRelu: { negativeSlope: [0.01, 0.3] },
      prelu: { initialSlope: [0.25, 0.5] },
      elu: { alpha: [1, 0.5] },
      gelu: { approximate: [false, true] },
    },
    (name, parameters) => dense({ activation: { name, ...parameters } }),
  )

  it('activations give different results', async () => {
    const { step, ...others } = activationChoices
    expect(step).toBeDefined()
    await expectAllDifferent(others, (name) => dense({ activation: name }))
    expect(await resultOf(dense({ activation: 'step' }))).toHaveProperty('error')
  })
})

describe('initializers', () => {
  const seed = [1, 2] as const
  const normal = { mean: [0, 1], stddev: [0.05, 0.5], seed } as const
  testParameters(
    'initializer',
    initializerChoices,
    {
      constant: { value: [0.1, 0.2] },
      glorotUniform: { seed },
      glorotNormal: { seed },
      heUniform: { seed },
      heNormal: { seed },
      lecunUniform: { seed },
      lecunNormal: { seed },
      orthogonal: { gain: [1, 2], seed },
      randomUniform: { min: [-0.05, -0.5], max: [0.05, 0.5], seed },
      randomNormal: normal,
      truncatedNormal: normal,
      randomSigns: { seed },
    },
    (name, parameters) => dense({ kernelInitializer: { name, ...parameters } }),
  )

  it('initializers give different results', async () => {
    // A constant is 0 by default, like zeros.
    const { constant: _, ...others } = initializerChoices
    await expectAllDifferent(others, (name) => dense({ kernelInitializer: name }))
  })
})

describe('regularizers', () => {
  const factor = [0.01, 0.1] as const
  testParameters(
    'regularizer',
    regularizerChoices,
    { l1: { l1: factor }, l2: { l2: factor }, l1l2: { l1: factor, l2: factor } },
    (name, parameters) => dense({ kernelRegularizer: { name, ...parameters } }),
  )
  it('regularizers give different results', () =>
    expectAllDifferent(regularizerChoices, (name) => dense({ kernelRegularizer: name })))
})

describe('constraints', () => {
  testParameters('constraint', constraintChoices, { maxNorm: { limit: [2, 0.1] } }, (name, parameters) =>
    dense({ kernelConstraint: { name, ...parameters } }),
  )
  it('constraints give different results', () =>
    expectAllDifferent(constraintChoices, (name) =>
      dense({ kernelInitializer: 'heNormal', kernelConstraint: name === 'maxNorm' ? { name, limit: 0.5 } : name }),
    ))
})
