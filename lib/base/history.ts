/** The logs of an epoch: means over its rows. Those of validation data are `valLoss`, `valAccuracy`, ... */
export interface Logs {
  loss: number
  [key: string]: number
}

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
  /** An array for each key, with one entry for each epoch. */
  readonly logs: { loss: number[]; [key: string]: number[] } = { loss: [] }
  /**
   * `'aborted'` by the signal, `'timeLimit'`, `'stopTraining'` by the model's flag, `'earlyStopping'` and
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
    for (const [key, value] of Object.entries(logs)) {
      this.logs[key] ??= []
      this.logs[key].push(value)
    }
  }
}
