import { describe, expect, it } from 'vitest'
import { layers } from '../../../lib/index.js'
import { lossChoices } from '../../../lib/spec/loss.js'
import { bits, classes, counts, oneHot, values } from './data.js'
import { expectAllDifferent, hidden, type Setting, testParameters } from './effect.js'

/** The activation of the last layer and the targets for each loss. */
const nets: Record<string, { activation: string; y: number[] | number[][] }> = {
  ...Object.fromEntries(
    ['meanSquaredError', 'meanAbsoluteError', 'huber', 'logCosh', 'quantile'].map((name) => [
      name,
      { activation: 'linear', y: values },
    ]),
  ),
  binaryCrossentropy: { activation: 'sigmoid', y: bits },
  focal: { activation: 'sigmoid', y: bits },
  categoricalCrossentropy: { activation: 'softmax', y: oneHot },
  kullbackLeibler: { activation: 'softmax', y: oneHot.map(([a, b]) => [0.8 * a! + 0.1, 0.8 * b! + 0.1]) },
  // The same function as categoricalCrossentropy: other classes, so that its result differs.
  sparseCategoricalCrossentropy: { activation: 'softmax', y: classes.map((label) => 1 - label) },
  hinge: { activation: 'linear', y: bits },
  squaredHinge: { activation: 'linear', y: bits },
  poisson: { activation: 'exponential', y: counts },
  gaussianNll: { activation: 'linear', y: values.map(([first]) => first!) },
}

describe('losses', () => {
  const withLoss = (name: string, parameters: object): Setting => {
    expect(nets[name], `an entry for ${name} in the table of this test`).toBeDefined()
    const { activation, y } = nets[name]!
    const output = layers.dense({ units: 2, activation: activation as 'linear' })
    return { layers: [hidden, output], y, compile: { loss: { name, ...parameters } as never } }
  }
  const fromLogits = [false, true] as const // rejected with another activation
  const crossentropy = { fromLogits, labelSmoothing: [0, 0.2] }
  testParameters(
    'loss',
    lossChoices,
    {
      huber: { delta: [1, 0.1] },
      binaryCrossentropy: crossentropy,
      categoricalCrossentropy: crossentropy,
      sparseCategoricalCrossentropy: crossentropy,
      poisson: { fromLogits },
      quantile: { quantile: [0.5, 0.9] },
      focal: { gamma: [2, 1], alpha: [0.25, 0.75] },
    },
    withLoss,
  )
  it('losses give different results', () => expectAllDifferent(lossChoices, (name) => withLoss(name, {})))
})
