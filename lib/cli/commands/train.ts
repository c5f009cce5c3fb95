import { stat } from 'node:fs/promises'
import { nearest } from '../../base/check.js'
import { writeFileAtomic } from '../../files/atomic-write.js'
import { type LiveReport, serveReport } from '../../report/index.js'
import type { Table } from '../../table/table.js'
import type { DataOptions } from '../data/source.js'
import { checkColumn, readTable } from '../data/table.js'
import { checkAnswers, holdOut, taskOf } from '../data/task.js'
import { openModel } from '../models/open.js'
import { linesOf, type Scores, scoreModel } from '../models/scores.js'
import { trainConfig } from '../models/train-config.js'
import { type TrainedHere, trainTable } from '../models/train-table.js'
import { exits, UsageError } from '../terminal/failure.js'
import { Interrupt } from '../terminal/interrupt.js'
import { count, duration, size } from '../terminal/numbers.js'
import { checkFolders } from '../terminal/out-folder.js'
import { type CommonOptions, Output } from '../terminal/output.js'
import { ProgressLine } from '../terminal/progress.js'
import { fileOf, quoted, seedOf } from './common.js'

/** Options of `train`. */
export interface TrainOptions extends CommonOptions, DataOptions {
  readonly target: string
  readonly preset?: string
  readonly config?: string
  readonly valid?: string
  readonly holdout?: number
  readonly task?: string
  readonly metric?: string
  readonly time?: number
  readonly seed?: number
  readonly out?: string
  readonly report?: string
  readonly watch?: boolean
  readonly ignore?: readonly string[]
  readonly kind?: Readonly<Record<string, string>>
}

/** The share of rows that is held out for the score. */
const share = 0.2

/** Trains a model on the rows of a file, scores it on rows that training never saw, and saves it. */
export async function train(path: string, options: TrainOptions): Promise<number> {
  checkUsage(options)
  const output = new Output(options)
  const progress = new ProgressLine(output)
  const interrupt = new Interrupt()
  const begin = performance.now()
  let live: LiveReport | undefined
  try {
    await checkFolders(options.out, options.report)
    progress.show({ stage: 'reading' })
    const whole = await readTable(path, options, interrupt.signal)
    const { target } = options
    const file = path === '-' ? 'standard input' : path
    checkColumn(target, whole.names, file)
    for (const name of options.ignore ?? []) checkColumn(name, whole.names, file)
    const rows = options.ignore ? whole.drop(options.ignore) : whole
    const valid =
      options.valid === undefined ? undefined : await readTable(options.valid, options, interrupt.signal, wordsOf(rows))
    if (valid) checkColumn(target, valid.names, options.valid!)
    const seed = seedOf(options.seed)
    const task = taskOf(rows, target, options.task)
    if (valid) checkAnswers(valid, rows, target, task, options.valid!)
    const split = valid ? { training: rows, test: valid } : holdOut(rows, target, task, options.holdout ?? share, seed)
    live = options.watch ? await serveReport({ title: `Training for ${target}` }) : undefined
    if (live) output.note(`Watch it at ${live.url}`)
    const job = { ...split, live, target, task, seed, options, progress, interrupt, output }
    const trained = options.config === undefined ? await trainTable(job) : await trainConfig(job, options.config)
    progress.end()
    const after = new AbortController()
    interrupt.onStop(() => after.abort(new DOMException('Interrupted.', 'AbortError')))
    const out = options.out ?? fileOf(target)
    await writeFileAtomic(out, trained.bytes)
    const opened = await openModel(out)
    const where = options.valid ?? file
    const scores = split.test && (await scoreModel(opened, split.test, target, where, after.signal))
    const seconds = (performance.now() - begin) / 1000
    let page: string | undefined
    if ((options.report !== undefined || live) && split.test) {
      const { reportTo } = await import('./report.js')
      page = await reportTo(options.report, opened, split.test, target, where, {
        seed,
        signal: after.signal,
        progress,
        ...(live && { history: live.history }),
      })
      progress.end()
    }
    const bytes = (await stat(out)).size
    tell(output, { trained, scores, seed, task, out, bytes, seconds, options, interrupted: interrupt.isInterrupted })
    if (!output.json)
      for (const line of nextLines(out, split.test ?? split.training, trained.columns, options)) output.line(line)
    if (live && page !== undefined) await showUntilStopped(live, page, interrupt, output)
    return interrupt.isInterrupted ? exits.interrupted : exits.done
  } finally {
    progress.end()
    interrupt.end()
    await live?.close()
  }
}

