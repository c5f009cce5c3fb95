import { stat } from 'node:fs/promises'
import { Matrix } from '../../base/matrix.js'
import type { Label } from '../../learning/labels.js'
import { type LiveReport, report as writeReport } from '../../report/index.js'
import type { Subject } from '../../report/read/subject.js'
import type { Table } from '../../table/table.js'
import { TabularClassifier, TabularRegressor } from '../../tabular/index.js'
import type { DataOptions } from '../data/source.js'
import { type Entrance, entranceOf, type OpenedModel } from '../models/open.js'
import { type AnswerOptions, openWithAnswers } from '../models/open-with-answers.js'
import { classNumbers } from '../models/scores.js'
import { Interrupt } from '../terminal/interrupt.js'
import { size } from '../terminal/numbers.js'
import { checkFolders } from '../terminal/out-folder.js'
import { type CommonOptions, Output } from '../terminal/output.js'
import { ProgressLine } from '../terminal/progress.js'

/** Options of `report`. */
export interface ReportCommandOptions extends CommonOptions, DataOptions, AnswerOptions {
  readonly out?: string
  readonly title?: string
  readonly seed?: number
  readonly time?: number
}

/** Writes a page about a model and rows whose answers are known. */
export async function report(path: string, data: string, options: ReportCommandOptions): Promise<number> {
  const output = new Output(options)
  const progress = new ProgressLine(output)
  const interrupt = new Interrupt()
  try {
    await checkFolders(options.out)
    const { opened, network, target, rows, file } = await openWithAnswers(path, data, options, interrupt.signal)
    const out = options.out ?? `${path.replace(/\.safetensors$/, '')}.html`
    await reportTo(out, opened, rows, target, file, {
      ...options,
      network,
      signal: interrupt.signal,
      progress,
    })
    progress.end()
    const bytes = (await stat(out)).size
    output.result({ model: path, rows: rows.rows, out, bytes })
    output.line(`Wrote ${out} (${size(bytes)}): open it in a browser.`)
    return 0
  } finally {
    progress.end()
    interrupt.end()
  }
}

interface Settings {
  readonly classes?: readonly string[]
  readonly network?: Subject | undefined
  readonly title?: string
  readonly seed?: number
  readonly time?: number
  readonly signal: AbortSignal
  readonly progress: ProgressLine
  /** The curves of a table model, which keeps none. */
  readonly history?: LiveReport['history']
}

/** The page of a model and rows, which is written to `out` too, if it is given. */
export async function reportTo(
  out: string | undefined,
  opened: OpenedModel,
  rows: Table,
  target: string,
  file: string,
  settings: Settings,
): Promise<string> {
  const { title, seed, time, signal, progress, history, classes, network } = settings
  const { model } = opened
  const isTable = model instanceof TabularClassifier || model instanceof TabularRegressor
  const entrance = entranceOf(opened, rows.names, target, file)
  // A table model refuses columns that it was not trained with.
  const data = isTable
    ? { rows: rows.select([...entrance.columns, target]) }
    : { ...inputsOf(opened, rows, entrance), y: answersFor(opened, rows, target, file, network), target }
  return writeReport(model as never, {
    ...data,
    ...(classes && { classes }),
    ...(out !== undefined && { path: out }),
    data: file,
    ...(isTable && history && history.epochs.length > 0 && { history }),
    signal,
    ...(title !== undefined && { title }),
    ...(seed !== undefined && { seed }),
    ...(time !== undefined && { timeLimit: time }),
    onProgress: ({ stage, done }) => progress.show({ stage, done: Math.round(100 * done), total: 100, unit: '%' }),
  })
}

/** Rows as a model without a schema takes them. */
function inputsOf({ servable }: OpenedModel, rows: Table, { columns, rowOf }: Entrance) {
  if (servable.columns) return { x: rows.select(columns) }
  return { x: Matrix.from(Array.from(rows, (row) => rowOf(row) as number[])), columns }
}

function answersFor(
  { servable }: OpenedModel,
  rows: Table,
  target: string,
  file: string,
  network: Subject | undefined,
): number[] | Float64Array | Label[] {
  if (network?.task.name === 'classes') return classNumbers(network.task.classes, rows, target, file)
  return rows.kind(target) === 'number' && !servable.classes ? rows.numbers(target) : rows.labels(target)
}
