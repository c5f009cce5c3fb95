import { mkdtempSync, renameSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import {
  FixedThresholdClassifier,
  Matrix,
  MLPClassifier,
  pipeline,
  preprocessing,
  TabularClassifier,
} from '../../../lib/index.js'
import { ModelServer, type ModelServerOptions, type ServerEvent } from '../../../lib/serving/index.js'
import { incomeModel, network, people, SlowModel, servable } from './models.js'

/** A server of a slow model whose rows no longer run on the spot: the mean has learned that they are slow. */
async function slowServer(options: Partial<ModelServerOptions> = {}) {
  const slow = new SlowModel()
  const server = new ModelServer({ models: { slow: servable(slow) }, maxDelayMs: 5, ...options })
  await server.ready()
  for (let i = 0; i < 4; i++) await server.predict('slow', 'warm')
  slow.hold()
  return { slow, server }
}

describe('predict', () => {
  it('answers as the model does, with probabilities by class on request', async () => {
    const income = await incomeModel()
    const server = new ModelServer({ models: { income } })
    const row = people[3]!
    const { prediction, probabilities, version } = await server.predict('income', row, { probabilities: true })
    expect(prediction).toBe(income.predictSync(row))
    expect(Object.values(probabilities!)).toEqual([...(income.predictProbaSync(row) as unknown as Float32Array)])
    expect(Object.keys(probabilities!)).toEqual(['poor', 'rich'])
    expect(version).toBe('1')
    expect(await server.predict('income', row)).toEqual({ prediction, version })
  })

  it('labels of a table model are those of its probabilities, whatever the order of keys', async () => {
    // Labels that look like whole numbers are keys in their own order.
    const rows = Array.from({ length: 90 }, (_, i) => ({ x: i % 30, kind: i % 30 < 15 ? '10' : '2' }))
    const table = await new TabularClassifier({ preset: 'fast', seed: 1 }).fit(rows, { target: 'kind' })
    const server = new ModelServer({ models: { table } })
    const asked = rows.slice(0, 30).map(({ x }) => ({ x }))
    const answers = await Promise.all(asked.map((row) => server.predict('table', row, { probabilities: true })))
    expect(answers.map(({ prediction }) => prediction)).toEqual(await table.predict(asked))
    // A row's sums round by its place in the batch of the server.
    for (const [i, probabilities] of (await table.predictProba(asked)).entries()) {
      for (const [label, value] of Object.entries(probabilities))
        expect(answers[i]!.probabilities![label]).toBeCloseTo(value, 6)
    }
    const response = await server.handle(
      new Request('http://host/models/table/predict?probabilities', { method: 'POST', body: JSON.stringify(asked) }),
    )
    const { predictions } = (await response.json()) as { predictions: unknown[] }
    expect(predictions).toEqual(await table.predict(asked))
  })

  it('refuses several rows in place of one, with and without probabilities', async () => {
    const x = [
      [0, 0],
      [3, 3],
    ]
    const model = await new MLPClassifier({ hiddenLayerSizes: [4], solver: 'lbfgs', seed: 1 }).fit(x, ['a', 'b'])
    const server = new ModelServer({ models: { model, net: network() } })
    for (const rows of [[[3, 3]], Matrix.from([[3, 3]]), [{ x: 3, y: 3 }]]) {
      await expect(server.predict('net', rows)).rejects.toThrow('Expected one row, but got a table')
      for (const probabilities of [true, false])
        await expect(server.predict('model', rows, { probabilities })).rejects.toThrow('Expected one row')
    }
    expect(await server.predict('model', [3, 3], { probabilities: true })).toMatchObject({ prediction: 'b' })
  })

  it('labels of thresholds and of several labels are those of the model, not of the highest probability', async () => {
    const x = Array.from({ length: 40 }, (_, i) => [i / 40])
    const several = await new MLPClassifier<number[]>({ hiddenLayerSizes: [4], solver: 'lbfgs', seed: 1 }).fit(
      x,
      x.map(([value]) => [value! > 0.3 ? 1 : 0, value! > 0.6 ? 1 : 0]),
    )
    const labels = x.map(([value]) => (value! > 0.5 ? 'high' : 'low'))
    const steps = [new preprocessing.StandardScaler(), new MLPClassifier({ solver: 'lbfgs', seed: 1 })] as const
    const careful = await new FixedThresholdClassifier({
      estimator: pipeline([...steps]),
      threshold: 1e-6,
      posLabel: 'low',
    }).fit(x, labels)
    const server = new ModelServer({ models: { several, careful: servable(careful) } })
    for (const [name, model] of Object.entries({ several, careful })) {
      const answers = await Promise.all(x.map((row) => server.predict(name, row, { probabilities: true })))
      expect(answers.map(({ prediction }) => prediction)).toEqual(await model.predict(x))
    }
  }, 20_000)

  it('rejects an unknown model, a wrong row, and probabilities of a network', async () => {
    const server = new ModelServer({ models: { net: network() } })
    await expect(server.predict('nix', [1, 2])).rejects.toThrow('There is no model "nix". The models are: net.')
    await expect(server.predict('net', [1, 2, 3])).rejects.toMatchObject({ code: 'ERR_ARGUMENT' })
    await expect(server.predict('net', [1, 2], { probabilities: true })).rejects.toThrow('has no probabilities')
  })

  it('computes concurrent rows of a slow model as one batch', async () => {
    const { slow, server } = await slowServer()
    const answers = Promise.all(['a', 'b', 'c'].map((row) => server.predict('slow', row)))
    await vi.waitFor(() => expect(slow.batches.length).toBeGreaterThan(0))
    slow.release()
    expect((await answers).map(({ prediction }) => prediction)).toEqual(['a', 'b', 'c'])
    expect(slow.batches.flat()).toEqual(['a', 'b', 'c'])
    expect(slow.batches.length).toBeLessThan(3)
  })

  it('a pause does not make a model slow, and a model that was slow at first is tried again', async () => {
    const model = new SlowModel()
    model.ms = 0
    const server = new ModelServer({ models: { model: servable(model) } })
    const ask = async (rows: number) => {
      for (let i = 0; i < rows; i++) await server.predict('model', 'row')
    }
    await ask(50)
    model.ms = 5
    await ask(1)
    model.ms = 0
    await ask(50)
    expect(model.batches).toEqual([])
    model.ms = 5
    await ask(20)
    expect(model.batches.length).toBeGreaterThan(0)
    model.ms = 0
    await vi.waitFor(
      async () => {
        model.batches = []
        await ask(20)
        expect(model.batches).toEqual([])
      },
      { timeout: 10_000 },
    )
  }, 20_000)

  it('a batch has at most maxBatch rows', async () => {
    const { slow, server } = await slowServer({ maxBatch: 2 })
    slow.release()
    await Promise.all(['a', 'b', 'c', 'd', 'e'].map((row) => server.predict('slow', row)))
    expect(Math.max(...slow.batches.map((batch) => batch.length))).toBe(2)
  })

  it('a wrong row of a batch fails alone', async () => {
    const { slow, server } = await slowServer()
    slow.release()
    const answers = await Promise.allSettled(['a', 'wrong', 'c'].map((row) => server.predict('slow', row)))
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  })

  it('refuses rows beyond maxQueue', async () => {
    const { slow, server } = await slowServer({ maxQueue: 2, maxDelayMs: 1000, maxBatch: 100 })
    const rows = ['a', 'b', 'c'].map((row) => server.predict('slow', row))
    await expect(rows[2]).rejects.toMatchObject({ code: 'ERR_OVERLOADED' })
    slow.release()
    await Promise.all(rows.slice(0, 2))
  })

  it('drops a row whose signal aborts while it waits', async () => {
    const { slow, server } = await slowServer({ maxDelayMs: 20 })
    const abort = new AbortController()
    const rows = [server.predict('slow', 'a', { signal: abort.signal }), server.predict('slow', 'b')]
    abort.abort()
    slow.release()
    await expect(rows[0]).rejects.toMatchObject({ name: 'AbortError' })
    expect((await rows[1])!.prediction).toBe('b')
    expect(slow.batches.flat()).toEqual(['b'])
  })

  it('rejects with ERR_TIME_LIMIT after timeoutMs', async () => {
    class Endless extends SlowModel {
      override async predict(rows: unknown[], { signal }: { signal?: AbortSignal } = {}): Promise<unknown[]> {
        if (rows.includes('warm')) return rows
        return new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))
      }
    }
    const server = new ModelServer({ models: { endless: servable(new Endless()) }, timeoutMs: 200 })
    for (let i = 0; i < 4; i++) await server.predict('endless', 'warm')
    await expect(server.predict('endless', 'a')).rejects.toMatchObject({ code: 'ERR_TIME_LIMIT' })
  })
})

