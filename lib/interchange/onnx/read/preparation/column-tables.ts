import { Branches } from './branches.js'
import type { Evaluator } from './evaluate.js'
import type { Frontier } from './frontier.js'
import { type Entry, type Inputs, unknownWord } from './inputs.js'
import type { Value } from './value.js'

/** Cells of the inputs in one step. */
const cellsInStep = 1 << 12

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
  async prepared(lists: readonly (readonly Entry[])[]): Promise<(row: number, at: number) => number> {
    const { table, origins } = this.#frontier
    const steps: { begin: number; data: ArrayLike<number | string> }[] = []
    const perStep = await this.#steps(lists, false, (values, begin) =>
      steps.push({ begin, data: values.get(table)!.data }),
    )
    return (row, at) => {
      const { begin, data } = steps[Math.floor(row / perStep)]!
      return data[(row - begin) * origins.length + at] as number
    }
  }

  /** The branches that nodes take for entries of each column. */
  async branches(lists: readonly (readonly Entry[])[]): Promise<(row: number, column: number) => string> {
    const steps: Branches[] = []
    const perStep = await this.#steps(lists, true, (_, __, branches) => steps.push(branches!))
    return (row, column) => steps[Math.floor(row / perStep)]!.of(row % perStep, column)
  }

  async #steps(
    lists: readonly (readonly Entry[])[],
    areWatched: boolean,
    visit: (values: ReadonlyMap<string, Value>, begin: number, branches: Branches | undefined) => void,
  ): Promise<number> {
    const { columns } = this.#inputs
    const rows = Math.max(...lists.map(({ length }) => length))
    const perStep = Math.max(1, Math.floor(cellsInStep / columns.length))
    const { notes } = this.#evaluator
    for (let begin = 0; begin < rows; begin += perStep) {
      const count = Math.min(perStep, rows - begin)
      const feeds = this.#inputs.feed(
        count,
        (row, j) => lists[j]![begin + row] ?? (columns[j]!.kind === 'text' ? unknownWord : 1),
      )
      notes.branches = areWatched ? new Branches(count) : undefined
      visit(await this.#evaluator.run(this.#frontier.preparation, feeds), begin, notes.branches)
      notes.branches = undefined
    }
    return perStep
  }
}
