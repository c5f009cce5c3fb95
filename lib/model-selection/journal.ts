import { appendFileSync, existsSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { checkString } from '../base/check.js'
import { ArgumentError, FormatError } from '../base/errors.js'
import { hashOfSubject } from './subject.js'

/** The result of a fit in the file. */
interface JournalEntry {
  score: number
  scores: readonly number[]
  trainScore: number | undefined
  trainScores: readonly number[] | undefined
  fitTime: number
  scoreTime: number
  error: string | undefined
}

const version = 1

/** A file of JSON lines: the fingerprint of the search, then a line for each fit, so that the search can go on later. */
export class Journal {
  readonly #path: string
  readonly #entries = new Map<string, JournalEntry>()
  /** Bytes that this search has read or written; more of them come from another search. */
  #size: number

  /**
   * Opens or creates a file.
   * @param subject all that decides the scores of the search.
   * @throws FormatError for a file of another kind; ArgumentError for a file of another search, or a path that cannot be
   * written.
   */
  constructor(path: unknown, subject: object) {
    this.#path = checkString(path, 'file')
    const head = JSON.stringify({ perceptra: 'search', version, subject: hashOfSubject(subject) })
    try {
      const text = existsSync(this.#path) ? readFileSync(this.#path, 'utf8') : ''
      // A crash may have cut the first line short.
      const isNew = !text.includes('\n') && head.startsWith(text)
      if (isNew) writeFileSync(this.#path, `${head}\n`)
      this.#size = isNew ? Buffer.byteLength(head) + 1 : this.#read(text, head)
    } catch (error) {
      if (error instanceof ArgumentError || error instanceof FormatError) throw error
      throw new ArgumentError(`Could not open the file ${this.#path}: ${(error as Error).message}`, { cause: error })
    }
  }

  get(key: string): JournalEntry | undefined {
    return this.#entries.get(key)
  }

  /**
   * Appends an entry synchronously, so that it survives a crash.
   * @throws ArgumentError when another search has written to the file, or the file is gone.
   */
  add(key: string, entry: JournalEntry): void {
    const { scores, trainScores, ...rest } = entry
    const several = scores.length > 1 && { scores: scores.map(pack), trainScores: trainScores?.map(pack) }
    const packed = { key, ...rest, ...several, score: pack(entry.score), trainScore: pack(entry.trainScore) }
    const line = Buffer.from(`${JSON.stringify(packed)}\n`)
    const size = statSync(this.#path, { throwIfNoEntry: false })?.size
    if (size !== this.#size) {
      throw new ArgumentError(
        `Expected ${this.#size} bytes in the file ${this.#path}, but got ${size ?? 'no file'}: another search writes to it, or it was changed. ` +
          'Use a file in one search at a time; the next search goes on from it.',
      )
    }
    appendFileSync(this.#path, line)
    this.#size += line.length
  }

  /** Reads the entries; returns the bytes of whole lines. */
  #read(text: string, head: string): number {
    const [first, ...lines] = text.split('\n')
    if (first !== head) {
      const isOurs = first?.startsWith('{"perceptra":"search"')
      if (!isOurs) throw new FormatError(`Expected the file of a search at ${this.#path}, but it holds something else.`)
      throw new ArgumentError(
        `Expected the same search for the file ${this.#path}, but it has other data, splits, parameters, options or seed. ` +
          'Name another file, or delete this one.',
      )
    }
    // A crash may have cut the last line short.
    const rest = lines.pop()!
    const size = Buffer.byteLength(text) - Buffer.byteLength(rest)
    if (rest !== '') truncateSync(this.#path, size)
    for (const [k, line] of lines.entries()) {
      const entry = readEntry(line)
      if (!entry) throw new FormatError(`Expected a fit in line ${k + 2} of the file ${this.#path}, but it is damaged.`)
      this.#entries.set(entry.key, entry)
    }
    return size
  }
}

/** A number as JSON, which has no NaN and no infinity. */
function pack(score: number | undefined): number | string | undefined {
  return score === undefined || Number.isFinite(score) ? score : `${score}`
}

function readEntry(line: string): (JournalEntry & { key: string }) | undefined {
  try {
    const { key, score, trainScore, fitTime, scoreTime, error, ...several } = JSON.parse(line) as Record<
      string,
      unknown
    >
    const isText = error === undefined || typeof error === 'string'
    if (typeof key !== 'string' || typeof fitTime !== 'number' || typeof scoreTime !== 'number' || !isText)
      return undefined
    if (score === undefined) return undefined
    const { scores = [score], trainScores = trainScore === undefined ? undefined : [trainScore] } = several
    return {
      key,
      score: Number(score),
      scores: (scores as unknown[]).map(Number),
      trainScore: trainScore === undefined ? undefined : Number(trainScore),
      trainScores: (trainScores as unknown[] | undefined)?.map(Number),
      fitTime,
      scoreTime,
      error,
    }
  } catch {
    return undefined
  }
}
