// Starts the worker's program: Node 20 does not take `--import tsx` over into worker threads.
import { register } from 'tsx/esm/api'

register()
await import('./worker.ts')
