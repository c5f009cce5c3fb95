import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterEach, beforeAll, describe, expect, inject, it } from 'vitest'
import { load } from '../../lib/index.js'
import { readBlocks } from '../support/markdown.js'
import { linkServingPackages } from '../support/serving-packages.js'
import { compileProgram } from '../unit/docs/run-program.js'

const programs = readBlocks('docs/serving.md')
  .filter(({ language }) => language === 'ts')
  .map(({ code }) => [/from '(fastify|express)'/.exec(code)![1]!, code] as const)

beforeAll(() => linkServingPackages(inject('programs')))

let child: ChildProcess | undefined
afterEach(() => void child?.kill('SIGKILL'))

/** Starts a server of the page on a free port. */
async function start(code: string) {
  const { file, folder } = compileProgram(code)
  const server = spawn(process.execPath, [file], {
    cwd: folder,
    env: { ...process.env, PORT: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  child = server
  let errors = ''
  server.stderr.on('data', (text) => {
    errors += text
  })
  const url = await new Promise<string>((resolve, reject) => {
    server.stdout.on('data', (text) => resolve(/http:\S+/.exec(String(text))![0]))
    server.once('exit', () => reject(new Error(`the server ended: ${errors}`)))
  })
  const post = async (path: string, body?: unknown) => {
    const json = { 'content-type': 'application/json' }
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    const response = await fetch(`${url}${path}`, {
      method: 'POST',
      ...(body !== undefined && { headers: json, body: text }),
    })
    const answer = await response.text()
    return { status: response.status, answer: answer === '' ? undefined : JSON.parse(answer) }
  }
  const health = async () => (await fetch(`${url}/health`)).json() as Promise<{ version: number; training: boolean }>
  return { server, folder, post, health, errors: () => errors }
}

const visit = { age: 30, pages: 19, country: 'de' }

it('the page has both servers', () => {
  expect(programs.map(([name]) => name).sort()).toEqual(['express', 'fastify'])
})

describe.each(programs)('the server of %s', (_, code) => {
  it('answers one row and a batch', async () => {
    const { post } = await start(code)
    expect(await post('/predict', visit)).toEqual({ status: 200, answer: { outcome: 'buys', version: 1 } })
    const { answer } = await post('/predict', [visit, { ...visit, pages: 0 }])
    expect(answer).toEqual({ outcomes: ['buys', 'leaves'], version: 1 })
  })

  it('answers 400 for what is wrong in a request, with the reason', async () => {
    const { post, errors } = await start(code)
    const { country: _, ...without } = visit
    for (const [body, reason] of [
      [{ ...visit, age: 'old' }, /age/],
      [without, /country/],
      [[visit, { ...visit, age: 'old' }], /age/],
      [[], /empty|at least one row/],
    ] as const) {
      const { status, answer } = await post('/predict', body)
      expect(status).toBe(400)
      expect(answer.error).toMatch(reason)
      expect(answer.code).toMatch(/^ERR_/)
    }
    for (const body of ['{ "age": ', '[1, 2, 3]', '{}', undefined])
      expect((await post('/predict', body)).status).toBe(400)
    for (const outcome of [undefined, 7, 'maybe'])
      expect((await post('/visits', { ...visit, outcome })).status).toBe(400)
    expect((await post('/visits')).status).toBe(400)
    expect((await post('/visits', { ...without, outcome: 'buys' })).status).toBe(400)
    expect((await post('/visits', { ...visit, outcome: 'buys' })).status).toBe(204)
    expect(errors()).toBe('')
  })

  it('retrains in the background, answers meanwhile, and swaps the model and its file', async () => {
    const { post, health, folder } = await start(code)
    expect(await post('/retrain')).toEqual({ status: 202, answer: { version: 1 } })
    let meanwhile = 0
    while ((await health()).version === 1) {
      const { status, answer } = await post('/predict', visit)
      expect(status).toBe(200)
      meanwhile += Number(answer.version === 1)
    }
    expect(meanwhile).toBeGreaterThan(0)
    expect((await post('/predict', visit)).answer).toEqual({ outcome: 'buys', version: 2 })
    const saved = (await load(join(folder, 'visits.safetensors'))) as unknown as { predictSync(row: object): string }
    expect(saved.predictSync(visit)).toBe('buys')
  })

  it('ends by itself when it is told to, also during training', async () => {
    const { server, post, errors } = await start(code)
    await post('/retrain')
    const begin = performance.now()
    server.kill('SIGTERM')
    const [exitCode] = await once(server, 'exit')
    expect(exitCode).toBe(0)
    expect(errors()).toBe('')
    expect(performance.now() - begin).toBeLessThan(10_000)
  })
})
