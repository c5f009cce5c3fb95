import fc from 'fast-check'
import { expect, it, vi } from 'vitest'
import { runNow } from '../../../lib/base/breathing.js'
import { metrics } from '../../../lib/index.js'
import { r2OfParts, r2PartOf } from '../../../lib/metrics/determination.js'

interface Row {
  truth: number
  predicted: number
  weight: number
}

/** What `r2` needs of some rows. */
function partOf(rows: readonly Row[], isWeighted = true) {
  const column = {
    rows: rows.length,
    truth: (row: number) => rows[row]!.truth,
    predicted: (row: number) => rows[row]!.predicted,
  }
  return runNow(r2PartOf(column, isWeighted ? Float64Array.from(rows, ({ weight }) => weight) : undefined))
}

const eighths = fc.integer({ min: -40, max: 40 }).map((value) => value / 8)
const someRows = fc.array(
  fc.record({ truth: eighths, predicted: eighths, weight: fc.integer({ min: 1, max: 9 }).map((value) => value / 2) }),
  { minLength: 1, maxLength: 12 },
)

it('r2 of parts is that of all rows', () => {
  fc.assert(
    fc.property(fc.array(someRows, { minLength: 2, maxLength: 3 }), fc.boolean(), (parts, isWeighted) => {
      const all = parts.flat()
      const [truth, predicted] = [all.map((row) => row.truth), all.map((row) => row.predicted)]
      const sampleWeight = isWeighted ? all.map(({ weight }) => weight) : undefined
      const expected = metrics.r2(truth, predicted, { sampleWeight })
      const found = r2OfParts(parts.map((rows) => partOf(rows, isWeighted)))
      expect(Math.abs(found - expected)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(expected)))
    }),
  )
})

it('r2 of parts of equal numbers is 1 if all are predicted, else 0', () => {
  // Three times 0.1 are more than 0.3.
  const rows = (count: number, predicted: number) =>
    Array.from({ length: count }, (_, k) => ({ truth: 0.1, predicted, weight: 1 + k / 3 }))
  for (const isWeighted of [false, true]) {
    const scoreOf = (predicted: number) =>
      r2OfParts([3, 2, 7].map((count) => partOf(rows(count, predicted), isWeighted)))
    expect([scoreOf(0.1), scoreOf(0.2)]).toEqual([1, 0])
  }
})

it('r2 of a single row is NaN, with a warning', () => {
  const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  expect(r2OfParts([partOf([{ truth: 1, predicted: 1, weight: 2 }])])).toBeNaN()
  expect(warned).toHaveBeenCalledOnce()
  warned.mockRestore()
})
