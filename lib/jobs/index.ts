export { JobQueue } from './job-queue.js'
export { type JobContext, type JobHandler, JobServer, type WorkerEvent } from './job-server.js'
export { pack } from './pack.js'
export { type RestoreLearner, unpack } from './unpack.js'
