/**
 * A server of models: rows of JSON, the Open Inference Protocol, batches, versions, metrics.
 *
 * @module perceptra/serving
 */

export { type FastifyLike, type FastifyPluginOptions, fastifyPlugin } from './fastify-plugin.js'
export type { GrpcCall, GrpcHandler, GrpcMethod, GrpcService } from './grpc/service.js'
export type { GrpcStatus } from './grpc/status.js'
export { type GrpcOptions, type GrpcServer, grpcService, serveGrpc } from './grpc-server.js'
export { ModelServer, type PredictOptions, type ServedPrediction } from './model-server.js'
export { nodeListener } from './node-listener.js'
export type { ModelServerOptions, ModelSource, ServerEvent } from './options.js'
export type { Json, Scored, ServableModel } from './servable.js'
