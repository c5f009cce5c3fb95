import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type Parameter, preprocessing } from '../../../lib/index.js'

const text = readFileSync(new URL('../../../docs/preprocessing.md', import.meta.url), 'utf8')

const withParameters = Object.entries(preprocessing).flatMap(([name, type]) => {
  const { parameters = {} } = type as { parameters?: Record<string, Parameter> }
  return Object.keys(parameters).length > 0 ? [[name, parameters] as const] : []
})

it('has eleven transformers with parameters', () => {
  expect(withParameters.length).toBe(11)
})

describe.each(withParameters)('%s', (name, parameters) => {
  it('docs/preprocessing.md shows its table of parameters', () => {
    const section = text.split(`\n### ${name}\n`)[1]!.split('\n### ')[0]!
    const rows = section.split('\n').filter((line) => line.startsWith('| `'))
    const expected = Object.entries(parameters).map(([key, { default: value, takes, description }]) => [
      `\`${key}\``,
      `\`${Number.isNaN(value) ? 'NaN' : JSON.stringify(value).replaceAll('"', "'")}\``,
      takes,
      description,
    ])
    const cells = rows.map((row) => row.slice(2, -2).split(' | '))
    expect(cells.map(([key, , ...rest]) => [key, ...rest])).toEqual(expected)
  })
})
