import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { TabularClassifier } from '../../../lib/index.js'
import { ModelServer, type ModelServerOptions } from '../../../lib/serving/index.js'
import { incomeModel, network, people, servable } from './models.js'

let income: Awaited<ReturnType<typeof incomeModel>>
const net = network()
const errors: unknown[] = []
let server: ModelServer

function serve(options: Partial<ModelServerOptions> = {}): ModelServer {
  return new ModelServer({ models: { income, net }, onEvent: (event) => errors.push(event), ...options })
}

beforeAll(async () => {
  income = await incomeModel()
  server = serve()
  await server.ready()
})

async function ask(path: string, body?: unknown, headers: Record<string, string> = {}, to = server) {
  const isRaw = typeof body === 'string' || body instanceof Uint8Array
  const sent = isRaw ? body : JSON.stringify(body)
  const init = body === undefined ? { headers } : { method: 'POST', body: sent as string, headers }
  const response = await to.handle(new Request(`http://localhost${path}`, init))
  const bytes = new Uint8Array(await response.arrayBuffer())
  const length = Number(response.headers.get('inference-header-content-length') ?? bytes.length)
  const text = new TextDecoder().decode(bytes.subarray(0, length))
  const json = response.headers.get('content-type')?.startsWith('text/html') ? text : JSON.parse(text)
  return { status: response.status, json, rest: bytes.subarray(length), headers: response.headers }
}

describe('rows of JSON', () => {
  it('a row gets a prediction, rows get predictions', async () => {
    const rows = people.slice(0, 3)
    const predictions = await income.predict(rows)
    const about = { model: 'income', version: '1' }
    expect(await ask('/models/income/predict', rows[0])).toMatchObject({
      status: 200,
      json: { prediction: predictions[0], ...about },
    })
    const { json } = await ask('/models/income/predict?probabilities=true', rows)
    expect(json).toMatchObject({ predictions, ...about })
    const probabilities = await income.predictProba(rows)
    expect(json.probabilities.map(Object.values)).toEqual(probabilities.toArray())
    expect((await ask('/models/income/versions/1/predict', rows[0])).status).toBe(200)
    const output = [...net.predictSync([1, 2])]
    expect((await ask('/models/net/predict', [1, 2])).json.prediction).toEqual(output)
  })

  it('lists what is wrong in each row', async () => {
    const rows = [people[0], { ...people[1], age: 'old' }, { age: 3 }]
    const { status, json } = await ask('/models/income/predict', rows)
    expect(status).toBe(400)
    expect(json.errors.map(({ row, column }: { row: number; column: string }) => [row, column])).toEqual([
      [1, 'age'],
      [2, 'job'],
    ])
    expect(json.errors[1].message).toMatch(/row 2/)
  })

  it.each([
    ['', 400, 'ERR_JSON'],
    ['{', 400, 'ERR_JSON'],
    [new Uint8Array([0xff, 0xfe]), 400, 'ERR_JSON'],
    ['"row"', 400, 'ERR_ARGUMENT'],
    ['null', 400, 'ERR_ARGUMENT'],
    ['[]', 400, 'ERR_ARGUMENT'],
    ['{"__proto__": 1}', 400, 'ERR_ARGUMENT'],
    ['{"age": 1e999, "job": "cook"}', 400, 'ERR_ARGUMENT'],
    ['[[1, 2], 3]', 400, 'ERR_ARGUMENT'],
  ])('%s: %i', async (body, status, code) => {
    expect(await ask('/models/income/predict', body)).toMatchObject({ status, json: { code } })
  })

  it('answers 404, 405, 413 and 401 with a reason', async () => {
    expect(await ask('/models/nix/predict', {})).toMatchObject({
      status: 404,
      json: { error: 'There is no model "nix".' },
    })
    expect((await ask('/models/income/versions/9/predict', {})).status).toBe(404)
    expect((await ask('/models/../etc/passwd')).status).toBe(404)
    const wrongMethod = await ask('/models/income/predict')
    expect([wrongMethod.status, wrongMethod.headers.get('allow')]).toEqual([405, 'POST'])
    const small = serve({ maxBodyBytes: 10, apiKeys: ['secret'] })
    const key = { authorization: 'Bearer secret' }
    expect((await ask('/models/income/predict', people[0], key, small)).status).toBe(413)
    expect((await ask('/models/income/predict', people[0], {}, small)).status).toBe(401)
    expect((await ask('/models/net/predict', [1, 2], { 'x-api-key': 'secret' }, small)).status).toBe(200)
    expect((await ask('/v2/health/ready', undefined, {}, small)).status).toBe(200)
  })

  it('no body brings the server down, and each gets an answer below 500', async () => {
    await fc.assert(
      fc.asyncProperty(fc.json(), fc.constantFrom('income', 'net'), async (body, name) => {
        expect((await ask(`/models/${name}/predict`, body)).status).toBeLessThan(500)
        expect((await ask(`/v2/models/${name}/infer`, body)).status).toBe(400)
      }),
      { numRuns: 300 },
    )
    expect(errors).toEqual([])
  })
})

