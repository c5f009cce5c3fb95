import { expect, it } from 'vitest'
import { DriftWatch, inferSchema } from '../../lib/tabular/index.js'
import { fixture, hash32, hashed } from './support.js'

/** What scripts/fixtures/make-tabular.py wrote. */
const { drift } = fixture<{
  drift: { psi: number[]; unknown: number }
}>('tabular.json')

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
