import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import { type QueueWorker, startWorker, type WorkerEvent } from '../../../lib/distributed/index.js'
import { TabularClassifier, TabularRegressor } from '../../../lib/index.js'
import type { TabularProgress } from '../../../lib/tabular/options.js'
import { RedisServer } from '../../support/redis.js'
import { keysLeft, until } from './queues.js'

// Many networks are trained.
vi.setConfig({ testTimeout: 240_000 })

let redis: RedisServer
let worker: QueueWorker
const events: WorkerEvent[] = []
beforeAll(async () => {
  redis = await RedisServer.start()
  worker = await startWorker({ connection: redis.url, concurrency: 2, onEvent: (event) => events.push(event) })
})
afterEach(() => void events.splice(0))
afterAll(async () => {
  await worker?.close({ grace: 0 })
  await redis?.end()
})

const rows = Array.from({ length: 60 }, (_, i) => {
  const [size, colour] = [(i * 37) % 100, ['red', 'green', 'blue'][(i * 7) % 3]!]
  return { size, colour, price: size * (colour === 'red' ? 2 : 1) + (i % 5), big: size > 50 ? 'yes' : 'no' }
})
const queue = () => ({ connection: redis.url })

it('trains the networks of a preset on workers, the same as here', async () => {
  const models = [
    (more: object) => new TabularRegressor({ preset: 'balanced', seed: 1 }).fit(rows, { target: 'price', ...more }),
    (more: object) =>
      new TabularClassifier({ preset: 'balanced', seed: 2 }).fit(rows, {
        target: 'big',
        validation: rows.slice(0, 20),
        ...more,
      }),
  ]
  for (const fit of models) {
    const told: TabularProgress[] = []
    const local = await fit({ concurrency: 2 })
    const there = await fit({ queue: queue(), onProgress: (progress: TabularProgress) => told.push(progress) })
    expect(await there.predict(rows as never)).toEqual(await local.predict(rows as never))
    const facts = ({ seconds: _, ...rest }: typeof local.report.training) => rest
    expect(facts(there.report.training)).toEqual(facts(local.report.training))
    expect(events.filter(({ event }) => event === 'done').length).toBeGreaterThan(1)
    expect(told.at(-1)).toMatchObject({ stage: 'training', epoch: told.at(-1)!.epochs })
    expect(await keysLeft(redis)).toEqual([])
  }
})

it('a time limit, stopTraining and an abort reach the workers', async () => {
  const best = () => new TabularRegressor({ preset: 'best', seed: 1 })
  const short = await best().fit(rows, { target: 'price', queue: queue(), timeLimit: 6 })
  expect(short.stopReason).toBe('timeLimit')
  expect(short.report.training.networks).toBeGreaterThan(0)

  const stopped = best()
  const fit = stopped.fit(rows, {
    target: 'price',
    queue: queue(),
    onProgress({ stage, epoch }) {
      if (stage === 'training' && epoch > 0) stopped.stopTraining = true
    },
  })
  expect((await fit).stopReason).toBe('stopTraining')

  const controller = new AbortController()
  events.splice(0)
  const aborted = best().fit(rows, { target: 'price', queue: queue(), signal: controller.signal })
  await until(() => events.some(({ event }) => event === 'job'))
  controller.abort(new Error('enough'))
  await expect(aborted).rejects.toThrow('enough')
  await expect.poll(() => keysLeft(redis), { timeout: 10_000 }).toEqual([])
})

it('a time limit and stopTraining end a fit without workers', async () => {
  const nobody = { connection: redis.url, name: 'nobody' }
  const model = new TabularRegressor({ preset: 'balanced', seed: 1 })
  const options = { target: 'price', queue: nobody } as const
  await expect(model.fit(rows, { ...options, timeLimit: 1 })).rejects.toMatchObject({ code: 'ERR_TIME_LIMIT' })
  const fit = model.fit(rows, options)
  model.stopTraining = true
  await expect(fit).rejects.toMatchObject({ code: 'ERR_TIME_LIMIT', message: expect.stringContaining('No worker') })
  expect(await keysLeft(redis)).toEqual([])
})

it('rejects when onProgress throws', async () => {
  const fit = new TabularRegressor({ preset: 'balanced', seed: 1 }).fit(rows, {
    target: 'price',
    queue: queue(),
    onProgress({ stage }) {
      if (stage === 'training') throw new Error('mine')
    },
  })
  await expect(fit).rejects.toThrow('mine')
})
