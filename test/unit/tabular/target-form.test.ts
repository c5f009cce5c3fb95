import { beforeAll, describe, expect, it } from 'vitest'
import { toOnnx, toSource } from '../../../lib/interchange/index.js'
import { load } from '../../../lib/load.js'
import { normalQuantile } from '../../../lib/math/normal.js'
import { uniforms } from '../../../lib/math/random.js'
import { meanOf } from '../../../lib/math/statistics.js'
import { TabularRegressor } from '../../../lib/tabular/index.js'
import {
  formsFor,
  fromErrorScale,
  numberOf,
  scaleFor,
  targetOf,
  toErrorScale,
  withFactor,
} from '../../../lib/tabular/target-form.js'
import { runSource } from '../interchange/run-source.js'
import { distance, runOnnx } from '../interchange/runtime.js'

interface Row {
  readonly a: number
  readonly b: number
  readonly y: number
}

/** Rows of two normal numbers and what follows from them. */
function rowsOf(count: number, target: (a: number, b: number, draw: () => number) => number): Row[] {
  const draw = uniforms(5)
  const normal = () => normalQuantile(draw())
  return Array.from({ length: count }, () => {
    const [a, b] = [normal(), normal()]
    return { a, b, y: target(a, b, draw) }
  })
}

/** A count with this mean, from a number from 0 to 1. */
function count(mean: number, u: number): number {
  let [k, term] = [0, Math.exp(-mean)]
  for (let sum = term; u > sum && k < 10_000; sum += term) term *= mean / ++k
  return k
}

const rateOf = (a: number, b: number) => Math.exp(0.5 + 1.2 * a + 0.8 * b)

const prices = rowsOf(2000, (a, b, draw) => 1000 * Math.exp(1.5 * a - 0.7 * a * b + 0.2 * normalQuantile(draw())))
const counts = rowsOf(2000, (a, b, draw) => count(rateOf(a, b), draw()))
const sums = rowsOf(2000, (a, b, draw) => Math.max(0, 5 * a * a + 5 * b * b + 2 * normalQuantile(draw())))

const fitted = (rows: readonly Row[]) =>
  new TabularRegressor({ preset: 'fast', seed: 1 }).fit(rows.slice(0, 1600), { target: 'y' })
let [price, counted, sum]: TabularRegressor<Row>[] = []

beforeAll(async () => {
  for (const [k, rows] of [prices, counts, sums].entries()) {
    const model = await fitted(rows)
    if (k === 0) price = model
    else if (k === 1) counted = model
    else sum = model
  }
}, 400_000)

describe('the form of a target', () => {
  it('is logarithms where errors are ratios', async () => {
    const { form, scores } = price!.report.training.target!
    expect(form).toBe('log')
    expect(scores.log!).toBeLessThan(0.9 * scores.standard!)
    expect((await price!.evaluate(prices.slice(1600))).r2).toBeGreaterThan(0.8)
  })

  it('is a Poisson mean where counts have one', async () => {
    const { form, scores } = counted!.report.training.target!
    expect(form).toBe('poisson')
    expect(scores.poisson!).toBeLessThan(scores.standard!)
    expect(scores.poisson!).toBeLessThan(scores.log!)
    expect((await counted!.evaluate(counts.slice(1600))).r2).toBeGreaterThan(0.7)
    const predicted = await counted!.predict(counts.slice(1600))
    const truth = counts.slice(1600).map(({ y }) => y)
    expect(meanOf(predicted) / meanOf(truth)).toBeCloseTo(1, 0)
  })

  it('stays the standard one where errors are sums, though the target is skewed', () => {
    const { form, scores } = sum!.report.training.target!
    expect(form).toBe('standard')
    expect(scores.standard!).toBeLessThan(scores.log!)
  })

  it('is not compared for numbers that are negative or not skewed', () => {
    expect(formsFor(Float64Array.of(-1, 0, 0, 0, 50))).toEqual(['standard'])
    expect(formsFor(Float64Array.of(1, 2, 3, 4, 5))).toEqual(['standard'])
    expect(formsFor(Float64Array.of(0.5, 0, 0, 0, 50))).toEqual(['standard', 'log'])
    expect(formsFor(Float64Array.of(1, 0, 0, 0, 50))).toEqual(['standard', 'log', 'poisson'])
  })

  it('is not compared without time, and is in the file', async () => {
    const short = await new TabularRegressor({ preset: 'fast', seed: 1 }).fit(prices.slice(0, 1600), {
      ...{ target: 'y', timeLimit: 0.05 },
    })
    expect(short.report.training.target).toEqual({ form: 'standard', scores: {} })
    for (const [model, rows] of [
      [price, prices],
      [counted, counts],
    ] as const) {
      const again = await load<TabularRegressor<Row>>(model!.toBytes())
      expect(again.report.training.target).toEqual(model!.report.training.target)
      expect(await again.predict(rows.slice(0, 50))).toEqual(await model!.predict(rows.slice(0, 50)))
    }
  })

  it('is kept by update and distill', async () => {
    const before = (await price!.evaluate(prices.slice(1600))).rmse
    const small = await price!.distill(prices.slice(0, 1600))
    expect((await small.evaluate(prices.slice(1600))).rmse).toBeLessThan(1.5 * before)
    const copy = await load<TabularRegressor<Row>>(price!.toBytes())
    await copy.update(prices.slice(1600, 1900))
    expect((await copy.evaluate(prices.slice(1900))).rmse).toBeLessThan(
      1.5 * (await price!.evaluate(prices.slice(1900))).rmse,
    )
  })

  it('is in graphs and modules', async () => {
    for (const [model, rows] of [
      [price, prices],
      [counted, counts],
    ] as const) {
      const some = rows.slice(1600, 1700).map(({ a, b }) => ({ a, b }))
      const expected = await model!.predict(some as never)
      const inputs = { a: Float64Array.from(some, ({ a }) => a), b: Float64Array.from(some, ({ b }) => b) }
      const { prediction } = await runOnnx(await toOnnx(model!), inputs, some.length)
      expect(distance(prediction!.data, expected)).toBeLessThan(1e-5)
      const module = runSource(toSource(model!))
      expect(
        distance(
          some.map((row) => module.predict(row)),
          expected,
        ),
      ).toBeLessThan(1e-5)
    }
  })
})

