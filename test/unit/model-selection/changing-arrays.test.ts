import { expect, it } from 'vitest'
import {
  CalibratedClassifier,
  FixedThresholdClassifier,
  Matrix,
  modelSelection,
  SGDClassifier,
  TunedThresholdClassifier,
} from '../../../lib/index.js'

// So many rows that they are read in several turns of the event loop.
const rows = 1 << 20
const x = new Matrix(new Float32Array(rows), rows, 1)
const estimator = new SGDClassifier({ seed: 1 })
const { crossValidate, crossValPredict, learningCurve, validationCurve, GridSearch } = modelSelection

it.each<[string, (y: Int32Array) => Promise<unknown>]>([
  ['CalibratedClassifier', (y) => new CalibratedClassifier({ estimator }).fit(x, y)],
  ['TunedThresholdClassifier', (y) => new TunedThresholdClassifier({ estimator }).fit(x, y)],
  ['FixedThresholdClassifier', (y) => new FixedThresholdClassifier({ estimator }).fit(x, y)],
  ['crossValidate', (y) => crossValidate(estimator, x, y)],
  ['crossValPredict', (y) => crossValPredict(estimator, x, y)],
  ['learningCurve', (y) => learningCurve(estimator, x, y)],
  ['validationCurve', (y) => validationCurve(estimator, x, y, { param: 'alpha', values: [1] })],
  ['GridSearch', (y) => new GridSearch({ estimator, params: { alpha: [1] } }).fit(x, y)],
])('%s refuses labels that are transferred while they are read', async (_, read) => {
  const y = Int32Array.from({ length: rows }, (_, row) => row % 2)
  const promise = read(y)
  structuredClone(y, { transfer: [y.buffer] })
  await expect(promise).rejects.toThrow(
    `no change of y before the promise settles, but its length changed from ${rows}`,
  )
})
