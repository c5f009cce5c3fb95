import { authorize } from '../authorize.js'
import { checkModel } from '../check-model.js'
import { SignalClient } from '../client.js'
import type { Host } from '../host.js'
import { tooLarge } from '../http/body.js'
import { Problem, told } from '../problem.js'
import { describeModel, describeServer } from '../protocol/describe.js'
import { inferTensors } from '../protocol/infer-tensors.js'
import type { RequestSpan } from '../traces.js'
import { type InferRequest, readInferRequest } from './read-infer.js'
import { type ModelNamed, readModelRequest } from './read-messages.js'
import { codeOf, type GrpcStatus, toStatus } from './status.js'
import { writeBoolean, writeInferResponse, writeModel, writeServer } from './write-messages.js'

/** What is used of a call of grpc-js. */
export interface GrpcCall {
  readonly request: Uint8Array
  readonly metadata: { get(name: string): readonly (string | Uint8Array)[] }
  readonly cancelled: boolean
  on(event: 'cancelled', listener: () => void): unknown
}

/** A method as addService of grpc-js takes it. Messages stay bytes: the handlers read and write them. */
export interface GrpcMethod {
  readonly path: string
  readonly requestStream: false
  readonly responseStream: false
  requestSerialize(message: Uint8Array): Buffer
  requestDeserialize(bytes: Buffer): Uint8Array
  responseSerialize(message: Uint8Array): Buffer
  responseDeserialize(bytes: Buffer): Uint8Array
}

/** Answers a call of grpc-js. */
export type GrpcHandler = (call: GrpcCall, callback: (status: GrpcStatus | null, message?: Uint8Array) => void) => void

/** What `addService` of a server of grpc-js takes. */
export interface GrpcService {
  readonly definition: Readonly<Record<string, GrpcMethod>>
  readonly handlers: Readonly<Record<string, GrpcHandler>>
}

interface Method {
  /** Probes need no key. */
  readonly isOpen?: boolean
  /** The model that a request names; the check of the name comes before the answer. */
  readonly named?: (request: Uint8Array) => ModelNamed
  /** @param signal aborts when the client leaves, or its deadline has passed. */
  answer(
    host: Host,
    named: ModelNamed,
    signal: AbortSignal,
    span: RequestSpan | undefined,
  ): Uint8Array | Promise<Uint8Array>
}

const serviceName = 'inference.GRPCInferenceService'

const methods: Readonly<Record<string, Method>> = {
  ServerLive: { isOpen: true, answer: () => writeBoolean(true) },
  ServerReady: { isOpen: true, answer: (host) => writeBoolean(host.isReady) },
  ModelReady: { isOpen: true, named: readModelRequest, answer: (host) => writeBoolean(host.isReady) },
  ServerMetadata: { answer: () => writeServer(describeServer()) },
  ModelMetadata: {
    named: readModelRequest,
    answer: async (host, { model, version }) => writeModel(await describeModel(host, model, version)),
  },
  ModelInfer: {
    named: readInferRequest,
    answer: async (host, named, signal, span) => {
      const { id, isRaw, ...asked } = named as InferRequest
      const { version, outputs } = await inferTensors(host, asked, new SignalClient(signal), span)
      return writeInferResponse({ model: asked.model, version, id, outputs, isRaw })
    },
  },
}

/** The service of the protocol, without the package that listens. */
export function makeService(host: Host): GrpcService {
  const names = Object.keys(methods)
  return {
    definition: Object.fromEntries(names.map((name) => [name, definitionOf(name)])),
    handlers: Object.fromEntries(names.map((name) => [name, handlerOf(host, name)])),
  }
}

function definitionOf(name: string): GrpcMethod {
  const bytes = (message: Uint8Array) => Buffer.from(message.buffer, message.byteOffset, message.byteLength)
  const codec = {
    requestSerialize: bytes,
    requestDeserialize: bytes,
    responseSerialize: bytes,
    responseDeserialize: bytes,
  }
  return { path: `/${serviceName}/${name}`, requestStream: false, responseStream: false, ...codec }
}

function handlerOf(host: Host, name: string): GrpcHandler {
  const { isOpen = false, named, answer } = methods[name]!
  return async (call, callback) => {
    const start = performance.now()
    const gone = new AbortController()
    const leave = () => gone.abort(new Problem(499, 'ERR_CANCELLED', 'The client left, or its deadline has passed.'))
    // Its deadline may be over when it comes.
    if (call.cancelled) leave()
    else call.on('cancelled', leave)
    const header = (key: string) => call.metadata.get(key)[0]?.toString()
    const attributes = { 'rpc.system': 'grpc', 'rpc.service': serviceName, 'rpc.method': name }
    const span = host.traces?.begin(`${serviceName}/${name}`, { kind: 'server', attributes, header })
    let model = ''
    let status = 200
    host.begin()
    try {
      if (!isOpen) authorize(host.settings.apiKeys, header)
      if (call.request.length > host.settings.maxBodyBytes) throw tooLarge(host.settings.maxBodyBytes)
      const request = named?.(call.request) ?? { model: '', version: undefined }
      if (named) checkModel(host, request.model, request.version)
      model = request.model
      span?.asks(model)
      callback(null, await answer(host, request, gone.signal, span))
    } catch (error) {
      const problem = told(host, error)
      status = problem.status
      callback(toStatus(problem))
    } finally {
      host.end()
    }
    host.metrics?.answered(model, status, performance.now() - start)
    span?.end({ 'rpc.grpc.status_code': status === 200 ? 0 : codeOf(status) }, status >= 500)
  }
}
