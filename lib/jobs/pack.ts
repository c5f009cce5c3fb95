import { runNow, type Work } from '../base/breathing.js'
import { describe } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { isNumberArray, Matrix } from '../base/matrix.js'
import { described, isDescribable, isOfOwnClass } from '../learning/described.js'
import { Table } from '../table/table.js'
import { deepest, type Json, lengthBytes, magic, padded, rowsInBlock, tag } from './format.js'

/**
 * A value as bytes that `unpack` reads: numbers (NaN too), strings, arrays, plain objects, typed arrays, Matrix, Table, Map, Date, and
 * unfitted estimators and transformers of this package. Long arrays are written in blocks, between which the event loop may turn.
 * @param name what the value is, for messages.
 * @throws ArgumentError for what is no data, such as a function or an object of another class.
 */
export function* pack(value: unknown, name: string): Work<Uint8Array> {
  const packer = new Packer()
  const head = yield* packer.encode(value, name, 0)
  return packer.join(head)
}

class Packer {
  readonly #buffers: Uint8Array[] = []
  #at = 0

  join(head: Json): Uint8Array {
    const text = new TextEncoder().encode(JSON.stringify(head))
    const begin = padded(magic.length + lengthBytes + text.length)
    const bytes = new Uint8Array(begin + this.#at)
    bytes.set(magic)
    new DataView(bytes.buffer).setUint32(magic.length, text.length, true)
    bytes.set(text, magic.length + lengthBytes)
    let at = begin
    for (const buffer of this.#buffers) {
      bytes.set(buffer, at)
      at += padded(buffer.length)
    }
    return bytes
  }

  *encode(value: unknown, name: string, depth: number): Work<Json> {
    if (depth > deepest) throw new ArgumentError(`Expected at most ${deepest} levels of data for ${name}.`)
    if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
    if (typeof value === 'number') return numberOf(value)
    if (value === undefined) return { [tag]: 'undefined' }
    if (typeof value !== 'object') throw noData(name, value)
    if (Array.isArray(value)) return yield* this.#array(value, name, depth)
    if (isNumberArray(value)) return { [tag]: 'numbers', type: typeOf(value), at: this.#add(bytesOf(value)) }
    if (value instanceof Matrix) {
      const { data, rows, cols } = value
      return { [tag]: 'matrix', rows, cols, at: this.#add(bytesOf(data)) }
    }
    if (value instanceof Table) return yield* this.#table(value, name, depth)
    if (value instanceof Date) return { [tag]: 'date', ms: numberOf(value.getTime()) }
    if (value instanceof Map) {
      return { [tag]: 'map', entries: yield* this.#array([...value], name, depth) }
    }
    return yield* this.#object(value, name, depth)
  }

  *#object(value: object, name: string, depth: number): Work<Json> {
    const prototype = Object.getPrototypeOf(value) as object | null
    if (isDescribable(value)) {
      const { kind, params } = value[described]
      if (!isOfOwnClass(value)) throw noData(name, value)
      return { [tag]: 'learner', kind, params: yield* this.#entries(params, `${kind} of ${name}`, depth) }
    }
    if (prototype !== Object.prototype && prototype !== null) throw noData(name, value)
    if (Object.hasOwn(value, tag)) throw new ArgumentError(`Expected no key ${describe(tag)} in ${name}.`)
    return yield* this.#entries(value, name, depth)
  }

  *#entries(value: object, name: string, depth: number): Work<Record<string, Json>> {
    const entries: [string, Json][] = []
    for (const [key, entry] of Object.entries(value)) {
      entries.push([key, yield* this.encode(entry, `${key} of ${name}`, depth + 1)])
    }
    return Object.fromEntries(entries)
  }

  *#array(values: readonly unknown[], name: string, depth: number): Work<Json> {
    if (values.length <= rowsInBlock) return this.#some(values, name, depth, 0)
    const blocks: [number, number][] = []
    for (let begin = 0; begin < values.length; begin += rowsInBlock) {
      const some = this.#some(values.slice(begin, begin + rowsInBlock), name, depth, begin)
      blocks.push(this.#add(new TextEncoder().encode(JSON.stringify(some))))
      yield
    }
    return { [tag]: 'array', length: values.length, blocks }
  }

  #some(values: readonly unknown[], name: string, depth: number, from: number): Json[] {
    return Array.from(values, (value, i) => runNow(this.encode(value, `${name}[${from + i}]`, depth + 1)))
  }

  *#table(table: Table, name: string, depth: number): Work<Json> {
    const columns: Json[] = []
    for (const column of table.names) {
      const values = yield* this.encode(table.column(column), `column ${describe(column)} of ${name}`, depth + 1)
      columns.push([column, table.kind(column), values])
    }
    return { [tag]: 'table', columns }
  }

  /** Adds bytes; returns their place behind the head. */
  #add(bytes: Uint8Array): [at: number, bytes: number] {
    const at = this.#at
    this.#buffers.push(bytes)
    this.#at += padded(bytes.length)
    return [at, bytes.length]
  }
}

function numberOf(value: number): Json {
  return Number.isFinite(value) && !Object.is(value, -0) ? value : { [tag]: 'number', text: textOf(value) }
}

function textOf(value: number): string {
  return Object.is(value, -0) ? '-0' : `${value}`
}

function typeOf(value: object): string {
  return Object.prototype.toString.call(value).slice('[object '.length, -1)
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength)
}

function noData(name: string, value: unknown): ArgumentError {
  return new ArgumentError(
    `Expected data for ${name}, but got ${describe(value)}. Jobs hold data, never code: only the estimators, transformers ` +
      'and specs of this package, and plain values, can go to workers. Leave it out, or run without a queue.',
  )
}
