import { describe, expect, it } from 'vitest'
import type { LossLike } from '../../lib/index.js'
import { type ActivationCase, build, expectClose, fixture, type LossName, lossOf, optimizerOf } from './support.js'

interface LossCase {
  name: string
  loss: LossLike
  activation: ActivationCase
  /** The logits: the layer starts as the identity. */
  x: number[][]
  y: number[] | number[][]
  sampleWeight?: number[]
  value: number
  kernelGradient: number[][]
  biasGradient: number[][]
}

/** Those of make-parity.py name a loss and fromLogits apart; those of make-loss-parity.py hold what a factory returns. */
const cases: LossCase[] = [
  ...fixture<{ cases: (LossCase & { loss: LossName; fromLogits: boolean })[] }>('losses.json').cases.map((sample) => {
    return { ...sample, loss: lossOf(sample.loss, sample.fromLogits) }
  }),
  ...fixture<{ cases: LossCase[] }>('losses-of-numbers.json').cases,
  ...fixture<{ cases: LossCase[] }>('losses-of-classes.json').cases,
]

/** A dense layer whose kernel is the identity and whose bias is zero, ready to train by plain steps of rate 1. */
function compiled({ loss, activation, x }: LossCase) {
  const units = x[0]!.length
  const first = { units, activation }
  const model = build({ name: '', inputs: units, layers: [first], loss: 'meanSquaredError', fromLogits: false })
  const kernel = Array.from({ length: units }, (_, i) => Array.from({ length: units }, (_, j) => (i === j ? 1 : 0)))
  model.setWeights([kernel, [Array<number>(units).fill(0)]])
  model.compile({ optimizer: optimizerOf({ name: 'sgd', rate: 1 }), loss })
  return model
}

for (const sample of cases) {
  describe(sample.name, () => {
    const { x, y, sampleWeight, value, kernelGradient, biasGradient } = sample

    it('the loss has the value of PyTorch or Keras', async () => {
      using model = compiled(sample)
      const { loss } = await model.evaluate(x, y, { sampleWeight })
      expect(Number.isFinite(loss)).toBe(true)
      expectClose('loss', loss!, value, { relative: 1e-5, absolute: 1e-9 })
    })

    it('a step of rate 1 shows the gradients of PyTorch or Keras', async () => {
      using model = compiled(sample)
      const [kernel0] = model.getWeights()
      const history = await model.fit(x, y, { epochs: 1, batchSize: x.length, shuffle: false, sampleWeight })
      expectClose('loss of the step', history.logs.loss![0]!, value, { relative: 1e-5, absolute: 1e-9 })
      const [kernel, bias] = model.getWeights()
      // The bias starts at zero, so the step shows its gradient to full precision.
      for (const [i, b] of bias!.data.entries()) bias!.data[i] = -b
      expectClose('bias gradient', bias!, biasGradient, { relative: 1e-5, absolute: 1e-7 })
      // Entries of the kernel's gradient cancel over rows that hold numbers up to the largest input.
      for (const [i, w] of kernel!.data.entries()) kernel!.data[i] = kernel0!.data[i]! - w
      const largest = Math.max(1, ...x.flat().map(Math.abs))
      expectClose('kernel gradient', kernel!, kernelGradient, { relative: 1e-5, absolute: 1e-6 * largest })
    })
  })
}