describe('versions', () => {
  it('the last version answers unless another is asked for', async () => {
    const [one, two] = [
      { predict: async () => [1], predictSync: () => 1 },
      { predict: async () => [2], predictSync: () => 2 },
    ]
    const server = new ModelServer({ models: { m: { a: servable(one), b: servable(two) } } })
    await server.ready()
    expect(server.versions('m')).toEqual(['a', 'b'])
    expect(await server.predict('m', [])).toEqual({ prediction: 2, version: 'b' })
    expect(await server.predict('m', [], { version: 'a' })).toEqual({ prediction: 1, version: 'a' })
    await expect(server.predict('m', [], { version: 'c' })).rejects.toThrow('Model m has no version "c", but a, b.')
  })

  it('swap replaces the newest version, and requests under way end with the old one', async () => {
    const events: ServerEvent[] = []
    const { slow, server } = await slowServer({ onEvent: (event) => events.push(event) })
    const before = server.predict('slow', 'old')
    await vi.waitFor(() => expect(slow.batches.length).toBe(1))
    expect(await server.swap('slow', servable({ predict: async () => ['new'], predictSync: () => 'new' }))).toBe('2')
    expect((await server.predict('slow', 'x')).prediction).toBe('new')
    slow.release()
    expect(await before).toEqual({ prediction: 'old', version: '1' })
    expect(server.versions('slow')).toEqual(['2'])
    expect(events).toEqual([{ type: 'swapped', model: 'slow', version: '2' }])
  })

  it('no request is lost in ten swaps under load', async () => {
    const server = new ModelServer({ models: { net: network() } })
    let stop = false
    const versions = new Set<string>()
    const clients = Array.from({ length: 8 }, async () => {
      while (!stop) {
        versions.add((await server.predict('net', [1, 2])).version)
        await new Promise(setImmediate)
      }
    })
    for (let i = 0; i < 10; i++) {
      await server.swap('net', network())
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
    stop = true
    await Promise.all(clients)
    expect(versions.has('11')).toBe(true)
  })

  it('a watched file is loaded again; garbage leaves the old model and tells', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'serving-')), 'net.safetensors')
    await network().save(path)
    const events: ServerEvent[] = []
    const server = new ModelServer({ models: { net: path }, watch: true, onEvent: (event) => events.push(event) })
    await server.ready()
    const before = await server.predict('net', [1, 2])
    writeFileSync(`${path}.new`, 'garbage')
    renameSync(`${path}.new`, path)
    await vi.waitFor(() => expect(events.map(({ type }) => type)).toEqual(['reloadFailed']), { timeout: 20_000 })
    expect(await server.predict('net', [1, 2])).toEqual(before)
    await network().save(path)
    await vi.waitFor(() => expect(events.at(-1)).toMatchObject({ type: 'swapped', version: '2' }), { timeout: 20_000 })
    expect((await server.predict('net', [1, 2])).version).toBe('2')
    await server.close()
  })
})

