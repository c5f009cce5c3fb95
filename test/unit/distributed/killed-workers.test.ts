import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import { RedisServer } from '../../support/redis.js'
import { folder, start } from '../cli/run.js'
import { blobs, keysLeft, plainQueue, scoresOf, searchOf, until } from './queues.js'

vi.setConfig({ testTimeout: 180_000 })

let redis: RedisServer
beforeAll(async () => {
  redis = await RedisServer.start()
})
afterAll(() => redis?.end())
const children: ChildProcess[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

interface Line {
  readonly event: string
  readonly job?: string
  readonly error?: string
}

/** A worker in a process of its own; `lines` are what it has printed. */
async function worker(name: string, ...more: string[]) {
  const child = start(folder(), ['worker', '--redis', redis.url, '--name', name, '--json', ...more])
  children.push(child)
  const lines: Line[] = []
  let rest = ''
  let errors = ''
  child.stdout!.on('data', (text) => {
    const all = `${rest}${text}`.split('\n')
    rest = all.pop()!
    lines.push(...all.map((line) => JSON.parse(line) as Line))
  })
  child.stderr!.on('data', (text) => {
    errors += text
  })
  await until(() => lines.length > 0 || child.exitCode !== null)
  expect(errors).toBe('')
  return { child, lines, errors: () => errors }
}

const { x, y } = blobs()
const candidates = 60
const fits = 2 * candidates

/** A search of 60 candidates over three workers, during which something happens when 20 fits are done. */
async function searchWith(name: string, happen: (workers: Awaited<ReturnType<typeof worker>>[]) => Promise<void>) {
  const workers = await Promise.all([1, 2, 3].map(() => worker(name, '--concurrency', '1')))
  const steps: number[] = []
  const search = searchOf(candidates, { queue: { connection: redis.url, name } })
  let happened: Promise<void> | undefined
  await search.fit(x, y, {
    onProgress({ done, total }) {
      steps.push(done)
      expect(total).toBe(fits)
      if (done >= 20) happened ??= happen(workers)
    },
  })
  await happened
  const done = workers.flatMap(({ lines }) => lines.filter(({ event }) => event === 'done').map(({ job }) => job!))
  return { search, steps, workers, done }
}

it('a search over three workers loses and repeats no candidate when one is killed with its job', async () => {
  const local = await searchOf(candidates).fit(x, y)
  let killed = ''
  const jobs = plainQueue(redis, 'killed')
  const { search, steps, workers, done } = await searchWith('killed', async ([first]) => {
    await until(() => first!.lines.at(-1)!.event === 'job')
    first!.child.kill('SIGKILL')
    // The output ends after the process.
    await once(first!.child, 'close')
    const last = first!.lines.at(-1)!
    const job = last.event === 'job' ? await jobs.getJob(last.job!) : undefined
    // It may have been finished just before, and be read already.
    killed = job && job.finishedOn === undefined ? last.job! : ''
    await jobs.close()
  })
  expect(scoresOf(search)).toEqual(scoresOf(local))
  expect([search.bestParams, search.bestScore]).toEqual([local.bestParams, local.bestScore])
  expect(search.results).toHaveLength(candidates)
  expect(steps).toEqual(Array.from({ length: fits }, (_, k) => k + 1))
  // Its job was done by another worker, unless it was killed just after the job.
  if (killed !== '') expect(workers.slice(1).some(({ lines }) => lines.some(({ job }) => job === killed))).toBe(true)
  expect(new Set(done).size).toBe(done.length)
  expect(await keysLeft(redis)).toEqual([])
  for (const { child } of workers.slice(1)) {
    child.kill('SIGTERM')
    expect(await once(child, 'exit')).toEqual([0, null])
  }
})

it('a search goes on when Redis is killed and started again', async () => {
  const local = await searchOf(candidates).fit(x, y)
  const { search, steps, workers } = await searchWith('restarted', async () => {
    await redis.kill('SIGKILL')
    await new Promise((resolve) => setTimeout(resolve, 500))
    await redis.resume()
  })
  expect(scoresOf(search)).toEqual(scoresOf(local))
  expect(steps).toEqual(Array.from({ length: fits }, (_, k) => k + 1))
  expect(workers.map(({ child }) => child.exitCode)).toEqual([null, null, null])
  expect(await keysLeft(redis)).toEqual([])
})

it('a worker says what is wrong, by exit codes as other commands', async () => {
  const results: [string[], number, string][] = [
    [['worker'], 2, '--redis'],
    [['worker', '--redis', 'redis://127.0.0.1:1'], 1, 'Expected a Redis server at 127.0.0.1:1'],
    [['worker', '--redis', 'localhost'], 1, 'a URL that begins with redis://'],
    [['worker', '--redis', redis.url, '--concurrency', '0'], 2, 'from 1 to 256'],
  ]
  for (const [args, code, message] of results) {
    const child = start(folder(), args)
    let errors = ''
    child.stderr!.on('data', (text) => {
      errors += text
    })
    expect((await once(child, 'exit'))[0]).toBe(code)
    expect(errors).toContain(message)
  }
})
