import { describe, expect, it } from 'vitest'
import { Matrix } from '../../lib/index.js'
import { DriftWatch, inferSchema } from '../../lib/tabular/index.js'
import { shapleyValues } from '../../lib/tabular/shapley.js'
import { fixture, hash32, hashed } from './support.js'

/** What scripts/fixtures/make-tabular.py wrote. */
const { shapley, drift } = fixture<{
  shapley: { base: number[]; values: number[][][] }
  drift: { psi: number[]; unknown: number }
}>('tabular.json')

/** The function of the script. */
function known(x: Matrix): Float64Array {
  return Float64Array.from(
    x
      .toArray()
      .flatMap(([a, b, c, d, e]) => [a! * b! + Math.sin(c!) + d! ** 2 * a!, 1 / (1 + Math.exp(-(b! - c! * d! * e!)))]),
  )
}

describe('Shapley values', () => {
  const background = Matrix.from(hashed(0, 12, 5, 4))
  const rows = Matrix.from(hashed(500, 3, 5, 6))
  rows.data[2 * 5 + 1] = background.at(0, 1)
  const players = Array.from({ length: 5 }, (_, j) => [j, j + 1] as const)
  const explain = (row: number, most: number, seed = 1) =>
    shapleyValues({ row: rows.row(row), background, players, evaluate: async (x) => known(x), most, seed })

  it.each([0, 1, 2])('of row %i are those of shap, if all coalitions are computed', async (row) => {
    const { base, output, values, method, evaluations } = await explain(row, 12 * 32)
    expect(method).toBe('exact')
    // In row 2 a number is that of the first background row, so half of its coalitions are equal.
    expect(evaluations).toBe(1 + 12 * 32 - (row === 2 ? 16 : 0))
    for (let k = 0; k < 2; k++) {
      expect(base[k]).toBeCloseTo(shapley.base[k]!, 7)
      expect(output[k]).toBe(known(new Matrix(rows.row(row), 1, 5))[k])
      for (let j = 0; j < 5; j++) expect(values[j]![k]).toBeCloseTo(shapley.values[row]![k]![j]!, 7)
    }
  })

  it('are near those when orders are sampled, and add up exactly', async () => {
    const few = { ...(await explain(1, 300)) }
    expect(few.method).toBe('sampled')
    expect(few.evaluations).toBeLessThanOrEqual(301)
    const distance = async (most: number) => {
      let sum = 0
      for (let seed = 0; seed < 10; seed++) {
        const { base, output, values } = await explain(1, most, seed)
        const total = values.reduce((all, [value]) => all + value!, base[0]!)
        expect(total).toBeCloseTo(output[0]!, 12)
        for (let j = 0; j < 5; j++) sum += (values[j]![0]! - shapley.values[1]![0]![j]!) ** 2
      }
      return Math.sqrt(sum / 50)
    }
    // Without a limit that is enough for all coalitions, each of three pairs of orders gives an error of its own.
    expect(await distance(120)).toBeLessThan(0.3)
    expect(await distance(380)).toBeLessThan(await distance(100))
  })
})

it('population stability indices are those of SciPy', async () => {
  const jobs = ['cook', 'smith', 'pilot', 'nurse']
  const [old, recent] = [hashed(1000, 400, 2, 10), hashed(3000, 150, 2, 10)]
  const trained = old.map(([a, b], i) => ({
    a: a!,
    b: i % 7 === 0 ? null : hash32(i) % 3 > 0 ? 0 : b!,
    job: jobs[hash32(7000 + i) % 3]!,
  }))
  const watch = new DriftWatch(await inferSchema(trained))
  for (const [i, [a, b]] of recent.entries()) {
    watch.add({ a: a! + 2, b: i % 5 === 0 ? null : b!, job: jobs[hash32(8000 + i) % 4]! })
  }
  const { rows, columns } = watch.report()
  expect(rows).toBe(150)
  for (const [k, psi] of drift.psi.entries()) expect(columns[k]!.psi, columns[k]!.column).toBeCloseTo(psi, 7)
  expect(columns[2]!.unknown).toBe(drift.unknown)
})
