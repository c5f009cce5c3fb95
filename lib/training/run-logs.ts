import { describe } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { History, type Logs } from '../base/history.js'
import type { NativeTrainResult } from '../native/model.js'
import type { Core } from '../network/core.js'
import type { Evaluation } from '../network/evaluation.js'
import type { RowScores } from '../network/row-scores.js'
import { logKeysOf, Sums } from '../network/sums.js'
import type { Job } from './job.js'
import { LayerStatistics, statisticKeysOf } from './layer-statistics.js'

/** What a run logs: the sums of the epoch in progress, and the history of whole epochs. */
export class RunLogs {
  readonly history = new History()
  /** The logs of the last whole epoch; empty before there is one. */
  last: Partial<Logs> = {}
  readonly #core: Core
  readonly #job: Job
  /** Of the parts of the epoch that are done, and with those of the part in progress. */
  #parts: Sums
  #sums: Sums
  #statistics: LayerStatistics | undefined

  constructor(core: Core, job: Job) {
    this.#core = core
    this.#job = job
    this.#parts = new Sums(job.compiled.metrics)
    this.#sums = this.#parts
  }

  /** The keys of the logs, in order. */
  get keys(): string[] {
    const { compiled, validation, layerStatistics } = this.#job
    const statistics = layerStatistics ? statisticKeysOf(this.#core) : []
    return [...logKeysOf(compiled, validation !== undefined), ...statistics]
  }

  /** Rows trained in the epoch so far. */
  get rows(): number {
    return this.#sums.rows / this.#core.members
  }

  beginEpoch(): void {
    this.#parts = new Sums(this.#job.compiled.metrics)
    this.#sums = this.#parts
    this.#statistics = this.#job.layerStatistics ? new LayerStatistics(this.#core) : undefined
  }

  /** Takes in a slice of the epoch in progress. Its sums are of all slices since the part began. */
  add(result: NativeTrainResult): void {
    this.#sums = this.#parts.plus(result)
    if (result.epochDone) this.#parts = this.#sums
    this.#statistics?.add(result)
  }

  /**
   * Adds an epoch that ended in the middle of a slice.
   * @param rows the number of rows of the epoch, which has one part.
   * @param sums as in `finished` of NativeTrainResult: loss, penalty, metrics.
   */
  addFinished(epoch: number, rows: number, [loss = 0, , ...metrics]: Float64Array): void {
    this.#keep(epoch, new Sums(this.#job.compiled.metrics, { rows: rows * this.#core.members, loss, metrics }).toLogs())
  }

  /** Takes in the sums of other ranks. */
  async join(addUp: (values: readonly number[]) => Promise<readonly number[]>): Promise<void> {
    this.#sums = this.#sums.withNumbers(await addUp(this.#sums.numbers))
  }

  /** Ends the epoch in progress; returns its logs, with the scores of its rows. */
  endEpoch(epoch: number, scores: RowScores, validation: Evaluation | undefined): Logs {
    const logs = this.#sums.toLogs()
    scores.addTo(logs, false)
    Object.assign(logs, this.#statistics?.toLogs())
    validation?.addValidationTo(logs)
    this.#keep(epoch, logs)
    return logs
  }

  /**
   * Means over the epoch so far. L-BFGS reports no sums in mid-iteration: shows the last epoch's, or an infinite loss.
   */
  soFar(): { loss: number; metrics: Record<string, number> } {
    if (this.#sums.rows > 0) return { loss: this.#sums.meanLoss, metrics: this.#sums.meanMetrics() }
    const { loss = Infinity } = this.last
    const metrics = this.#job.compiled.metrics.filter(({ key }) => this.last[key] !== undefined)
    return { loss, metrics: Object.fromEntries(metrics.map(({ key }) => [key, this.last[key]!])) }
  }

  /**
   * Takes over what callbacks added to the logs of the last epoch.
   * @throws ArgumentError for what is not a number.
   */
  keepAdded(logs: Logs): void {
    for (const [key, value] of Object.entries(logs)) {
      if (typeof value === 'number') continue
      throw new ArgumentError(
        `Expected numbers in the logs of onEpochEnd, but a callback set ${key} to ${describe(value)}. Keep other values elsewhere.`,
      )
    }
    this.history.update(logs)
  }

  #keep(epoch: number, logs: Logs): void {
    this.history.add(epoch, logs)
    this.last = logs
  }
}
