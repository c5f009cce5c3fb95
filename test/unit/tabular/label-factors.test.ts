import { describe, expect, it } from 'vitest'
import { runNow } from '../../../lib/base/breathing.js'
import { Matrix } from '../../../lib/base/matrix.js'
import { load, TabularClassifier } from '../../../lib/index.js'
import { toOnnx, toSource } from '../../../lib/interchange/index.js'
import { uniforms } from '../../../lib/math/random.js'
import { balancedAccuracy, f1 } from '../../../lib/metrics/index.js'
import { ModelServer } from '../../../lib/serving/index.js'
import { classOf } from '../../../lib/tabular/class-counts.js'
import { chooseFactors } from '../../../lib/tabular/label-factors.js'
import { runSource } from '../interchange/run-source.js'
import { runOnnx } from '../interchange/runtime.js'

/** True probabilities of classes, and a class drawn by each. Classes but the first are rare. */
function drawn(rows: number, classes: number, seed = 1) {
  const random = uniforms(seed)
  const outputs = new Matrix(new Float32Array(rows * classes), rows, classes)
  const truth = new Int32Array(rows)
  for (let i = 0; i < rows; i++) {
    const rare = Array.from({ length: classes - 1 }, () => (0.45 / (classes - 1)) * random() ** 2)
    const shares = [1 - rare.reduce((sum, share) => sum + share, 0), ...rare]
    outputs.row(i).set(shares)
    const [at, below] = [random(), shares.map((_, k) => shares.slice(0, k + 1).reduce((sum, share) => sum + share, 0))]
    truth[i] = Math.max(
      below.findIndex((limit) => limit > at),
      0,
    )
  }
  return { outputs, truth }
}

const labelsOf = (outputs: Matrix, factors?: readonly number[]) =>
  Int32Array.from({ length: outputs.rows }, (_, i) => classOf(outputs.row(i), factors))

describe('chooseFactors', () => {
  it('finds the threshold of two classes with the largest f1', () => {
    const { outputs, truth } = drawn(600, 2)
    const { factors, plain, crossed } = runNow(chooseFactors(outputs, truth, 'f1'))
    const scores = Array.from(outputs.data.filter((_, k) => k % 2 === 1)).map((threshold) =>
      f1(
        truth,
        Int32Array.from({ length: outputs.rows }, (_, i) => Number(outputs.at(i, 1) >= threshold)),
      ),
    )
    expect(f1(truth, labelsOf(outputs, factors))).toBeCloseTo(Math.max(...scores), 12)
    expect(plain).toBeCloseTo(f1(truth, labelsOf(outputs)), 12)
    expect(crossed).toBeGreaterThan(plain)
    expect(Math.max(...factors!)).toBe(1)
  })

  it.each(['f1', 'balancedAccuracy'] as const)('makes the %s of several classes larger, also of new rows', (metric) => {
    const score = (truth: Int32Array, labels: Int32Array) =>
      metric === 'f1' ? f1(truth, labels, { average: 'macro' }) : balancedAccuracy(truth, labels)
    const { outputs, truth } = drawn(10_000, 4)
    const { factors, plain, crossed } = runNow(chooseFactors(outputs, truth, metric))
    expect(plain).toBeCloseTo(score(truth, labelsOf(outputs)), 12)
    const others = drawn(10_000, 4, 2)
    const [before, after] = [undefined, factors].map((own) => score(others.truth, labelsOf(others.outputs, own)))
    expect(after! - before!).toBeGreaterThan(0.03)
    expect(Math.abs(crossed! - after!)).toBeLessThan(0.05)
  })

  it('leaves labels of equally frequent classes, and of rows that lack a class', () => {
    const data = Float32Array.from({ length: 400 }, (_, k) => ((k >> 1) % 2 === k % 2 ? 0.9 : 0.1))
    const outputs = new Matrix(data, 200, 2)
    const truth = Int32Array.from({ length: 200 }, (_, i) => i % 2)
    expect(runNow(chooseFactors(outputs, truth, 'f1'))).toEqual({ factors: undefined, plain: 1, crossed: 1 })
    expect(runNow(chooseFactors(outputs, new Int32Array(200), 'balancedAccuracy')).crossed).toBeUndefined()
  })

  it('reads probabilities of 0', () => {
    const shares = [0, 0, 0.4, 0, 0.3]
    const outputs = Matrix.from(Array.from({ length: 100 }, (_, i) => [1 - shares[i % 5]!, shares[i % 5]!]))
    const truth = Int32Array.from({ length: 100 }, (_, i) => Number(i % 5 === 2 || i === 0))
    const { factors } = runNow(chooseFactors(outputs, truth, 'f1'))
    expect(Array.from(labelsOf(outputs, factors).slice(0, 5))).toEqual([0, 0, 1, 0, 0])
  })
})

