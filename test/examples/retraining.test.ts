import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TabularClassifier } from 'perceptra'
import { ModelServer } from 'perceptra/serving'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { type Outcome, recordTraining, retrain, startRetraining } from '../../examples/retraining/retraining.js'
import { readBlocks } from '../support/markdown.js'
import { RedisServer } from '../support/redis.js'
import { runProgram } from '../unit/docs/run-program.js'

const folder = mkdtempSync(join(tmpdir(), 'perceptra-retraining-'))
const file = join(folder, 'churn.safetensors')
vi.setConfig({ testTimeout: 180_000 })

let redis: RedisServer
beforeAll(async () => {
  redis = await RedisServer.start()
})
afterAll(async () => {
  await redis?.end()
  rmSync(folder, { recursive: true, force: true })
})

const timeOf = (row: object) => (row as { day: number }).day

/** Rows whose label changes its meaning at `turn`. */
const rowsFrom = (turn: number, count = 500) =>
  Array.from({ length: count }, (_, i) => {
    const [calls, months] = [(i * 11) % 9, (i * 7) % 48]
    const isLoud = calls > 4
    return { calls, months, day: i, churned: (i < turn ? isLoud : !isLoud) ? 'yes' : 'no' }
  })

it('trains on schedule, and swaps only what is better on held-out rows', async () => {
  let rows = rowsFrom(1e6)
  await (await new TabularClassifier({ seed: 1 }).fit(rows.slice(0, 400), { target: 'churned' })).save(file)
  await recordTraining(file, 399)
  const models = new ModelServer({ models: { churn: file } })
  const row = { calls: 8, months: 3, day: 500 }
  const outcomes: (Outcome | Error)[] = []
  let told = () => {}
  const next = () =>
    new Promise<void>((resolve) => {
      told = resolve
    })
  const service = await startRetraining(
    {
      models,
      name: 'churn',
      file,
      target: 'churned',
      ...{ readRows: async () => rows, timeOf, timeLimit: 20, seed: 1 },
    },
    {
      connection: { url: redis.url },
      // Every second: a night is too long for a test.
      pattern: '* * * * * *',
      onOutcome(outcome) {
        outcomes.push(outcome)
        told()
      },
    },
  )
  try {
    // Nothing is better than all right.
    await next()
    expect(outcomes).toMatchObject([{ rows: 400, heldOut: 100, swapped: false, version: null }])
    expect((await models.predict('churn', row)).prediction).toBe('yes')
    // From now on the others churn.
    rows = rowsFrom(0)
    while (!outcomes.some((outcome) => 'swapped' in outcome && outcome.swapped)) await next()
    const swap = outcomes.find((outcome) => 'swapped' in outcome && outcome.swapped) as Outcome
    expect(swap.trained).toBeGreaterThan(swap.serving! + 0.5)
    expect((await models.predict('churn', row)).prediction).toBe('no')
    expect((await TabularClassifier.load(file)).predictSync(row)).toBe('no')
    // Rows that cannot be read fail, and the model stays.
    rows = rowsFrom(0).map(({ churned: _, ...rest }) => rest) as never
    const before = outcomes.length
    while (!outcomes.slice(before).some((outcome) => outcome instanceof Error)) await next()
    expect((await models.predict('churn', row)).prediction).toBe('no')
    expect(existsSync(file)).toBe(true)
  } finally {
    await service.close()
    await models.close()
  }
  // The schedule stays in Redis for the other servers, and for the next start.
  const { Queue } = createRequire(import.meta.url)('bullmq') as {
    Queue: new (name: string, options: object) => { getJobSchedulers(): Promise<object[]>; close(): Promise<void> }
  }
  const queue = new Queue('retraining', { connection: { url: redis.url } })
  expect(await queue.getJobSchedulers()).toMatchObject([{ key: 'nightly', pattern: '* * * * * *' }])
  await queue.close()
})

it('compares nothing without rows that neither model was trained with', async () => {
  const other = join(folder, 'compared.safetensors')
  const rows = rowsFrom(1e6)
  await (await new TabularClassifier({ seed: 1 }).fit(rows, { target: 'churned', timeLimit: 10 })).save(other)
  const models = new ModelServer({ models: { churn: other } })
  const options = { models, name: 'churn', file: other, target: 'churned', timeOf, timeLimit: 10, seed: 1 }
  const run = (all: readonly object[], more = {}) => retrain({ ...options, ...more, readRows: async () => all })
  await expect(run(rows)).rejects.toThrow('training.json')
  await recordTraining(other, 499)
  // The serving model was trained with all of them.
  await expect(run(rows)).rejects.toThrow('Expected at least 50 rows newer than 499')
  await expect(run(rows.slice(0, 2))).rejects.toThrow('with two classes of churned, but got 2')
  await expect(run(rowsFrom(1e6, 700), { heldOut: 0 })).rejects.toThrow('rows newer than 699')
  expect(await run(rowsFrom(1e6, 700), { heldOut: 0.9 })).toMatchObject({ rows: 500, heldOut: 200 })
  await models.close()
})

it.each(
  readBlocks('docs/retraining.md')
    .filter(({ language }) => language === 'ts')
    .map(({ page, line, code }) => [`${page}:${line}`, code]),
)('%s runs', (_, code) => void runProgram(code))
