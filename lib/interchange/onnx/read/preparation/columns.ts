import type { Work } from '../../../../base/breathing.js'
import { describe } from '../../../../base/check.js'
import { nodeText, problem } from '../problem.js'
import { pieceOfLookup } from './categories.js'
import { ColumnTables } from './column-tables.js'
import type { Evaluator } from './evaluate.js'
import type { Frontier } from './frontier.js'
import type { Entry, Inputs } from './inputs.js'
import { type NumberColumn, stepsOfNumber } from './numbers.js'
import type { Piece, Step } from './piece.js'
import { type Probes, probesOf } from './probes.js'

type CellOf = (row: number, at: number) => number

const areNumbers = (list: readonly Entry[]) => list.filter((value) => typeof value === 'number')

/** Finds out what becomes of each column, by what the nodes make of its entries. */
export class ColumnReader {
  readonly #evaluator: Evaluator
  readonly #inputs: Inputs
  readonly #frontier: Frontier
  readonly #tables: ColumnTables
  #probes: readonly Probes[] = []

  constructor(evaluator: Evaluator, inputs: Inputs, frontier: Frontier) {
    this.#evaluator = evaluator
    this.#inputs = inputs
    this.#frontier = frontier
    this.#tables = new ColumnTables(evaluator, inputs, frontier)
  }

  /**
   * How the columns of the prepared table come from those of the inputs.
   * @throws FormatError for one that no transformer makes, with the node where it comes from.
   */
  *read(): Work<Piece[]> {
    const { origins } = this.#frontier
    const isConstant = origins.findIndex((column) => column < 0)
    if (isConstant >= 0) throw this.#problem(isConstant, 'it is a constant')
    this.#probes = yield* probesOf(this.#inputs, this.#evaluator.notes, this.#tables)
    const lists = this.#probes.map(({ known, others, missing }) => [...known, ...others, missing ?? others[0]!])
    const table = yield* this.#tables.prepared(lists)
    const pieces: Piece[] = []
    const curves: { at: number; place: number; column: number; work: ReturnType<typeof stepsOfNumber> }[] = []
    for (let begin = 0; begin < origins.length; ) {
      yield
      const column = origins[begin]!
      let end = begin + 1
      while (origins[end] === column) end++
      for (let at = begin; at < end; ) {
        const piece = this.#lookupAt(column, at, end, table)
        if (piece === 'none') throw this.#problem(at, 'no transformer of perceptra computes it')
        if (!piece) {
          const work = stepsOfNumber(this.#numberAt(column, at, table))
          curves.push({ at, place: pieces.length, column, work })
        }
        pieces.push(piece ?? { column, width: 1, steps: [] })
        at += piece?.width ?? 1
      }
      begin = end
    }
    yield* this.#runCurves(curves, (k, steps) => {
      const { at, place, column } = curves[k]!
      if (!steps) throw this.#problem(at, 'no transformer of perceptra computes it')
      pieces[place] = { column, width: 1, steps }
    })
    return pieces
  }

  /** Entries of a column that the graph treats in ways of their own, a missing one among them; known once columns are read. */
  probesOf(column: number): Probes {
    return this.#probes[column]!
  }

  /** The piece of entries that are looked up; undefined for numbers that go through a function. */
  #lookupAt(column: number, at: number, end: number, table: CellOf): Piece | 'none' | undefined {
    const { known, others, missing } = this.probesOf(column)
    const count = end - at
    const rowOf = (row: number) => Array.from({ length: count }, (_, k) => table(row, at + k))
    const results = others.map((_, k) => rowOf(known.length + k))
    // Entries that are not looked up are all alike.
    const isLookup = (k: number) => known.length > 0 && results.every((row) => Object.is(row[k], results[0]![k]))
    // Where no entry stands for a missing one, it is as unknown as any other.
    const ofMissing = missing === undefined ? results[0]! : rowOf(known.length + others.length)
    const ahead = Array.from({ length: count }, (_, k) => k).findIndex(
      (k) => !isLookup(k) && !isIndicator(results, ofMissing, k),
    )
    const width = ahead === -1 ? count : ahead
    if (width === 0) return undefined
    const entries = known.map((category, k) => [category, rowOf(k)] as const)
    return pieceOfLookup({ column, known: entries, unknown: results[0]!, missing: ofMissing, width }, 0) ?? 'none'
  }

  #numberAt(column: number, at: number, table: CellOf): NumberColumn {
    const { known, others, missing } = this.probesOf(column)
    const { notes } = this.#evaluator
    return {
      curve: function* (x) {
        return yield x
      },
      // Whole numbers have no missing one: it stays, and is refused.
      ofMissing: missing === undefined ? Number.NaN : table(known.length + others.length, at),
      probes: areNumbers([...others, ...known]),
      fills: areNumbers(notes.fillsOf(column)),
      keys: areNumbers(known),
      limits: notes.limitsOf(column),
    }
  }

  /** Runs computations side by side: each round of questions is one run of the graph for all columns. */
  *#runCurves(
    curves: readonly { at: number; column: number; work: ReturnType<typeof stepsOfNumber> }[],
    finish: (k: number, steps: readonly Step[] | undefined) => void,
  ): Work<void> {
    let answers: (readonly number[])[] = []
    let open = [...curves.keys()]
    for (;;) {
      const lists = this.#inputs.columns.map((): number[] => [])
      const asked: { k: number; begin: number; end: number }[] = []
      for (const [place, k] of open.entries()) {
        yield
        const { work, column } = curves[k]!
        const { done, value } = work.next(answers[place] ?? [])
        if (done) {
          finish(k, value)
          continue
        }
        const begin = lists[column]!.length
        for (const x of value) lists[column]!.push(x)
        asked.push({ k, begin, end: begin + value.length })
      }
      if (asked.length === 0) return
      const table = yield* this.#tables.prepared(lists)
      answers = []
      for (const { k, begin, end } of asked) {
        answers.push(Array.from({ length: end - begin }, (_, i) => table(begin + i, curves[k]!.at)))
        yield
      }
      open = asked.map(({ k }) => k)
    }
  }

  #problem(at: number, why: string): Error {
    const { table, origins } = this.#frontier
    const { graph } = this.#evaluator
    const node = graph.maker(table)
    const { name } = this.#inputs.columns[origins[at]!] ?? {}
    const of =
      origins[at]! < 0 ? '' : ` from ${name === undefined ? `column ${origins[at]}` : `column ${describe(name)}`}`
    return problem(graph.file, `${node ? nodeText(node) : describe(table)}: column ${at} of its result${of}: ${why}.`)
  }
}

/** Whether a column of the result is 1 for a missing number, and 0 for all others. */
function isIndicator(results: readonly (readonly number[])[], ofMissing: readonly number[], k: number): boolean {
  return ofMissing[k] === 1 && results.every((row) => row[k] === 0)
}
