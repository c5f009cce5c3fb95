import type { Logs, StopReason } from '../../../lib/base/history.js'
import { Matrix } from '../../../lib/base/matrix.js'
import type { Callback, TrainedModel, TrainingRun } from '../../../lib/callbacks/index.js'
import type { LearningRate } from '../../../lib/spec/rate.js'

/** What a callback did to a fake model, whose single weight is the number of the epoch. */
export interface PlayResult {
  rates: number[]
  saved: string[]
  weight: number
  epochs: number
  stopReason: StopReason | undefined
  bestEpoch: number | undefined
}

/** Calls a callback as fit does, with one value of a log key per epoch, until it stops the run. */
export async function play(
  callback: Callback,
  values: readonly number[],
  options: { key?: string; rate?: LearningRate; logKeys?: string[]; logsMayGrow?: boolean } = {},
): Promise<PlayResult> {
  const { key = 'valLoss', rate = 1, logKeys = ['loss', 'valLoss'], logsMayGrow = false } = options
  const result: PlayResult = {
    rates: [],
    saved: [],
    weight: -1,
    epochs: 0,
    stopReason: undefined,
    bestEpoch: undefined,
  }
  let currentRate = typeof rate === 'number' ? rate : 0
  const model = {
    get learningRate(): number {
      return currentRate
    },
    set learningRate(value: LearningRate) {
      currentRate = value as number
    },
    stopTraining: false,
    getWeights: () => [new Matrix(Float32Array.of(result.weight), 1, 1)],
    setWeights: ([weight]: readonly Matrix[]) => {
      result.weight = weight!.data[0]!
    },
    save: async (path: string, { includeOptimizer }: { includeOptimizer?: boolean | undefined } = {}) => {
      result.saved.push(includeOptimizer ? path : `${path} without`)
    },
  } satisfies TrainedModel
  const run = {
    ...{ model, initialEpoch: 0, epochs: values.length, logKeys, logsMayGrow, learningRate: rate, history: result },
    stop: (reason: StopReason) => {
      result.stopReason = reason
    },
    weights: () => model.getWeights(),
    resolveOnNaN: () => {},
  }
  await callback.onTrainBegin?.(run as unknown as TrainingRun)
  for (const [epoch, value] of values.entries()) {
    await callback.onEpochBegin?.(epoch)
    result.weight = epoch
    result.epochs++
    await callback.onEpochEnd?.(epoch, { loss: 1, [key]: value } as Logs)
    result.rates.push(currentRate)
    if (result.stopReason) break
  }
  await callback.onTrainEnd?.({})
  return result
}
