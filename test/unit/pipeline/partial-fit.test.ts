import { describe, expect, it } from 'vitest'
import { MLPClassifier, pipeline, preprocessing, SGDRegressor } from '../../../lib/index.js'

const x = Array.from({ length: 40 }, (_, i) => [i % 7, 100 * Math.sin(i)])
const y = x.map(([a]) => (a! > 3 ? 'high' : 'low'))
const classes = ['high', 'low']
const scaler = () => new preprocessing.StandardScaler()
const net = () => new MLPClassifier<string>({ hiddenLayerSizes: [5], batchSize: 10, seed: 1 })

describe('partialFit of a pipeline', () => {
  it('fits transformers to the first batch, and trains the estimator on every batch', async () => {
    const model = pipeline([scaler(), net()])
    const [first, second] = [x.slice(0, 20), x.slice(20)]
    await model.partialFit(first, y.slice(0, 20), { classes })
    await model.partialFit(second, y.slice(20))
    const scaled = await scaler().fit(first)
    const alone = net()
    await alone.partialFit(await scaled.transform(first), y.slice(0, 20), { classes })
    await alone.partialFit(await scaled.transform(second), y.slice(20))
    expect((await model.predictProba(x)).data).toEqual((await alone.predictProba(await scaled.transform(x))).data)
    expect((model.namedSteps.standardscaler as preprocessing.StandardScaler).mean).toEqual(scaled.mean)
    expect(model.classes).toEqual(classes)
  })

  it('goes on from fit, with columns by name', async () => {
    const rows = x.map(([a, b]) => ({ a, b }))
    const model = pipeline([scaler(), net()])
    await model.fit(rows, y)
    const epochs = () => (model.namedSteps.mlpclassifier as MLPClassifier).lossCurve.length
    const [before, mean] = [epochs(), (model.namedSteps.standardscaler as preprocessing.StandardScaler).mean]
    await model.partialFit(
      rows.slice(0, 10).map(({ a, b }) => ({ b, a })),
      y.slice(0, 10),
    )
    expect(epochs()).toBe(before + 1)
    expect((model.namedSteps.standardscaler as preprocessing.StandardScaler).mean).toEqual(mean)
  })

  it('works without transformers, and takes weights', async () => {
    const model = pipeline([new SGDRegressor({ seed: 1 })])
    const alone = new SGDRegressor({ seed: 1 })
    const values = x.map(([a]) => a!)
    const sampleWeight = values.map((value) => 1 + value)
    for (let k = 0; k < 2; k++) {
      await model.partialFit(x, values, { sampleWeight })
      await alone.partialFit(x, values, { sampleWeight })
    }
    expect(await model.predict(x)).toEqual(await alone.predict(x))
  })

  it('keeps what it had learned where a batch is wrong', async () => {
    const model = pipeline([scaler(), net()])
    await expect(model.partialFit(x, y)).rejects.toThrow('an array of all labels for classes')
    expect(model.isFitted).toBe(false)
    await model.partialFit(x, y, { classes })
    const before = (await model.predictProba(x)).data
    await expect(model.partialFit([[1, 2, 3]], ['low'])).rejects.toThrow('rows of 2 columns')
    await expect(model.partialFit(x.slice(0, 1), ['other'])).rejects.toThrow('one of the classes')
    expect((await model.predictProba(x)).data).toEqual(before)
    await expect(pipeline([scaler()]).partialFit(x, y)).rejects.toThrow('an estimator as the last step for partialFit')
  })
})
