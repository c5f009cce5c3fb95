import { Matrix } from '../base/matrix.js'
import { Table } from '../table/table.js'
import type { RowsLike } from './rows.js'

/** The SHA-256 of a value's canonical JSON. */
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
 * Canonical JSON for fingerprints. It includes values that JSON leaves out and ignores toJSON. An object with getParams is its
 * class and parameters; a function is its text and properties.
 * @param around the objects that contain the value, to end at cycles.
 */
function plain(value: unknown, around: readonly object[] = []): unknown {
  if (typeof value === 'number' ? !Number.isFinite(value) : typeof value === 'bigint') return `${value}`
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return value
  const cycle = around.indexOf(value)
  if (cycle !== -1) return { within: cycle }
  const inner = (content: unknown) => plain(content, [...around, value])
  const entries = (object: object) =>
    Object.fromEntries(Object.entries(object).map(([key, content]) => [key, inner(content)]))
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
  // Loaded at the first use, to keep the import of the package fast.
  const { createHash } = process.getBuiltinModule('node:crypto')
  return createHash('sha256').update(bytes).digest('hex')
}
