import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import * as perceptra from '../../../lib/index.js'
import { type MarkdownTable, readTables } from '../../support/tables.js'

const { Sequential, layers } = perceptra
const all = perceptra as unknown as Record<string, object>
const tables = readTables(readFileSync(new URL('../../../docs/names.md', import.meta.url), 'utf8'))

const namespaces = [
  'layers',
  'activations',
  'losses',
  'optimizers',
  'initializers',
  'regularizers',
  'constraints',
  'preprocessing',
  'datasets',
] as const
const groups = [
  ...namespaces,
  'schedules',
  'callbacks',
  'metrics',
  'calibration',
  'inspection',
  'modelSelection',
  'utils',
] as const

const model = new Sequential({ layers: [layers.dense({ units: 1, inputShape: [1] })], seed: 1 })

const isOfEstimators = ({ heading }: MarkdownTable) => heading.endsWith(' of estimators')

/** What the backticks of the perceptra column hold: `layers.dense`, `fit({ epochs })`. */
const names = tables
  .filter((table) => !isOfEstimators(table))
  .flatMap(({ columns, rows }) => {
    const at = columns.indexOf('perceptra')
    return rows.flatMap((row) => [...row[at]!.matchAll(/`([^`]+)`/g)].map(([, name]) => name!))
  })

/** The object that a name's first word stands for, as far as the table uses it. */
function rootOf(word: string): object {
  if (word === 'model') return model
  return all[word] ?? expect.fail(`perceptra has no ${word}`)
}

/** Whether a function takes an option, whatever else it misses. */
function takes(path: string, option: string): boolean {
  try {
    call(path, { [option]: undefined })
    return true
  } catch (error) {
    return !(error as Error).message.startsWith('Unknown option')
  }
}

function call(path: string, options: object): unknown {
  if (path === 'compile') return model.compile(options as never)
  if (path === 'fit') {
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' })
    return model.train([[1]], [1], options)
  }
  const [group, name] = path.split('.') as [string, string]
  return (rootOf(group) as Record<string, (options: object) => unknown>)[name]!(options)
}

it('reads the tables', () => {
  expect(tables.length).toBeGreaterThan(10)
  expect(names.length).toBeGreaterThan(120)
})

it.each([...new Set(names)])('%s exists', (name) => {
  const [, path, options] = name.match(/^([\w.]+)\(\{ (.*) \}\)$/) ?? []
  if (path !== undefined) {
    for (const option of options!.split(', ')) expect(takes(path, option), option).toBe(true)
    return
  }
  if (name.startsWith("'")) {
    const metrics = [name.slice(1, -1)] as never
    const sparse = !/^'(accuracy|binary|categorical|mean|root|r2)/.test(name)
    const units = sparse || /ategorical/.test(name) ? 2 : 1
    const net = new Sequential({
      layers: [layers.dense({ units, activation: sparse ? 'softmax' : 'linear', inputShape: [1] })],
    })
    net.compile({ optimizer: 'sgd', loss: sparse ? 'sparseCategoricalCrossentropy' : 'meanSquaredError', metrics })
    return
  }
  const words = name.split('.')
  const owner = rootOf(words[0]!)
  if (words.length > 1) expect(words[1]! in owner, `${words[1]} in ${words[0]}`).toBe(true)
})

it('an option that is not there is noticed', () => {
  expect(takes('fit', 'epoch')).toBe(false)
  expect(takes('optimizers.adam', 'beta3')).toBe(false)
  expect(takes('layers.dropout', 'units')).toBe(false)
})

it.each(groups)('every factory of %s is in the table', (group) => {
  const missing = Object.keys(all[group]!).filter((name) => !names.includes(`${group}.${name}`))
  expect(missing).toEqual([])
})

it('every public method of Sequential is in the table', () => {
  const methods = Object.getOwnPropertyNames(Sequential.prototype)
  const listed = new Set([...names, ...['constructor', 'name', 'seed'].map((name) => `model.${name}`)])
  expect(methods.filter((name) => !listed.has(`model.${name}`))).toEqual([])
})

const estimators = tables.filter(isOfEstimators).flatMap(({ heading, columns, rows }) =>
  columns.slice(2, -1).map((name, i) => {
    const own = rows.filter((row) => row[2 + i] === 'x').map((row) => row[1]!.replaceAll('`', ''))
    return [heading, name, own] as const
  }),
)

it.each(estimators)('%s: those of %s exist', (heading, name, own) => {
  const type = all[name] as unknown as { parameters: object; prototype: object }
  if (heading.startsWith('Parameters')) {
    expect(own.toSorted()).toEqual(Object.keys(type.parameters).sort())
    return
  }
  const members: string[] = []
  for (let proto = type.prototype; proto !== Object.prototype; proto = Object.getPrototypeOf(proto)) {
    members.push(...Object.getOwnPropertyNames(proto))
  }
  expect(own.filter((member) => !members.includes(member))).toEqual([])
})
