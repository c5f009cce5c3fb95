import { layers, regularizers, Sequential } from '../../../lib/index.js'
import type { OptimizerLike } from '../../../lib/spec/optimizer.js'

/** What a rank does. What is in `only` is for the rank of that number. */
export interface RankPlan {
  rows?: number
  epochs?: number
  batchSize?: number
  optimizer?: OptimizerLike
  batchNormalization?: boolean
  metrics?: string[]
  validation?: boolean
  shuffle?: boolean
  /** Rows in batches, as a function gives them. */
  stream?: boolean
  /** A file of checkpoints, for rank 0 alone to read. */
  checkpoint?: string
  earlyStopping?: boolean
  /** In seconds. */
  timeout?: number
  /** The port by which others reach rank 0, whose store is this folder. */
  relay?: { folder: string; port: number }
  /** Whether the hash of the weights is printed after each epoch. */
  hashes?: boolean
  /** Whether an error ends the process with code 1. */
  exits?: boolean
  /** Milliseconds of each epoch's callback. */
  pauseMs?: number
  units?: number
  /** Whether weights are printed, not only their hash. */
  weights?: boolean
  only?: { [rank: number]: Partial<RankPlan> }
  timeLimit?: number
  precision?: 'bfloat16'
  /** Of the L2 penalty on the first kernel. */
  l2?: number
  threads?: number
  /** A function gives the rates; from a step on it gives others, or throws. */
  rates?: { from: number; does: 'throw' | 'change' }
  /** The epoch that does not begin, for lack of memory. */
  noMemory?: number
  /** The slice of steps in which memory runs out. */
  noMemoryInSlice?: number
  /** Whether callbacks of onEpochEnd sum over the group. */
  sums?: boolean
  /** What happens at the end of an epoch, or in it. */
  at?: {
    epoch: number
    hook?: 'onEpochEnd' | 'onProgress' | 'onEpochBegin' | 'onTrainBegin'
    does: 'abort' | 'throw' | 'stopTraining' | 'rate' | 'close' | 'exit' | 'sum' | 'abortSoon' | 'pause'
    /** In onProgress: only after the last step of the epoch, which L-BFGS may take before the epoch ends. */
    atLastStep?: boolean
  }
  /** What is wrong with a row of x: a number that is not finite, or how many numbers it has. */
  wrongRow?: 'number' | 'width'
  /** Whether the signal is aborted before fit. */
  isAborted?: boolean
  /** Targets so large that the loss overflows, from an epoch on. */
  terminateOnNaN?: boolean
}

export interface RankResult {
  rank: number
  logs?: { [key: string]: number[] }
  stopReason?: string
  error?: { name: string; code?: string | undefined; message: string }
  /** Of the group's barrier after fit. */
  after?: string
  hash: string
  weights?: number[]
  epochs: number
  /** Milliseconds of fit. */
  ms: number
}

/** The same rows in every process. */
export function rowsOf(count: number) {
  const x = Array.from({ length: count }, (_, i) => [
    Math.sin(i),
    Math.cos(3 * i),
    ((i * 7) % 11) / 11,
    ((i * 5) % 13) / 13,
  ])
  const y = x.map(([a, b, c, d]) => Number(a! * b! + c! - d! > 0))
  return { x, y }
}

export function modelOf(
  { optimizer = 'adam', batchNormalization, metrics = ['accuracy'], units = 8, l2, precision }: RankPlan,
  seed = 1,
): Sequential {
  const model = new Sequential({
    layers: [
      layers.dense({
        units,
        activation: 'tanh',
        inputShape: [4],
        name: 'first',
        ...(l2 && { kernelRegularizer: regularizers.l2(l2) }),
      }),
      ...(batchNormalization ? [layers.batchNormalization()] : []),
      layers.dense({ units: 2, activation: 'softmax', name: 'last' }),
    ],
    seed,
  })
  model.compile({ optimizer, loss: 'sparseCategoricalCrossentropy', metrics: metrics as never, precision })
  return model
}
