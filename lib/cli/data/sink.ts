import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Writable } from 'node:stream'
import { temporaryName } from '../../base/random-seed.js'
import { toPathError } from '../../files/atomic-write.js'

/** Text that goes to standard output, or to a file, which gets its name when it is whole. */
export class TextSink {
  readonly #path: string | undefined
  readonly #temporary: string | undefined
  readonly #stream: Writable
  #failure: unknown

  /** @param path the file; undefined or `-` for standard output. */
  constructor(path: string | undefined) {
    this.#path = path === '-' ? undefined : path
    this.#temporary = this.#path && join(dirname(this.#path), `.perceptra-${temporaryName()}.tmp`)
    this.#stream = this.#temporary ? createWriteStream(this.#temporary, { flags: 'wx' }) : process.stdout
    if (this.#temporary) {
      this.#stream.on('error', (error) => {
        this.#failure = error
      })
    }
  }

  /** Resolves when there is room for more. */
  async write(text: string): Promise<void> {
    this.#check()
    if (!this.#stream.write(text)) {
      const ended = new AbortController()
      const events = ['drain', 'close'].map((name) => once(this.#stream, name, { signal: ended.signal }))
      // The other one would listen for good.
      await Promise.race(events).finally(() => ended.abort())
    }
    this.#check()
  }

  async close(): Promise<void> {
    if (!this.#temporary) return
    await new Promise<void>((resolve) => this.#stream.end(() => resolve())).catch(() => {})
    this.#check()
    try {
      await rename(this.#temporary, this.#path!)
    } catch (error) {
      throw toPathError(error, this.#path!)
    }
  }

  /** Removes what was written so far. */
  async discard(): Promise<void> {
    if (!this.#temporary) return
    this.#stream.destroy()
    await rm(this.#temporary, { force: true })
  }

  #check(): void {
    if (this.#failure) throw toPathError(this.#failure, this.#path!)
  }
}

/** Rows as CSV or NDJSON. */
export type RowWriter = (names: readonly string[], rows: readonly (readonly unknown[])[]) => string

/** Lines of CSV; Dates as in ISO 8601, missing cells empty. */
export function csvWriter(delimiter: string): RowWriter {
  const special = new RegExp(`["\\r\\n${delimiter.replace(/[\\\]^-]/, '\\$&')}]`)
  const field = (value: unknown) => {
    if (value === null || value === undefined || Number.isNaN(value)) return ''
    const text = value instanceof Date ? value.toISOString() : String(value)
    return special.test(text) ? `"${text.replaceAll('"', '""')}"` : text
  }
  let hasHeader = false
  return (names, rows) => {
    const head = hasHeader ? [] : [names]
    hasHeader = true
    return [...head, ...rows].map((row) => `${row.map(field).join(delimiter)}\n`).join('')
  }
}

/**
 * One object of JSON in each line.
 * @param read what becomes of a cell: those of CSV are words.
 */
export const ndjsonWriter =
  (read: (cell: unknown) => unknown): RowWriter =>
  (names, rows) =>
    rows
      .map((row) => `${JSON.stringify(Object.fromEntries(names.map((name, j) => [name, read(row[j]) ?? null])))}\n`)
      .join('')
