import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { learnChurn } from '../../examples/tables/churn.js'
import { addModel } from '../../examples/tables/fastify.js'
import { learnPrices } from '../../examples/tables/prices.js'
import { learnTopics, rowOf } from '../../examples/tables/text-vectors.js'
import { learnSales, type Sale } from '../../examples/tables/time-split.js'
import { load, TabularClassifier } from '../../lib/index.js'
import { uniforms } from '../../lib/math/random.js'
import { root } from '../support/markdown.js'
import { sharedData } from '../unit/datasets/shared-data.js'
import { asked, people } from '../unit/tabular/people.js'

const folder = mkdtempSync(join(tmpdir(), 'perceptra-tables-'))
beforeAll(() => void vi.spyOn(console, 'log').mockImplementation(() => {}))
afterAll(() => {
  vi.restoreAllMocks()
  rmSync(folder, { recursive: true, force: true })
})

it('churn learns from a CSV, saves, and explains a customer', async () => {
  const lines = people(600).map(({ id, age, plan, rooms, churned }) => [id, age, plan, rooms, churned].join(','))
  writeFileSync(join(folder, 'customers.csv'), `id,age,plan,rooms,churned\n${lines.join('\n')}\n`)
  const { accuracy, label, contributions } = await learnChurn(folder)
  expect(accuracy).toBeGreaterThan(0.85)
  expect(['no', 'yes']).toContain(label)
  expect(Object.keys(contributions)).toEqual(['age', 'plan', 'rooms'])
  expect(await load(join(folder, 'churn.safetensors'))).toBeInstanceOf(TabularClassifier)
})

it('prices have intervals that contain about nine of ten', async () => {
  const { r2, coverage, first } = await learnPrices(sharedData('diamonds'), { rows: 3000 })
  expect(r2).toBeGreaterThan(0.93)
  expect(coverage).toBeGreaterThan(0.83)
  expect(coverage).toBeLessThan(0.97)
  expect(first.lower).toBeLessThan(first.value)
  expect(first.upper).toBeGreaterThan(first.value)
})

it('the handler of Fastify answers rows, explains, watches drift, and names the column of a wrong one', async () => {
  const { default: fastify } = createRequire(join(root, 'examples/serving/package.json'))('fastify')
  const model = await new TabularClassifier({ seed: 1 }).fit(people(300), {
    target: 'churned',
    columns: { price: 'ignored' },
    timeLimit: 1,
  })
  const app = fastify()
  addModel(app, model as never)
  const post = async (url: string, payload: object) => {
    const { statusCode, body } = await app.inject({ method: 'POST', url, payload })
    return { statusCode, body: JSON.parse(body) }
  }
  const row = asked(people(1, 5)[0]!)
  const { statusCode, body } = await post('/predict', row)
  expect([statusCode, body.label]).toEqual([200, model.predictSync(row)])
  expect(body.probabilities.yes + body.probabilities.no).toBeCloseTo(1, 5)
  expect((await post('/explain', row)).body.label).toBe(body.label)
  expect(await post('/predict', { ...row, age: 'old' })).toMatchObject({
    statusCode: 400,
    body: { code: 'ERR_ARGUMENT', column: 'age' },
  })
  for (const url of ['/predict', '/explain']) {
    expect(await post(url, [row])).toMatchObject({ statusCode: 400, body: { code: 'ERR_ARGUMENT' } })
    expect(await post(url, { ...row, extra: 1 })).toMatchObject({ statusCode: 400, body: { column: 'extra' } })
  }
  expect((await post('/explain', row)).body.evaluations).toBeLessThanOrEqual(2000)
  const headers = { 'content-type': 'application/json' }
  const broken = await app.inject({ method: 'POST', url: '/predict', headers, payload: '{' })
  expect([broken.statusCode, JSON.parse(broken.body).error]).toEqual([400, expect.stringMatching(/JSON|valid/)])
  const other = { 'content-type': 'text/csv' }
  expect((await app.inject({ method: 'POST', url: '/predict', headers: other, payload: 'a' })).statusCode).toBe(415)
  const drift = await app.inject({ method: 'GET', url: '/drift' })
  expect(JSON.parse(drift.body)).toMatchObject({ rows: 1 })
  await app.close()
})

it('text vectors of 384 numbers become classes', async () => {
  const random = uniforms(1)
  const topics = ['sport', 'money', 'music'] as const
  const centers = topics.map(() => Array.from({ length: 384 }, () => random() - 0.5))
  const make = (count: number) =>
    Array.from({ length: count }, (_, i) => centers[i % 3]!.map((value) => value + 4 * (random() - 0.5)))
  const model = await learnTopics(
    make(300),
    Array.from({ length: 300 }, (_, i) => topics[i % 3]!),
  )
  const right = make(90).filter((vector, i) => model.predictSync(rowOf(vector) as never) === topics[i % 3])
  expect(right.length).toBeGreaterThan(75)
})

it('a split by time scores later rows than those that were learned', async () => {
  const random = uniforms(2)
  const sales = Array.from({ length: 900 }, (_, i): Sale => {
    const [store, promotion] = [['north', 'south'][i % 2]!, random() < 0.3]
    const day = new Date(Date.UTC(2024, 0, 1 + Math.floor(i / 2))).toISOString().slice(0, 10)
    const weekend = new Date(day).getUTCDay() % 6 === 0 ? 20 : 0
    return {
      day,
      store,
      promotion,
      sold: 40 + weekend + (promotion ? 25 : 0) + (store === 'north' ? 10 : 0) + 6 * random(),
    }
  })
  const { scores, drift } = await learnSales(sales.reverse())
  // The mean absolute deviation of these sales is 13.
  expect(scores.mae).toBeLessThan(7)
  expect(drift.map(({ column }) => column)).toEqual(['day'])
})