it('close refuses new requests and waits for those under way', async () => {
  const { slow, server } = await slowServer()
  const row = server.predict('slow', 'a')
  await vi.waitFor(() => expect(slow.batches.length).toBe(1))
  let isClosed = false
  const closing = server.close().then(() => {
    isClosed = true
  })
  await expect(server.predict('slow', 'b')).rejects.toMatchObject({ code: 'ERR_CLOSED' })
  expect(isClosed).toBe(false)
  slow.release()
  await closing
  expect((await row).prediction).toBe('a')
})

it.each<[object, RegExp]>([
  [{ models: [] }, /Expected an object of models by name for models/],
  [{ models: { 'a/b': 'x' } }, /letters, digits, dots, dashes and underscores for a name in models, but got "a\/b"/],
  [{ models: { a: 1 } }, /Expected a model, a path, or an object of those by version for models.a, but got 1/],
  [{ models: {}, maxBatsh: 1 }, /Did you mean maxBatch/],
  [{ models: {}, maxBatch: 0 }, /for maxBatch, but got 0/],
  [{ models: {}, apiKeys: [''] }, /non-empty strings for apiKeys/],
  [{ models: {}, watch: 1 }, /true or false for watch/],
])('refuses %j', (options, message) => {
  expect(() => new ModelServer(options as ModelServerOptions)).toThrow(message)
})

it('ready rejects for a file that does not load, and for metrics without prom-client', async () => {
  await expect(new ModelServer({ models: { a: '/nowhere/a.safetensors' } }).ready()).rejects.toThrow('Could not open')
  await expect(new ModelServer({ models: {}, metrics: true }).ready()).rejects.toThrow("'npm install prom-client'")
})
