import { readWholeFile } from '../../files/read-whole-file.js'
import { decodeSafetensors } from '../../files/safetensors.js'
import { innermost } from '../../learning/wrapped.js'
import { Sequential } from '../../sequential.js'
import { TabularClassifier, TabularRegressor } from '../../tabular/index.js'
import { openModel } from '../models/open.js'
import { columns, count, figure, size } from '../terminal/numbers.js'
import { type CommonOptions, Output } from '../terminal/output.js'

/** What a file holds. */
interface Facts {
  readonly file: string
  readonly kind: string
  readonly bytes: number
  readonly tensors: number
  readonly numbers: number
  readonly classes?: readonly unknown[]
  readonly inputs?: number
  readonly target?: string
  readonly columns?: readonly object[]
  readonly training?: object
  readonly history?: Readonly<Record<string, readonly number[]>>
  readonly network?: string
  readonly model?: unknown
}

/** Prints what a file of a model holds: its kind, schema, scores, history and sizes. */
export async function inspect(path: string, options: CommonOptions): Promise<number> {
  const output = new Output(options)
  const { model, servable } = await openModel(path)
  const bytes = await readWholeFile(path)
  const { tensors } = decodeSafetensors(bytes, path)
  const numbers = [...tensors.values()].reduce((sum, { data }) => sum + data.length, 0)
  const isTable = model instanceof TabularClassifier || model instanceof TabularRegressor
  const inner = innermost(model) as {
    network?: unknown
    lossCurve?: readonly number[]
    validationScores?: readonly number[]
    nIter?: number
    stopReason?: string
  }
  const network = model instanceof Sequential ? model : inner.network instanceof Sequential ? inner.network : undefined
  const history = historyOf(inner)
  const facts: Facts = {
    ...{ file: path, kind: servable.kind, bytes: bytes.length, tensors: tensors.size, numbers },
    ...(servable.classes && { classes: servable.classes }),
    ...(servable.inputs !== undefined && { inputs: servable.inputs }),
    ...(isTable && { target: model.schema.target!, columns: model.schema.columns, training: model.report.training }),
    ...(!isTable && servable.columns && { columns: servable.columns.map((name) => ({ name })) }),
    ...(!isTable && inner.nIter !== undefined && { training: { epochs: inner.nIter, stopReason: inner.stopReason } }),
    ...(history && { history }),
    ...(network && { network: network.summary() }),
    model: isTable ? model.getParams() : (model as { toJSON(): unknown }).toJSON(),
  }
  output.result(facts)
  for (const line of linesFor(facts)) output.line(line)
  return 0
}

function historyOf({
  lossCurve,
  validationScores,
}: {
  lossCurve?: readonly number[]
  validationScores?: readonly number[]
}): Facts['history'] {
  if (!lossCurve || lossCurve.length === 0) return undefined
  return {
    loss: [...lossCurve],
    ...(validationScores && validationScores.length > 0 && { validationScore: [...validationScores] }),
  }
}

/** Most columns and epochs that are printed. */
const most = 40

function linesFor({
  file,
  kind,
  bytes,
  tensors,
  numbers,
  classes,
  inputs,
  target,
  columns: all,
  training,
  history,
  network,
}: Facts): string[] {
  return [
    `${file}: ${kind}, ${size(bytes)}, ${count(numbers)} numbers in ${count(tensors)} tensors`,
    ...(target !== undefined ? [`target: ${target}`] : []),
    ...(classes ? [`classes: ${classes.slice(0, most).join(', ')}${classes.length > most ? ', ...' : ''}`] : []),
    ...(all ? [] : inputs !== undefined ? [`inputs: ${inputs} columns of numbers, without names`] : []),
    ...(training
      ? [
          '',
          'training:',
          ...columns(
            Object.entries(training).flatMap(([key, value]) =>
              value === null || value === undefined ? [] : [[key, plain(value)]],
            ),
          ),
        ]
      : []),
    ...(all
      ? [
          '',
          `columns (${all.length}):`,
          ...columns(all.slice(0, most).map(columnLine)),
          ...(all.length > most ? [`  ... and ${all.length - most} more`] : []),
        ]
      : []),
    ...(history ? ['', 'history:', ...columns(historyLines(history))] : []),
    ...(network ? ['', network] : []),
  ]
}

function plain(value: unknown): string {
  return typeof value === 'number' ? figure(value) : String(value)
}

function columnLine(column: object): string[] {
  const { name, kind, missing, min, max, values, reason } = column as Record<string, unknown>
  const range =
    min !== undefined ? `${plain(min)} to ${plain(max)}` : Array.isArray(values) ? `${values.length} values` : ''
  return [
    String(name),
    String(kind ?? ''),
    missing ? `${missing} missing` : '',
    reason === undefined ? range : String(reason),
  ]
}

/** The epochs, evenly taken where there are many. */
function historyLines(history: NonNullable<Facts['history']>): string[][] {
  const keys = Object.keys(history)
  const epochs = history.loss!.length
  const step = Math.ceil(epochs / 12)
  const shown = Array.from({ length: epochs }, (_, i) => i).filter((i) => i % step === 0 || i === epochs - 1)
  return [
    ['epoch', ...keys],
    ...shown.map((i) => [`${i + 1}`, ...keys.map((key) => figure(history[key]![i] ?? Number.NaN))]),
  ]
}
