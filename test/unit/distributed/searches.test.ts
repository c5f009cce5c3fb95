import { getEventListeners, once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import { runNow } from '../../../lib/base/breathing.js'
import { startWorker, type WorkerEvent } from '../../../lib/distributed/index.js'
import { MLPClassifier, modelSelection, pipeline, preprocessing, Table } from '../../../lib/index.js'
import { Blobs } from '../../../lib/jobs/blobs.js'
import { pack } from '../../../lib/jobs/index.js'
import { connectRedis } from '../../../lib/jobs/packages.js'
import { RedisServer } from '../../support/redis.js'
import { blobs, keysLeft, plainQueue, scoresOf, searchOf, until } from './queues.js'

vi.setConfig({ testTimeout: 180_000 })

let redis: RedisServer
beforeAll(async () => {
  redis = await RedisServer.start()
})
afterAll(() => redis?.end())
const ends: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})

let queues = 0

/** A queue with a worker in this process. */
async function withWorker(concurrency = 2) {
  const name = `q${queues++}`
  const events: WorkerEvent[] = []
  const worker = await startWorker({ connection: redis.url, name, concurrency, onEvent: (event) => events.push(event) })
  ends.push(() => worker.close({ grace: 0 }))
  return { queue: { connection: redis.url, name }, events, worker }
}

const { x, y } = blobs()

it('searches on workers find what a search on this machine finds, bit for bit', async () => {
  const { queue } = await withWorker()
  const several = { scoring: ['accuracy', 'negLogLoss'] as const, refit: 'negLogLoss', returnTrainScore: true }
  const kinds = {
    random: (more: object) => searchOf(4, more),
    several: (more: object) => searchOf(3, { ...several, ...more }),
    losers: (more: object) => searchOf(5, { cv: 3, stopLosers: true, ...more }),
    grid: (more: object) =>
      new modelSelection.GridSearch({
        estimator: pipeline([new preprocessing.StandardScaler(), new MLPClassifier({ maxIter: 5, seed: 1 })]),
        params: {
          standardscaler: [new preprocessing.StandardScaler(), new preprocessing.RobustScaler()],
          'mlpclassifier.alpha': [1e-3, 1],
        },
        cv: 2,
        ...more,
      }),
    halving: (more: object) =>
      new modelSelection.HalvingSearch({
        estimator: new MLPClassifier({ maxIter: 10 }),
        params: { learningRateInit: [1e-3, 1e-2, 1e-1] },
        cv: 2,
        seed: 5,
        ...more,
      }),
  }
  for (const [kind, make] of Object.entries(kinds)) {
    const steps: number[] = []
    const local = await make({}).fit(x, y)
    const there = await make({ queue }).fit(x, y, { onProgress: ({ done }) => steps.push(done) })
    expect(scoresOf(there), kind).toEqual(scoresOf(local))
    expect([there.bestParams, there.bestScore]).toEqual([local.bestParams, local.bestScore])
    expect(await there.score(x, y), kind).toBe(await local.score(x, y))
    expect(steps).toEqual(steps.map((_, k) => k + 1))
  }
  expect(await keysLeft(redis)).toEqual([])
})

it('searches and curves in succession on one worker do not share their subsets of rows', async () => {
  const { queue } = await withWorker(1)
  const halving = (values: number, more: object) =>
    new modelSelection.HalvingSearch({
      estimator: new MLPClassifier({ maxIter: 5 }),
      params: { learningRateInit: Array.from({ length: values }, (_, k) => 10 ** (-3 + k / 4)) },
      ...{ cv: 2, seed: 5, ...more },
    })
  for (const values of [3, 9]) {
    const local = await halving(values, {}).fit(x, y)
    const there = await halving(values, { queue }).fit(x, y)
    expect(scoresOf(there)).toEqual(scoresOf(local))
  }
  for (const shuffle of [false, true]) {
    const curve = (more: object) =>
      modelSelection.learningCurve(new MLPClassifier({ maxIter: 5 }), x, y, {
        ...{ cv: 2, seed: 1, shuffle, trainSizes: [0.5, 1], ...more },
      })
    expect((await curve({ queue })).testScores).toEqual((await curve({})).testScores)
  }
})

