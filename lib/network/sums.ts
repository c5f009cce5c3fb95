import type { Logs } from '../base/history.js'
import type { NativeSums } from '../native/model.js'
import type { Metric } from '../spec/metric.js'

/** The keys of the logs of an epoch, in order. */
export function logKeysOf(metrics: readonly Metric[], validation: boolean): string[] {
  const keys = ['loss', ...metrics.map(({ key }) => key)]
  return validation ? [...keys, 'valLoss', ...metrics.map(({ valKey }) => valKey)] : keys
}

/** Adds up the sums over rows of several slices, and turns them into means. */
export class Sums {
  rows = 0
  loss = 0
  readonly metrics: number[]
  readonly #metrics: readonly Metric[]

  constructor(metrics: readonly Metric[]) {
    this.#metrics = metrics
    this.metrics = new Array<number>(metrics.length).fill(0)
  }

  add({ rows, loss, metrics }: Pick<NativeSums, 'rows' | 'loss' | 'metrics'>): void {
    this.rows += rows
    this.loss += loss
    for (let k = 0; k < metrics.length; k++) this.metrics[k]! += metrics[k]!
  }

  get meanLoss(): number {
    return this.loss / this.rows
  }

  /** The means of the metrics by key. */
  meanMetrics(): Record<string, number> {
    const logs: Record<string, number> = {}
    for (const [k, { key }] of this.#metrics.entries()) logs[key] = this.#mean(k)
    return logs
  }

  toLogs(): Logs {
    return { loss: this.meanLoss, ...this.meanMetrics() }
  }

  /** Adds the means to `logs` under the keys of validation data. */
  addValidationTo(logs: Logs): void {
    logs.valLoss = this.meanLoss
    for (const [k, { valKey }] of this.#metrics.entries()) logs[valKey] = this.#mean(k)
  }

  #mean(k: number): number {
    return this.#metrics[k]!.finish(this.metrics[k]! / this.rows)
  }
}
