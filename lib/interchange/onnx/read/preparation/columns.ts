import { describe } from '../../../../base/check.js'
import { nodeText, problem } from '../problem.js'
import { pieceOfLookup } from './categories.js'
import type { Curve } from './curve.js'
import type { Evaluator } from './evaluate.js'
import type { Frontier } from './frontier.js'
import type { Inputs } from './inputs.js'
import { stepsOfNumber } from './numbers.js'
import type { Piece } from './piece.js'

type Entry = number | string

/** Numbers of all sizes, at which functions are compared. */
const numbers = [
  ...[0, 1, -1, 0.5, -0.5, 0.1, -0.3, 2.2, -2.7, 3.7, -3.9, 11, -13, 100, -120, 997, -1000],
  ...[1e6, -1e6, 1e12, -1e12],
]

/** Limits of a column that are tried, with numbers between them. */
const mostLimits = 24

/** A word that no file has. */
const unknownWord = '\u0001 unknown'

/** Finds out what becomes of each column, by what the nodes make of its entries. */
export class ColumnReader {
  readonly #evaluator: Evaluator
  readonly #inputs: Inputs
  readonly #frontier: Frontier

  constructor(evaluator: Evaluator, inputs: Inputs, frontier: Frontier) {
    this.#evaluator = evaluator
    this.#inputs = inputs
    this.#frontier = frontier
  }

  /**
   * How the columns of the prepared table come from those of the inputs.
   * @throws FormatError for one that no transformer makes, with the node where it comes from.
   */
  read(): Piece[] {
    const { origins } = this.#frontier
    const pieces: Piece[] = []
    for (let begin = 0; begin < origins.length; ) {
      const column = origins[begin]!
      if (column < 0) throw this.#problem(begin, 'it is a constant')
      let end = begin + 1
      while (origins[end] === column) end++
      for (let at = begin; at < end; ) {
        const piece = this.#pieceAt(column, at, end)
        if (!piece) throw this.#problem(at, 'no transformer of perceptra computes it')
        pieces.push(piece)
        at += piece.width
      }
      begin = end
    }
    return pieces
  }

  /** Entries of a column that the graph treats in ways of their own, a missing one among them. */
  probesOf(column: number): { known: Entry[]; others: Entry[]; missing: Entry } {
    const { kind } = this.#inputs.columns[column]!
    const { notes } = this.#evaluator
    if (kind === 'text') {
      const known = notes.keysOf(column).filter((key) => typeof key === 'string' && key !== '')
      return { known, others: [unknownWord], missing: '' }
    }
    const isEntry = (value: Entry): value is number => typeof value === 'number' && Number.isFinite(value)
    const known = notes.keysOf(column).filter(isEntry)
    const fills = notes.fillsOf(column).filter(isEntry)
    const all = [...numbers, ...fills, ...sampled(notes.limitsOf(column))]
    const others = kind === 'integer' ? all.map(Math.round) : all
    const missing = kind === 'integer' ? -987_654_321 : Number.NaN
    return { known, others: [...new Set(others)].filter((x) => !known.includes(x)), missing }
  }

  #pieceAt(column: number, at: number, end: number): Piece | undefined {
    const { known, others, missing } = this.probesOf(column)
    const count = end - at
    const table = this.#evaluate(column, [...known, ...others, missing])
    const rowOf = (row: number) => Array.from({ length: count }, (_, k) => table(row, at + k))
    const results = others.map((_, k) => rowOf(known.length + k))
    // Entries that are not looked up are all alike.
    const isLookup = (k: number) => known.length > 0 && results.every((row) => Object.is(row[k], results[0]![k]))
    const ofMissing = rowOf(known.length + others.length)
    const ahead = Array.from({ length: count }, (_, k) => k).findIndex(
      (k) => !isLookup(k) && !isIndicator(results, ofMissing, k),
    )
    const width = ahead === -1 ? count : ahead
    if (width > 0) {
      const entries = known.map((category, k) => [category, rowOf(k)] as const)
      const lookup = { column, known: entries, unknown: results[0]!, missing: ofMissing, width }
      return pieceOfLookup(lookup, 0)
    }
    const curve: Curve = (x) => {
      const own = this.#evaluate(column, x)
      return x.map((_, row) => own(row, at))
    }
    const areNumbers = (list: readonly Entry[]) => list.filter((value) => typeof value === 'number')
    const { notes } = this.#evaluator
    const steps = stepsOfNumber({
      curve,
      ofMissing: ofMissing[0]!,
      probes: areNumbers([...others, ...known]),
      fills: areNumbers(notes.fillsOf(column)),
      keys: areNumbers(known),
      limits: notes.limitsOf(column),
    })
    return steps && { column, width: 1, steps }
  }

  /** The prepared table for entries of one column. */
  #evaluate(column: number, entries: readonly Entry[]): (row: number, at: number) => number {
    const { columns } = this.#inputs
    const feeds = this.#inputs.feed(entries.length, (row, j) => {
      if (j === column) return entries[row]!
      return columns[j]!.kind === 'text' ? unknownWord : 1
    })
    const { table, preparation, origins } = this.#frontier
    const value = this.#evaluator.run(preparation, feeds).get(table)!
    return (row, at) => value.data[row * origins.length + at] as number
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

/** Some of the limits, and numbers between them. */
function sampled(limits: readonly number[]): number[] {
  const step = Math.max(1, Math.floor(limits.length / mostLimits))
  return limits.flatMap((limit, k) => {
    if (k % step !== 0 || !Number.isFinite(limit)) return []
    const next = limits[k + 1]
    return next === undefined || !Number.isFinite(next) ? [limit] : [limit, 0.7 * limit + 0.3 * next]
  })
}