it('releases the signal and the timer of a validation whose queue is not reached', async () => {
  const { signal } = new AbortController()
  const options = { queue: { connection: 'redis://127.0.0.1:1' }, timeLimit: 3600, signal }
  await expect(modelSelection.crossValidate(new MLPClassifier(), x, y, options)).rejects.toThrow('Expected a Redis')
  expect(getEventListeners(signal, 'abort')).toEqual([])
})

it('crossValidate, crossValPredict and curves give the same on workers', async () => {
  const { queue } = await withWorker()
  const model = new MLPClassifier({ maxIter: 5 })
  const both = async <R>(run: (more: object) => Promise<R>): Promise<[R, R]> => [await run({}), await run({ queue })]
  const weights = Float64Array.from(y, (label) => 1 + label)
  const options = { cv: 3, seed: 2, sampleWeight: weights, returnTrainScore: true, returnEstimators: true }
  const [local, there] = await both((more) => modelSelection.crossValidate(model, x, y, { ...options, ...more }))
  expect([there.testScores, there.trainScores, there.splits]).toEqual([
    local.testScores,
    local.trainScores,
    local.splits,
  ])
  for (const k of [0, 1, 2]) {
    expect(there.estimators![k]).toBeInstanceOf(MLPClassifier)
    expect(await there.estimators![k]!.predictProba(x)).toEqual(await local.estimators![k]!.predictProba(x))
  }
  const cells = Table.from({
    a: Float64Array.from(y, (_, i) => x.at(i, 0)),
    b: Array.from(y, (label) => `k${label % 2}`),
  })
  const columns = pipeline([
    new preprocessing.ColumnTransformer({
      transformers: [
        ['num', new preprocessing.StandardScaler(), ['a']],
        ['cat', new preprocessing.OneHotEncoder(), ['b']],
      ],
    }),
    new MLPClassifier({ maxIter: 3 }),
  ])
  const labels = Array.from(y, (label) => ['x', 'y', 'z'][label]!)
  for (const method of ['predict', 'predictProba'] as const) {
    const [one, other] = await both((more) =>
      modelSelection.crossValPredict(columns, cells, labels, { cv: 3, seed: 1, method, ...more }),
    )
    expect(other).toEqual(one)
  }
  const [curve, same] = await both((more) =>
    modelSelection.learningCurve(model, x, y, { cv: 2, seed: 1, shuffle: true, trainSizes: [0.5, 1], ...more }),
  )
  expect([same.trainSizes, same.testScores, same.trainScores]).toEqual([
    curve.trainSizes,
    curve.testScores,
    curve.trainScores,
  ])
  const values = { param: 'alpha', values: [1e-4, 1] }
  const [line, sameLine] = await both((more) =>
    modelSelection.validationCurve(model, x, y, { cv: 2, seed: 1, ...values, ...more }),
  )
  expect(sameLine.testScores).toEqual(line.testScores)
  expect(await keysLeft(redis)).toEqual([])
})

it('the error of a fit comes back as it was, by errorScore', async () => {
  const { queue } = await withWorker()
  const params = { batchSize: [8, 'auto'], solver: ['adam'], learningRateInit: [1e-3], hiddenLayerSizes: [[4]] }
  const wrong = Table.from({ a: ['x', ...Array.from({ length: 239 }, () => 'y')] })
  const make = (more: object) =>
    new modelSelection.GridSearch({ estimator: new MLPClassifier({ seed: 1 }), params, cv: 2, ...more })
  const message = await make({})
    .fit(wrong, y)
    .then(
      () => '',
      (error: Error) => error.message,
    )
  expect(message).not.toBe('')
  await expect(make({ queue }).fit(wrong, y)).rejects.toMatchObject({ code: 'ERR_ARGUMENT', message })
  await expect(make({ queue, errorScore: 'raise' }).fit(wrong, y)).rejects.toMatchObject({ message })
})

