import { appendFileSync, existsSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { checkString } from '../base/check.js'
import { ArgumentError, FormatError } from '../base/errors.js'
import { hashOfSubject } from './subject.js'

/** What is kept of a fit. */
export interface JournalEntry {
  score: number
  trainScore: number | undefined
  fitTime: number
  scoreTime: number
  error: string | undefined
}

const version = 1

/** A file of JSON lines: first what is searched, then each fit that has been done, so that a search can go on from it. */
export class Journal {
  readonly #path: string
  readonly #known = new Map<string, JournalEntry>()
  /** Bytes of the file: what it has beyond them somebody else wrote. */
  #size: number

  /**
   * Opens a file, or begins one.
   * @param subject what makes two searches the same.
   * @throws FormatError for another file; ArgumentError for that of another search, or a path that cannot be written.
   */
  constructor(path: unknown, subject: object) {
    this.#path = checkString(path, 'file')
    const head = JSON.stringify({ perceptra: 'search', version, subject: hashOfSubject(subject) })
    try {
      const text = existsSync(this.#path) ? readFileSync(this.#path, 'utf8') : ''
      // A crash may have cut short the first line as well.
      const isNew = !text.includes('\n') && head.startsWith(text)
      if (isNew) writeFileSync(this.#path, `${head}\n`)
      this.#size = isNew ? Buffer.byteLength(head) + 1 : this.#read(text, head)
    } catch (error) {
      if (error instanceof ArgumentError || error instanceof FormatError) throw error
      throw new ArgumentError(`Could not open the file ${this.#path}: ${(error as Error).message}`, { cause: error })
    }
  }

  get(key: string): JournalEntry | undefined {
    return this.#known.get(key)
  }

  /**
   * Writes at once: what is done survives whatever ends the process.
   * @throws ArgumentError when another search has written to the file, or it is gone.
   */
  add(key: string, entry: JournalEntry): void {
    const packed = { key, ...entry, score: pack(entry.score), trainScore: pack(entry.trainScore) }
    const line = Buffer.from(`${JSON.stringify(packed)}\n`)
    const size = statSync(this.#path, { throwIfNoEntry: false })?.size
    if (size !== this.#size) {
      throw new ArgumentError(
        `Expected ${this.#size} bytes in the file ${this.#path}, but got ${size ?? 'no file'}: another search writes to it, or it was changed. ` +
          'Let one search at a time have it; the next one goes on from what is there.',
      )
    }
    appendFileSync(this.#path, line)
    this.#size += line.length
  }

  /** Gives how many bytes of the file count. */
  #read(text: string, head: string): number {
    const [first, ...lines] = text.split('\n')
    if (first !== head) {
      const isOurs = first?.startsWith('{"perceptra":"search"')
      if (!isOurs) throw new FormatError(`Expected a search for the file ${this.#path}, but it holds something else.`)
      throw new ArgumentError(
        `Expected the same search for the file ${this.#path}, but it is of other data, splits, parameters, options or seed. ` +
          'Name another file, or delete this one.',
      )
    }
    // Behind the last line end is what a crash cut short.
    const torn = lines.pop()!
    const size = Buffer.byteLength(text) - Buffer.byteLength(torn)
    if (torn !== '') truncateSync(this.#path, size)
    for (const [k, line] of lines.entries()) {
      const entry = readEntry(line)
      if (!entry) throw new FormatError(`Expected a fit in line ${k + 2} of the file ${this.#path}, but it is damaged.`)
      this.#known.set(entry.key, entry)
    }
    return size
  }
}

/** JSON has no NaN and no infinity. */
function pack(score: number | undefined): number | string | undefined {
  return score === undefined || Number.isFinite(score) ? score : `${score}`
}

function readEntry(line: string): (JournalEntry & { key: string }) | undefined {
  try {
    const { key, score, trainScore, fitTime, scoreTime, error } = JSON.parse(line) as Record<string, unknown>
    const isText = error === undefined || typeof error === 'string'
    if (typeof key !== 'string' || typeof fitTime !== 'number' || typeof scoreTime !== 'number' || !isText)
      return undefined
    if (score === undefined) return undefined
    return {
      key,
      score: Number(score),
      trainScore: trainScore === undefined ? undefined : Number(trainScore),
      fitTime,
      scoreTime,
      error,
    }
  } catch {
    return undefined
  }
}
