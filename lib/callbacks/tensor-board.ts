import { appendFile, mkdir } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { checkOptions, checkString, optionKeys } from '../base/check.js'
import type { Logs } from '../base/history.js'
import { temporaryName } from '../base/random-seed.js'
import { toPathError } from '../files/atomic-write.js'
import { encodeScalars, encodeVersion } from '../files/tensorboard-events.js'
import { isValidationKey } from './monitor.js'
import { perRun } from './per-run.js'
import type { Callback, TrainingRun } from './types.js'

/** Options of `tensorBoard`. */
export interface TensorBoardOptions {
  /** The folder for `tensorboard --logdir`; created if it does not exist. */
  dir: string
}

/**
 * Writes event files for TensorBoard after each epoch, with Keras's names (epoch_loss, epoch_accuracy, ...): the values
 * of training to the run `train`, with epoch_learning_rate, the rate of the next step (lbfgs has none); the values of
 * validation data to the run `validation`. Each fit creates new files in the folder.
 * @throws ArgumentError for wrong options; fit throws it for a folder that cannot be written.
 * @example
 * const { train } = datasets.digits()
 * const board = callbacks.tensorBoard({ dir: 'logs/first' })
 * await model.fit(train.x, train.y, { epochs: 3, validationSplit: 0.2, callbacks: [board] })
 */
export function tensorBoard(options: TensorBoardOptions): Callback {
  checkOptions(options, 'callbacks.tensorBoard()', optionKeys<TensorBoardOptions>({ dir: true }))
  return perRun(() => new TensorBoard(checkString(options.dir, 'dir')))
}

class TensorBoard implements Callback {
  readonly #dir: string
  /** The file of each run: `train`, `validation`. */
  readonly #files = new Map<string, string>()
  #run: TrainingRun | undefined

  constructor(dir: string) {
    this.#dir = dir
  }

  async onTrainBegin(run: TrainingRun): Promise<void> {
    this.#run = run
    this.#files.clear()
    if (run.rank > 0) return
    await this.#append('train', [])
  }

  async onEpochEnd(epoch: number, logs: Logs): Promise<void> {
    if (this.#run!.rank > 0) return
    const entries = Object.entries(logs)
    const training = entries.filter(([key]) => !isValidationKey(key)).map(([key, value]) => [tag(key), value] as const)
    const { model, learningRate } = this.#run!
    const rate = learningRate === undefined ? [] : [['epoch_learning_rate', model.learningRate] as const]
    await this.#append('train', [encodeScalars([...training, ...rate], epoch, seconds())])
    const validation = entries
      .filter(([key]) => isValidationKey(key))
      .map(([key, value]) => [tag(key.slice('val'.length)), value] as const)
    if (validation.length > 0) await this.#append('validation', [encodeScalars(validation, epoch, seconds())])
  }

  /** Appends records to the file of a run, which the first call creates. */
  async #append(run: string, records: Uint8Array[]): Promise<void> {
    let file = this.#files.get(run)
    try {
      if (!file) {
        await mkdir(join(this.#dir, run), { recursive: true })
        file = join(this.#dir, run, eventFileName())
        this.#files.set(run, file)
        records.unshift(encodeVersion(seconds()))
      }
      await appendFile(file, Buffer.concat(records))
    } catch (error) {
      throw toPathError(error, file ?? this.#dir)
    }
  }
}

/** epoch_root_mean_squared_error from rootMeanSquaredError. */
function tag(key: string): string {
  const words = key.replace(/(?<=[a-z0-9])[A-Z]/g, (letter) => `_${letter}`)
  return `epoch_${words.toLowerCase()}`
}

/** TensorBoard looks for `tfevents` in the name, and reads the files of a folder in the order of their names. */
function eventFileName(): string {
  const now = `${Math.floor(seconds())}`.padStart(10, '0')
  return `events.out.tfevents.${now}.${hostname()}.${process.pid}.${temporaryName()}.v2`
}

function seconds(): number {
  return Date.now() / 1000
}
