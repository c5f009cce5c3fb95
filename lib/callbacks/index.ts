export { type ProgressOptions, type ProgressStream, progress } from './progress.js'
export type { Callback, Progress } from './types.js'
