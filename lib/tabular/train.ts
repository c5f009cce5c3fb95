import type { History, Logs } from '../base/history.js'
import type { MetricName } from '../base/log-keys.js'
import { Matrix } from '../base/matrix.js'
import { earlyStopping } from '../callbacks/early-stopping.js'
import type { Callback } from '../callbacks/types.js'
import { dense, dropout } from '../factories/layers.js'
import { Sequential } from '../sequential.js'
import type { LayerSpec } from '../spec/layer.js'
import type { LossSpec } from '../spec/loss.js'
import type { FitSettings, TabularProgress } from './options.js'
import { leastSteps, type Preset } from './presets.js'

/** Rows as numbers, with a class number or a standardised number each. */
export interface EncodedRows {
  readonly x: Matrix
  readonly y: Int32Array | Float32Array
}

/** What a network is trained for. */
export interface Task {
  /** Units of the output, and its activation. */
  readonly outputs: number
  readonly activation: 'softmax' | 'linear'
  readonly loss: LossSpec
  readonly rate: number
  /** Rates of dropout to try. */
  readonly dropout: readonly number[]
  /** What is logged, and the key of it that decides the best epoch. */
  readonly metrics: readonly MetricName[]
  readonly monitor: 'valLoss' | `val${Capitalize<MetricName>}`
  /** The metric as users read it, from the logs of an epoch. */
  readonly score: (logs: Logs) => number
}

/** A trained network, and how it came about. */
export interface Trained {
  readonly network: Sequential
  readonly history: History
  /** The epochs that were planned. */
  readonly epochs: number
}

/**
 * Trains a network: RealMLP's recipe in small. Rates are those of its form with products over sqrt(fan in), so the weights'
 * rate is divided by that; the rate goes through coslog4, and the best epoch on the held-out rows is restored. Of several rates
 * of dropout, each with its share of the time, the best is kept.
 *
 * Source: Holzmüller, Grinsztajn and Steinwart 2024, "Better by default" (RealMLP-TD-S).
 */
export async function trainNetwork(
  training: EncodedRows,
  validation: EncodedRows,
  preset: Preset,
  task: Task,
  seed: number,
  settings: FitSettings<string>,
): Promise<Trained> {
  let kept: Trained | undefined
  for (const [k, rate] of task.dropout.entries()) {
    const run = { k, runs: task.dropout.length, rate, deadline: deadlineOf(settings.deadline, task.dropout.length - k) }
    const trained = await trainOnce(training, validation, preset, task, seed, settings, run)
    const isBetter = !kept || isBetterThan(trained, kept, task)
    const other = isBetter ? kept : trained
    other?.network.dispose()
    if (isBetter) kept = trained
    if (performance.now() >= settings.deadline || settings.isStopped()) break
  }
  return kept!
}

/** When the next of several runs must end, so that each has the same time. */
function deadlineOf(deadline: number, runs: number): number {
  const now = performance.now()
  return now + (deadline - now) / runs
}

/** Whether a network is better on the held-out rows. One without a whole epoch is not. */
function isBetterThan({ history }: Trained, { history: other }: Trained, { monitor }: Task): boolean {
  if (history.bestEpoch === undefined || other.bestEpoch === undefined) return other.bestEpoch === undefined
  const [value, best] = [history.logs[monitor]![history.bestEpoch]!, other.logs[monitor]![other.bestEpoch]!]
  return monitor === 'valAccuracy' || monitor === 'valAuc' ? value > best : value < best
}

/** One of several runs. */
interface Run {
  readonly k: number
  readonly runs: number
  /** The rate of dropout. */
  readonly rate: number
  readonly deadline: number
}

