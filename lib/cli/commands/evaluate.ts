import type { DataOptions } from '../data/source.js'
import { type AnswerOptions, openWithAnswers } from '../models/open-with-answers.js'
import { classLines, linesOf, scoreModel } from '../models/scores.js'
import { Interrupt } from '../terminal/interrupt.js'
import { count } from '../terminal/numbers.js'
import { type CommonOptions, Output } from '../terminal/output.js'

/** Options of `evaluate`. */
export interface EvaluateOptions extends CommonOptions, DataOptions, AnswerOptions {}

/** Scores a saved model on rows whose answers are known. */
export async function evaluate(path: string, data: string, options: EvaluateOptions): Promise<number> {
  const output = new Output(options)
  const interrupt = new Interrupt()
  try {
    const { opened, network, target, rows, file } = await openWithAnswers(path, data, options, interrupt.signal)
    const scores = await scoreModel(opened, rows, target, file, interrupt.signal, network)
    output.result({ model: path, target, ...scores })
    output.line(`${path} on ${count(scores.rows)} rows of ${file}:`)
    for (const line of [...linesOf(scores), ...classLines(scores)]) output.line(line)
    return 0
  } finally {
    interrupt.end()
  }
}
