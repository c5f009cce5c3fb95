import type { Matrix } from '../../base/matrix.js'
import { TabularRegressor } from '../../tabular/index.js'
import { csvWriter, ndjsonWriter, type RowWriter, TextSink } from '../data/sink.js'
import { type DataOptions, type DataSource, formats, openData } from '../data/source.js'
import { plainCell, type RowBatch, streamRows } from '../data/stream.js'
import { checkColumn } from '../data/table.js'
import { type Entrance, entranceOf, type OpenedModel, openModel } from '../models/open.js'
import { UsageError, wrong } from '../terminal/failure.js'
import { Interrupt } from '../terminal/interrupt.js'
import { count } from '../terminal/numbers.js'
import { checkFolders } from '../terminal/out-folder.js'
import { type CommonOptions, Output } from '../terminal/output.js'
import { ProgressLine } from '../terminal/progress.js'

/** Options of `predict`. */
export interface PredictOptions extends CommonOptions, DataOptions {
  readonly out?: string
  readonly keep?: readonly string[]
  readonly target?: string
  readonly interval?: number
  readonly probabilities: boolean
}

/** Columns of answers for rows. */
interface Answers {
  readonly names: readonly string[]
  readonly rows: readonly (readonly unknown[])[]
}

/** Writes the rows of a file with the answers of a model behind them, some rows at a time. */
export async function predict(path: string, data: string, options: PredictOptions): Promise<number> {
  const interrupt = new Interrupt()
  const progress = new ProgressLine(new Output({ json: false }))
  let sink: TextSink | undefined
  try {
    await checkFolders(options.out)
    const opened = await openModel(path)
    if (options.interval !== undefined && !(opened.model instanceof TabularRegressor)) {
      throw new UsageError(
        `--interval is for table models that learned numbers, but ${path} holds a ${opened.servable.kind}.`,
      )
    }
    const source = await openData(data, options)
    const isJson = writesJson(source, options)
    const write = writerFor(source, options, isJson)
    sink = new TextSink(options.out)
    const isQuiet = options.out === undefined || options.out === '-'
    let entrance: Entrance | undefined
    let head: readonly string[] | undefined
    let done = 0
    for await (const batch of streamRows(source, opened.takesWords ? 'all' : opened.words, interrupt.signal)) {
      const file = source.bytes.name
      head ??= batch.names
      const isNameless = opened.servable.columns === undefined
      // Lines of NDJSON may have other keys than the first ones, or the same ones in another order.
      if (isNameless || (!isJson && !options.keep)) checkMore(head, batch.names, file, isNameless)
      const names = isNameless ? head : batch.names
      if (!entrance || source.format === 'ndjson') entrance = entranceOf(opened, names, options.target, file)
      if (done === 0) for (const name of options.keep ?? []) checkColumn(name, batch.names, file)
      const answers = await answersFor(opened, batch, entrance, options, interrupt.signal)
      const kept = options.keep ?? (isJson ? undefined : head)
      await sink.write(kept ? joined(batch, answers, kept, write) : eachJoined(batch, answers, write))
      done += batch.rows.length
      if (!isQuiet) progress.show({ stage: 'predicting', done, unit: 'rows' })
    }
    await sink.close()
    progress.end()
    if (isQuiet) return 0
    const output = new Output(options)
    output.result({ model: path, rows: done, out: options.out })
    output.line(`Wrote ${count(done)} rows to ${options.out}.`)
    return 0
  } catch (error) {
    await sink?.discard()
    throw error
  } finally {
    progress.end()
    interrupt.end()
  }
}

/** @throws ArgumentError for a key that the first lines of NDJSON lack, where the columns are fixed by them. */
function checkMore(head: readonly string[], names: readonly string[], file: string, isNameless: boolean): void {
  const more = names.find((name) => !head.includes(name))
  if (more === undefined) return
  const advice = isNameless
    ? 'The model has no names of columns: write every key in the first lines.'
    : 'Choose columns by --keep, or write a file of .ndjson.'
  throw wrong(`${file} has a key ${JSON.stringify(more)} that its first lines lack. ${advice}`)
}