describe('the Open Inference Protocol', () => {
  const column = (name: string, datatype: string, data: unknown[]) => ({
    name,
    datatype,
    shape: [data.length, 1],
    data,
  })

  it('describes server and models', async () => {
    expect((await ask('/v2')).json.extensions).toEqual(['binary_tensor_data'])
    expect((await ask('/v2/health/live')).status).toBe(200)
    expect((await ask('/v2/models/net/ready')).json).toEqual({ name: 'net', ready: true })
    expect((await ask('/v2/models/income')).json).toEqual({
      ...{ name: 'income', versions: ['1'], platform: 'perceptra_Pipeline' },
      inputs: [
        { name: 'age', datatype: 'FP64', shape: [-1, 1] },
        { name: 'job', datatype: 'BYTES', shape: [-1, 1] },
      ],
      outputs: [
        { name: 'label', datatype: 'BYTES', shape: [-1] },
        { name: 'probabilities', datatype: 'FP32', shape: [-1, 2] },
      ],
    })
  })

  it('takes a tensor of all inputs, or one for each column', async () => {
    const { json } = await ask('/v2/models/net/infer', {
      id: '7',
      inputs: [
        {
          name: 'x',
          datatype: 'FP32',
          shape: [2, 2],
          data: [
            [1, 2],
            [3, 4],
          ],
        },
      ],
    })
    const data = (
      await net.predict([
        [1, 2],
        [3, 4],
      ])
    )
      .toArray()
      .flat()
    expect(json).toEqual({
      ...{ model_name: 'net', model_version: '1', id: '7' },
      outputs: [{ name: 'output', datatype: 'FP32', shape: [2, 3], data }],
    })
    const rows = people.slice(0, 2)
    const answer = await ask('/v2/models/income/infer', {
      inputs: [
        column(
          'job',
          'BYTES',
          rows.map(({ job }) => job),
        ),
        column(
          'age',
          'INT64',
          rows.map(({ age }) => age),
        ),
      ],
      outputs: [{ name: 'label' }],
    })
    expect(answer.json.outputs).toEqual([
      { name: 'label', datatype: 'BYTES', shape: [2], data: await income.predict(rows) },
    ])
  })

  it('takes and gives binary tensors', async () => {
    const values = new Float32Array([1, 2])
    const head = JSON.stringify({
      inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 2], parameters: { binary_data_size: 8 } }],
      outputs: [{ name: 'output', parameters: { binary_data: true } }],
    })
    const body = Buffer.concat([Buffer.from(head), Buffer.from(values.buffer)])
    const header = { 'inference-header-content-length': `${head.length}` }
    const { json, rest } = await ask('/v2/models/net/infer', body, header)
    expect(json.outputs[0].parameters).toEqual({ binary_data_size: 12 })
    expect([...new Float32Array(Uint8Array.from(rest).buffer)]).toEqual([...net.predictSync(values)])
  })

  it.each<[string, object | string, RegExp]>([
    ['no inputs', { inputs: [] }, /one or more tensors/],
    ['a wrong datatype', { inputs: [{ name: 'x', datatype: 'FP31', shape: [1, 2], data: [1, 2] }] }, /but got "FP31"/],
    [
      'too few elements',
      { inputs: [{ name: 'x', datatype: 'FP32', shape: [2, 2], data: [1] }] },
      /Expected 4 elements/,
    ],
    [
      'a huge shape',
      { inputs: [{ name: 'x', datatype: 'FP32', shape: [2 ** 50, 2], data: [1] }] },
      /elements for input "x"/,
    ],
    ['a negative shape', { inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 2], data: [] }] }, /one to four sizes/],
    [
      'words for numbers',
      { inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 2], data: [1, 'a'] }] },
      /element 1 of input "x"/,
    ],
    [
      'a wrong width',
      { inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 3], data: [1, 2, 3] }] },
      /\[rows, 2\] for the shape/,
    ],
    [
      'an unknown output',
      { inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 2], data: [1, 2] }], outputs: [{ name: 'y' }] },
      /no output "y", but output/,
    ],
    [
      'bytes that are not there',
      { inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 2], parameters: { binary_data_size: 8 } }] },
      /Expected 0 to 0 for binary_data_size/,
    ],
  ])('refuses %s', async (_, body, message) => {
    const { status, json } = await ask('/v2/models/net/infer', body)
    expect(status).toBe(400)
    expect(json.error).toMatch(message)
  })

  it('reads every datatype from bytes as from JSON', async () => {
    const cases: [string, Uint8Array][] = [
      ['FP64', new Uint8Array(new Float64Array([1, 2]).buffer)],
      ['FP16', new Uint8Array(new Uint16Array([0x3c00, 0x4000]).buffer)],
      ['INT64', new Uint8Array(new BigInt64Array([1n, 2n]).buffer)],
      ['INT32', new Uint8Array(new Int32Array([1, 2]).buffer)],
      ['UINT8', new Uint8Array([1, 2])],
    ]
    const expected = (await ask('/models/net/predict', [1, 2])).json.prediction
    for (const [datatype, bytes] of cases) {
      const parameters = { binary_data_size: bytes.length }
      const head = JSON.stringify({ inputs: [{ name: 'x', datatype, shape: [1, 2], parameters }] })
      const header = { 'inference-header-content-length': `${head.length}` }
      const { json } = await ask('/v2/models/net/infer', Buffer.concat([Buffer.from(head), bytes]), header)
      expect(json.outputs[0].data, datatype).toEqual(expected)
    }
  })
})

