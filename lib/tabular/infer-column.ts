import { rowBlocks, type Work } from '../base/breathing.js'
import { invalidEntry } from '../base/check.js'
import { type CellColumn, tag } from './cell-column.js'
import { numberOfWord, readNumber, readTime, readTruth, readWord, timeOfWord, truthOfWord, wordsOf } from './cells.js'
import type { FeatureChoice, FeatureKind, SchemaColumn } from './feature.js'
import { histogramOf } from './histogram.js'

/** Counts of a column's cells, by which its kind is found. */
interface Tally {
  present: number
  /** Cells that are numbers, or words that are; and likewise. A word with a leading zero is a code, not a number. */
  numbers: number
  truths: number
  times: number
  /** Cells that are words, and how often each occurs. */
  words: number
  counts: Uint32Array
  /** Up to `mostCodes` + 1 different numbers. */
  distinct: Set<number>
  /** Whether all numbers are whole; whether each is one more than that of the row before; the smallest and the largest. */
  whole: boolean
  consecutive: boolean
  least: number
  most: number
}

/** Whole numbers of at most so many different values are codes. */
export const mostCodes = 32
/** The share of cells of one kind beyond which others are errors, not a reason to read all as words. */
const mostly = 0.9
/** The number of rows from which on a column of different values can be the rows' names. */
const leastForIds = 20
/** Numbers of rows begin at 0 or 1, of which a split may have left out the first ones. */
const firstNumbers = 16
/** Ids that occur so often on average are categories, such as shops; of others there is too little to learn from. */
const rowsOfCategory = 4
export const mostValues = 10_000
const mostBins = 1024
/** Texts that are longer on average are documents, which counts of words do not tell apart. */
const mostLetters = 5000

