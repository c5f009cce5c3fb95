import { expect, it } from 'vitest'
import { runNow } from '../../../lib/base/breathing.js'
import { groupsOf } from '../../../lib/report/measure/groups.js'

it('keeps the quarters of a column apart whose edges have the same first digits', () => {
  const column = Float64Array.from({ length: 40 }, (_, i) => 1_000_010 + i)
  const numbers = { name: 'numbers', values: column } as never
  const scored = { truth: numbers, predictions: numbers, scores: undefined, isBinary: false }
  const { groups } = runNow(groupsOf('id', column, scored, true))!
  expect(groups).toHaveLength(4)
  expect(groups.map(({ value }) => value)).toContain('1000010 to 1000020')
})
