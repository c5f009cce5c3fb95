import { rowBlocks, type Work } from '../base/breathing.js'
import { invalidEntry } from '../base/check.js'
import { isBlank } from './cells.js'

/** What a cell is, as it came. */
export const tag = { missing: 0, number: 1, truth: 2, time: 3, word: 4 } as const

/** So few that V8 keeps them on its heap, which matters with 100,000 columns. */
const firstCells = 8

/**
 * The cells of one column in typed arrays, of which a million take 9 to 13 MB. Words are kept once each.
 */
export class CellColumn {
  readonly name: string
  /** The number of cells. */
  length = 0
  tags = new Uint8Array(firstCells)
  /** Numbers, true as 1 and false as 0, milliseconds of dates; NaN where there is none. */
  numbers = new Float64Array(firstCells)
  /** For cells that are words, their places in `words`. Undefined for a column without words. */
  codes: Int32Array | undefined
  /** Different words, by first appearance. */
  readonly words: string[] = []
  readonly #places = new Map<string, number>()
  #rows: Uint32Array | undefined

  /** @param missing how many rows came before the first that has the column. */
  constructor(name: string, missing = 0) {
    this.name = name
    this.fillTo(missing)
  }

  /** Adds missing cells up to a length. */
  fillTo(length: number): void {
    while (this.tags.length < length) this.#grow()
    this.numbers.fill(Number.NaN, this.length, length)
    this.length = Math.max(this.length, length)
  }

  /** The row of the table that a cell is of: its number in what the user gave, of which some rows may be left out. */
  rowAt(i: number): number {
    return this.#rows?.[i] ?? i
  }

  /** Sets what `rowAt` returns. */
  numberRows(rows: Uint32Array): void {
    this.#rows = rows
  }

  /** Some of the cells. */
  *take(cells: Uint32Array): Work<CellColumn> {
    const taken = new CellColumn(this.name)
    yield* rowBlocks(cells.length, 8, (begin, end) => {
      for (const i of cells.subarray(begin, end)) taken.push(this.valueAt(i))
    })
    taken.trim()
    taken.numberRows(cells.map((i) => this.rowAt(i)))
    return taken
  }

  /**
   * @param row the row for messages.
   * @throws ArgumentError with row and column for a value that no cell can hold.
   */
  push(value: unknown, row = this.length): void {
    const at = this.length
    if (at === this.tags.length) this.#grow()
    this.length++
    this.numbers[at] = Number.NaN
    if (typeof value === 'number') {
      if (value - value === 0) this.#set(at, tag.number, value)
      else if (!Number.isNaN(value)) throw this.#wrong(row, 'a finite number', value)
      return
    }
    if (isBlank(value)) return
    if (typeof value === 'string') this.#setWord(at, value)
    else if (typeof value === 'boolean') this.#set(at, tag.truth, Number(value))
    else if (typeof value === 'bigint') this.#set(at, tag.number, Number(value))
    else if (value instanceof Date) {
      const time = value.getTime()
      if (Number.isNaN(time)) throw this.#wrong(row, 'a valid Date', value)
      this.#set(at, tag.time, time)
    } else throw this.#wrong(row, 'a number, a string, true, false, a Date or null', value)
  }

  /** A cell as a value: null if it is missing. */
  valueAt(i: number): number | string | boolean | Date | null {
    const kind = this.tags[i]
    if (kind === tag.missing) return null
    if (kind === tag.word) return this.words[this.codes![i]!]!
    if (kind === tag.time) return new Date(this.numbers[i]!)
    return kind === tag.truth ? this.numbers[i] === 1 : this.numbers[i]!
  }

  /** Frees memory beyond the last cell. */
  trim(): void {
    this.tags = this.tags.slice(0, this.length)
    this.numbers = this.numbers.slice(0, this.length)
    this.codes = this.codes?.slice(0, this.length)
  }

  #set(at: number, kind: number, number: number): void {
    this.tags[at] = kind
    this.numbers[at] = number
  }

  #setWord(at: number, word: string): void {
    let place = this.#places.get(word)
    if (place === undefined) {
      place = this.words.length
      this.words.push(word)
      this.#places.set(word, place)
    }
    this.codes ??= new Int32Array(this.tags.length)
    this.codes[at] = place
    this.tags[at] = tag.word
  }

  #grow(): void {
    const size = this.tags.length * 2
    this.tags = resized(this.tags, new Uint8Array(size))
    this.numbers = resized(this.numbers, new Float64Array(size))
    this.codes &&= resized(this.codes, new Int32Array(size))
  }

  #wrong(row: number, expected: string, value: unknown) {
    this.length--
    return invalidEntry('rows', { row, column: this.name }, expected, value, 'Give null for a missing value.')
  }
}

function resized<A extends Uint8Array | Float64Array | Int32Array>(from: A, to: A): A {
  to.set(from)
  return to
}
