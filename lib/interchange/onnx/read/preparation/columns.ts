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
    const { origins, divided } = this.#frontier
    const borders = new Set(divided.flatMap(({ begin, width }) => [begin, begin + width]))
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
      while (origins[end] === column && !borders.has(end)) end++
      // The columns from `at` up to `ahead` look entries up.
      for (let [at, ahead] = [begin, begin]; at < end; ) {
        for (ahead = Math.max(ahead, at); ahead < end && this.#looksUp(column, ahead, table); ahead++) yield
        const piece = ahead === at ? undefined : yield* this.#lookupAt(column, at, ahead, table)
        if (ahead === at) {
          const work = stepsOfNumber(this.#numberAt(column, at, table))
          curves.push({ at, place: pieces.length, column, work })
        } else if (!piece) throw this.#problem(at, 'no transformer of perceptra computes it')
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

  /** Whether a column of the result is the same for all entries that are not looked up, or tells missing ones. */
  #looksUp(column: number, at: number, table: CellOf): boolean {
    const { known, others, missing } = this.probesOf(column)
    const results = others.map((_, k) => table(known.length + k, at))
    if (known.length > 0 && results.every((value) => Object.is(value, results[0]))) return true
    const isIndicator = missing !== undefined && table(known.length + others.length, at) === 1
    return isIndicator && results.every((value) => value === 0)
  }

  /** The piece that begins at a column, of entries that are looked up. */
  #lookupAt(column: number, at: number, end: number, table: CellOf): Work<Piece | undefined> {
    const { known, others, missing } = this.probesOf(column)
    // Where no entry stands for a missing one, it is as unknown as any other.
    const ofMissing = missing === undefined ? known.length : known.length + others.length
    const numberOf = (entry: number, k: number) => table(entry <= known.length ? entry : ofMissing, at + k)
    return pieceOfLookup({ column, known, width: end - at, numberOf })
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
