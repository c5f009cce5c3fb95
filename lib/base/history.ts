import type { LogKey } from './log-keys.js'

/**
 * A value for each key of the logs: always for the loss, for others if the run logs them. Other keys are those of metrics that
 * are functions, and of callbacks.
 */
export type ByLogKey<V> = { loss: V } & { [K in Exclude<LogKey, 'loss'>]?: V } & { [key: string]: V }

/** The logs of an epoch: means over its rows. Those of validation data are `valLoss`, `valAccuracy`, ... */
export type Logs = ByLogKey<number>

/** Why a training run ended. */
export type StopReason =
  | 'completed'
  | 'aborted'
  | 'timeLimit'
  | 'stopTraining'
  | 'earlyStopping'
  | 'terminateOnNaN'
  | 'converged'

/** The logs of a training run. An epoch that was cut short is left out, though its steps changed the weights. */
export class History {
  /** The number of each epoch, counted from 0. */
  readonly epochs: number[] = []
  /**
   * An array for each key, with one entry for each epoch: NaN where the logs of an epoch lack the key. Numbers that a
   * callback adds to the logs in onEpochEnd are there too.
   */
  readonly logs: ByLogKey<number[]> = { loss: [] }
  /**
   * `'aborted'` by the signal (fit rejects; callbacks see it), `'timeLimit'`, `'stopTraining'` by the model's flag, `'earlyStopping'` and
   * `'terminateOnNaN'` by these callbacks, `'converged'` by lbfgs, else `'completed'`.
   */
  stopReason: StopReason = 'completed'
  /**
   * The best epoch according to the callback earlyStopping, if there is one: the model has its weights, unless
   * restoreBestWeights is false.
   */
  bestEpoch: number | undefined

  /** Adds a whole epoch. */
  add(epoch: number, logs: Logs): void {
    this.epochs.push(epoch)
    for (const column of Object.values(this.logs)) column.push(Number.NaN)
    this.update(logs)
  }

  /** Sets the logs of the last epoch, to which callbacks may have added. */
  update(logs: Logs): void {
    const last = this.epochs.length - 1
    for (const [key, value] of Object.entries(logs)) {
      this.logs[key] ??= new Array<number>(last).fill(Number.NaN)
      this.logs[key][last] = value
    }
  }
}
