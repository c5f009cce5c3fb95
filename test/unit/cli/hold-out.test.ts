import { expect, it } from 'vitest'
import { fileOf } from '../../../lib/cli/commands/common.js'
import { checkAnswers, holdOut } from '../../../lib/cli/data/task.js'
import { Table } from '../../../lib/index.js'

const tableOf = (y: readonly string[]) => Table.from({ i: y.map((_, i) => i), y: [...y] })
const countOf = (table: Table, label: string) => Array.from(table.labels('y')).filter((other) => other === label).length

it('trains with a class of one row, and draws the same share of the others', () => {
  const rows = tableOf(['rare', ...Array.from({ length: 100 }, (_, i) => (i % 10 === 0 ? 'few' : 'many'))])
  for (let seed = 0; seed < 20; seed++) {
    const { training, test } = holdOut(rows, 'y', 'classes', 0.2, seed)
    expect([countOf(training, 'rare'), countOf(test!, 'few'), countOf(test!, 'many')]).toEqual([1, 2, 18])
    const both = [...training.numbers('i'), ...test!.numbers('i')].sort((a, b) => a - b)
    expect(both).toEqual([...rows.numbers('i')])
  }
  expect(() => holdOut(tableOf(['a', 'b', 'c']), 'y', 'classes', 0.2, 1)).toThrow('in one row alone')
})

it('holds no row out whose class training lacks, where there are more classes than rows to hold out', () => {
  const rows = tableOf(Array.from({ length: 40 }, (_, i) => `c${i >> 1}`))
  for (let seed = 0; seed < 20; seed++) {
    const { training, test } = holdOut(rows, 'y', 'classes', 0.4, seed)
    expect(training.rows + test!.rows).toBe(40)
    expect(new Set(training.labels('y')).size).toBe(20)
  }
})

it('takes 130,000 labels', () => {
  const rows = tableOf(Array.from({ length: 260_000 }, (_, i) => `c${i % 130_000}`))
  expect(holdOut(rows, 'y', 'classes', 0.2, 1).test!.rows).toBeGreaterThan(0)
})

it('refuses rows for the score with a class that training lacks', () => {
  const check = (y: readonly string[]) => () => checkAnswers(tableOf(y), tableOf(['a', 'b']), 'y', 'classes', 'v.csv')
  expect(check(['a', 'c'])).toThrow('v.csv has the class "c" in row 2')
  expect(check(['b', 'a'])).not.toThrow()
})

it.each([
  ['%churn', 'churn'],
  ['.-a b/c', 'a-b-c'],
  ['猫', 'model'],
  ['churned', 'churned'],
])('names the file of a model for %s', (target, name) => {
  expect(fileOf(target)).toBe(`${name}.safetensors`)
})
