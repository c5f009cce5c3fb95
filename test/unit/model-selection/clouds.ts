import { Matrix, MLPClassifier } from '../../../lib/index.js'

/** Two clouds of points, and a plane. */
export const x = Matrix.from(
  Array.from({ length: 60 }, (_, i) => [Math.sin(i * 12.9) + (i % 2), Math.cos(i * 78.2) - (i % 2), Math.sin(i * 3.1)]),
)
export const y = Array.from({ length: 60 }, (_, i) => (i % 2 ? 'odd' : 'even'))
export const heights = Array.from({ length: 60 }, (_, i) => 2 * x.at(i, 0) - x.at(i, 1))
export const classifier = new MLPClassifier<string>({
  hiddenLayerSizes: [4],
  maxIter: 15,
  batchSize: 10,
  learningRateInit: 0.02,
  seed: 3,
})
