import { describe, expect, it } from 'vitest'
import { Adaline, Matrix, Perceptron, SGDClassifier, SGDRegressor } from '../../lib/index.js'
import { expectClose, fixture, hashed } from './support.js'

/** One run of scripts/fixtures/make-linear.py. */
interface LinearCase {
  estimator: 'SGDClassifier' | 'SGDRegressor' | 'Perceptron'
  params: Record<string, unknown>
  classes?: 2 | 3
  weighted?: boolean
  init?: boolean
  again?: boolean
  parts?: [number, number][]
  coef: number[][]
  intercept: number[]
  nIter: number
  t: number
  probabilities?: number[][]
  decision?: number[][]
}

interface AdalineCase {
  batch: number
  classes: 2 | 3
  weighted: boolean
  coef: number[][]
  intercept: number[]
  lossCurve: number[]
}

const { rows, columns, targets, classes, weights } = fixture<{
  rows: number
  columns: number
  targets: number[]
  classes: Record<2 | 3, number[]>
  weights: number[]
}>('linear-data.json')
const x = Matrix.from(hashed(0, rows, columns, 1.6))
const close = { relative: 1e-6, absolute: 1e-8 }

function row(values: ArrayLike<number>): Matrix {
  return new Matrix(Float32Array.from(values), 1, values.length)
}

function part([first, last]: [number, number]): Matrix {
  return new Matrix(x.data.subarray(first * columns, last * columns), last - first, columns)
}

async function train(run: LinearCase) {
  const params = { ...run.params, shuffle: false, seed: 1 }
  const sampleWeight = run.weighted ? weights : undefined
  const units = run.classes === 3 ? 3 : 1
  const init = run.init && {
    coefInit: hashed(3000, units, columns, 1),
    interceptInit: hashed(3100, units, 1, 1).map(([value]) => value!),
  }
  if (run.estimator === 'SGDRegressor') {
    const model = new SGDRegressor(params)
    for (const [first, last] of run.parts ?? []) {
      const some = sampleWeight?.slice(first, last)
      await model.partialFit(part([first, last]), targets.slice(first, last), { sampleWeight: some })
    }
    if (!run.parts) await model.fit(x, targets, { sampleWeight, ...init })
    if (run.again) await model.fit(x, targets, { sampleWeight })
    return { model, coef: row(model.coef) }
  }
  const model = run.estimator === 'Perceptron' ? new Perceptron(params) : new SGDClassifier(params)
  const labels = classes[run.classes!]
  for (const [first, last] of run.parts ?? []) {
    const some = sampleWeight?.slice(first, last)
    const options = { sampleWeight: some, classes: [...new Set(labels)] }
    await model.partialFit(part([first, last]), labels.slice(first, last), options)
  }
  if (!run.parts) await model.fit(x, labels, { sampleWeight, ...init })
  if (run.again) await model.fit(x, labels, { sampleWeight })
  return { model, coef: model.coef }
}

describe.each(['classifier-grid', 'classifier', 'regressor'])('linear %s', (name) => {
  const { cases } = fixture<{ cases: LinearCase[] }>(`linear-${name}.json`)

  it.each(cases.map((run) => [titleOf(run), run] as const))("has scikit-learn's weights: %s", async (_, run) => {
    const { model, coef } = await train(run)
    expectClose('coef', coef, run.coef, close)
    expectClose('intercept', row(model.intercept), [run.intercept], close)
    expect([model.nIter, model.t]).toEqual([run.nIter, run.t])
    if (!run.probabilities || !(model instanceof SGDClassifier)) return
    const first = part([0, 8])
    expectClose('probabilities', await model.predictProba(first), run.probabilities, close)
    expectClose('decision', await model.decisionFunction(first), run.decision!, close)
    const logs = run.probabilities.map((values) => values.map(Math.log))
    const finite = (values: number[][]) => values.map((list) => list.map((v) => (Number.isFinite(v) ? v : -1e30)))
    const got = Matrix.from(finite((await model.predictLogProba(first)).toArray()))
    expectClose('logarithms', got, finite(logs), { relative: 1e-6, absolute: 1e-6 })
  })
})

function titleOf({ estimator, params, ...rest }: LinearCase): string {
  const { classes: count, weighted, parts } = rest
  const words = Object.entries(params).map(([key, value]) => `${key} ${JSON.stringify(value)}`)
  const more = [count && `${count} classes`, weighted && 'weighted', parts && 'in parts'].filter(Boolean)
  return [estimator, ...words, ...more].join(', ')
}

describe('Adaline', () => {
  const { cases } = fixture<{ cases: AdalineCase[] }>('linear-adaline.json')

  it.each(cases)(
    "learns by Widrow and Hoff's rule: $batch rows a step, $classes classes, weighted $weighted",
    async (run) => {
      const solver = run.batch === 1 ? 'sgd' : run.batch < rows ? 'minibatch' : 'batch'
      const params = { solver, batchSize: run.batch, learningRate: 0.1, maxIter: 6, tol: null, shuffle: false } as const
      const model = new Adaline(params)
      await model.fit(x, classes[run.classes], { sampleWeight: run.weighted ? weights : undefined })
      expectClose('coef', model.coef, run.coef, close)
      expectClose('intercept', row(model.intercept), [run.intercept], close)
      expectClose('lossCurve', row(model.lossCurve), [run.lossCurve], close)
    },
  )
})
