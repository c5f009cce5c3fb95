import { Matrix } from '../base/matrix.js'
import { Table } from '../table/table.js'
import type { RowsLike } from './rows.js'

/** The SHA-256 of what tells searches apart. */
export function hashOfSubject(subject: object): string {
  return hashOf(JSON.stringify(plain(subject)))
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

/**
 * What tells subjects apart, as JSON has it: with what JSON would leave out, and without toJSON. Of what has parameters these count,
 * and its class; of a function its text and its own properties.
 * @param around what the value is within: of what is within itself its place there counts.
 */
function plain(value: unknown, around: readonly object[] = []): unknown {
  if (typeof value === 'number' ? !Number.isFinite(value) : typeof value === 'bigint') return `${value}`
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return value
  const cycle = around.indexOf(value)
  if (cycle !== -1) return { within: cycle }
  const inner = (each: unknown) => plain(each, [...around, value])
  const entries = (given: object) => Object.fromEntries(Object.entries(given).map(([key, each]) => [key, inner(each)]))
  if (typeof value === 'function') return { text: `${value}`, ...entries(value) }
  if (Array.isArray(value)) return Array.from(value, inner)
  if (ArrayBuffer.isView(value) || value instanceof Matrix || value instanceof Table)
    return fingerprint(value as RowsLike)
  if (value instanceof Map || value instanceof Set) return [...value].map(inner)
  if (value instanceof RegExp) return `${value}`
  if (value instanceof Date) return { date: value.getTime() }
  const { getParams } = value as { getParams?: () => object }
  if (typeof getParams === 'function') return [value.constructor?.name, inner(getParams.call(value))]
  return entries(value)
}

function hashOf(data: string | ArrayBufferView): string {
  const bytes = typeof data === 'string' ? data : new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  // Loaded when it is needed: who imports the package for anything else does not wait for it.
  const { createHash } = process.getBuiltinModule('node:crypto')
  return createHash('sha256').update(bytes).digest('hex')
}