/** Names of numbers of rows: R writes X, pandas "Unnamed: 0". */
const namesOfRows = /^(|x|#|no|nr|num|index|idx|rows?([ _.-]?(names?|numbers?|no|nr|id|index))?|unnamed: ?\d+)$/i
const namesOfIds = /(^|[^a-z])(id|ids|uuid|guid)$|[a-z](Id|ID|Uuid|UUID|Guid|GUID)$/

/**
 * Finds what a column holds.
 * @param choice the kind that the user chose, if so.
 * @throws ArgumentError with row and column for a cell that is not of the kind: of the chosen one, or of that of nearly all cells.
 */
export function* inferColumn(column: CellColumn, choice: FeatureChoice | undefined): Work<SchemaColumn> {
  const tally = yield* count(column)
  const { name } = column
  const missing = column.length - tally.present
  const { kind, reason } = choice ? { kind: choice, reason: undefined } : yield* findKind(column, tally)
  const base = { name, kind, missing, ...(reason === undefined ? {} : { reason }) }
  const range = function* (read: (value: unknown) => number | undefined, expected: string) {
    const found = yield* rangeOf(column, read, expected, choice !== undefined)
    return { ...found, histogram: yield* histogramOf(column, read, found.max) }
  }
  switch (kind) {
    case 'number':
      return { ...base, ...(yield* range(readNumber, 'a number')) }
    case 'code':
      return { ...base, ...(yield* range(readNumber, 'a number')), ...(yield* valuesOf(column, true)) }
    case 'boolean':
      return { ...base, histogram: (yield* range(readTruth, 'true or false')).histogram }
    case 'date': {
      const found = yield* range(readTime, dateWords)
      return { ...base, ...found, hasTime: yield* hasTimes(column) }
    }
    case 'category':
      return { ...base, ...(yield* valuesOf(column)) }
    case 'text':
      return { ...base, bins: yield* binsOf(column) }
    case 'ignored':
      return { ...base, reason: 'left out by the option columns' }
    default:
      return base
  }
}

const dateWords = 'a date such as "2026-05-31" or "2026-05-31T08:15:00Z"'

function* count(column: CellColumn): Work<Tally> {
  const counts = new Uint32Array(column.words.length)
  const ofWords = column.words.map(numberOfWord)
  const tally: Tally = {
    ...{ present: 0, numbers: 0, truths: 0, times: 0, words: 0, counts, distinct: new Set() },
    ...{ whole: true, consecutive: true, least: Infinity, most: -Infinity },
  }
  let before = Number.NaN
  yield* rowBlocks(column.length, 1, (begin, end) => {
    for (let i = begin; i < end; i++) {
      const kind = column.tags[i]
      if (kind === tag.missing) {
        tally.consecutive = false
        continue
      }
      tally.present++
      let number = column.numbers[i]
      if (kind === tag.word) {
        tally.words++
        counts[column.codes![i]!]!++
        number = ofWords[column.codes![i]!]
      } else if (kind === tag.truth) tally.truths++
      else if (kind === tag.time) tally.times++
      else tally.numbers++
      if (number === undefined) continue
      if (tally.distinct.size <= mostCodes) tally.distinct.add(number)
      if (number % 1 !== 0) tally.whole = false
      if (number < tally.least) tally.least = number
      if (number > tally.most) tally.most = number
      if (i > 0 && number - before !== column.rowAt(i) - column.rowAt(i - 1)) tally.consecutive = false
      before = number
    }
  })
  for (let k = 0; k < counts.length; k++) {
    const word = column.words[k]!
    if (ofWords[k] !== undefined && !hasLeadingZero(word)) tally.numbers += counts[k]!
    else if (truthOfWord(word) !== undefined) tally.truths += counts[k]!
    else if (timeOfWord(word) !== undefined) tally.times += counts[k]!
  }
  return tally
}

/** Such as the zip code 02134, which as a number would lose its zero. */
export function hasLeadingZero(word: string): boolean {
  return /^\s*0\d/.test(word)
}

interface Found {
  kind: FeatureKind
  reason?: string
}

function* findKind(column: CellColumn, tally: Tally): Work<Found> {
  const { present, numbers, truths, times } = tally
  if (present === 0) return { kind: 'constant', reason: 'all cells are missing' }
  if (present === column.length && isOneValue(column, tally)) return { kind: 'constant', reason: 'all cells are equal' }
  if (times === present) return { kind: 'date' }
  if (truths === present) return { kind: 'boolean' }
  if (numbers + truths === present) return yield* kindOfNumbers(column, tally)
  if (times > mostly * present) return { kind: 'date' }
  if (numbers > mostly * present && tally.distinct.size > mostCodes && !column.words.some(hasLeadingZero))
    return { kind: 'number' }
  return yield* kindOfWords(column, tally)
}

function isOneValue({ words }: CellColumn, { present, words: inWords, distinct, truths, times }: Tally): boolean {
  if (inWords === present) return words.length === 1
  return (
    inWords === 0 && distinct.size === 1 && (truths === 0 || truths === present) && (times === 0 || times === present)
  )
}

function* kindOfNumbers(column: CellColumn, tally: Tally): Work<Found> {
  const { present, whole, distinct, consecutive, least, most } = tally
  if (!whole) return { kind: 'number' }
  if (present >= leastForIds && consecutive) {
    return { kind: 'id', reason: 'whole numbers that count the rows: each is one more than that of the row before' }
  }
  if (distinct.size <= mostCodes) return { kind: present >= 2 * distinct.size ? 'code' : 'number' }
  const isNamedId = namesOfIds.test(column.name)
  // Also of rows that were shuffled or split; without such a name they may be weeks or ranks.
  const mayCountRows = namesOfRows.test(column.name) && least >= 0 && least <= firstNumbers && most < 2 * present
  if (present < leastForIds || !(isNamedId || mayCountRows)) return { kind: 'number' }
  const different = yield* countDifferent(column)
  if (mayCountRows && different === present) {
    return {
      kind: 'id',
      reason: 'whole numbers that count the rows, by their name: all differ, and have few gaps',
    }
  }
  if (!isNamedId) return { kind: 'number' }
  if (different * rowsOfCategory <= present) return { kind: 'category' }
  if (different === present) return { kind: 'id', reason: 'different whole numbers under the name of an id' }
  return { kind: 'id', reason: `whole numbers under the name of an id, ${different} different ones in ${present} rows` }
}

function* kindOfWords(column: CellColumn, tally: Tally): Work<Found> {
  const { present } = tally
  const different = tally.words === present ? column.words.length : yield* countDifferent(column)
  if (different <= 20 || different * rowsOfCategory <= present) return { kind: 'category' }
  let [letters, words] = [0, 0]
  for (const [k, word] of column.words.entries()) {
    letters += word.length * tally.counts[k]!
    words += wordsOf(word).length * tally.counts[k]!
    if (k % 1000 === 999) yield
  }
  if (letters > mostLetters * tally.words) {
    return { kind: 'refused', reason: `texts of more than ${mostLetters} letters: turn them into vectors first` }
  }
  const spaced = column.words.reduce((sum, word, k) => sum + (/\S\s+\S/.test(word) ? tally.counts[k]! : 0), 0)
  if (words >= 1.5 * present && spaced * 2 > present) return { kind: 'text' }
  if (different >= 0.95 * present) return { kind: 'id', reason: 'words that differ in nearly all rows' }
  if (different * 2 <= present) return { kind: 'category' }
  return {
    kind: 'refused',
    reason: `${different} different words in ${present} rows: too many for categories, and no text`,
  }
}

function* countDifferent(column: CellColumn): Work<number> {
  const values = new Set<unknown>()
  yield* rowBlocks(column.length, 1, (begin, end) => {
    for (let i = begin; i < end; i++) if (column.tags[i] !== tag.missing) values.add(wordAt(column, i))
  })
  return values.size
}

function* rangeOf(
  column: CellColumn,
  read: (value: unknown) => number | undefined,
  expected: string,
  isChosen: boolean,
): Work<{ min?: number; max?: number }> {
  let [min, max] = [Infinity, -Infinity]
  const { name } = column
  yield* rowBlocks(column.length, 8, (begin, end) => {
    for (let row = begin; row < end; row++) {
      const number = read(column.valueAt(row))
      if (number === undefined) {
        const why = isChosen ? '' : 'Nearly all cells of the column are. '
        const hint = `${why}Give null for a missing value, or choose the kind by columns: { ${JSON.stringify(name)}: 'category' }.`
        throw invalidEntry('rows', { row: column.rowAt(row), column: name }, expected, column.valueAt(row), hint)
      }
      if (number < min) min = number
      if (number > max) max = number
    }
  })
  return min <= max ? { min, max } : {}
}

function* hasTimes(column: CellColumn): Work<boolean> {
  let found = false
  yield* rowBlocks(column.length, 8, (begin, end) => {
    for (let i = begin; i < end && !found; i++)
      found = (readTime(column.valueAt(i)) ?? 0) % 86_400_000 !== 0 && column.tags[i] !== tag.missing
  })
  return found
}

/** Different values as words, the most frequent first, those of equal frequency by their code units; and how many rows hold each. */
function* valuesOf(
  column: CellColumn,
  asNumbers = false,
): Work<{ values: readonly string[]; counts: readonly number[] }> {
  const counts = new Map<string, number>()
  yield* rowBlocks(column.length, 8, (begin, end) => {
    for (let i = begin; i < end; i++) {
      const word = asNumbers ? numberWordAt(column, i) : wordAt(column, i)
      if (word !== null) counts.set(word, (counts.get(word) ?? 0) + 1)
    }
  })
  const sorted = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).slice(0, mostValues)
  return { values: sorted.map(([word]) => word), counts: sorted.map(([, count]) => count) }
}

/** The number of a cell in words: "3" of 3, "3" and "3.0". */
function numberWordAt(column: CellColumn, i: number): string | null {
  const number = readNumber(column.valueAt(i))
  return number === undefined || Number.isNaN(number) ? null : String(number)
}

/** The word of a cell as that of a category; null if it is missing. */
export function wordAt(column: CellColumn, i: number): string | null {
  return readWord(column.valueAt(i)) ?? null
}

/** A power of two that is at least the number of words that recur, at most `mostBins`. */
function* binsOf(column: CellColumn): Work<number> {
  const seen = new Set<string>()
  const recurring = new Set<string>()
  for (const [k, text] of column.words.entries()) {
    for (const word of new Set(wordsOf(text))) {
      if (seen.has(word)) recurring.add(word)
      else seen.add(word)
    }
    if (k % 100 === 99) yield
  }
  return Math.min(mostBins, 2 ** Math.ceil(Math.log2(Math.max(8, recurring.size))))
}