it('rows go by a folder or an address, and are checked by their SHA-256', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'perceptra-rows-'))
  const files = createServer((request, response) => {
    const path = join(folder, request.url!.replace('/files/', ''))
    if (existsSync(path)) response.end(readFileSync(path))
    else response.writeHead(404).end()
  }).listen(0, '127.0.0.1')
  await once(files, 'listening')
  ends.push(async () => {
    files.close()
    rmSync(folder, { recursive: true })
  })
  const local = await searchOf(2).fit(x, y)
  for (const rows of [folder, `http://127.0.0.1:${(files.address() as AddressInfo).port}/files/`]) {
    const connection = { connection: redis.url, name: `q${queues++}` }
    const worker = await startWorker({ ...connection, rows })
    ends.push(() => worker.close({ grace: 0 }))
    const there = await searchOf(2, { queue: { ...connection, rows: folder } }).fit(x, y)
    expect(scoresOf(there)).toEqual(scoresOf(local))
    const [name] = readdirSync(folder)
    expect(name).toMatch(/^[0-9a-f]{64}\.rows$/)
    // Another worker, which keeps no rows, finds them changed, then gone.
    const again = { connection: redis.url, name: `q${queues++}` }
    const other = await startWorker({ ...again, rows })
    ends.push(() => other.close({ grace: 0 }))
    const bytes = readFileSync(join(folder, name!))
    writeFileSync(
      join(folder, name!),
      bytes.map((byte, i) => (i === bytes.length - 1 ? byte ^ 1 : byte)),
    )
    const search = searchOf(2, { queue: { ...again, rows: folder } })
    await expect(search.fit(x, y)).rejects.toThrow('have another SHA-256')
    rmSync(join(folder, name!))
  }
  const { queue } = await withWorker()
  await expect(searchOf(2, { queue: { ...queue, rows: folder } }).fit(x, y)).rejects.toThrow('no longer in Redis')
  await expect(searchOf(2, { queue: { ...queue, rows: join(folder, 'none') } }).fit(x, y)).rejects.toThrow(
    'Could not write rows',
  )
  expect(await keysLeft(redis)).toEqual([])
})

it('refuses before anything is queued what is no data, and connections without an answer', async () => {
  const name = `q${queues++}`
  const queue = { connection: redis.url, name }
  const cases: [() => Promise<unknown>, string][] = [
    [() => searchOf(2, { queue, scoring: () => 1 }).fit(x, y), 'Expected data for scoring of'],
    [
      () =>
        new modelSelection.GridSearch({
          estimator: new (class extends MLPClassifier<number> {})(),
          params: { alpha: [1] },
          queue,
        }).fit(x, y),
      'Expected data for model of',
    ],
    [
      () => searchOf(2, { queue: { connection: 'redis://127.0.0.1:1', name } }).fit(x, y),
      'Expected a Redis server at 127.0.0.1:1, but could not connect',
    ],
  ]
  for (const [run, message] of cases) {
    await expect(run()).rejects.toMatchObject({ code: 'ERR_ARGUMENT', message: expect.stringContaining(message) })
  }
  const options: [unknown, string][] = [
    [{ connection: 'http://a:b@c' }, 'redis://'],
    [{ name: 'a' }, 'connection of queue'],
    [{ connection: redis.url, name: 'a:b' }, 'name of queue'],
    [{ connection: redis.url, naem: 'a' }, 'Did you mean name?'],
  ]
  for (const [wrong, message] of options) expect(() => searchOf(2, { queue: wrong })).toThrow(message)
  expect(() => searchOf(2, { queue: { connection: 'http://user:secret@host' } })).not.toThrow('secret')
  const json = JSON.stringify(searchOf(2, { queue: { connection: 'redis://user:secret@host:1/0' } }))
  expect(json).not.toContain('secret')
  expect(await keysLeft(redis)).toEqual([])
})

