/**
 * Training over several processes and machines: each rank has a part of the rows, all end with the same weights.
 *
 * @module perceptra/distributed
 */

export { Group } from '../training/group/group.js'
export { type JoinOptions, join } from './join.js'
export { folderStore } from './store/folder-store.js'
export type { RedisClient } from './store/redis-client.js'
export { type RedisStoreOptions, redisStore } from './store/redis-store.js'
export type { Store } from './store/store.js'
export { type StoreTls, type TcpStoreOptions, tcpStore } from './store/tcp-store.js'