/** The columns of words. */
function wordsOf(rows: Table): Set<string> {
  return new Set(rows.names.filter((name) => rows.kind(name) === 'string'))
}

/** Serves the report in place of the curves until Ctrl-C. An interrupted run ends without it. */
async function showUntilStopped(live: LiveReport, page: string, interrupt: Interrupt, output: Output): Promise<void> {
  if (interrupt.isInterrupted) return
  live.show(page)
  interrupt.end()
  output.note(`The report is at ${live.url} Ctrl-C ends this.`)
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
  })
}

function checkUsage({ report, watch, config, preset, kind, metric, out, valid, holdout, task }: TrainOptions): void {
  if (config !== undefined && preset !== undefined)
    throw new UsageError('Give --preset for tables, or --config for a network or pipeline, not both.')
  if (config !== undefined && (kind || metric))
    throw new UsageError(`--${kind ? 'kind' : 'metric'} is for tables; a configuration has its own.`)
  if (watch && holdout === 0) throw new UsageError('--watch needs rows that are held out, but --holdout is 0.')
  if (report !== undefined && holdout === 0)
    throw new UsageError('--report needs rows that are held out, but --holdout is 0.')
  if (valid !== undefined && holdout !== undefined)
    throw new UsageError('Give --valid, a file of rows to score on, or --holdout, a share of the rows, not both.')
  if (task !== undefined && !['classes', 'numbers'].includes(task)) {
    const near = { classification: 'classes', regression: 'numbers' }[task] ?? nearest(task, ['classes', 'numbers'])
    throw new UsageError(
      `Expected classes or numbers for --task, but got ${task}.${near ? ` Did you mean ${near}?` : ''}`,
    )
  }
  if (out !== undefined && !out.endsWith('.safetensors')) {
    throw new UsageError(
      `Expected a name that ends in .safetensors for --out, but got ${out}. For other formats: npx perceptra convert.`,
    )
  }
}

interface Told {
  readonly trained: TrainedHere
  readonly scores: Scores | undefined
  readonly seed: number
  readonly task: 'classes' | 'numbers'
  readonly out: string
  readonly bytes: number
  readonly seconds: number
  readonly options: TrainOptions
  readonly interrupted: boolean
}

function tell(output: Output, { trained, scores, seed, task, out, bytes, seconds, options, interrupted }: Told): void {
  const { facts, warnings } = trained
  output.result({
    event: 'done',
    model: out,
    bytes,
    task,
    seed,
    seconds,
    interrupted,
    warnings,
    training: facts,
    ...scores,
  })
  for (const warning of warnings) output.line(`! ${warning}`)
  if (warnings.length > 0) output.line()
  if (interrupted) output.line('Interrupted: this is what was learned until then.')
  const chosen = facts.validationRows ? ` (${count(Number(facts.validationRows))} more chose the best epoch)` : ''
  output.line(`Trained on ${count(facts.rows)} rows${chosen} in ${duration(seconds)}: ${trained.what}, seed ${seed}.`)
  if (scores) {
    const which = options.valid
      ? `the ${count(scores.rows)} rows of ${options.valid}`
      : `${count(scores.rows)} rows that were held out`
    output.line(`Score on ${which}, which training never saw:`)
    for (const line of linesOf(scores)) output.line(line)
  } else output.line('No rows were held out, so there is no score: try the model on rows of another time or place.')
  output.line(`Saved ${out} (${size(bytes)}).`)
  if (options.report !== undefined) output.line(`Wrote ${options.report}: open it in a browser.`)
}

/** Commands that may follow, with names that are right. */
function nextLines(out: string, rows: Table, columns: readonly string[], { target }: TrainOptions): string[] {
  const row = rows.row(0)
  const body = JSON.stringify(
    Object.fromEntries(columns.filter((name) => name !== target && name in row).map((name) => [name, row[name]])),
  )
  const name = out.replace(/^.*[\\/]/, '').replace(/\.safetensors$/, '')
  return [
    '',
    'Next:',
    `  npx perceptra evaluate ${quoted(out)} other.csv`,
    `  npx perceptra predict ${quoted(out)} new.csv --out answers.csv`,
    `  npx perceptra serve ${quoted(out)} --port 8080`,
    `  curl localhost:8080/models/${name}/predict -d ${quoted(body)}`,
  ]
}