it('an aborted search ends its jobs on workers, and leaves nothing behind', async () => {
  const { queue, events } = await withWorker(1)
  const search = searchOf(5, { queue, estimator: new MLPClassifier({ maxIter: 1e6, tol: 0, nIterNoChange: 1e6 }) })
  const controller = new AbortController()
  const fit = search.fit(x, y, { signal: controller.signal })
  await until(() => events.length > 0)
  controller.abort(new Error('enough'))
  await expect(fit).rejects.toThrow('enough')
  expect(search.results.every(({ status }) => status === 'unfinished')).toBe(true)
  await until(() => events.some(({ event }) => event === 'ended'))
  await expect.poll(() => keysLeft(redis), { timeout: 10_000 }).toEqual([])
})

it('a time limit ends the jobs on workers', async () => {
  const { queue, events } = await withWorker(1)
  const search = searchOf(5, { queue, estimator: new MLPClassifier({ maxIter: 1e6, tol: 0, nIterNoChange: 1e6 }) })
  await search.fit(x, y, { timeLimit: 2 })
  expect(search.stopReason).toBe('timeLimit')
  await expect.poll(() => keysLeft(redis), { timeout: 20_000 }).toEqual([])
  expect(events.every(({ event }) => event !== 'done')).toBe(true)
})

it('a worker that ends gives its job back, and another one does it', async () => {
  const { queue, events, worker } = await withWorker(1)
  const options = { queue, estimator: new MLPClassifier({ maxIter: 1000, tol: 0, nIterNoChange: 1e6 }) }
  const search = searchOf(1, options)
  const fit = search.fit(x, y)
  await until(() => events.length > 0)
  await worker.close({ grace: 0 })
  expect(events.at(-1)!.event).toBe('givenBack')
  const other = await startWorker({ ...queue, concurrency: 2 })
  ends.push(() => other.close({ grace: 0 }))
  await fit
  const { queue: _, ...local } = options
  expect(scoresOf(search)).toEqual(scoresOf(await searchOf(1, local).fit(x, y)))
})

it('leaves a queue with jobs of others alone', async () => {
  const name = `q${queues++}`
  const mails = plainQueue(redis, name)
  ends.push(() => mails.close())
  await mails.add('send-mail', { to: 'a@b' })
  const message = `"${name}" has jobs of others: "send-mail"`
  const queue = { connection: redis.url, name }
  await expect(searchOf(2, { queue }).fit(x, y)).rejects.toMatchObject({
    code: 'ERR_QUEUE',
    message: expect.stringContaining(message),
  })
  await expect(startWorker(queue)).rejects.toThrow(message)
  expect((await mails.getJobs(['wait'])).map((job) => job.name)).toEqual(['send-mail'])
})

it('a worker gives back a job of others that comes later, and takes no more', async () => {
  const { queue, worker } = await withWorker(2)
  const mails = plainQueue(redis, queue.name)
  ends.push(() => mails.close())
  await mails.add('send-mail', { to: 'a@b' })
  await expect(worker.failed).rejects.toMatchObject({ code: 'ERR_QUEUE' })
  await worker.close({ grace: 0 })
  expect((await mails.getJobs(['wait', 'paused'])).map((job) => job.name)).toEqual(['send-mail'])
})

