import type { ColumnKind } from '../table/table.js'
import type { CellReader } from './cell-batch.js'

/** The words for missing cells in pandas 3.1. */
export const missingWords: readonly string[] = [
  ...['', '#N/A', '#N/A N/A', '#NA', '-1.#IND', '-1.#QNAN', '-NaN', '-nan', '1.#IND', '1.#QNAN', '<NA>', 'N/A', 'NA'],
  ...['NULL', 'NaN', 'None', 'n/a', 'nan', 'null'],
]

// No two parts of it can share characters, so the time is linear in the length of the cell.
const number =
  /^\s*[+-]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?|(?<infinite>[iI][nN][fF](?:[iI][nN][iI][tT][yY])?))\s*$/
/** Digits that would not survive as a number: those after a leading zero. */
const code = /^\s*[+-]?0\d+\s*$/
const integer = /^\s*[+-]?\d+\s*$/
const booleans: ReadonlyMap<string, boolean> = new Map([
  ...['true', 'True', 'TRUE'].map((word) => [word, true] as const),
  ...['false', 'False', 'FALSE'].map((word) => [word, false] as const),
])

/** Reads the text of cells. */
export function csvCells(missing: readonly string[]): CellReader {
  const absent = new Set(missing)
  return {
    /** 'number' or 'boolean' if all present cells are of that kind, else 'string'. */
    *infer(blocks) {
      let kind: ColumnKind | undefined
      for (const block of blocks) {
        for (const cell of block as readonly string[]) {
          if (absent.has(cell)) continue
          const kindOfCell = booleans.has(cell) ? 'boolean' : isNumber(cell) ? 'number' : 'string'
          if (kindOfCell === 'string' || (kind !== undefined && kind !== kindOfCell)) return 'string'
          kind = kindOfCell
        }
        yield
      }
      return kind
    },
    read(cell, kind, isInferred) {
      const text = cell as string
      if (absent.has(text)) return null
      if (kind === 'string') return text
      if (kind === 'boolean') return booleans.get(text)
      if (kind === 'date') return readDate(text)
      return isInferred && !isNumber(text) ? undefined : readNumber(text)
    },
  }
}

/** Whether a cell is a number that keeps its value: no code such as 01234, and no integer above 2^53. */
function isNumber(text: string): boolean {
  if (!number.test(text)) return false
  if (text.length < 16) return !code.test(text)
  return !code.test(text) && (!integer.test(text) || Number.isSafeInteger(Number(text)))
}

function readNumber(text: string): number | undefined {
  const match = number.exec(text)
  if (!match) return undefined
  if (match.groups!.infinite === undefined) return Number(text)
  return text.trimStart().startsWith('-') ? -Infinity : Infinity
}

const isoDate =
  /^(?<year>\d{4})-(?<month>\d\d)(?:-(?<day>\d\d)(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?)?$/

/** A date in ISO 8601; times without a zone are UTC, like dates without a time. */
export function readDate(text: string): Date | undefined {
  const match = isoDate.exec(text)
  if (!match) return undefined
  const { year, month, day = 1 } = match.groups as { year: string; month: string; day?: string }
  // JavaScript reads February 30 as March 1 or 2.
  if (Number(day) > daysIn(Number(month), Number(year))) return undefined
  const hasTime = text.length > 10
  const zoned = !hasTime || /(?:Z|[+-]\d\d:?\d\d)$/.test(text)
  const date = new Date(`${text.replace(' ', 'T')}${zoned ? '' : 'Z'}`)
  return Number.isNaN(date.getTime()) ? undefined : date
}

function daysIn(month: number, year: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return [4, 6, 9, 11].includes(month) ? 30 : 31
}
