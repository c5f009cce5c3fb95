import { stat } from 'node:fs/promises'
import { checkOneOf, describe } from '../../base/check.js'
import { FormatError } from '../../base/errors.js'
import { type NamedSource, readSource } from '../../datasets/text-source.js'
import { UsageError, wrong } from '../terminal/failure.js'

/** How rows are written. */
export type Format = 'csv' | 'ndjson' | 'parquet'

/** Options about the form of data. */
export interface DataOptions {
  readonly format?: string
  readonly delimiter?: string
  readonly encoding?: string
}

/** Data to read: a file, or standard input. */
export interface DataSource {
  /** The path; undefined for standard input. */
  readonly path: string | undefined
  readonly format: Format
  readonly delimiter: string
  readonly encoding: string
  /** The bytes, once. */
  readonly bytes: NamedSource
}

/** Names of formats, with the endings of their files. */
export const formats: Readonly<Record<Format, RegExp>> = {
  csv: /\.(csv|tsv|tab)$/i,
  ndjson: /\.(ndjson|jsonl)$/i,
  parquet: /\.(parquet|pq)$/i,
}

/** What the first characters of files that hold no rows say. */
const foreign: readonly (readonly [begins: (text: string) => boolean, what: string, advice: string])[] = [
  [(text) => text.startsWith('PK\u0003\u0004'), 'a zip archive, such as an Excel workbook', 'Save the sheet as CSV.'],
  [(text) => text.startsWith('\u00d0\u00cf\u0011\u00e0'), 'an old Excel workbook', 'Save the sheet as CSV.'],
  [(text) => /^.{8}\{"/s.test(text), 'a safetensors file, such as a model', 'Give the file with the rows.'],
  [(text) => text.startsWith('%PDF'), 'a PDF', 'Give a CSV file.'],
  [(text) => /^\s*<(!doctype|html|\?xml)/i.test(text), 'a page of HTML or XML', 'Give a CSV file.'],
  [(text) => /^\s*\[\s*[{[]/.test(text), 'one JSON array', 'Write one object in each line (NDJSON).'],
]

const headBytes = 1 << 16

/**
 * Looks at the first bytes of a file, or of standard input for `-`, to find out how its rows are written.
 * @throws ArgumentError for a file that cannot be read; FormatError for one that is empty or holds no rows.
 */
export async function openData(path: string, options: DataOptions): Promise<DataSource> {
  const isStdin = path === '-'
  if (isStdin && process.stdin.isTTY) throw new UsageError('Expected rows on standard input, but it is the terminal.')
  if (!isStdin && (await stat(path).catch(() => undefined))?.isDirectory()) throw wrong(`${path}: it is a folder.`)
  const input = readSource(isStdin ? process.stdin : path)
  const name = isStdin ? 'standard input' : path
  const blocks = input.open()[Symbol.asyncIterator]()
  const head: Uint8Array[] = []
  for (let length = 0; length < headBytes; ) {
    const { value, done } = await blocks.next()
    if (done) break
    head.push(value)
    length += value.length
  }
  const begin = Buffer.concat(head)
  if (begin.length === 0) throw new FormatError(`${name} is empty: expected rows.`)
  const format = formatOf(name, begin, options)
  if (isStdin && format === 'parquet') {
    throw new FormatError(
      'A Parquet file cannot be read from standard input: its directory is at its end. Give its path.',
    )
  }
  if (!isStdin) await blocks.return?.()
  const rest = async function* () {
    yield* head
    yield* { [Symbol.asyncIterator]: () => blocks }
  }
  return {
    path: isStdin ? undefined : path,
    format,
    delimiter: options.delimiter ?? delimiterOf(begin),
    encoding: options.encoding ?? 'utf-8',
    bytes: { name, open: isStdin ? rest : (signal) => input.open(signal) },
  }
}

function formatOf(name: string, begin: Buffer, { format: chosen, encoding }: DataOptions): Format {
  if (chosen !== undefined) return checkOneOf(chosen, '--format', Object.keys(formats) as Format[])
  const text = begin.subarray(0, 1024).toString('latin1')
  if (text.startsWith('PAR1')) return 'parquet'
  for (const [begins, what, advice] of foreign) {
    if (begins(text)) throw new FormatError(`${name} is ${what}: expected rows. ${advice}`)
  }
  if (text.includes('\0') && encoding === undefined) {
    throw new FormatError(`${name} is a binary file: expected rows as CSV, NDJSON or Parquet.`)
  }
  const plain = name.replace(/\.gz$/i, '')
  const byName = (Object.keys(formats) as Format[]).find((format) => formats[format].test(plain))
  if (byName === 'parquet') throw new FormatError(`${name} is no Parquet file: it does not begin with PAR1.`)
  return byName ?? (/^\s*\{/.test(text) ? 'ndjson' : 'csv')
}

/** The character of the first line that looks most like a delimiter. */
function delimiterOf(begin: Buffer): string {
  const line = begin
    .toString('latin1')
    .split(/\r?\n/, 1)[0]!
    .replaceAll(/"[^"]*"/g, '')
  const counts = [',', ';', '\t', '|'].map((character) => ({ character, count: line.split(character).length }))
  return counts.reduce((best, next) => (next.count > best.count ? next : best)).character
}

/** A character as it is typed: `\t` is a tab. */
export function readDelimiter(text: string): string {
  const delimiter = text === '\\t' || text === 'tab' ? '\t' : text
  if (delimiter.length === 1) return delimiter
  throw new UsageError(`Expected one character for --delimiter, but got ${describe(text)}.`)
}
