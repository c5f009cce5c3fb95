import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Batcher } from '../../../lib/serving/batcher.js'
import type { Scored, Servable } from '../../../lib/serving/servable.js'

/** A clock that only models move, so that no other process is measured. */
let clock = 0

beforeEach(() => {
  clock = 1000
  vi.spyOn(performance, 'now').mockImplementation(() => clock)
})

afterEach(() => {
  vi.restoreAllMocks()
})

/** Counts the rows on the spot, and those in batches. */
function modelOf(msOf: (row: number) => number) {
  const counts = { spot: 0, batched: 0 }
  const servable = {
    one: () => {
      clock += msOf(counts.spot++)
      return { prediction: 1 }
    },
    many: async (rows: unknown[]) => {
      counts.batched += rows.length
      return { predictions: rows }
    },
    row: (): Scored => ({ prediction: 1 }),
  } as unknown as Servable
  return { counts, servable }
}

async function ask(servable: Servable, rows: number): Promise<void> {
  const batcher = new Batcher({ maxBatch: 64, maxDelayMs: 2, maxQueue: 1000, timeoutMs: 30_000 }, () => {})
  for (let k = 0; k < rows; k++) await batcher.one(servable, k, false)
}

it('gives the first rows of a model, which is compiled meanwhile, a longer time on the spot', async () => {
  const { counts, servable } = modelOf((row) => (row < 300 ? 0.6 : 0.05))
  await ask(servable, 2000)
  expect(counts).toEqual({ spot: 2000, batched: 0 })
})

it('a model that stays so slow computes batches after its first rows', async () => {
  const { counts, servable } = modelOf(() => 0.6)
  await ask(servable, 1000)
  expect(counts.spot).toBeGreaterThanOrEqual(500)
  expect(counts.batched).toBeGreaterThan(400)
})

it('a model that takes milliseconds computes batches from its first rows on', async () => {
  const { counts, servable } = modelOf(() => 5)
  await ask(servable, 100)
  expect(counts.spot).toBeLessThan(6)
})
