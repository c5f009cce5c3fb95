import type { Logs, StopReason } from '../../../lib/base/history.js'
import { Matrix } from '../../../lib/base/matrix.js'
import type { Callback, TrainedModel, TrainingRun } from '../../../lib/callbacks/index.js'
import type { LearningRate } from '../../../lib/spec/rate.js'

/** What a callback did to a model that is none: its weight is the number of the epoch. */
export interface Played {
  rates: number[]
  saved: string[]
  weight: number
  epochs: number
  stopReason: StopReason | undefined
  bestEpoch: number | undefined
}

/** Plays epochs of one log key to a callback, as fit would, until it stops the run. */
export async function play(
  callback: Callback,
  values: readonly number[],
  options: { key?: string; rate?: LearningRate; logKeys?: string[] } = {},
): Promise<Played> {
  const { key = 'valLoss', rate = 1, logKeys = ['loss', 'valLoss'] } = options
  const played: Played = { rates: [], saved: [], weight: -1, epochs: 0, stopReason: undefined, bestEpoch: undefined }
  let now = typeof rate === 'number' ? rate : 0
  const model = {
    get learningRate(): number {
      return now
    },
    set learningRate(value: LearningRate) {
      now = value as number
    },
    stopTraining: false,
    getWeights: () => [new Matrix(Float32Array.of(played.weight), 1, 1)],
    setWeights: ([weight]: readonly Matrix[]) => {
      played.weight = weight!.data[0]!
    },
    save: async (path: string, { includeOptimizer }: { includeOptimizer?: boolean | undefined } = {}) => {
      played.saved.push(includeOptimizer ? path : `${path} without`)
    },
  } satisfies TrainedModel
  const run = {
    ...{ model, initialEpoch: 0, epochs: values.length, logKeys, learningRate: rate, history: played },
    stop: (reason: StopReason) => {
      played.stopReason = reason
    },
    weights: () => model.getWeights(),
    resolveOnNaN: () => {},
  }
  await callback.onTrainBegin?.(run as unknown as TrainingRun)
  for (const [epoch, value] of values.entries()) {
    await callback.onEpochBegin?.(epoch)
    played.weight = epoch
    played.epochs++
    await callback.onEpochEnd?.(epoch, { loss: 1, [key]: value } as Logs)
    played.rates.push(now)
    if (played.stopReason) break
  }
  await callback.onTrainEnd?.({})
  return played
}