it('refuses hostile jobs without harm to others', async () => {
  const { queue, events } = await withWorker(1)
  const jobs = plainQueue(redis, queue.name)
  ends.push(() => jobs.close())
  const hash = 'a'.repeat(64)
  const good = { version: 'development', search: 'x', kind: 'fit', spec: hash, task: { inline: 'AAAA' } }
  const client = await connectRedis(redis.url)
  await client.set('perceptra:run:x', 'running', 'EX', 600)
  const hostile: [unknown, string][] = [
    [null, 'Expected an object for a job'],
    ['process.exit()', 'Expected an object for a job'],
    [{ ...good, code: 'process.exit()' }, 'Unknown option "code" for a job'],
    [{ ...good, version: '99.0.0' }, 'It is of perceptra "99.0.0", but this worker has "development"'],
    [{ ...good, kind: 'constructor' }, 'one of fit, network'],
    [{ ...good, search: '../../x' }, 'no plain name'],
    [{ ...good, spec: '*' }, 'Expected a SHA-256 for spec'],
    [{ ...good, task: { inline: 'AAAA' } }, 'does not begin as the data of perceptra'],
    [{ ...good, task: { data: hash } }, 'no longer in Redis'],
    [{ ...good, task: {} }, 'Expected a SHA-256 for task'],
  ]
  for (const [data, message] of hostile) {
    const { id } = await jobs.add('perceptra', data)
    await expect.poll(async () => (await jobs.getJob(id))?.failedReason, { timeout: 20_000 }).toContain(message)
  }
  // Specs and tasks that are packed as they should be, but hold what they should not.
  const blobs = new Blobs(client, 60)
  const packed = (value: unknown) => runNow(pack(value, 'it'))
  const put = (value: unknown) => blobs.put(packed(value), 'x')
  const rows = await put({ x, y, sampleWeight: undefined })
  const split = { train: Uint32Array.of(0, 1, 2, 3), test: Uint32Array.of(4, 5) }
  const spec = {
    ...{ model: new MLPClassifier(), method: undefined, splits: [split], scoring: undefined, decides: undefined },
    ...{ errorScore: Number.NaN, returnTrainScore: false, seed: 1, rows },
  }
  const fit = { params: {}, split: 0, subset: undefined, keepModel: false }
  const far = { train: Uint32Array.of(1e6), test: Uint32Array.of(1) }
  const recipe = { kind: 'dense', hidden: [2], dropout: 0, rate: { classes: 1, numbers: 1 }, labelSmoothing: 0 }
  const data = { x, y: new Float32Array(x.rows), splits: [], given: undefined }
  const network = { recipe, split: 0, seed: 1, size: 8, epochs: 1, rows: 100, deadline: Infinity }
  const forged: [kind: string, spec: unknown, task: unknown, message: string][] = [
    ['fit', { ...spec, evil: 1 }, fit, 'Unknown option "evil"'],
    ['fit', { ...spec, model: { fit: 1 } }, fit, 'Expected an estimator'],
    ['fit', { ...spec, method: 'constructor' }, fit, 'one of predict'],
    ['fit', { ...spec, scoring: 'constructor' }, fit, 'scoring'],
    ['fit', { ...spec, splits: [far] }, fit, 'numbers of rows below 240'],
    ['fit', { ...spec, rows: 'b'.repeat(64) }, fit, 'no longer in Redis'],
    ['fit', spec, { ...fit, split: 1 }, 'split'],
    ['fit', spec, { ...fit, params: [] }, 'params'],
    ['fit', spec, { ...fit, subset: rows }, 'rows of a subset'],
    ['fit', spec, { ...fit, subset: '../x' }, 'Expected a SHA-256 for subset'],
    ['fit', { ...spec, rows: '../../../srv/customers' }, fit, 'Expected a SHA-256 for rows'],
    ['network', { data: { ...data, y: 1 }, inputs: {}, task: {} }, network, 'a target for each of its rows'],
    [
      'network',
      { data: { ...data, splits: [{ training: far.train, validation: far.test }] }, inputs: {}, task: {} },
      network,
      'numbers of rows below',
    ],
    ['network', { data, inputs: {}, task: {} }, network, 'split'],
    ['network', spec, network, 'no estimators'],
  ]
  for (const [kind, what, task, message] of forged) {
    const inline = Buffer.from(packed(task)).toString('base64')
    const { id } = await jobs.add('perceptra', { ...good, kind, spec: await put(what), task: { inline } })
    await expect.poll(async () => (await jobs.getJob(id))?.failedReason, { timeout: 20_000 }).toContain(message)
  }
  client.disconnect()
  expect(events.filter(({ event }) => event === 'refused')).toHaveLength(hostile.length + forged.length)
  await expect(searchOf(2, { queue }).fit(x, y)).resolves.toBeDefined()
})