it('the OpenAPI document names the columns; the page has no open text of a model', async () => {
  const { json } = await ask('/openapi.json')
  const schema = json.paths['/models/income/predict'].post.requestBody.content['application/json'].schema.oneOf[0]
  expect(schema).toMatchObject({ required: ['age', 'job'], properties: { job: { type: ['string', 'null'] } } })
  const evil = {
    predict: async () => [1],
    predictSync: () => 1,
    featureNamesIn: ['</script><script>alert(1)</script>'],
  }
  const page = await ask('/', undefined, {}, new ModelServer({ models: { evil: evil as never } }))
  expect(page.json).not.toContain('<script>alert')
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
})

it('a table model tells its columns, and takes a row whose first cell is null', async () => {
  const rows = people.map((person) => ({ ...person, rich: person.age > 40 ? 'yes' : 'no' }))
  const table = await new TabularClassifier({ preset: 'fast', seed: 1 }).fit(rows, { target: 'rich' })
  const to = new ModelServer({ models: { table, net: network() } })
  expect((await ask('/v2/models/table', undefined, {}, to)).json.inputs).toEqual([
    { name: 'age', datatype: 'FP64', shape: [-1, 1] },
    { name: 'job', datatype: 'BYTES', shape: [-1, 1] },
  ])
  const { json } = await ask('/openapi.json', undefined, {}, to)
  const [row] = json.paths['/models/table/predict'].post.requestBody.content['application/json'].schema.oneOf
  expect(Object.keys(row.properties)).toEqual(expect.arrayContaining(['age', 'job']))
  const { status } = await ask('/models/table/predict?probabilities', { age: null, job: 'cook' }, {}, to)
  expect(status).toBe(200)
  // One row, of which the network refuses the null; not a list of rows.
  expect((await ask('/models/net/predict', [null, 1], {}, to)).json.error).toMatch(/x/)
  // A row of frequent values, in which no word becomes a tag.
  expect((await ask('/', undefined, {}, to)).json).toContain('"example":{"age":20,"job":"\\u003cb>"}')
})