function writesJson({ format }: DataSource, { out, json }: PredictOptions): boolean {
  if (json || (out !== undefined && formats.ndjson.test(out))) return true
  return format === 'ndjson' && !formats.csv.test(out ?? '')
}

function writerFor({ format, delimiter }: DataSource, { out }: PredictOptions, isJson: boolean): RowWriter {
  if (out !== undefined && formats.parquet.test(out))
    throw new UsageError('Answers are written as CSV or NDJSON, not as Parquet.')
  if (isJson) return ndjsonWriter(format === 'csv' ? plainCell : (cell) => cell)
  return csvWriter(/\.(tsv|tab)$/i.test(out ?? '') ? '\t' : format === 'csv' ? delimiter : ',')
}

async function answersFor(
  { model, servable }: OpenedModel,
  { rows }: RowBatch,
  entrance: Entrance,
  { interval, probabilities: wanted }: PredictOptions,
  signal: AbortSignal,
): Promise<Answers> {
  const inputs = rows.map(({ cells }) => entrance.rowOf(cells))
  if (rows.length === 0) return { names: ['prediction'], rows: [] }
  if (interval !== undefined) {
    const intervals = await (model as TabularRegressor).predictInterval(inputs as object[], {
      coverage: interval,
      signal,
    })
    return {
      names: ['prediction', 'lower', 'upper'],
      rows: intervals.map(({ value, lower, upper }) => [value, lower, upper]),
    }
  }
  const { classes, hasProbabilities } = servable
  const withProbabilities = wanted && hasProbabilities && classes !== undefined
  const { predictions, probabilities } = await servable.many(inputs, withProbabilities, signal)
  const outputs = columnsOf(predictions)
  const names = outputs.width === 1 ? ['prediction'] : Array.from({ length: outputs.width }, (_, k) => `output_${k}`)
  return {
    names: [...names, ...(probabilities ? classes!.map((label) => `probability_${String(label)}`) : [])],
    rows: inputs.map((_, i) => [...outputs.row(i), ...(probabilities ? Array.from(probabilities.row(i), short) : [])]),
  }
}

/** The digits that a float32 has. */
function short(value: number): number {
  return Number(value.toPrecision(7))
}

/** One or several numbers a row. */
function columnsOf(predictions: readonly unknown[] | Matrix): { width: number; row(i: number): readonly unknown[] } {
  if ('cols' in predictions) return { width: predictions.cols, row: (i) => Array.from(predictions.row(i), short) }
  const first = predictions[0]
  if (ArrayBuffer.isView(first) || Array.isArray(first)) {
    return { width: (first as ArrayLike<unknown>).length, row: (i) => Array.from(predictions[i] as ArrayLike<unknown>) }
  }
  return { width: 1, row: (i) => [predictions[i]] }
}

/** The names of answers: a column of the file may be called prediction. */
function freeNames({ names }: Answers, kept: readonly string[]): string[] {
  return names.map((name) => {
    let free = name
    while (kept.includes(free)) free = `${free}_`
    return free
  })
}

/** Each row with the keys that it has, in its own order. */
function eachJoined({ names, rows }: RowBatch, answers: Answers, write: RowWriter): string {
  const own = freeNames(answers, names)
  return rows
    .map(({ original }, i) =>
      write([...Object.keys(original), ...own], [[...Object.values(original), ...answers.rows[i]!]]),
    )
    .join('')
}

function joined({ rows }: RowBatch, answers: Answers, kept: readonly string[], write: RowWriter): string {
  const own = freeNames(answers, kept)
  return write(
    [...kept, ...own],
    rows.map(({ original }, i) => [...kept.map((name) => original[name]), ...answers.rows[i]!]),
  )
}
