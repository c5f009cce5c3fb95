import type { FileHandle } from 'node:fs/promises'
import type { Compressors, FileMetaData, SchemaElement } from 'hyparquet'
import { describe } from '../base/check.js'
import { FormatError, MlpError } from '../base/errors.js'
import type { ColumnKind } from '../table/table.js'
import { openFile, readRange } from './read-bytes.js'

/** A column of the file. */
interface ParquetColumn {
  name: string
  /** Undefined for lists, structs and bytes, which are not columns of a table. */
  kind: ColumnKind | undefined
}

type Decompress = (bytes: Uint8Array, options: { maxOutputLength: number }) => Uint8Array

/** Node's codecs, zstd from 22.15 on; hyparquet reads snappy itself. */
function makeCompressors(): Compressors {
  const zlib = process.getBuiltinModule('node:zlib')
  const { zstdDecompressSync } = zlib as { zstdDecompressSync?: Decompress }
  const by = (decompress: Decompress) => (bytes: Uint8Array, length: number) =>
    decompress(bytes, { maxOutputLength: Math.max(length, 1) })
  return {
    GZIP: by(zlib.gunzipSync),
    BROTLI: by(zlib.brotliDecompressSync),
    ...(zstdDecompressSync && { ZSTD: by(zstdDecompressSync) }),
  }
}

/** An open Parquet file: its metadata, and its columns by row group. */
export class ParquetFile {
  readonly columns: readonly ParquetColumn[]
  /** The number of rows in each row group. */
  readonly groups: readonly number[]
  readonly #path: string
  readonly #handle: FileHandle
  readonly #bytes: number
  readonly #metadata: FileMetaData
  readonly #compressors = makeCompressors()

  private constructor(path: string, handle: FileHandle, bytes: number, metadata: FileMetaData) {
    this.#path = path
    this.#handle = handle
    this.#bytes = bytes
    this.#metadata = metadata
    this.columns = columnsOf(metadata.schema)
    this.groups = metadata.row_groups.map((group) => Number(group.num_rows))
  }

  /** @throws ArgumentError for a file that cannot be read; FormatError for a file that is not Parquet, or truncated. */
  static async open(path: string): Promise<ParquetFile> {
    const handle = await openFile(path)
    try {
      const { size } = await handle.stat()
      if (size < 12) throw new FormatError(`${path}: expected a Parquet file, but found ${size} bytes.`)
      // Imported here so that programs that read no Parquet files do not load it.
      const { parquetMetadataAsync } = await import('hyparquet')
      const metadata = await parquetMetadataAsync(fileBuffer(path, handle, size), { geoparquet: false })
      return new ParquetFile(path, handle, size, metadata)
    } catch (error) {
      await handle.close()
      throw asFormatError(path, error, 'expected a whole Parquet file')
    }
  }

  /**
   * The entries of a column in a row group, as hyparquet returns them.
   * @throws FormatError for corrupt bytes or an unsupported compression.
   */
  async read(group: number, name: string): Promise<ArrayLike<unknown>> {
    const rowStart = this.groups.slice(0, group).reduce((sum, rows) => sum + rows, 0)
    const rows = this.groups[group]!
    const file = fileBuffer(this.#path, this.#handle, this.#bytes)
    let data: ArrayLike<unknown>
    try {
      // A scan caches the last chunk of each column, so each read has its own scan.
      const range = { rowStart, rowEnd: rowStart + rows }
      const compressors = this.#compressors
      const { parquetScan } = await import('hyparquet')
      const scan = await parquetScan({
        file,
        metadata: this.#metadata,
        columns: [name],
        compressors,
        geoparquet: false,
        ...range,
      })
      data = await scan.readColumn({ column: name, ...range })
    } catch (error) {
      throw asFormatError(this.#path, error, `expected column ${describe(name)} to be readable`)
    }
    if (data.length === rows) return data
    throw new FormatError(
      `${this.#path}: expected ${rows} entries in group ${group} of column ${describe(name)}, but found ${data.length}.`,
    )
  }

  async close(): Promise<void> {
    await this.#handle.close()
  }
}

/** Reads ranges of a file; offsets in corrupt metadata may lie outside of it. */
function fileBuffer(path: string, handle: FileHandle, byteLength: number) {
  return {
    byteLength,
    async slice(start: number, end: number = byteLength): Promise<ArrayBuffer> {
      if (!(Number.isSafeInteger(start) && start >= 0 && start <= end && end <= byteLength)) {
        throw new FormatError(`${path}: expected data within its ${byteLength} bytes, but found an end at ${end}.`)
      }
      const bytes = await readRange(handle, start, end - start)
      if (!bytes) throw new FormatError(`${path}: expected ${byteLength} bytes, but the file became shorter.`)
      return bytes.buffer
    },
  }
}

function asFormatError(path: string, error: unknown, expected: string): Error {
  if (error instanceof MlpError) return error
  const { message } = error as Error
  return new FormatError(`${path}: ${expected}, but: ${message.replace(/\.$/, '')}.`, { cause: error })
}

/** The children of the root; nested and repeated ones have no kind. */
function columnsOf(schema: readonly SchemaElement[]): ParquetColumn[] {
  const columns: ParquetColumn[] = []
  for (let at = 1; at < schema.length; ) {
    const element = schema[at]!
    columns.push({ name: element.name, kind: kindOf(element) })
    // Skips its descendants, which follow it.
    for (let left = 1; left > 0 && at < schema.length; at++) left += (schema[at]!.num_children ?? 0) - 1
  }
  return columns
}

const times: readonly unknown[] = ['DATE', 'TIMESTAMP', 'TIMESTAMP_MILLIS', 'TIMESTAMP_MICROS']
const notOfTables: readonly unknown[] = ['JSON', 'BSON', 'INTERVAL', 'VARIANT', 'GEOMETRY', 'GEOGRAPHY']

function kindOf({ type, converted_type, logical_type, num_children, repetition_type }: SchemaElement) {
  if (num_children || repetition_type === 'REPEATED') return undefined
  const meaning = logical_type?.type ?? converted_type
  if (notOfTables.includes(meaning) || notOfTables.includes(converted_type)) return undefined
  if (times.includes(meaning) || times.includes(converted_type) || type === 'INT96') return 'date'
  if (type === 'BOOLEAN') return 'boolean'
  if (type === 'BYTE_ARRAY') return meaning === 'DECIMAL' ? 'number' : 'string'
  if (type !== 'FIXED_LEN_BYTE_ARRAY') return 'number'
  return meaning === 'DECIMAL' || meaning === 'FLOAT16' ? 'number' : meaning === 'UUID' ? 'string' : undefined
}
