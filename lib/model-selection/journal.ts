import { createHash } from 'node:crypto'
import { appendFileSync, existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { checkString } from '../check.js'
import { ArgumentError, FormatError } from '../errors.js'
import { Matrix } from '../matrix.js'
import { Table } from '../table.js'
import type { RowsLike } from './rows.js'

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

  /**
   * Opens a file, or begins one.
   * @param subject what makes two searches the same.
   * @throws FormatError for another file; ArgumentError for that of another search, or a path that cannot be written.
   */
  constructor(path: unknown, subject: object) {
    this.#path = checkString(path, 'file')
    const head = JSON.stringify({ perceptra: 'search', version, subject: hashOf(JSON.stringify(subject, plain)) })
    try {
      if (existsSync(this.#path)) this.#read(head)
      else writeFileSync(this.#path, `${head}\n`)
    } catch (error) {
      if (error instanceof ArgumentError || error instanceof FormatError) throw error
      throw new ArgumentError(`Could not open the file ${this.#path}: ${(error as Error).message}`, { cause: error })
    }
  }

  get(key: string): JournalEntry | undefined {
    return this.#known.get(key)
  }

  /** Writes at once: what is done survives whatever ends the process. */
  add(key: string, entry: JournalEntry): void {
    appendFileSync(
      this.#path,
      `${JSON.stringify({ key, ...entry, score: pack(entry.score), trainScore: pack(entry.trainScore) })}\n`,
    )
  }

  #read(head: string): void {
    const text = readFileSync(this.#path, 'utf8')
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
    if (torn !== '') truncateSync(this.#path, Buffer.byteLength(text) - Buffer.byteLength(torn))
    for (const [k, line] of lines.entries()) {
      const entry = readEntry(line)
      if (!entry) throw new FormatError(`Expected a fit in line ${k + 2} of the file ${this.#path}, but it is damaged.`)
      this.#known.set(entry.key, entry)
    }
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

/** What JSON would leave out. */
function plain(_key: string, value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) return `${value}`
  if (typeof value === 'function') return `${value}`
  if (ArrayBuffer.isView(value)) return Array.from(value as Uint8Array)
  if (value instanceof Map) return [...value]
  const { getParams } = Object(value) as { getParams?: () => object }
  return typeof getParams === 'function' ? [value?.constructor.name, getParams.call(value)] : value
}

/** A fingerprint of rows. */
export function fingerprint(x: RowsLike | undefined): string {
  if (x === undefined) return ''
  if (x instanceof Matrix) return `${x.cols} ${hashOf(x.data)}`
  if (ArrayBuffer.isView(x)) return hashOf(x as Uint8Array)
  if (x instanceof Table)
    return hashOf(x.names.map((name) => `${name} ${fingerprint(x.column(name) as RowsLike)}`).join())
  return hashOf(JSON.stringify(x, plain))
}

function hashOf(data: string | ArrayBufferView): string {
  const bytes = typeof data === 'string' ? data : new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  return createHash('sha256').update(bytes).digest('hex')
}
