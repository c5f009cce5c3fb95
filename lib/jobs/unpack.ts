import { runNow, type Work } from '../base/breathing.js'
import { checkInteger, checkOneOf, describe, keysOf } from '../base/check.js'
import { FormatError, MlpError } from '../base/errors.js'
import { Matrix, type NumberArray } from '../base/matrix.js'
import type { Description } from '../learning/described.js'
import { kindsOfColumns } from '../table/column.js'
import { type ColumnKind, type ColumnLike, fromColumnsInSteps, Table } from '../table/table.js'
import { deepest, lengthBytes, magic, padded, tag } from './format.js'

/** Makes a learner of its description. */
export type RestoreLearner = (description: Description) => unknown

const numberTypes: Readonly<Record<string, { new (buffer: ArrayBuffer): NumberArray; BYTES_PER_ELEMENT: number }>> = {
  ...{ Float32Array, Float64Array, Uint8Array, Uint8ClampedArray, Int8Array },
  ...{ Uint16Array, Int16Array, Uint32Array, Int32Array },
}

const specialNumbers: Readonly<Record<string, number>> = {
  ...{ NaN: Number.NaN, Infinity, '-Infinity': -Infinity, '-0': -0 },
}

/**
 * Reads what `pack` wrote. The bytes are untrusted: all of them are checked, and nothing in them is code.
 * @param restore makes learners, and checks their parameters; without it there are none.
 * @throws FormatError that says what is wrong.
 */
export function* unpack(bytes: Uint8Array, restore: RestoreLearner = refuse): Work<unknown> {
  try {
    const unpacker = new Unpacker(bytes, restore)
    return yield* unpacker.value(unpacker.head, 0)
  } catch (error) {
    if (!(error instanceof MlpError)) throw error
    throw new FormatError(`Could not read the data of a job: ${error.message}`, { cause: error })
  }
}

function refuse({ kind }: Description): never {
  throw new FormatError(`Expected no estimators, but there is ${describe(kind)}.`)
}

class Unpacker {
  readonly head: unknown
  readonly #bytes: Uint8Array
  readonly #begin: number
  readonly #restore: RestoreLearner
  /** Bytes of buffers that are not read yet: the same ones named again and again would be work without end. */
  #unread: number

  constructor(bytes: Uint8Array, restore: RestoreLearner) {
    this.#bytes = bytes
    this.#restore = restore
    const start = magic.length + lengthBytes
    if (bytes.length < start || !magic.every((byte, i) => bytes[i] === byte))
      throw new FormatError('It does not begin as the data of perceptra of this version do.')
    const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(magic.length, true)
    if (start + length > bytes.length) throw new FormatError('It is cut short.')
    this.#begin = padded(start + length)
    this.#unread = bytes.length - this.#begin
    this.head = parse(bytes.subarray(start, start + length))
  }

  *value(json: unknown, depth: number): Work<unknown> {
    if (depth > deepest) throw new FormatError(`It has more than ${deepest} levels.`)
    if (json === null || typeof json !== 'object') return json
    if (Array.isArray(json)) return this.#some(json, depth)
    if (!Object.hasOwn(json, tag)) return yield* this.#entries(json, depth)
    const { [tag]: kind, ...fields } = json as Record<string, unknown>
    switch (kind) {
      case 'undefined':
        return undefined
      case 'number':
        return specialNumbers[checkOneOf(fields.text as string, 'a number', keysOf(specialNumbers))]
      case 'numbers':
        return this.#numbers(checkOneOf(fields.type as string, 'the type of numbers', keysOf(numberTypes)), fields.at)
      case 'matrix':
        return new Matrix(
          this.#numbers('Float32Array', fields.at) as Float32Array,
          fields.rows as number,
          fields.cols as number,
        )
      case 'date':
        return new Date((yield* this.value(fields.ms, depth + 1)) as number)
      case 'array':
        return yield* this.#blocks(fields, depth)
      case 'map':
        return new Map((yield* this.#pairs(fields.entries, depth)) as [unknown, unknown][])
      case 'table':
        return yield* this.#table(fields.columns, depth)
      case 'learner':
        return this.#restore({
          kind: `${fields.kind}`,
          params: (yield* this.#entries(Object(fields.params), depth)) as Record<string, unknown>,
        })
      default:
        throw new FormatError(`It holds a value of the unknown kind ${describe(kind)}.`)
    }
  }

  *#entries(json: object, depth: number): Work<object> {
    const entries: [string, unknown][] = []
    for (const [key, value] of Object.entries(json)) entries.push([key, yield* this.value(value, depth + 1)])
    return Object.fromEntries(entries)
  }

  #some(values: readonly unknown[], depth: number): unknown[] {
    return values.map((value) => runNow(this.value(value, depth + 1)))
  }

  *#blocks({ length, blocks }: Record<string, unknown>, depth: number): Work<unknown[]> {
    const all: unknown[] = []
    for (const block of listOf(blocks)) {
      for (const value of this.#some(listOf(parse(this.#part(block))), depth)) all.push(value)
      yield
    }
    if (all.length !== length) throw new FormatError(`Expected ${length} entries of an array, but got ${all.length}.`)
    return all
  }

  *#pairs(json: unknown, depth: number): Work<unknown[]> {
    const pairs = listOf(yield* this.value(json, depth))
    if (pairs.every((pair) => Array.isArray(pair) && pair.length === 2)) return pairs
    throw new FormatError('Expected pairs of a key and a value in a map.')
  }

  *#table(json: unknown, depth: number): Work<Table> {
    const columns: [string, ColumnLike][] = []
    const kinds = new Map<string, ColumnKind>()
    for (const column of listOf(json)) {
      const [name, kind, values] = listOf(column)
      if (typeof name !== 'string' || kinds.has(name)) throw new FormatError('Expected names of columns that differ.')
      kinds.set(name, checkOneOf(kind as ColumnKind, `the kind of ${describe(name)}`, kindsOfColumns))
      columns.push([name, (yield* this.value(values, depth + 1)) as ColumnLike])
    }
    return yield* Table[fromColumnsInSteps](columns, kinds)
  }

  #numbers(type: string, at: unknown): NumberArray {
    const NumbersOf = numberTypes[type]!
    const part = this.#part(at)
    if (part.length % NumbersOf.BYTES_PER_ELEMENT !== 0) throw new FormatError(`It has half a number of a ${type}.`)
    // A copy: programs may write to it, and it begins where numbers of its type can.
    return new NumbersOf(part.slice().buffer as ArrayBuffer)
  }

  #part(place: unknown): Uint8Array {
    const [at, length] = listOf(place)
    const most = this.#bytes.length - this.#begin
    const from = checkInteger(at, 'the place of a buffer', { min: 0, max: most })
    const bytes = checkInteger(length, 'the bytes of a buffer', { min: 0, max: most - from })
    this.#unread -= bytes
    if (this.#unread < 0) throw new FormatError('It names the same bytes more than once.')
    return this.#bytes.subarray(this.#begin + from, this.#begin + from + bytes)
  }
}

function listOf(json: unknown): unknown[] {
  if (Array.isArray(json)) return json
  throw new FormatError(`Expected an array, but got ${describe(json)}.`)
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw new FormatError('Its JSON is damaged.', { cause })
  }
}
