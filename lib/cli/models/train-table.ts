import type { LiveReport } from '../../report/index.js'
import type { Table } from '../../table/table.js'
import { type TableReport, TabularClassifier, type TabularProgress, TabularRegressor } from '../../tabular/index.js'
import { ignoring, leakSentence } from '../../tabular/report.js'
import { quoted } from '../commands/common.js'
import type { TaskName } from '../data/task.js'
import type { Interrupt } from '../terminal/interrupt.js'
import { duration } from '../terminal/numbers.js'
import type { Output } from '../terminal/output.js'
import type { ProgressLine } from '../terminal/progress.js'

/** What is trained, and how. */
export interface TrainJob {
  readonly training: Table
  readonly target: string
  readonly task: TaskName
  readonly seed: number
  readonly options: {
    readonly preset?: string
    readonly metric?: string
    readonly time?: number
    readonly kind?: Readonly<Record<string, string>>
  }
  readonly progress: ProgressLine
  readonly interrupt: Interrupt
  readonly output: Output
  /** A page that shows the progress. */
  readonly live: LiveReport | undefined
}

/** A trained model, as its file. */
export interface TrainedHere {
  readonly bytes: Uint8Array
  /** The model in a few words. */
  readonly what: string
  /** The columns that it reads. */
  readonly columns: readonly string[]
  readonly facts: { readonly rows: number } & Readonly<Record<string, unknown>>
  readonly warnings: readonly string[]
}

/** Trains a table model. The first Ctrl-C ends training after the current epoch. */
export async function trainTable(job: TrainJob): Promise<TrainedHere> {
  const { training, target, task, seed, options, progress, interrupt, output, live } = job
  const settings = { seed, ...(options.preset !== undefined && { preset: options.preset as never }) }
  const model = task === 'classes' ? new TabularClassifier(settings) : new TabularRegressor(settings)
  interrupt.onStop(() => {
    progress.end()
    output.note('Stopping after this epoch; what was learned is kept. Ctrl-C again ends at once.')
    model.stopTraining = true
  })
  const fit = model.fit.bind(model) as (rows: Table, options: object) => Promise<unknown>
  await fit(training, {
    target,
    ...(options.metric !== undefined && { metric: options.metric }),
    ...(options.kind && { columns: options.kind }),
    ...(options.time !== undefined && { timeLimit: options.time }),
    onProgress(now: TabularProgress) {
      live?.onProgress(now)
      const { stage, epoch, epochs, etaSeconds, loss, score } = now
      const parts = stage === 'training' ? { done: epoch, total: epochs, unit: 'epochs', etaSeconds, loss, score } : {}
      progress.show({ stage, ...parts })
    },
  })
  const { report } = model
  const { preset, stopReason, epochs, seconds } = report.training
  const ending = { completed: '', timeLimit: ' (the time was up)', stopTraining: ' (interrupted)' }[stopReason]
  const used = model.schema.columns.filter(({ name }) => !report.leftOut.some(({ column }) => column === name))
  return {
    bytes: model.toBytes(),
    what: `preset ${preset}, ${epochs} epochs${ending} of ${duration(seconds)}`,
    columns: used.map(({ name }) => name),
    facts: { ...report.training },
    warnings: warningsOf(report),
  }
}

/** The sentences of a report, with the options of this command. */
function warningsOf({ leaky, warnings }: TableReport): string[] {
  const own = new Map(
    leaky.map((leak) => [
      leakSentence(leak, ignoring(leak.column)),
      leakSentence(leak, `--ignore ${quoted(leak.column)}`),
    ]),
  )
  return warnings.map((warning) => own.get(warning) ?? warning)
}
