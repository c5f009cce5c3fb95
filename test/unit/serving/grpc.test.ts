import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect } from 'node:http2'
import { fileURLToPath } from 'node:url'
import { Client, credentials, Metadata, Server, ServerCredentials, type ServiceError, status } from '@grpc/grpc-js'
import { loadSync } from '@grpc/proto-loader'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { BinaryReader } from '../../../lib/files/protobuf.js'
import { readInferRequest } from '../../../lib/serving/grpc/read-infer.js'
import {
  type GrpcServer,
  grpcService,
  ModelServer,
  type ModelServerOptions,
  serveGrpc,
} from '../../../lib/serving/index.js'
import { Problem } from '../../../lib/serving/problem.js'
import { incomeModel, network, SlowModel, servable } from './models.js'

// The messages as protobufjs reads and writes them, and as Triton's client sent them (scripts/fixtures/make-grpc.py).
const proto = fileURLToPath(new URL('../../../lib/serving/grpc/open-inference.proto', import.meta.url))
const service = loadSync(proto, { longs: Number, defaults: false })[
  'inference.GRPCInferenceService'
] as unknown as Record<
  string,
  { path: string; requestSerialize(message: object): Buffer; responseDeserialize(bytes: Buffer): object }
>
const fixture = new URL('fixtures/grpc-requests.json', import.meta.url)
const recorded = JSON.parse(readFileSync(fixture, 'utf8')) as Record<string, string>

const open: { close(): unknown }[] = []
afterAll(() => Promise.all(open.map((opened) => opened.close())))

async function serve(options: ModelServerOptions) {
  const models = new ModelServer(options)
  const server = await serveGrpc(models, { port: 0 })
  const client = new Client(`127.0.0.1:${server.port}`, credentials.createInsecure())
  open.push(client, server)
  return { models, server, client }
}

/** Calls a method with a message, or with its bytes. */
function call(client: Client, name: string, message: object, metadata = new Metadata(), deadline = Infinity) {
  const { path, requestSerialize, responseDeserialize } = service[name]!
  const bytes = (sent: object) => (sent instanceof Uint8Array ? Buffer.from(sent) : requestSerialize(sent))
  return new Promise<Record<string, never>>((resolve, reject) => {
    client.makeUnaryRequest(path, bytes, responseDeserialize, message, metadata, { deadline }, (error, answer) =>
      error ? reject(error) : resolve(answer as Record<string, never>),
    )
  })
}

async function codeOf(answer: Promise<unknown>): Promise<[number, string]> {
  const { code, details } = await answer.then(
    () => ({ code: status.OK, details: '' }),
    (error: ServiceError) => error,
  )
  return [code, details]
}

const net = network()
let income: Awaited<ReturnType<typeof incomeModel>>
const errors: unknown[] = []
let models: ModelServer
let server: GrpcServer
let client: Client

beforeAll(async () => {
  income = await incomeModel()
  ;({ models, server, client } = await serve({ models: { net, income }, onEvent: (event) => errors.push(event) }))
  await models.ready()
})

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))]
}

const nested = (field: number, bytes: Uint8Array) =>
  Buffer.concat([Buffer.from([(field << 3) | 2, ...varint(bytes.length)]), bytes])

/** A ModelInferRequest with one input of words, x, of the shape [1]. */
function withContents(contents: Uint8Array): Buffer {
  const head = [nested(1, Buffer.from('x')), nested(2, Buffer.from('BYTES')), nested(3, Buffer.from([1]))]
  return Buffer.concat([nested(1, Buffer.from('net')), nested(5, Buffer.concat([...head, nested(5, contents)]))])
}

const floats = (bytes: Uint8Array) => [...new Float32Array(Uint8Array.from(bytes).buffer)]

interface Answer {
  outputs: { name: string; datatype: string; shape: number[]; contents: Record<string, unknown[]> }[]
  rawOutputContents?: Uint8Array[]
}

