import { type Subject, subjectOf } from '../../report/read/subject.js'
import { Sequential } from '../../sequential.js'
import type { Table } from '../../table/table.js'
import { TabularClassifier, TabularRegressor } from '../../tabular/index.js'
import type { DataOptions } from '../data/source.js'
import { checkColumn, readTable } from '../data/table.js'
import { UsageError } from '../terminal/failure.js'
import { type OpenedModel, openModel, wordsWith } from './open.js'

/** A saved model, and rows whose answers are known. */
export interface WithAnswers {
  readonly opened: OpenedModel
  /** What the outputs of a network are; undefined for models that know it. */
  readonly network: Subject | undefined
  readonly target: string
  readonly rows: Table
  /** What messages call the rows. */
  readonly file: string
}

/** Options about the answers. */
export interface AnswerOptions {
  readonly target?: string
  /** The names of the classes of a network, in the order of its outputs. */
  readonly classes?: readonly string[]
}

/** @throws UsageError if neither the options nor the model name the target, or for classes of a model that knows its own. */
export async function openWithAnswers(
  path: string,
  data: string,
  options: DataOptions & AnswerOptions,
  signal: AbortSignal,
): Promise<WithAnswers> {
  const opened = await openModel(path)
  const { model } = opened
  const isTable = model instanceof TabularClassifier || model instanceof TabularRegressor
  const target = options.target ?? (isTable ? model.schema.target : undefined)
  if (target === undefined)
    throw new UsageError(`${path} does not name its target, since it is a ${opened.servable.kind}: give --target NAME.`)
  const isNetwork = model instanceof Sequential
  if (options.classes && !isNetwork)
    throw new UsageError(
      `--classes is for plain networks, but ${path} holds a ${opened.servable.kind}, which knows its own.`,
    )
  const network = isNetwork ? subjectOf(model, options.classes) : undefined
  const words = options.classes ? new Set([target]) : wordsWith(opened, target)
  const rows = await readTable(data, options, signal, words)
  const file = data === '-' ? 'standard input' : data
  checkColumn(target, rows.names, file)
  return { opened, network, target, rows, file }
}
