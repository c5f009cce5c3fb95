/**
 * Work on several processes and machines: groups of ranks, which train one model, and workers for searches.
 *
 * @module perceptra/distributed
 */

export type { WorkerEvent } from '../jobs/index.js'
export type { RedisConnection } from '../jobs/options.js'
export { Group } from '../training/group/group.js'
export { type JoinOptions, join } from './join.js'
export { folderStore } from './store/folder-store.js'
export type { RedisClient } from './store/redis-client.js'
export { type RedisStoreOptions, redisStore } from './store/redis-store.js'
export type { Store } from './store/store.js'
export { type StoreTls, type TcpStoreOptions, tcpStore } from './store/tcp-store.js'
export { type CloseOptions, QueueWorker, startWorker, type WorkerOptions } from './worker/start-worker.js'