describe('methods', () => {
  it('tell the state of the server, and describe it and its models', async () => {
    expect(await call(client, 'ServerLive', {})).toEqual({ live: true })
    expect(await call(client, 'ServerReady', {})).toEqual({ ready: true })
    expect(await call(client, 'ModelReady', { name: 'net', version: '1' })).toEqual({ ready: true })
    expect(await call(client, 'ServerMetadata', {})).toMatchObject({ name: 'perceptra', version: '2' })
    expect(await call(client, 'ModelMetadata', { name: 'income' })).toEqual({
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

  it.each(Object.keys(recorded))('answers what clients send: %s', async (name) => {
    const answer = await call(client, 'ModelInfer', Buffer.from(recorded[name]!, 'base64'))
    const { outputs, rawOutputContents: raw } = answer as unknown as Answer
    expect(raw !== undefined).toBe(name.startsWith('raw'))
    if (name.endsWith('columns')) {
      const rows = [
        { age: 30, job: 'cook' },
        { age: 60, job: 'clerk' },
      ]
      const labels = await income.predict(rows)
      const probabilities = (await income.predictProba(rows)).toArray().flat()
      expect(outputs.map(({ name, datatype, shape }) => [name, datatype, shape])).toEqual([
        ['label', 'BYTES', [2]],
        ['probabilities', 'FP32', [2, 2]],
      ])
      const words = labels.map((label) => [label.length, 0, 0, 0, ...Buffer.from(label)])
      if (raw) expect([...raw[0]!]).toEqual(words.flat())
      else expect(outputs[0]!.contents.bytesContents!.map(String)).toEqual(labels)
      expect(raw ? floats(raw[1]!) : outputs[1]!.contents.fp32Contents).toEqual(probabilities)
    } else {
      const expected = await net.predict([
        [1, 2],
        [3, 4],
      ])
      expect(answer).toMatchObject({ modelName: 'net', modelVersion: '1', ...(name === 'raw FP32' && { id: '7' }) })
      expect(outputs[0]).toMatchObject({ name: 'output', datatype: 'FP32', shape: [2, 3] })
      expect(raw ? floats(raw[0]!) : outputs[0]!.contents.fp32Contents).toEqual(expected.toArray().flat())
    }
  })
})

describe('errors', () => {
  const x = { name: 'x', datatype: 'FP32', shape: [1, 2], contents: { fp32Contents: [1, 2] } }
  const infer = (input: object, more: object = {}) => ({ modelName: 'net', inputs: [{ ...x, ...input }], ...more })

  it.each<[string, object, RegExp]>([
    ['no inputs', { modelName: 'net' }, /one or more tensors/],
    ['a wrong datatype', infer({ datatype: 'FP31' }), /but got "FP31"/],
    ['too few elements', infer({ shape: [2, 2] }), /Expected 4 elements for input "x", but got 2/],
    ['too many elements', infer({ shape: [1] }), /Expected 1 elements for input "x", but got more/],
    [
      'too many raw words',
      infer({ datatype: 'BYTES', shape: [1], contents: undefined }, { rawInputContents: [new Uint8Array(8)] }),
      /Expected 1 elements for input "x", but got more/,
    ],
    ['a huge shape', infer({ shape: [2 ** 50, 2] }), /elements for input "x"/],
    ['a negative shape', infer({ shape: [-1, 2] }), /one to four sizes/],
    ['many sizes', infer({ shape: [1, 1, 1, 1, 1, 2] }), /one to four sizes/],
    ['a wrong width', infer({ shape: [1, 3], contents: { fp32Contents: [1, 2, 3] } }), /\[rows, 2\] for the shape/],
    ['another field', infer({ contents: { fp64Contents: [1, 2] } }), /in the field for FP32 alone/],
    ['contents for FP16', infer({ datatype: 'FP16' }), /FP16 has no contents/],
    ['raw and contents', infer({}, { rawInputContents: [new Uint8Array(8)] }), /but got both/],
    [
      'raw bytes for one of two',
      { ...infer({}), inputs: [x, x], rawInputContents: [new Uint8Array(8)] },
      /each of the 2/,
    ],
    [
      'too few raw bytes',
      infer({ contents: undefined }, { rawInputContents: [new Uint8Array(7)] }),
      /Expected 8 bytes/,
    ],
    ['an unknown output', infer({}, { outputs: [{ name: 'y' }] }), /no output "y", but output/],
    ['10,001 tensors', { modelName: 'net', inputs: Array(10_001).fill({}) }, /at most 10000 entries/],
    ['no message', new Uint8Array([0xff, 0xff, 0xff]), /Expected a message of the Open Inference Protocol/],
    ['a field past the end', new Uint8Array([0x2a, 0x05, 0x0a, 0x7f]), /Expected a message/],
  ])('%s: INVALID_ARGUMENT', async (_, message, details) => {
    const [code, text] = await codeOf(call(client, 'ModelInfer', message))
    expect(code).toBe(status.INVALID_ARGUMENT)
    expect(text).toMatch(details)
  })

  it.each<[string, Uint8Array]>([
    ['groups in groups', nested(1, Buffer.alloc(1_000_000, 0x0b))],
    ['random bytes', Buffer.from(Array.from({ length: 1_000_000 }, (_, i) => (i * 2654435761) >>> 24))],
    ['empty inputs', Buffer.alloc(1_000_000).fill(Buffer.from([0x2a, 0]))],
    ['sizes', nested(5, nested(3, Buffer.alloc(1_000_000, 1)))],
    ['contents', nested(5, Buffer.alloc(1_000_000).fill(Buffer.from([0x2a, 0])))],
    ['raw contents', Buffer.alloc(1_000_000).fill(Buffer.from([0x3a, 0]))],
  ])('a million bytes of %s: INVALID_ARGUMENT', async (_, bytes) => {
    expect((await codeOf(call(client, 'ModelInfer', bytes)))[0]).toBe(status.INVALID_ARGUMENT)
  })

  it.each<[string, 'bytes' | 'bool', Uint8Array, RegExp]>([
    ['words', 'bytes', Buffer.alloc(100_000).fill(Buffer.from([66, 0])), /Expected 1 elements .* but got more/],
    ['packed booleans for words', 'bool', nested(1, new Uint8Array(100_000)), /in the field for BYTES alone/],
  ])('too many %s are refused before they are read', (_, method, contents, details) => {
    const read = vi.spyOn(BinaryReader.prototype, method)
    expect(() => readInferRequest(withContents(contents))).toThrow(details)
    expect(read.mock.calls.length).toBeLessThan(10)
    read.mockRestore()
  })

  it('NOT_FOUND for a model or version that is not there', async () => {
    for (const message of [{ name: 'nothing' }, {}, { name: 'net', version: '9' }]) {
      expect((await codeOf(call(client, 'ModelMetadata', message)))[0]).toBe(status.NOT_FOUND)
    }
    const [code, details] = await codeOf(call(client, 'ModelReady', { name: 'net', version: '9' }))
    expect([code, details]).toEqual([status.NOT_FOUND, 'Model net has no version "9".'])
  })

  it('keys and sizes are those of the server', async () => {
    const own = await serve({ models: { net }, apiKeys: ['secret'], maxBodyBytes: 500 })
    expect((await codeOf(call(own.client, 'ServerMetadata', {})))[0]).toBe(status.UNAUTHENTICATED)
    expect((await codeOf(call(own.client, 'ModelInfer', infer({}))))[0]).toBe(status.UNAUTHENTICATED)
    expect(await call(own.client, 'ServerLive', {})).toEqual({ live: true })
    const of = (name: string, value: string) => {
      const metadata = new Metadata()
      metadata.set(name, value)
      return metadata
    }
    const metadata = of('authorization', 'Bearer secret')
    for (const wrong of [of('authorization', 'Bearer secre'), of('x-api-key', 'Secret'), of('authorization', 'secret')])
      expect((await codeOf(call(own.client, 'ModelMetadata', { name: 'net' }, wrong)))[0]).toBe(status.UNAUTHENTICATED)
    for (const right of [metadata, of('x-api-key', 'secret')])
      expect(await call(own.client, 'ModelMetadata', { name: 'net' }, right)).toMatchObject({ name: 'net' })
    expect(await codeOf(call(own.client, 'ModelInfer', infer({}), metadata))).toEqual([status.OK, ''])
    for (const length of [600, 100_000]) {
      const large = infer({ name: 'x'.repeat(length) })
      expect((await codeOf(call(own.client, 'ModelInfer', large, metadata)))[0]).toBe(status.RESOURCE_EXHAUSTED)
    }
  })

  it('UNAVAILABLE beyond maxQueue, DEADLINE_EXCEEDED after timeoutMs and after the deadline of the client', async () => {
    const slow = new SlowModel()
    const options = { models: { slow: servable(slow) }, maxQueue: 1, timeoutMs: 300 }
    const own = await serve({ ...options, onEvent: (event) => errors.push(event) })
    slow.hold()
    const request = { ...infer({}), modelName: 'slow' }
    const first = codeOf(call(own.client, 'ModelInfer', request, new Metadata(), Date.now() + 100))
    await expect.poll(() => own.models.inFlight).toBe(1)
    expect((await codeOf(call(own.client, 'ModelInfer', request)))[0]).toBe(status.UNAVAILABLE)
    expect((await first)[0]).toBe(status.DEADLINE_EXCEEDED)
    slow.release()
    await expect.poll(() => own.models.inFlight).toBe(0)
    await own.models.close()
    expect((await codeOf(call(own.client, 'ModelInfer', request)))[0]).toBe(status.UNAVAILABLE)
  })

  it('a wrong name of an output is refused before the model computes', async () => {
    const slow = new SlowModel()
    const own = await serve({ models: { slow: servable(slow) } })
    const message = { ...infer({}), modelName: 'slow', outputs: [{ name: 'y' }] }
    const [code, details] = await codeOf(call(own.client, 'ModelInfer', message))
    expect([code, details]).toEqual([status.INVALID_ARGUMENT, 'There is no output "y", but prediction.'])
    expect(slow.batches).toEqual([])
  })

  it('a call whose deadline is over when it comes is not computed', async () => {
    const slow = new SlowModel()
    const own = new ModelServer({ models: { slow: servable(slow) } })
    await own.ready()
    const { handlers } = await grpcService(own)
    const request = service.ModelInfer!.requestSerialize({ ...infer({}), modelName: 'slow' })
    const late = { request, metadata: new Metadata(), cancelled: true, on: () => {} }
    const answer = await new Promise((resolve) => handlers.ModelInfer!(late as never, resolve))
    expect(answer).toMatchObject({ code: status.CANCELLED })
    expect(slow.batches).toEqual([])
  })

  describe('no bytes', () => {
    const valid = Object.values(recorded).map((text) => Buffer.from(text, 'base64'))
    const damaged = fc
      .tuple(
        fc.constantFrom(...valid),
        fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 4 }),
      )
      .map(([bytes, changes]) => {
        const copy = Buffer.from(bytes)
        for (const [at, value] of changes) copy[at % copy.length] = value
        return copy
      })
    const any = fc.oneof(damaged, fc.uint8Array({ maxLength: 60 }))
    it('bring the server down', async () => {
      const property = fc.asyncProperty(any, async (bytes) => {
        const [code] = await codeOf(call(client, 'ModelInfer', bytes))
        expect([status.OK, status.INVALID_ARGUMENT, status.NOT_FOUND]).toContain(code)
      })
      await fc.assert(property, { numRuns: 500 })
      expect(errors).toEqual([])
    })

    it('are anything but a request, or a problem of its sender', () => {
      const outcome = (bytes: Uint8Array) => {
        try {
          return readInferRequest(bytes).inputs.length > 0
        } catch (error) {
          return error instanceof Problem && error.status === 400
        }
      }
      fc.assert(fc.property(any, outcome), { numRuns: 100_000 })
    })
  })
})

it('close answers what has come, and refuses what comes later', async () => {
  const slow = new SlowModel()
  const own = await serve({ models: { slow: servable(slow) } })
  slow.hold()
  const request = {
    modelName: 'slow',
    inputs: [{ name: 'x', datatype: 'FP64', shape: [1, 1], contents: { fp64Contents: [1] } }],
  }
  const answer = codeOf(call(own.client, 'ModelInfer', request))
  await expect.poll(() => own.models.inFlight).toBe(1)
  const closing = own.server.close()
  slow.release()
  expect((await answer)[0]).toBe(status.OK)
  await closing
  expect((await codeOf(call(own.client, 'ServerLive', {})))[0]).toBe(status.UNAVAILABLE)
})

describe('clients that do not send their message to its end', () => {
  const path = '/inference.GRPCInferenceService/ModelInfer'
  const headers = { ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers' }

  async function unfinished(port: number, streams: number) {
    const session = connect(`http://127.0.0.1:${port}`)
    session.on('error', () => {})
    await once(session, 'remoteSettings')
    const answers = Array.from({ length: streams }, async () => {
      const stream = session.request(headers)
      stream.on('error', () => {})
      // A message of 100 bytes, of which two come.
      stream.write(Buffer.from([0, 0, 0, 0, 100, 10, 3]))
      const [answer] = (await once(stream, 'response')) as [Record<string, string>]
      return Number(answer['grpc-status'])
    })
    return { session, answers }
  }

  it('are left after timeoutMs, and may have 100 calls at a time on a connection', async () => {
    const own = await serve({ models: { net }, timeoutMs: 200 })
    const { session, answers } = await unfinished(own.server.port, 3)
    expect(session.remoteSettings.maxConcurrentStreams).toBe(100)
    expect(await Promise.all(answers)).toEqual(Array(3).fill(status.DEADLINE_EXCEEDED))
    expect((await codeOf(call(own.client, 'ServerLive', {})))[0]).toBe(status.OK)
    session.destroy()
  })

  it('do not keep the server from closing', async () => {
    const own = await serve({ models: { net }, timeoutMs: 200 })
    const { session, answers } = await unfinished(own.server.port, 1)
    await expect.poll(() => session.state.outboundQueueSize).toBe(0)
    await Promise.all([own.server.close(), own.server.close(), ...answers])
    session.destroy()
  })
})

it('a server of its own takes the service', async () => {
  const own = new Server()
  const { definition, handlers } = await grpcService(models)
  own.addService(definition, handlers as never)
  const port = await new Promise<number>((resolve, reject) => {
    own.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, at) =>
      error ? reject(error) : resolve(at),
    )
  })
  const other = new Client(`127.0.0.1:${port}`, credentials.createInsecure())
  expect(await call(other, 'ModelReady', { name: 'net' })).toEqual({ ready: true })
  other.close()
  own.forceShutdown()
})

it('refuses wrong options, and says where it cannot listen', async () => {
  await expect(serveGrpc(models, { port: -1 })).rejects.toThrow(/from 0 to 65535.* for port, but got -1/)
  await expect(serveGrpc(models, { prot: 1 } as never)).rejects.toThrow('Did you mean port')
  await expect(serveGrpc(models, { port: server.port })).rejects.toThrow(
    `Could not listen on 127.0.0.1:${server.port} for gRPC`,
  )
})