describe('a TabularClassifier of a rare class', () => {
  const random = uniforms(5)
  const rows = Array.from({ length: 1500 }, () => {
    const [size, kind] = [random(), ['a', 'b', 'c'][Math.floor(random() * 3)]!]
    return { size, kind, fraud: random() < 0.45 * size ** 4 ? 'yes' : 'no' }
  })
  const asked = rows.slice(0, 200).map(({ fraud: _, ...row }) => row)
  const fitted = new TabularClassifier({ preset: 'fast', seed: 1 }).fit(rows, { target: 'fraud', metric: 'f1' })

  it('chooses its labels with factors, which the report tells and a file keeps', async () => {
    const model = await fitted
    const { labels, score } = model.report.training
    expect(labels!.factors!.yes).toBe(1)
    expect(labels!.factors!.no).toBeLessThan(0.8)
    expect(labels!.crossed).toBeGreaterThan(labels!.plain)
    expect(score).toBeGreaterThan(labels!.plain)
    const chosen = (await model.predictProba(asked)).map(({ no, yes }) =>
      no! * labels!.factors!.no! >= yes! ? 'no' : 'yes',
    )
    expect(await model.predict(asked)).toEqual(chosen)
    expect(asked.map((row) => model.predictSync(row))).toEqual(chosen)
    expect(new Set(chosen).size).toBe(2)
    const again = await load<typeof model>(model.toBytes())
    expect(again.report).toEqual(model.report)
    expect(await again.predict(asked)).toEqual(chosen)
    const predicted = await model.predict(rows)
    const truth = rows.map(({ fraud }) => fraud)
    const scores = await model.evaluate(rows)
    expect(scores.f1).toBeCloseTo(f1(truth, predicted, { posLabel: 'yes' }), 12)
    expect(scores.balancedAccuracy).toBeCloseTo(balancedAccuracy(truth, predicted), 12)
    const i = (await model.predictProba(asked)).findIndex(({ yes }, k) => yes! < 0.5 && chosen[k] === 'yes')
    expect((await model.explain(asked[i]!)).label).toBe('yes')
    expect(await (await model.distill(rows)).predict([{ size: 0.99, kind: 'a' }])).toEqual(['yes'])
  })

  it('gives the same labels from servers, ONNX and modules', async () => {
    const model = await fitted
    const expected = await model.predict(asked)
    const server = new ModelServer({ models: { model } })
    const answers = await Promise.all(asked.map((row) => server.predict('model', row, { probabilities: true })))
    expect(answers.map(({ prediction }) => prediction)).toEqual(expected)
    const body = JSON.stringify(asked)
    const url = 'http://host/models/model/predict?probabilities'
    const response = await server.handle(new Request(url, { method: 'POST', body }))
    expect(((await response.json()) as { predictions: unknown[] }).predictions).toEqual(expected)
    const inputs = { size: Float64Array.from(asked, ({ size }) => size), kind: asked.map(({ kind }) => kind) }
    const { label } = await runOnnx(await toOnnx(model), inputs, asked.length)
    expect(Array.from(label!.data)).toEqual(expected)
    const module = runSource(toSource(model))
    expect(asked.map((row) => module.predict(row as never))).toEqual(expected)
  })

  it('refuses files whose factors are wrong', async () => {
    const bytes = (await fitted).toBytes()
    const text = Buffer.from(bytes).toString('latin1')
    const at = text.indexOf('\\"factors\\":[') + '\\"factors\\":['.length
    const broken = Uint8Array.from(bytes)
    broken[at] = '-'.charCodeAt(0)
    await expect(TabularClassifier.load(broken)).rejects.toThrow()
  })
})
