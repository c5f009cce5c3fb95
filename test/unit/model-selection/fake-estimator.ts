import { Matrix, MLPClassifier, type modelSelection } from '../../../lib/index.js'

/** Two clouds of points, and a network for them. */
export const x = Matrix.from(
  Array.from({ length: 80 }, (_, i) => [Math.sin(i * 12.9) + (i % 2), Math.cos(i * 78.2) - (i % 2), Math.sin(i * 3.1)]),
)
export const y = Array.from({ length: 80 }, (_, i) => (i % 2 ? 'odd' : 'even'))
export const net = new MLPClassifier<string>({ hiddenLayerSizes: [4], maxIter: 8, batchSize: 10, seed: 3 })
export const params = { learningRateInit: [1e-4, 0.01, 0.1], alpha: [1e-4, 1] }

/** Results without times. */
export const plain = ({ results }: { results: readonly modelSelection.CandidateResult[] }) =>
  results.map(({ fitTime: _, scoreTime: __, ...rest }) => rest)

/** An estimator whose score is its parameter `value`; `slow` counts waits of 5 ms in fit. */
export class FakeEstimator {
  static made = 0
  static running = 0
  static most = 0
  #params: { value: number; slow: number }
  constructor(options: { value: number; slow: number }) {
    this.#params = options
  }
  clone() {
    FakeEstimator.made++
    return new FakeEstimator({ ...this.#params })
  }
  getParams() {
    return { ...this.#params }
  }
  setParams(params: object) {
    Object.assign(this.#params, params)
    return this
  }
  async fit(_x: unknown, _y: unknown, { signal }: { signal?: AbortSignal } = {}) {
    FakeEstimator.most = Math.max(FakeEstimator.most, ++FakeEstimator.running)
    for (let i = 0; i < this.#params.slow && !signal?.aborted; i++) await new Promise((done) => setTimeout(done, 5))
    FakeEstimator.running--
    return this
  }
  async score() {
    return this.#params.value
  }
}
