import { describe, expect, it } from 'vitest'
import { ArgumentError, Matrix, MLPClassifier, modelSelection } from '../../../lib/index.js'

const { crossValidate, KFold, learningCurve, validationCurve } = modelSelection

const x = Matrix.from(
  Array.from({ length: 60 }, (_, i) => [Math.sin(i * 12.9) + (i % 2), Math.cos(i * 78.2) - (i % 2), i / 60]),
)
const y = Array.from({ length: 60 }, (_, i) => (i % 2 ? 'odd' : 'even'))
const net = new MLPClassifier<string>({ hiddenLayerSizes: [4], maxIter: 8, batchSize: 10, seed: 3 })

describe('learningCurve', () => {
  it('scores like crossValidate on the first rows of each split', async () => {
    const cv = [...new KFold({ nSplits: 3 }).split(x)]
    const curve = await learningCurve(net, x, y, { cv, trainSizes: [1, 0.5, 0.26, 0.5] })
    expect([...curve.trainSizes]).toEqual([10, 20, 40])
    for (const [k, size] of curve.trainSizes.entries()) {
      const part = cv.map(({ train, test }) => ({ train: train.slice(0, size), test }))
      const byHand = await crossValidate(net, x, y, { cv: part, returnTrainScore: true })
      expect(curve.testScores[k]).toEqual(byHand.testScores)
      expect(curve.trainScores[k]).toEqual(byHand.trainScores)
      expect([curve.testMean[k], curve.testStd[k]]).toEqual([byHand.mean, byHand.std])
    }
    const counts = await learningCurve(net, x, y, { cv, trainSizes: [20, 10] })
    expect(counts.testScores).toEqual(curve.testScores.slice(0, 2))
    expect(counts.fitTimes.every((time) => time > 0)).toBe(true)
    expect([...(await learningCurve(net, x, y, { cv })).trainSizes]).toEqual([4, 13, 22, 31, 40])
  })

  it('shuffles rows by the seed with shuffle: true', async () => {
    const run = async (seed: number) =>
      (await learningCurve(net, x, y, { trainSizes: [12], shuffle: true, seed, scoring: 'negLogLoss' })).testScores
    expect(await run(1)).toEqual(await run(1))
    expect(await run(1)).not.toEqual(await run(2))
  })

  it.each([
    [{ trainSizes: [] }, /array of at least one number for trainSizes/],
    [{ trainSizes: [0] }, /above 0 for trainSizes\[0\]|trainSizes\[0\], but got 0/],
    [{ trainSizes: [49] }, /48 for trainSizes\[0\]|trainSizes\[0\], but got 49/],
    [{ trainSizes: [0.5, 2] }, /numbers of rows or shares of at most 1 for trainSizes, but got 0.5/],
    [{ shuffle: 1 }, /true or false for shuffle/],
    [{ sizes: 1 }, /Unknown option "sizes" for learningCurve/],
  ])('rejects the options %j', async (options, message) => {
    const run = learningCurve(net, x, y, options as never)
    await expect(run).rejects.toThrow(ArgumentError)
    await expect(run).rejects.toThrow(message)
  })
})

describe('validationCurve', () => {
  it('scores like crossValidate for each value', async () => {
    const values = [1e-4, 0.1]
    const curve = await validationCurve(net, x, y, { param: 'learningRateInit', values, cv: 3 })
    for (const [k, learningRateInit] of values.entries()) {
      const one = net.clone().setParams({ learningRateInit })
      const byHand = await crossValidate(one, x, y, { cv: 3, returnTrainScore: true })
      expect([curve.testScores[k], curve.trainScores[k]]).toEqual([byHand.testScores, byHand.trainScores])
    }
    expect(curve.trainMean[1]).toBeGreaterThan(curve.trainMean[0]!)
    expect(curve.trainStd).toHaveLength(2)
  })

  it.each([
    [{ param: 'alhpa', values: [1] }, /Unknown option "alhpa" for param. Did you mean alpha/],
    [{ param: '', values: [1] }, /a non-empty string for param/],
    [{ param: 'alpha', values: [] }, /at least one value for values/],
    [{ param: 'alpha', values: [-1] }, /at least 0 for alpha/],
  ])('rejects the options %j', async (options, message) => {
    await expect(validationCurve(net, x, y, options)).rejects.toThrow(message)
  })
})
