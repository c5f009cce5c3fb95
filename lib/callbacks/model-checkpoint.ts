import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { dirname } from 'node:path'
import { checkBoolean, checkInteger, checkNumber, checkOptions, checkString, optionKeys } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import type { Logs } from '../base/history.js'
import { toPathError } from '../files/atomic-write.js'
import { fillPath, hasPlaceholder, placeholders } from './checkpoint-path.js'
import { checkLogKey, Monitor, type MonitorOptions, monitorKeys } from './monitor.js'
import { perRun } from './per-run.js'
import type { Callback, TrainingRun } from './types.js'

/** Options of `modelCheckpoint`. `monitor`, `mode`, `minDelta` and `initialBest` require `saveBestOnly`. */
export interface ModelCheckpointOptions extends MonitorOptions {
  /**
   * The file. `{epoch}` is replaced by the number of epochs done (1 after the first), `{valLoss}` by the value of this
   * key of the logs. `{epoch:3}` pads with zeros to 3 digits, `{valLoss:2}` has 2 digits after the decimal point
   * (default 4).
   */
  path: string
  /** Whether to save only when the monitored value is the best so far; false by default. */
  saveBestOnly?: boolean | undefined
  /** The value that the first save must beat, for runs that continue an earlier one. */
  initialBest?: number | undefined
  /** The interval in epochs; 1 by default. */
  everyEpochs?: number | undefined
  /**
   * Whether to omit the optimizer's state: the file is smaller, but training cannot resume exactly; false by default.
   */
  saveWeightsOnly?: boolean | undefined
}

/**
 * Saves the model at the end of epochs, as `model.save` does: a file holds all old bytes or all new ones, even if the
 * process is killed. Training resumes with the same bits: `Sequential.load(path)`, then fit with `initialEpoch:
 * model.epochs`. In the list, put it after callbacks that change the model or its rate at the end of an epoch. As
 * Keras's ModelCheckpoint.
 * @throws ArgumentError for wrong options; fit throws it for a folder that cannot be written and for keys that the logs
 * do not have.
 * @example
 * const { train } = datasets.digits()
 * const keep = callbacks.modelCheckpoint({ path: 'digits-{epoch:2}-{loss:2}.safetensors', everyEpochs: 2 })
 * await model.fit(train.x, train.y, { epochs: 4, callbacks: [keep] })
 */
export function modelCheckpoint(options: ModelCheckpointOptions): Callback {
  const keys = optionKeys<Omit<ModelCheckpointOptions, keyof MonitorOptions>>({
    path: true,
    saveBestOnly: true,
    initialBest: true,
    everyEpochs: true,
    saveWeightsOnly: true,
  })
  checkOptions(options, 'callbacks.modelCheckpoint()', [...keys, ...monitorKeys])
  const { path, saveBestOnly = false, initialBest, everyEpochs = 1, saveWeightsOnly = false } = options
  const best = checkBoolean(saveBestOnly, 'saveBestOnly')
  for (const key of best ? [] : ([...monitorKeys, 'initialBest'] as const)) {
    if (options[key] === undefined) continue
    throw new ArgumentError(`The option ${key} of callbacks.modelCheckpoint() needs saveBestOnly: true.`)
  }
  placeholders(checkString(path, 'path'))
  const settings = {
    initialBest: initialBest === undefined ? undefined : checkNumber(initialBest, 'initialBest'),
    every: checkInteger(everyEpochs, 'everyEpochs', { min: 1 }),
    includeOptimizer: !checkBoolean(saveWeightsOnly, 'saveWeightsOnly'),
  }
  const watched = { ...options }
  return perRun(() => new ModelCheckpoint(path, best ? new Monitor(watched) : undefined, settings))
}

interface Settings {
  initialBest: number | undefined
  every: number
  includeOptimizer: boolean
}

class ModelCheckpoint implements Callback {
  readonly #path: string
  readonly #monitor: Monitor | undefined
  readonly #settings: Settings
  #run: TrainingRun | undefined

  constructor(path: string, monitor: Monitor | undefined, settings: Settings) {
    this.#path = path
    this.#monitor = monitor
    this.#settings = settings
  }

  async onTrainBegin(run: TrainingRun): Promise<void> {
    this.#run = run
    this.#monitor?.begin(run, this.#settings.initialBest)
    for (const key of placeholders(this.#path)) if (key !== 'epoch') checkLogKey(key, run, 'path')
    const folder = dirname(this.#path)
    if (hasPlaceholder(folder) || run.rank > 0) return
    // Fails now, and not at the end of the first epoch.
    await access(folder, constants.W_OK).catch((error) => {
      throw toPathError(error, this.#path)
    })
  }

  async onEpochEnd(epoch: number, logs: Logs): Promise<void> {
    const { every, includeOptimizer } = this.#settings
    if ((epoch + 1) % every !== 0) return
    if (this.#monitor && !this.#monitor.improve(this.#monitor.read(logs))) return
    if (this.#run!.rank > 0) return
    await this.#run!.model.save(fillPath(this.#path, epoch + 1, logs), { includeOptimizer })
  }
}
