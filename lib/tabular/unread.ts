import { rowBlocks, type Work } from '../base/breathing.js'
import { describe } from '../base/check.js'
import { type CellColumn, tag } from './cell-column.js'
import { numberOfWord, timeOfWord } from './cells.js'
import type { FeatureKind } from './feature.js'
import { hasLeadingZero, mostCodes } from './infer-column.js'

/** Dates whose order of day and month one word does not tell, such as 3/4/2026, or without zeros, such as 2026-3-4. */
const otherDate = /^(\d{1,2}([./-])\d{1,2}\2\d{4}|\d{1,2}\/\d{1,2}\/\d{2}|\d{4}([./-])\d{1,2}\3\d{1,2})([T ,].*)?$/
/** Numbers with a currency, a percent sign, a decimal comma or separators of thousands. */
const otherNumber = /^[-+]?(\p{Sc} ?)?[-+]?(\d{1,3}([,'\u00a0\u202f]\d{3})+|\d+)([.,]\d+)?( ?[%\p{Sc}])?$/u
/** The share of different words, of which some are looked at, that tells what a column holds. */
const mostly = 0.9
const mostWords = 1000
/** So many different words among numbers at most are likely to stand for missing ones. */
const mostMarks = 3

/** Whether a column of this kind, which was inferred, is read as words or was left out as such. */
export function isOfWords(kind: FeatureKind): boolean {
  return kind === 'category' || kind === 'text' || kind === 'id' || kind === 'refused'
}

/** Why a column is read as words though it seems to hold dates or numbers, as a sentence; undefined if it does not seem so. */
export function* whyWords(column: CellColumn): Work<string | undefined> {
  const begin = `The column ${describe(column.name)}`
  const some = column.words.slice(0, mostWords).map((word) => word.trim())
  const exampleOf = (pattern: RegExp, isRead: (word: string) => boolean) => {
    const count = some.filter((word) => pattern.test(word)).length
    return count > mostly * some.length ? some.find((word) => pattern.test(word) && !isRead(word)) : undefined
  }
  const date = exampleOf(otherDate, (word) => timeOfWord(word) !== undefined)
  if (date !== undefined) {
    return `${begin} has words such as ${describe(date)}. If they are dates, write them as 2026-05-31.`
  }
  const number = exampleOf(otherNumber, (word) => numberOfWord(word) !== undefined)
  if (number !== undefined) {
    return `${begin} has words such as ${describe(number)}. If they are numbers, write them as 1234.5.`
  }
  const mark = yield* markAmongNumbers(column)
  return mark === undefined
    ? undefined
    : `${begin} has numbers and words such as ${describe(mark)}, so it is not read as numbers. If these stand for missing numbers, give null, or an empty cell of a file.`
}

/** One of a few different words in a column of which most cells are numbers, with many different ones. */
function* markAmongNumbers({ words, tags, numbers, codes, length }: CellColumn): Work<string | undefined> {
  const ofWords = words.map(numberOfWord)
  const marks = words.filter((_, k) => ofWords[k] === undefined)
  if (marks.length === 0 || marks.length > mostMarks || words.some(hasLeadingZero)) return undefined
  const different = new Set<number>()
  let [present, count] = [0, 0]
  yield* rowBlocks(length, 1, (begin, end) => {
    for (let i = begin; i < end; i++) {
      if (tags[i] === tag.missing) continue
      present++
      const number = tags[i] === tag.word ? ofWords[codes![i]!] : tags[i] === tag.number ? numbers[i] : undefined
      if (number === undefined) continue
      count++
      if (different.size <= mostCodes) different.add(number)
    }
  })
  return count * 2 > present && different.size > mostCodes ? marks[0] : undefined
}
