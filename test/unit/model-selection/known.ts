import { Matrix, MLPClassifier, type modelSelection } from '../../../lib/index.js'

/** What the tests of searches have in common: two clouds of points, and a network to tell them apart. */
export const x = Matrix.from(
  Array.from({ length: 80 }, (_, i) => [Math.sin(i * 12.9) + (i % 2), Math.cos(i * 78.2) - (i % 2), Math.sin(i * 3.1)]),
)
export const y = Array.from({ length: 80 }, (_, i) => (i % 2 ? 'odd' : 'even'))
export const net = new MLPClassifier<string>({ hiddenLayerSizes: [4], maxIter: 8, batchSize: 10, seed: 3 })
export const params = { learningRateInit: [1e-4, 0.01, 0.1], alpha: [1e-4, 1] }

/** What does not depend on the clock. */
export const plain = ({ results }: { results: readonly modelSelection.CandidateResult[] }) =>
  results.map(({ fitTime: _, scoreTime: __, ...rest }) => rest)

/** Scores by its parameters and the split alone: what happens is known. */
export class Known {
  static made = 0
  static running = 0
  static most = 0
  #params: { value: number; slow: number }
  constructor(options: { value: number; slow: number }) {
    this.#params = options
  }
  clone() {
    Known.made++
    return new Known({ ...this.#params })
  }
  getParams() {
    return { ...this.#params }
  }
  setParams(given: object) {
    Object.assign(this.#params, given)
    return this
  }
  async fit(_x: unknown, _y: unknown, { signal }: { signal?: AbortSignal } = {}) {
    Known.most = Math.max(Known.most, ++Known.running)
    for (let i = 0; i < this.#params.slow && !signal?.aborted; i++) await new Promise((done) => setTimeout(done, 5))
    Known.running--
    return this
  }
  async score() {
    return this.#params.value
  }
}
