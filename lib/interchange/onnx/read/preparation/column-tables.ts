import type { Work } from '../../../../base/breathing.js'
import { largestOf } from '../../../../math/statistics.js'
import { Branches } from './branches.js'
import type { Evaluator } from './evaluate.js'
import type { Frontier } from './frontier.js'
import { type Entry, type Inputs, unknownWord } from './inputs.js'
import type { Values } from './values.js'

/** What a graph makes of entries: all columns have theirs in the same rows. */
export class ColumnTables {
  readonly #evaluator: Evaluator
  readonly #inputs: Inputs
  readonly #frontier: Frontier

  constructor(evaluator: Evaluator, inputs: Inputs, frontier: Frontier) {
    this.#evaluator = evaluator
    this.#inputs = inputs
    this.#frontier = frontier
  }

  /** The prepared table for entries of each column; shorter lists are filled up. */
  *prepared(lists: readonly (readonly Entry[])[]): Work<(row: number, at: number) => number> {
    const { table, origins } = this.#frontier
    const steps: { begin: number; data: ArrayLike<number | string> }[] = []
    const perStep = yield* this.#steps(lists, false, (values, begin) =>
      steps.push({ begin, data: values.get(table)!.data }),
    )
    return (row, at) => {
      const { begin, data } = steps[Math.floor(row / perStep)]!
      return data[(row - begin) * origins.length + at] as number
    }
  }

  /** The branches that nodes take for entries of each column. */
  *branches(lists: readonly (readonly Entry[])[]): Work<(row: number, column: number) => string> {
    const steps: Branches[] = []
    const perStep = yield* this.#steps(lists, true, (_, __, branches) => steps.push(branches!))
    return (row, column) => steps[Math.floor(row / perStep)]!.of(row % perStep, column)
  }

  *#steps(
    lists: readonly (readonly Entry[])[],
    areWatched: boolean,
    visit: (values: Values, begin: number, branches: Branches | undefined) => void,
  ): Work<number> {
    const { columns } = this.#inputs
    const { preparation, table, rowsInStep } = this.#frontier
    const rows = largestOf(lists.map(({ length }) => length))
    const { notes } = this.#evaluator
    for (let begin = 0; begin < rows; begin += rowsInStep) {
      const count = Math.min(rowsInStep, rows - begin)
      const feeds = yield* this.#inputs.feed(
        count,
        (row, j) => lists[j]![begin + row] ?? (columns[j]!.kind === 'text' ? unknownWord : 1),
      )
      notes.branches = areWatched ? new Branches(count) : undefined
      visit(yield* this.#evaluator.run(preparation, feeds, [table]), begin, notes.branches)
      notes.branches = undefined
    }
    return rowsInStep
  }
}
