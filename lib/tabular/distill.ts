import { checkInteger, checkNumber, checkOptions, checkSignal, invalid, optionKeys } from '../base/check.js'
import type { Matrix } from '../base/matrix.js'
import { earlyStopping } from '../callbacks/early-stopping.js'
import { dense } from '../factories/layers.js'
import { Sequential } from '../sequential.js'

/** Options of `distill`. */
export interface DistillOptions {
  /** Units of the hidden layers: [128, 128] by default. */
  hidden?: readonly number[] | undefined
  /** Seconds of training. Infinity by default. */
  timeLimit?: number | undefined
  /** Aborting it rejects with its reason. */
  signal?: AbortSignal | undefined
}

/** How near a distilled model is to its teacher, on the fifth of the rows that were held out. */
export interface Distillation {
  /** Rows that were trained with, and rows that were held out. */
  readonly rows: number
  readonly validationRows: number
  /** The share of rows with another label than the teacher's; of numbers the root of the mean squared difference. */
  readonly difference: number
  /** The metric of the teacher and of the distilled model; null if the held-out rows do not all have the target. */
  readonly teacher: number | null
  readonly student: number | null
  readonly seconds: number
}

/** The checked options. */
export interface DistillSettings {
  readonly hidden: readonly number[]
  readonly seconds: number
  readonly signal: AbortSignal | undefined
}

const keys = optionKeys<DistillOptions>({ hidden: true, timeLimit: true, signal: true })

/** @throws ArgumentError for wrong options. */
export function readDistillOptions(options: unknown): DistillSettings {
  checkOptions(options, 'distill()', keys)
  const { hidden = [128, 128], timeLimit = Infinity, signal } = options as DistillOptions
  if (!Array.isArray(hidden) || hidden.length === 0) throw invalid('hidden', 'an array of units', hidden)
  if (timeLimit !== Infinity) checkNumber(timeLimit, 'timeLimit', { above: 0 })
  return {
    hidden: hidden.map((units: unknown, k) => checkInteger(units, `hidden[${k}]`, { min: 1, max: 65_536 })),
    seconds: timeLimit,
    signal: signal === undefined ? undefined : checkSignal(signal),
  }
}

const batchSize = 256
/** Optimizer steps, and the least number of epochs that they take. */
const wantedSteps = 4000
const leastEpochs = 20

/**
 * Trains one network of dense layers to give the outputs of a teacher: by cross-entropy against its probabilities, or by the squared
 * difference from its numbers. The best epoch on the held-out rows is restored.
 *
 * Source: Hinton, Vinyals and Dean 2015, "Distilling the knowledge in a neural network".
 */
export async function trainStudent(
  [x, y]: readonly [x: Matrix, y: Matrix],
  validationData: readonly [x: Matrix, y: Matrix],
  isClasses: boolean,
  seed: number,
  { hidden, seconds, signal }: DistillSettings,
): Promise<Sequential> {
  const size = Math.min(batchSize, Math.max(16, Math.ceil(x.rows / 16)))
  const stepsOfEpoch = Math.ceil(x.rows / size)
  const epochs = Math.max(leastEpochs, Math.ceil(wantedSteps / stepsOfEpoch))
  // The rates are those of products over the root of the fan-in, as in `fast`.
  const form = (fanIn: number) => ({ learningRateFactor: 1 / Math.sqrt(fanIn) })
  const network = new Sequential({
    layers: [
      ...hidden.map((units, k) => {
        const fanIn = k === 0 ? x.cols : hidden[k - 1]!
        return dense({
          ...{ units, activation: 'relu' as const, ...form(fanIn) },
          kernelInitializer: { name: 'randomNormal', mean: 0, stddev: 1 / Math.sqrt(fanIn) },
          ...(k === 0 && { inputShape: [x.cols] as const }),
        })
      }),
      dense({
        ...{ units: y.cols, activation: isClasses ? 'softmax' : 'linear', name: 'output', ...form(hidden.at(-1)!) },
        kernelInitializer: 'zeros',
      }),
    ],
    seed,
  })
  network.compile({
    optimizer: {
      ...{ name: 'adam', beta1: 0.9, beta2: 0.95, epsilon: 1e-8 },
      learningRate: { name: 'coslog4', initial: 0.04, steps: epochs * stepsOfEpoch },
    },
    loss: isClasses ? 'categoricalCrossentropy' : 'meanSquaredError',
  })
  try {
    await network.fit(x, y, {
      ...{ epochs, batchSize: size, signal, validationData: [validationData[0], validationData[1]] },
      callbacks: [earlyStopping({ monitor: 'valLoss', patience: epochs })],
      ...(seconds < Infinity && { timeLimit: seconds }),
    })
    signal?.throwIfAborted()
    return network
  } catch (error) {
    network.dispose()
    throw error
  }
}
