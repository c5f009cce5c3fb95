import type { Table } from '../../table/table.js'
import { TabularClassifier, TabularRegressor } from '../../tabular/index.js'
import type { DataOptions } from '../data/source.js'
import { checkColumn, readTable } from '../data/table.js'
import { UsageError } from '../terminal/failure.js'
import { type OpenedModel, openModel, wordsWith } from './open.js'

/** A saved model, and rows whose answers are known. */
export interface WithAnswers {
  readonly opened: OpenedModel
  readonly target: string
  readonly rows: Table
  /** What messages call the rows. */
  readonly file: string
}

/** @throws UsageError if neither the options nor the model name the target. */
export async function openWithAnswers(
  path: string,
  data: string,
  options: DataOptions & { readonly target?: string },
  signal: AbortSignal,
): Promise<WithAnswers> {
  const opened = await openModel(path)
  const { model } = opened
  const isTable = model instanceof TabularClassifier || model instanceof TabularRegressor
  const target = options.target ?? (isTable ? model.schema.target : undefined)
  if (target === undefined)
    throw new UsageError(`${path} does not name its target, since it is a ${opened.servable.kind}: give --target NAME.`)
  const rows = await readTable(data, options, signal, wordsWith(opened, target))
  const file = data === '-' ? 'standard input' : data
  checkColumn(target, rows.names, file)
  return { opened, target, rows, file }
}
