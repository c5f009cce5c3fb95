// Starts the worker's program: Node 20 does not pass `--import tsx` on to worker threads.
import { register } from 'tsx/esm/api'

register()
await import('./worker.ts')