it('tells the drift of the rows that a table model was asked for, when it watches', async () => {
  const rows = Array.from({ length: 300 }, (_, i) => ({
    age: 20 + (i % 50),
    job: ['cook', 'clerk'][i % 2]!,
    rich: i % 50 > 25 ? 'yes' : 'no',
  }))
  const table = await new TabularClassifier({ preset: 'fast', seed: 1 }).fit(rows, { target: 'rich' })
  const watching = new ModelServer({ models: { table: servable(table), net: network() }, drift: true })
  const url = 'http://x/models/table'
  const post = (body: unknown) =>
    watching.handle(new Request(`${url}/predict`, { method: 'POST', body: JSON.stringify(body) }))
  await post({ age: 65, job: 'pilot' })
  await post(Array.from({ length: 200 }, (_, i) => ({ age: 60 + (i % 30), job: i % 4 ? 'cook' : 'pilot' })))
  expect((await post({ age: 'old', job: 'cook' })).status).toBe(400)
  // Rows of a request that is refused are not counted.
  const refused = [{ age: 30 }, { age: 'old' }, ...Array.from({ length: 5 }, () => ({ age: 30 }))]
  expect((await post(refused.map((row) => ({ ...row, job: 'cook' })))).status).toBe(400)
  const drift = (await (await watching.handle(new Request(`${url}/drift`))).json()) as {
    rows: number
    columns: { column: string; isDrifted: boolean; unknown: number; above: number }[]
    warnings: string[]
  }
  expect(drift.rows).toBe(201)
  const [age, job] = drift.columns
  expect([age!.column, age!.isDrifted, age!.above > 0]).toEqual(['age', true, true])
  expect([job!.column, job!.unknown]).toEqual(['job', 51])
  expect(drift.warnings.length).toBeGreaterThan(0)
  const status = async (server: ModelServer, path: string) =>
    (await server.handle(new Request(`http://x${path}`))).status
  expect(await status(watching, '/models/net/drift')).toBe(404)
  expect(await status(new ModelServer({ models: { table: servable(table) } }), '/models/table/drift')).toBe(404)
})

it('the page begins with a row of a table model that gets an answer with probabilities', async () => {
  const rows = Array.from({ length: 80 }, (_, i) => ({
    ...{
      age: 20 + ((7 * i) % 60),
      plan: i % 3 === 0 ? 'pro' : 'free',
      isNew: i % 2 === 0,
      since: `2024-0${1 + (i % 9)}-11`,
    },
    churned: i < 40 ? 'no' : 'yes',
  }))
  const table = await new TabularClassifier({ preset: 'fast', seed: 1 }).fit(rows, { target: 'churned' })
  const to = serve({ models: { table, net } })
  await to.ready()
  const { json: html } = await ask('/', undefined, {}, to)
  const models = JSON.parse(/const models = (.*)/.exec(html as string)![1]!)
  expect(models).toEqual([
    {
      ...{ name: 'table', path: 'models/table/predict?probabilities' },
      example: { age: 20, plan: 'free', isNew: false, since: '2024-01-11T00:00:00.000Z' },
    },
    { name: 'net', path: 'models/net/predict', example: [0, 0] },
  ])
  const { status, json } = await ask(`/${models[0].path}`, models[0].example, {}, to)
  expect([status, Object.keys(json.probabilities)]).toEqual([200, ['no', 'yes']])
})