async function trainOnce(
  training: EncodedRows,
  validation: EncodedRows,
  preset: Preset,
  task: Task,
  seed: number,
  { signal, onProgress, isStopped }: FitSettings<string>,
  { k, runs, rate, deadline }: Run,
): Promise<Trained> {
  const size = Math.min(preset.batchSize, Math.max(16, Math.ceil(training.x.rows / 16)))
  const stepsOfEpoch = Math.ceil(training.x.rows / size)
  const wanted = Math.max(preset.epochs, Math.ceil(leastSteps / stepsOfEpoch))
  const make = (count: number) => makeNetwork(training.x.cols, preset, task, rate, seed, count * stepsOfEpoch)
  const epochs = await epochsWithin(deadline, wanted, training, size, make)
  const network = make(epochs)
  let score: number | undefined
  let lossSoFar: number | undefined
  const tell = async (epoch: number, etaSeconds: number) => {
    const all = { epoch: k * epochs + epoch, epochs: runs * epochs }
    const progress: TabularProgress = { stage: 'training', ...all, etaSeconds, loss: lossSoFar, score }
    await onProgress?.(progress)
  }
  const watch: Callback = {
    onEpochEnd(_epoch, logs) {
      score = task.score(logs)
    },
    async onProgress({ epoch, etaSeconds, loss }) {
      lossSoFar = loss
      await tell(epoch, etaSeconds * (runs - k))
      if (isStopped()) network.stopTraining = true
    },
  }
  const remaining = (deadline - performance.now()) / 1000
  const history = await network.fit(training.x, training.y, {
    ...{ epochs, batchSize: size, signal },
    validationData: [validation.x, validation.y],
    callbacks: [earlyStopping({ monitor: task.monitor, patience: epochs }), watch],
    ...(remaining < Infinity && { timeLimit: Math.max(remaining, 0.001) }),
  })
  signal?.throwIfAborted()
  if (onProgress) await tell(history.epochs.length, 0)
  return { network, history, epochs }
}

function makeNetwork(
  inputs: number,
  { hidden }: Preset,
  task: Task,
  rate: number,
  seed: number,
  steps: number,
): Sequential {
  const layers: LayerSpec[] = []
  let fanIn = inputs
  for (const [i, units] of hidden.entries()) {
    const root = Math.sqrt(fanIn)
    layers.push(
      dense({
        ...{ units, activation: 'relu', learningRateFactor: 1 / root },
        kernelInitializer: { name: 'randomNormal', mean: 0, stddev: 1 / root },
        ...(i === 0 && { inputShape: [inputs] as const }),
      }),
    )
    if (rate > 0) layers.push(dropout({ rate }))
    fanIn = units
  }
  layers.push(
    dense({
      ...{ units: task.outputs, activation: task.activation, kernelInitializer: 'zeros', name: 'output' },
      learningRateFactor: 1 / Math.sqrt(fanIn),
    }),
  )
  const network = new Sequential({ layers, seed })
  network.compile({
    optimizer: {
      ...{ name: 'adam', beta1: 0.9, beta2: 0.95, epsilon: 1e-8 },
      learningRate: { name: 'coslog4', initial: task.rate, steps: Math.max(steps, 1) },
    },
    loss: task.loss,
    metrics: task.metrics,
  })
  return network
}

/** The share of the time until the deadline that is planned for epochs; the rest is for what is not foreseen. */
const plannedShare = 0.9
/** How long the speed is measured, as a share of that time, and at most, in seconds. */
const measuredShare = 0.05
const mostMeasured = 0.5

/** As many epochs as there is time for, at least one: the speed is measured with a network that is thrown away. */
async function epochsWithin(
  deadline: number,
  wanted: number,
  { x, y }: EncodedRows,
  batchSize: number,
  make: (epochs: number) => Sequential,
): Promise<number> {
  const remaining = (deadline - performance.now()) / 1000
  if (remaining === Infinity || remaining <= 0) return remaining > 0 ? wanted : 1
  const trial = make(wanted)
  try {
    let rowsPerSecond = 0
    await trial.fit(x, y, {
      ...{ epochs: wanted, batchSize, timeLimit: Math.min(measuredShare * remaining, mostMeasured) },
      callbacks: {
        onProgress({ samplesPerSecond }) {
          rowsPerSecond = samplesPerSecond
        },
      },
    })
    const left = (deadline - performance.now()) / 1000
    return Math.max(1, Math.min(wanted, Math.floor((plannedShare * left * rowsPerSecond) / x.rows)))
  } finally {
    trial.dispose()
  }
}

export function matrixOfRows(data: Float32Array, width: number, rows: Uint32Array): Matrix {
  const out = new Float32Array(rows.length * width)
  for (const [k, row] of rows.entries()) out.set(data.subarray(row * width, (row + 1) * width), k * width)
  return new Matrix(out, rows.length, width)
}
