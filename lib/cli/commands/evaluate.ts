import { TabularClassifier, TabularRegressor } from '../../tabular/index.js'
import type { DataOptions } from '../data/source.js'
import { checkColumn, readTable } from '../data/table.js'
import { openModel, wordsWith } from '../models/open.js'
import { classLines, linesOf, scoreModel } from '../models/scores.js'
import { UsageError } from '../terminal/failure.js'
import { Interrupt } from '../terminal/interrupt.js'
import { count } from '../terminal/numbers.js'
import { type CommonOptions, Output } from '../terminal/output.js'

/** Options of `evaluate`. */
export interface EvaluateOptions extends CommonOptions, DataOptions {
  readonly target?: string
}

/** Scores a saved model on rows whose answers are known. */
export async function evaluate(path: string, data: string, options: EvaluateOptions): Promise<number> {
  const output = new Output(options)
  const interrupt = new Interrupt()
  try {
    const opened = await openModel(path)
    const { model } = opened
    const isTable = model instanceof TabularClassifier || model instanceof TabularRegressor
    const target = options.target ?? (isTable ? model.schema.target : undefined)
    if (target === undefined)
      throw new UsageError(
        `${path} does not name its target, since it is a ${opened.servable.kind}: give --target NAME.`,
      )
    const rows = await readTable(data, options, interrupt.signal, wordsWith(opened, target))
    const file = data === '-' ? 'standard input' : data
    checkColumn(target, rows.names, file)
    const scores = await scoreModel(opened, rows, target, file, interrupt.signal)
    output.result({ model: path, target, ...scores })
    output.line(`${path} on ${count(scores.rows)} rows of ${file}:`)
    for (const line of [...linesOf(scores), ...classLines(scores)]) output.line(line)
    return 0
  } finally {
    interrupt.end()
  }
}
