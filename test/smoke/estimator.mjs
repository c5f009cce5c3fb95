import assert from 'node:assert/strict'
import { MLPClassifier, preprocessing, SGDClassifier } from 'perceptra'
import { test, train } from './digits.mjs'

export const checks = {
  'MLPClassifier learns words': async () => {
    const words = (labels) => Array.from(labels, (label) => (label % 2 === 0 ? 'even' : 'odd'))
    const model = new MLPClassifier({ hiddenLayerSizes: [16], maxIter: 10, seed: 1 })
    await model.fit(train.x, words(train.y))
    assert.ok((await model.score(test.x, words(test.y))) > 0.85)
    assert.deepEqual(model.classes, ['even', 'odd'])
  },

  'SGDClassifier learns from scaled rows': async () => {
    const scaler = new preprocessing.StandardScaler()
    const x = await scaler.fitTransform(train.x)
    const model = new SGDClassifier({ maxIter: 5, tol: null, seed: 1 })
    await model.fit(x, train.y)
    assert.ok((await model.score(await scaler.transform(test.x), test.y)) > 0.8)
  },
}