describe('intervals of a form', () => {
  it('cover the chosen share, as ratios of logarithms and roots of counts', async () => {
    for (const [model, rows] of [
      [price, prices],
      [counted, counts],
    ] as const) {
      const test = rows.slice(1600)
      const intervals = await model!.predictInterval(test, { coverage: 0.8 })
      const inside = intervals.filter(({ lower, upper }, i) => lower <= test[i]!.y && test[i]!.y <= upper).length
      expect(inside / test.length).toBeGreaterThan(0.72)
      expect(inside / test.length).toBeLessThan(0.9)
      expect(Math.min(...intervals.map(({ lower }) => lower))).toBeGreaterThanOrEqual(0)
    }
    const ratios = (await price!.predictInterval(prices.slice(1600))).map(({ lower, upper }) => upper / lower)
    expect(Math.max(...ratios) / Math.min(...ratios)).toBeCloseTo(1, 9)
  })

  it('of logarithms begin at 0 or more, also with zeros among the numbers', async () => {
    const rows = prices.map((row) => ({ ...row, y: row.a < -1 ? 0 : row.y }))
    const model = await fitted(rows)
    expect(model.report.training.target!.form).toBe('log')
    const intervals = await model.predictInterval(rows.slice(1600))
    expect(Math.min(...intervals.map(({ lower }) => lower))).toBe(0)
  }, 100_000)
})

describe('held-out numbers beyond those of training', () => {
  const tail = { a: 1, b: 1, y: 1e7 }

  it('are errors in the score and in intervals', async () => {
    const validation = [...prices.slice(1600, 1650), tail]
    const model = await new TabularRegressor({ preset: 'fast', seed: 1 }).fit(prices.slice(0, 1600), {
      ...{ target: 'y', validation },
    })
    const { score } = model.report.training
    expect(score!).toBeCloseTo((await model.evaluate(validation)).rmse, 0)
    expect(score!).toBeGreaterThan(1e6)
    // Of 51 errors the largest is the end of intervals with a coverage of 0.98.
    const [interval] = await model.predictInterval([tail], { coverage: 0.98 })
    expect(interval!.upper).toBeGreaterThan(tail.y * (1 - 1e-6))
  }, 100_000)

  it('count as they are in the choice of the form, also below 0', async () => {
    const validation = prices.slice(1600, 1800).map((row, i) => (i % 2 ? row : { ...row, y: -1e5 }))
    const model = await new TabularRegressor({ preset: 'fast', seed: 1 }).fit(prices.slice(0, 1600), {
      ...{ target: 'y', validation, metric: 'mae' },
    })
    const { target, score } = model.report.training
    for (const own of Object.values(target!.scores)) expect(own).toBeGreaterThan(5e4)
    expect(score!).toBeCloseTo((await model.evaluate(validation)).mae, 0)
  }, 100_000)
})

describe('scaleFor', () => {
  it('ends intervals of logarithms at 0, unless a number was below', () => {
    const scale = scaleFor('log', Float64Array.of(0, 0, 3, 100))
    const middle = toErrorScale(0.5, scale)
    expect(fromErrorScale(middle - 5, scale)).toBe(0)
    expect(fromErrorScale(middle + 5, scale)).toBeGreaterThan(100)
    expect(fromErrorScale(middle - 5, { ...scale, min: -1 })).toBeLessThan(-2)
  })

  const numbers = Float64Array.of(0, 1, 2, 10)

  it('reads outputs as the numbers that they were trained to be', () => {
    for (const form of ['standard', 'log', 'poisson'] as const) {
      const scale = scaleFor(form, numbers)
      for (const number of numbers) {
        expect(numberOf(targetOf(number, scale), scale)).toBeCloseTo(number, 12)
        expect(fromErrorScale(toErrorScale(number, scale), scale)).toBeCloseTo(number, 12)
      }
      expect(numberOf(targetOf(1e6, scale), scale)).toBe(10)
      expect(targetOf(-1e6, scale)).toBeGreaterThan(-Infinity)
    }
  })

  it('has the factor that makes squared errors smallest, as Duan found for logarithms', () => {
    const scale = scaleFor('log', Float64Array.of(1, 2, 4, 8))
    const outputs = [2, 2].map((number) => targetOf(number, scale))
    expect(withFactor(scale, outputs, [1, 4]).factor).toBeCloseTo(1.25, 12)
    expect(withFactor(scaleFor('standard', numbers), outputs, [1, 4]).factor).toBe(1)
  })
})
