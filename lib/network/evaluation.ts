import type { Logs } from '../base/history.js'
import type { NativeEvaluation } from '../native/model.js'
import type { CompileSpec } from '../spec/compile.js'
import type { Core } from './core.js'
import { type Part, RowScores, type ScoringRun } from './row-scores.js'
import { sliceMs } from './slice-ms.js'
import { Sums } from './sums.js'

/** How an evaluation runs. */
export interface EvaluationRun extends ScoringRun {
  /** Runs one slice of native work. */
  slice<T>(work: () => Promise<T>): Promise<T>
}

/** The loss and the metrics over rows, part by part. */
export class Evaluation {
  readonly #core: Core
  readonly #scores: RowScores
  #sums: Sums

  constructor(core: Core, { metrics, rowMetrics }: CompileSpec) {
    this.#core = core
    this.#sums = new Sums(metrics)
    this.#scores = new RowScores(core, rowMetrics)
  }

  get rows(): number {
    return this.#sums.rows
  }

  /** Adds rows. Returns false if `mustStop` ended it. */
  async add(part: Part, { slice, ...run }: EvaluationRun): Promise<boolean> {
    const { averaged, threads, mustStop } = run
    let sums: NativeEvaluation | undefined
    for (let row = 0; row < part.data.rows; row = sums.rows) {
      if (mustStop()) return false
      sums = await slice(() => this.#core.native.evaluate(part.data, row, sliceMs, averaged, sums?.totals, threads))
    }
    if (sums) this.#sums = this.#sums.plus(sums)
    return this.#scores.add(part, run)
  }

  /** Takes in the rows of other processes. */
  async join(over: {
    addUp(values: readonly number[]): Promise<readonly number[]>
    gather(bytes: Uint8Array): Promise<Uint8Array[]>
  }): Promise<void> {
    this.#sums = this.#sums.withNumbers(await over.addUp(this.#sums.numbers))
    await this.#scores.join((bytes) => over.gather(bytes))
  }

  toLogs(): Logs {
    const logs = this.#sums.toLogs()
    this.#scores.addTo(logs, false)
    return logs
  }

  /** Adds the numbers to `logs` under the keys of validation data. */
  addValidationTo(logs: Logs): void {
    this.#sums.addValidationTo(logs)
    this.#scores.addTo(logs, true)
  }
}
