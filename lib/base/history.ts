/** What is logged of an epoch: means over its rows, validation data under `valLoss`, `valAccuracy`, ... */
export interface Logs {
  loss: number
  [key: string]: number
}

/** Why a run of training ended. */
export type StopReason =
  | 'completed'
  | 'aborted'
  | 'timeLimit'
  | 'stopTraining'
  | 'earlyStopping'
  | 'terminateOnNaN'
  | 'converged'

/** What a run of training logged. An epoch that was cut short is not in it, though its steps changed the weights. */
export class History {
  /** The number of each epoch, counted from 0. */
  readonly epochs: number[] = []
  /** One array a key, one entry an epoch. */
  readonly logs: { loss: number[]; [key: string]: number[] } = { loss: [] }
  /**
   * `'aborted'` by the signal, `'timeLimit'`, `'stopTraining'` by the model's flag, `'earlyStopping'` and
   * `'terminateOnNaN'` by these callbacks, `'converged'` by lbfgs, else `'completed'`.
   */
  stopReason: StopReason = 'completed'
  /**
   * The epoch that earlyStopping found best, if there is one: the model has its weights, unless restoreBestWeights is
   * false.
   */
  bestEpoch: number | undefined

  /** Adds a whole epoch. */
  add(epoch: number, logs: Logs): void {
    this.epochs.push(epoch)
    for (const [key, value] of Object.entries(logs)) {
      this.logs[key] ??= []
      this.logs[key].push(value)
    }
  }
}
