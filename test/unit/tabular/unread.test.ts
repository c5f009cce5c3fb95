import { expect, it } from 'vitest'
import { inferSchema, TabularClassifier } from '../../../lib/tabular/index.js'

const wordWarnings = async (value: (i: number) => unknown, columns?: { x: 'category' }) => {
  const rows = Array.from({ length: 80 }, (_, i) => ({ x: value(i), y: i / 7 }))
  const { report } = await inferSchema(rows, columns && { columns })
  return report.warnings.filter((warning) => !warning.includes('left out'))
}

it.each(['9/30/1990 0:00:00', '30.9.1990', '30-09-1990', '9/3/90', '1990-9-3'])(
  'warns of dates that are read as words: %s',
  async (word) => {
    const value = (i: number) => (i === 3 ? null : word.replace('9', `${(i % 9) + 1}`))
    const start = /^The column "x" has words such as ".*"\. If they are dates, write them as/
    expect(await wordWarnings(value)).toEqual([expect.stringMatching(start)])
    expect(await wordWarnings(value, { x: 'category' })).toEqual([])
  },
)

it.each(['$7.50', '7,5', '1,007.25', '7 %', '-7€', '£ 1,007'])(
  'warns of numbers that are read as words: %s',
  async (word) => {
    const start = /^The column "x" has words such as ".*"\. If they are numbers, write them as/
    expect(await wordWarnings((i) => word.replace('7', `${i % 10}`))).toEqual([expect.stringMatching(start)])
  },
)

it('warns of a few words among numbers, from rows of words and of numbers', async () => {
  const sentence =
    'The column "x" has numbers and words such as "?", so it is not read as numbers. If these stand for missing numbers, give null, or an empty cell of a file.'
  expect(await wordWarnings((i) => (i % 5 ? `${i / 2}` : '?'))).toEqual([sentence])
  expect(await wordWarnings((i) => (i % 5 ? i / 2 : '?'))).toEqual([sentence])
  expect(await wordWarnings((i) => (i % 5 ? i % 9 : 'more'))).toEqual([]) // few different numbers are categories
  expect(await wordWarnings((i) => (i % 5 ? `0${i}` : 'none'))).toEqual([]) // such as zip codes
})

it.each(['1990-09-03', '10.0.12.4', '1.10.25', 'a 9/3/90', '9/10', '02134', '12-34', '5 kg', 'A1,000', '610 100 100'])(
  'does not warn of words such as %s',
  async (word) => expect(await wordWarnings((i) => (i % 2 ? word : word.replace('1', '2')))).toEqual([]),
)

it('warns of many numbers that are classes', async () => {
  const rows = Array.from({ length: 400 }, (_, i) => ({ x: i / 7, y: (i * 37) % 100 }))
  const model = new TabularClassifier({ seed: 1 })
  const onProgress = () => {
    model.stopTraining = true
  }
  await model.fit(rows, { target: 'y', onProgress })
  expect(model.report.warnings).toContainEqual(
    expect.stringMatching(/^The target has 100 different numbers, .*TabularRegressor/),
  )
})
