import { describe, expect, it } from 'vitest'
import { Matrix, MLPClassifier, MLPRegressor } from '../../lib/index.js'
import { expectClose, fixture, hashed, type Tolerance } from './support.js'

/** One run of scripts/fixtures/make-mlp.py. */
interface MLPCase {
  name: string
  estimator: 'MLPClassifier' | 'MLPRegressor'
  targets: string
  params: Record<string, unknown>
  weighted?: boolean
  fits?: number
  parts?: [number, number][]
  converged?: boolean
  coefs: number[][][]
  intercepts: number[][]
  loss: number
  lossCurve: number[]
  nIter: number
  t: number
  bestLoss: number | null
  outActivation: string
  probabilities: number[][] | null
  predictions: (number | number[])[]
}

const { rows, columns, targets, weights } = fixture<{
  rows: number
  columns: number
  targets: Record<string, number[] | number[][]>
  weights: number[]
}>('mlp-data.json')
const x = Matrix.from(hashed(0, rows, columns, 1.6))
const close = { relative: 0, absolute: 1e-4 }
const closeLoss = { relative: 1e-5, absolute: 1e-6 }

function outputsOf({ targets: name, outActivation }: MLPCase): number {
  const y = targets[name]!
  if (outActivation === 'softmax') return 3
  return Array.isArray(y[0]) ? y[0].length : 1
}

/** The initial weights of `started` in the script. */
function startOf(run: MLPCase) {
  const units = [columns, ...((run.params.hiddenLayerSizes as number[] | undefined) ?? [5]), outputsOf(run)]
  const layers = units.slice(1).map((count, i) => {
    const scale = 2 * Math.sqrt(6 / (units[i]! + count))
    const at = 10000 * (i + 1)
    return { kernel: hashed(at, units[i]!, count, scale), bias: hashed(at + 5000, 1, count, scale)[0]! }
  })
  return { coefsInit: layers.map(({ kernel }) => kernel), interceptsInit: layers.map(({ bias }) => bias) }
}

async function learn(run: MLPCase): Promise<MLPClassifier | MLPRegressor> {
  const params = { hiddenLayerSizes: [5], shuffle: false, seed: 1, ...run.params }
  const y = targets[run.targets]!
  const model = run.estimator === 'MLPClassifier' ? new MLPClassifier(params) : new MLPRegressor(params)
  const fit = model.fit.bind(model) as (...args: unknown[]) => Promise<unknown>
  const partialFit = model.partialFit.bind(model) as (...args: unknown[]) => Promise<unknown>
  if (!run.parts) {
    const sampleWeight = run.weighted ? weights : undefined
    for (let k = 0; k < (run.fits ?? 1); k++) await fit(x, y, { sampleWeight, ...(k === 0 && startOf(run)) })
    return model
  }
  // partialFit has no initial weights, so the first part is a fit of one epoch.
  for (const [k, [begin, end]] of run.parts.entries()) {
    const part = [x.data.subarray(begin * columns, end * columns), y.slice(begin, end)]
    const rows = [Matrix.from(part[0] as Float32Array, columns), part[1]]
    const sampleWeight = run.weighted ? weights.slice(begin, end) : undefined
    if (k > 0) await partialFit(...rows, { sampleWeight })
    else await fit.call(model.setParams({ maxIter: 1 }), ...rows, { sampleWeight, ...startOf(run) })
  }
  return model
}

function expectRow(name: string, got: ArrayLike<number>, expected: number[], tolerance: Tolerance): void {
  expectClose(name, Matrix.from([Array.from(got)]), [expected], tolerance)
}

const all = ['mlp-classifier.json', 'mlp-regressor.json'].flatMap((name) => fixture<{ cases: MLPCase[] }>(name).cases)

describe.each(all)('$estimator, $name', (run) => {
  it("has scikit-learn's weights, losses, counts and predictions", async () => {
    const model = await learn(run)
    for (const [i, kernel] of run.coefs.entries()) {
      expectClose(`coefs[${i}]`, model.coefs[i]!, kernel, close)
      expectRow(`intercepts[${i}]`, model.intercepts[i]!, run.intercepts[i]!, close)
    }
    const { nIter, t, outActivation } = run
    // Rounding decides in which epoch a run converges.
    if (run.converged) expect(model.stopReason).toBe('converged')
    else expect(model.nIter).toBe(nIter)
    expect(model.t).toBe(t)
    expect(model.outActivation).toBe(outActivation === 'exp' ? 'exponential' : outActivation)
    expectRow('loss', [model.loss], [run.loss], closeLoss)
    if (run.params.solver !== 'lbfgs') {
      expectRow('lossCurve', model.lossCurve, run.lossCurve, closeLoss)
      expectRow('bestLoss', [model.bestLoss!], [run.bestLoss!], closeLoss)
    }
    const first = Matrix.from(x.data.subarray(0, 5 * columns), columns)
    if (model instanceof MLPClassifier) {
      expect(await model.predict(first)).toEqual(run.predictions)
      expectClose('probabilities', await model.predictProba(first), run.probabilities!, close)
    } else {
      const numbers = (await model.predict(first)) as Float64Array | Matrix
      expectRow('predictions', numbers instanceof Matrix ? numbers.data : numbers, run.predictions.flat(), close)
    }
  })
})
