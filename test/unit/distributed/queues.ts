import { createRequire } from 'node:module'
import { datasets, MLPClassifier, modelSelection } from '../../../lib/index.js'
import type { RedisServer } from '../../support/redis.js'

const require = createRequire(import.meta.url)

/** What the tests use of bullmq, whose own types need those of ioredis. */
interface PlainQueue {
  add(name: string, data: unknown, options?: object): Promise<{ id: string }>
  getJobs(types: readonly string[]): Promise<{ name: string; failedReason?: string }[]>
  getJob(id: string): Promise<{ failedReason?: string; finishedOn?: number } | undefined>
  close(): Promise<void>
}

export function plainQueue(redis: RedisServer, name: string): PlainQueue {
  const { Queue } = require('bullmq') as { Queue: new (name: string, options: object) => PlainQueue }
  return new Queue(name, { connection: { url: redis.url } })
}

/** All keys in Redis, without those that BullMQ keeps for a queue that is empty. */
export async function keysLeft(redis: RedisServer): Promise<string[]> {
  const Redis = require('ioredis') as new (
    url: string,
  ) => { keys(pattern: string): Promise<string[]>; disconnect(): void }
  const client = new Redis(redis.url)
  const keys = await client.keys('*')
  client.disconnect()
  return keys.filter((key) => !/:(meta|events|id|stalled-check|marker|metrics)$/.test(key)).sort()
}

/** Rows of three classes that overlap. */
export const blobs = () => datasets.makeBlobs({ nSamples: 240, centers: 3, clusterStd: 4, seed: 1 })

/** A search of `count` candidates on two folds. */
export function searchOf(count: number, options: object = {}) {
  return new modelSelection.RandomSearch({
    estimator: new MLPClassifier({ hiddenLayerSizes: [16], maxIter: 25, tol: 0 }),
    params: { learningRateInit: { low: 1e-4, high: 0.1, log: true }, alpha: 'auto', batchSize: [8, 16] },
    nCandidates: count,
    cv: 2,
    seed: 3,
    ...options,
  })
}

/** Results without times. */
export const scoresOf = ({ results }: { results: readonly modelSelection.CandidateResult[] }) =>
  results.map(({ fitTime: _, scoreTime: __, ...rest }) => rest)

export async function until(test: () => unknown): Promise<void> {
  while (!test()) await new Promise((resolve) => setTimeout(resolve, 10))
}
