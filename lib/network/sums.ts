import type { Logs } from '../base/history.js'
import type { NativeSums } from '../native/model.js'
import type { Metric, Metrics } from '../spec/metric.js'

/** The keys of the logs of an epoch, in order. */
export function logKeysOf({ metrics, rowMetrics }: Metrics, validation: boolean): string[] {
  const all = [...metrics, ...rowMetrics]
  const keys = ['loss', ...all.map(({ key }) => key)]
  return validation ? [...keys, 'valLoss', ...all.map(({ valKey }) => valKey)] : keys
}

/** Sums over rows, and their means. */
export class Sums {
  readonly rows: number
  readonly loss: number
  readonly metrics: readonly number[]
  readonly #metrics: readonly Metric[]

  constructor(metrics: readonly Metric[], sums?: Pick<NativeSums, 'rows' | 'loss' | 'metrics'>) {
    this.#metrics = metrics
    this.rows = sums?.rows ?? 0
    this.loss = sums?.loss ?? 0
    this.metrics = sums?.metrics ?? new Array<number>(metrics.length).fill(0)
  }

  /** These sums and those of more rows. */
  plus({ rows, loss, metrics }: Pick<NativeSums, 'rows' | 'loss' | 'metrics'>): Sums {
    const sums = this.metrics.map((sum, k) => sum + metrics[k]!)
    return new Sums(this.#metrics, { rows: this.rows + rows, loss: this.loss + loss, metrics: sums })
  }

  /** All sums in a row, and back. */
  get numbers(): number[] {
    return [this.rows, this.loss, ...this.metrics]
  }

  withNumbers([rows = 0, loss = 0, ...metrics]: readonly number[]): Sums {
    return new Sums(this.#metrics, { rows, loss, metrics })
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
