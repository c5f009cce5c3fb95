import { runBreathing } from '../base/breathing.js'
import { checkInteger, checkNumber, checkOptions, checkSignal, optionKeys } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { Matrix } from '../base/matrix.js'
import { earlyStopping } from '../callbacks/early-stopping.js'
import type { Sequential } from '../sequential.js'
import type { DriftReport } from './drift.js'
import { Encoder } from './encoder.js'
import { Ensemble, type EnsemblePart } from './ensemble.js'
import { grownNetwork } from './grow-network.js'
import { growPlan, growSchema } from './grow-plan.js'
import { type HeldOut, matrixOf, takeRows } from './known-rows.js'
import { encodeAll } from './learn-plan.js'
import type { TabularLearned } from './learned.js'
import type { CellTable } from './read-rows.js'

/** Options of `update`. */
export interface UpdateOptions {
  /** Passes over the rows: 10 by default. */
  epochs?: number | undefined
  /** The share of the rate of fit that training begins with; it falls to 0. 0.1 by default. */
  rate?: number | undefined
  /** Seconds of training. Infinity by default. */
  timeLimit?: number | undefined
  /** Aborting it rejects with its reason; the model stays as it was. */
  signal?: AbortSignal | undefined
}

/** What `update` did. */
export interface UpdateReport {
  /** Rows that were trained with, and rows that were held out. */
  readonly rows: number
  readonly validationRows: number
  /** How the rows differ from those of fit. */
  readonly drift: DriftReport
  /** Categories that have a place of their own from now on, by column. */
  readonly added: Readonly<Record<string, readonly string[]>>
  /** The metric on the held-out rows, before and after. */
  readonly before: number
  readonly after: number
  readonly stopReason: 'completed' | 'timeLimit'
}

/** The checked options. */
export interface UpdateSettings {
  readonly epochs: number
  readonly rate: number
  readonly deadline: number
  readonly signal: AbortSignal | undefined
}

const keys = optionKeys<UpdateOptions>({ epochs: true, rate: true, timeLimit: true, signal: true })

/** @throws ArgumentError for wrong options. */
export function readUpdateOptions(options: unknown): UpdateSettings {
  checkOptions(options, 'update()', keys)
  const { epochs = 10, rate = 0.1, timeLimit = Infinity, signal } = options as UpdateOptions
  if (timeLimit !== Infinity) checkNumber(timeLimit, 'timeLimit', { above: 0 })
  return {
    epochs: checkInteger(epochs, 'epochs', { min: 1 }),
    rate: checkNumber(rate, 'rate', { above: 0, max: 1 }),
    deadline: performance.now() + timeLimit * 1000,
    signal: signal === undefined ? undefined : checkSignal(signal),
  }
}

/** What training on changes, but for the target. */
export interface Updated {
  readonly learned: Omit<TabularLearned<never>, 'targets'>
  /** Outputs of the held-out rows. */
  readonly outputs: Matrix
  readonly added: UpdateReport['added']
  readonly stopReason: UpdateReport['stopReason']
}

/**
 * Trains copies of a model's networks on with new rows, at a small rate that falls to 0. Categories that the model does not have get a
 * place, which begins without any effect. A network keeps its weights unless an epoch has a smaller loss on the held-out rows.
 */
export async function trainOn(
  before: TabularLearned<unknown>,
  cells: CellTable,
  y: Int32Array | Float32Array,
  { training, validation }: HeldOut,
  settings: UpdateSettings,
): Promise<Updated> {
  const { signal } = settings
  const growth = await runBreathing(growPlan(before.plan, cells), signal)
  const schema = await runBreathing(growSchema(before.schema, cells), signal)
  const { plan, moved } = growth
  const data = await runBreathing(encodeAll(cells, schema, plan), signal)
  const x = await runBreathing(matrixOf(data, plan.width, training), signal)
  const xv = await runBreathing(matrixOf(data, plan.width, validation), signal)
  const [own, heldOut] = [takeRows(y, training), takeRows(y, validation)]
  const size = Math.min(256, Math.max(16, Math.ceil(x.rows / 16)))
  const steps = settings.epochs * Math.ceil(x.rows / size)
  const parts: EnsemblePart[] = []
  let stopReason: UpdateReport['stopReason'] = 'completed'
  try {
    for (const part of before.ensemble.parts) {
      const copy = await grownNetwork(part, growth, settings.rate, steps)
      if (!copy)
        throw new ArgumentError('A network of this model has layers that cannot take new categories: fit it again.')
      parts.push({ ...copy, weight: part.weight })
      const left = before.ensemble.parts.length - parts.length + 1
      const isWhole = await trainFurther(copy.network, [x, own], [xv, heldOut], size, left, settings)
      if (!isWhole) stopReason = 'timeLimit'
    }
    const ensemble = new Ensemble(parts, before.ensemble.temperature)
    const outputs = await ensemble.predict(xv, { signal })
    const background = new Matrix(
      new Float32Array(before.background.rows * plan.width),
      before.background.rows,
      plan.width,
    )
    for (let i = 0; i < background.rows; i++) {
      for (const [from, to] of moved.entries()) background.row(i)[to] = before.background.at(i, from)
    }
    const record = { ...before.record, rows: before.record.rows + x.rows, stopReason }
    return {
      learned: { schema, plan, encoder: new Encoder(plan, schema), ensemble, background, record },
      ...{ outputs, added: Object.fromEntries(growth.values), stopReason },
    }
  } catch (error) {
    for (const { network } of parts) network.dispose()
    throw error
  }
}

/** @returns whether all epochs were done. */
async function trainFurther(
  network: Sequential,
  [x, y]: readonly [Matrix, Int32Array | Float32Array],
  validationData: readonly [Matrix, Int32Array | Float32Array],
  batchSize: number,
  /** Networks that are still to be trained, this one included. */
  networks: number,
  { epochs, deadline, signal }: UpdateSettings,
): Promise<boolean> {
  const now = performance.now()
  const seconds = (deadline - now) / 1000 / networks
  if (seconds <= 0) return false
  const weights = network.getWeights()
  const { loss } = await network.evaluate(validationData[0], validationData[1], { signal })
  const history = await network.fit(x, y, {
    ...{ epochs, batchSize, signal, validationData: [validationData[0], validationData[1]] },
    callbacks: [earlyStopping({ monitor: 'valLoss', patience: epochs })],
    ...(seconds < Infinity && { timeLimit: seconds }),
  })
  signal?.throwIfAborted()
  const losses = history.logs.valLoss ?? []
  if (!losses.some((value) => value < loss!)) network.setWeights(weights)
  return history.epochs.length === epochs
}
