import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MLPClassifier, pipeline, preprocessing, TabularClassifier } from '../../lib/index.js'
import { toSource } from '../../lib/interchange/index.js'
import { openBrowser, openPage } from './open.js'

let browser: Browser
let server: Server
let url: string
/** The files that the page may ask for. */
const files = new Map<string, string>([
  ['/', '<!doctype html><link rel="icon" href="data:,"><title>A model</title>'],
  [
    '/worker.mjs',
    "import { predictProba } from './model.mjs'\nonmessage = ({ data }) => postMessage(data.map((row) => Array.from(predictProba(row))))",
  ],
])

beforeAll(async () => {
  browser = await openBrowser()
  server = createServer((request, response) => {
    const file = files.get(request.url!)
    const type = request.url === '/' ? 'text/html' : 'text/javascript'
    // No eval, and nothing from elsewhere.
    const policy = "default-src 'none'; script-src 'self'; worker-src 'self'; img-src data:"
    response.writeHead(file === undefined ? 404 : 200, { 'content-type': type, 'content-security-policy': policy })
    response.end(file)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
})

afterAll(async () => {
  await browser?.close()
  server?.close()
})

const people = Array.from({ length: 60 }, (_, i) => ({
  age: i % 7 ? 20 + i : null,
  job: ['cook', 'clerk', 'nurse'][i % 3]!,
  since: new Date(Date.UTC(2000 + (i % 20), i % 12, 1 + (i % 28))),
}))
const labels = people.map(({ job }, i) => (job === 'cook' || i > 40 ? 'yes' : 'no'))

/** The probabilities of rows in a page, and in a worker of it. */
async function inBrowser(code: string, rows: readonly unknown[]): Promise<{ page: number[][]; worker: number[][] }> {
  files.set('/model.mjs', code)
  const { page, complaints, close } = await openPage(browser, url)
  const read = JSON.stringify(rows)
  const found = await page.evaluate(`(async () => {
    const { predictProba } = await import('${url}model.mjs')
    const rows = ${read}
    const worker = new Worker('/worker.mjs', { type: 'module' })
    const answer = new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data)
      worker.onerror = ({ message }) => reject(new Error(message))
    })
    worker.postMessage(rows)
    return { page: rows.map((row) => Array.from(predictProba(row))), worker: await answer }
  })()`)
  expect(complaints).toEqual([])
  await close()
  return found as { page: number[][]; worker: number[][] }
}

describe('a module of toSource in Chromium, in a page and in a worker', () => {
  it('predicts rows of a table as the model does', async () => {
    const rows = people.map((row, i) => ({ ...row, label: labels[i]! }))
    const model = await new TabularClassifier({ preset: 'fast', seed: 1 }).fit(rows, { target: 'label' })
    const test = people.slice(0, 20).map(({ since, ...row }) => ({ ...row, since: since.toISOString() }))
    const { page, worker } = await inBrowser(toSource(model), test)
    for (const [i, row] of test.entries()) {
      const expected = Object.values(model.predictProbaSync(row))
      for (const [k, share] of expected.entries()) expect(page[i]![k]).toBeCloseTo(share, 6)
    }
    expect(worker).toEqual(page)
  })

  it('predicts as a pipeline does', async () => {
    const columns = new preprocessing.ColumnTransformer({
      transformers: [
        ['age', pipeline([new preprocessing.SimpleImputer(), new preprocessing.StandardScaler()]), ['age']],
        ['job', new preprocessing.OneHotEncoder({ handleUnknown: 'ignore' }), ['job']],
      ],
    })
    const rows = people.map(({ age, job }) => ({ age, job }))
    const model = pipeline([columns, new MLPClassifier({ hiddenLayerSizes: [8], maxIter: 20, seed: 1 })])
    await model.fit(rows, labels)
    const { page, worker } = await inBrowser(toSource(model), rows)
    for (const [i, row] of rows.entries()) {
      for (const [k, share] of model.predictProbaSync(row).entries()) expect(page[i]![k]).toBeCloseTo(share, 6)
    }
    expect(worker).toEqual(page)
  })
})
