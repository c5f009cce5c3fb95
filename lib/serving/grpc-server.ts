import { checkInteger, checkOptions, checkString, optionKeys } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { loadOptional } from '../base/optional-package.js'
import { CallLimits, type InterceptingCall } from './call-limits.js'
import type { GrpcService } from './grpc/service.js'
import type { ModelServer } from './model-server.js'

/** What is used of a server of grpc-js. */
interface Server {
  addService(definition: GrpcService['definition'], handlers: GrpcService['handlers']): void
  bindAsync(address: string, credentials: object, bound: (error: Error | null, port: number) => void): void
  tryShutdown(done: (error?: Error) => void): void
  forceShutdown(): void
}

/** What is used of @grpc/grpc-js. */
interface GrpcJs {
  Server: new (options: object) => Server
  ServerCredentials: { createInsecure(): object }
  ServerInterceptingCall: InterceptingCall
}

/** Options of `serveGrpc`. */
export interface GrpcOptions {
  /** 8001 by default, as Triton's; 0 takes a free one. */
  port?: number | undefined
  /** 127.0.0.1 by default; 0.0.0.0 is all addresses. */
  host?: string | undefined
  /** ServerCredentials of grpc-js, for TLS; none by default. */
  credentials?: object | undefined
}

/** A gRPC server that listens. */
export interface GrpcServer {
  readonly port: number
  /**
   * Takes no new calls, and resolves when those that have come are answered. Calls whose message is not whole after `timeoutMs` of
   * the ModelServer are ended.
   */
  close(): Promise<void>
}

/** Most calls of a connection at a time; clients keep further ones back. */
const mostStreams = 100

const keys = optionKeys<GrpcOptions>({ port: true, host: true, credentials: true })

/**
 * The Open Inference Protocol v2 for a gRPC server of your own, with its TLS and interceptors:
 * `server.addService(service.definition, service.handlers)`, where `server` is one of @grpc/grpc-js. Keys are metadata:
 * `authorization: Bearer KEY` or `x-api-key: KEY`.
 *
 * Source of the protocol: https://github.com/kserve/open-inference-protocol
 */
export async function grpcService(models: ModelServer): Promise<GrpcService> {
  const { makeService } = await import('./grpc/service.js')
  return makeService(models)
}

/**
 * Serves models by gRPC, as the Open Inference Protocol v2 has it; needs the package @grpc/grpc-js. For a server of your own, see
 * `grpcService`.
 * @throws ArgumentError where the package is not installed, for a wrong option, and where it cannot listen.
 */
export async function serveGrpc(models: ModelServer, options: GrpcOptions = {}): Promise<GrpcServer> {
  checkOptions(options, 'serveGrpc', keys)
  const port = checkInteger(options.port ?? 8001, 'port', { min: 0, max: 65_535 })
  const host = checkString(options.host ?? '127.0.0.1', 'host')
  const grpc = await loadOptional<GrpcJs>('@grpc/grpc-js', 'gRPC')
  // A message has more bytes than its tensors: the handlers keep the limit, with a message that names it.
  const limits = new CallLimits(models.settings.timeoutMs)
  const server = new grpc.Server({
    'grpc.max_receive_message_length': models.settings.maxBodyBytes + 1024,
    'grpc.max_send_message_length': -1,
    'grpc.max_concurrent_streams': mostStreams,
    interceptors: [limits.interceptor(grpc.ServerInterceptingCall)],
  })
  const { definition, handlers } = await grpcService(models)
  server.addService(definition, handlers)
  const address = `${host.includes(':') ? `[${host}]` : host}:${port}`
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(address, options.credentials ?? grpc.ServerCredentials.createInsecure(), (error, at) => {
      if (error)
        reject(new ArgumentError(`Could not listen on ${address} for gRPC: ${error.message}`, { cause: error }))
      else resolve(at)
    })
  })
  let closing: Promise<void> | undefined
  return {
    port: bound,
    close() {
      closing ??= shutDown(server, limits)
      return closing
    },
  }
}

function shutDown(server: Server, limits: CallLimits): Promise<void> {
  return new Promise((resolve) => {
    // A client that does not end its stream, or does not read its answer, keeps its connection.
    const timer = setTimeout(async () => {
      await limits.answered()
      server.forceShutdown()
      resolve()
    }, limits.timeoutMs)
    server.tryShutdown(() => {
      clearTimeout(timer)
      resolve()
    })
  })
}
