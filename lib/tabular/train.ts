import type { Matrix } from '../base/matrix.js'
import { earlyStopping } from '../callbacks/early-stopping.js'
import type { Callback } from '../callbacks/types.js'
import type { Sequential } from '../sequential.js'
import type { Inputs } from './inputs.js'
import { compileNetwork, makeNetwork } from './make-network.js'
import type { Recipe } from './recipes.js'
import type { EncodedRows, Task } from './task.js'

/** A network to train. */
export interface Job {
  readonly recipe: Recipe
  readonly inputs: Inputs
  readonly task: Task
  readonly training: EncodedRows
  readonly validation: EncodedRows
  readonly seed: number
  /** As many as there are cores, if undefined. */
  readonly threads: number | undefined
}

/** What may end training early, and who is told. */
export interface Limits {
  readonly signal: AbortSignal | undefined
  /** As performance.now() counts. */
  readonly deadline: number
  /** Whether training ends after the current epoch. */
  readonly isStopped: () => boolean
  /** Called about ten times a second, with whole epochs. */
  readonly onEpochs: (epochs: number, loss: number, score: number | undefined) => Promise<void>
}

/** A trained network, and its outputs for the rows that were held out. */
export interface Trained {
  readonly network: Sequential
  readonly outputs: Matrix
  /** Whole epochs, and the one whose weights it has; undefined if there was none. */
  readonly epochs: number
  readonly bestEpoch: number | undefined
}

/** Rows of a batch, and epochs. */
export interface Length {
  readonly size: number
  readonly epochs: number
}

/** The length that the recipe has for a number of rows. */
export function lengthOf({ batchSize, leastBatches, steps, epochs: [least, most] }: Recipe, rows: number): Length {
  const large = Math.max(batchSize, Math.ceil(rows / 800))
  const size = Math.min(large, Math.max(16, Math.ceil(rows / leastBatches)))
  return { size, epochs: Math.min(Math.max(Math.ceil(steps / Math.ceil(rows / size)), least), most) }
}

/** Trains a network for so many epochs, and restores the best of them. */
export async function trainNetwork(job: Job, { size, epochs }: Length, limits: Limits): Promise<Trained> {
  const { recipe, training, validation, task, threads } = job
  const { signal, deadline, isStopped, onEpochs } = limits
  const stepsOfEpoch = Math.ceil(training.x.rows / size)
  const network = makeNetwork(recipe, job.inputs, task, job.seed, epochs * stepsOfEpoch)
  try {
    if (recipe.kind === 'real') await network.startFromData(training.x, { signal })
    let score: number | undefined
    const watch: Callback = {
      onEpochEnd(_epoch, logs) {
        const logged = logs[task.monitor]
        score = logged === undefined ? undefined : task.fromLog(logged)
      },
      async onProgress({ epoch, loss }) {
        await onEpochs(epoch, loss, score)
        if (isStopped()) network.stopTraining = true
      },
    }
    const seconds = (deadline - performance.now()) / 1000
    const history = await network.fit(training.x, training.y, {
      ...{ epochs, batchSize: size, signal, ...(threads !== undefined && { threads }) },
      validationData: [validation.x, validation.y],
      callbacks: [earlyStopping({ monitor: task.monitor, patience: epochs }), watch],
      ...(seconds < Infinity && { timeLimit: Math.max(seconds, 0.001) }),
    })
    signal?.throwIfAborted()
    await onEpochs(history.epochs.length, history.logs.loss?.at(-1) ?? Number.NaN, score)
    // On processors of different kinds, and in exports, the network predicts the same only without bfloat16.
    compileNetwork(network, recipe, task, epochs * stepsOfEpoch, 'float32')
    const outputs = await network.predict(validation.x, { signal })
    return { network, outputs, epochs: history.epochs.length, bestEpoch: history.bestEpoch }
  } catch (error) {
    network.dispose()
    throw error
  }
}
