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
    const head = JSON.stringify({ perceptra: 'search', version, subject: hashOf(JSON.stringify(plain(subject))) })
    try {
      const text = existsSync(this.#path) ? readFileSync(this.#path, 'utf8') : ''
      // A crash may have cut short the first line as well.
      if (!text.includes('\n') && head.startsWith(text)) writeFileSync(this.#path, `${head}\n`)
      else this.#read(text, head)
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

  #read(text: string, head: string): void {
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

/**
 * What tells subjects apart, as JSON has it: with what JSON would leave out, and without toJSON. Of what has parameters these count,
 * and its class; of a function its text and its own properties.
 */
function plain(value: unknown): unknown {
  if (typeof value === 'function') return { text: `${value}`, ...plainEntries(value) }
  if (typeof value === 'number' ? !Number.isFinite(value) : typeof value === 'bigint') return `${value}`
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) return Array.from(value, plain)
  if (ArrayBuffer.isView(value) || value instanceof Matrix || value instanceof Table)
    return fingerprint(value as RowsLike)
  if (value instanceof Map || value instanceof Set) return [...value].map(plain)
  if (value instanceof RegExp) return `${value}`
  if (value instanceof Date) return { date: value.getTime() }
  const { getParams } = value as { getParams?: () => object }
  if (typeof getParams === 'function') return [value.constructor?.name, plain(getParams.call(value))]
  return plainEntries(value)
}

function plainEntries(value: object): object {
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]))
}

/** A fingerprint of rows. */
export function fingerprint(x: RowsLike | undefined): string {
  if (x === undefined) return ''
  if (x instanceof Matrix) return `${x.cols} ${hashOf(x.data)}`
  if (ArrayBuffer.isView(x)) return `${x.constructor.name} ${hashOf(x as Uint8Array)}`
  if (x instanceof Table) {
    return hashOf(JSON.stringify(x.names.map((name) => [name, x.kind(name), fingerprint(x.column(name) as RowsLike)])))
  }
  return hashOf(JSON.stringify(plain(x)))
}

function hashOf(data: string | ArrayBufferView): string {
  const bytes = typeof data === 'string' ? data : new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  return createHash('sha256').update(bytes).digest('hex')
}
