import { Breather } from '../base/breathing.js'
import { describe, invalid, mismatch } from '../base/check.js'
import { Table } from '../table/table.js'
import { Clock } from './clock.js'
import { rowInStep } from './in-steps.js'

/** Rows between two looks at the clock. */
const rowsInStep = 64
/** After so many rows of an array, and again after as many, the time that they took tells how many are left out. */
const measuredRows = 4096
/** So many rows at least are read of the others, however late it is: the last ones may differ from the first. */
const leastFurther = 64

/** Which rows were read. */
export interface RowsRead {
  readonly isWhole: boolean
  /** Their numbers, if they are not 0, 1, 2, ... */
  readonly numbers: Uint32Array | undefined
}

/** Takes a row; returns whether the event loop should have a turn. */
type Take = (row: unknown, index: number) => boolean

/**
 * Calls `visit` with each row, with turns of the event loop in between.
 * @param until when reading ends, as performance.now() counts. Of an array or a Table for which there is too little time, one
 * row of every n is read; of another iterable, the first ones.
 * @throws ArgumentError for rows that are not iterable, or a row that is no object.
 */
export async function eachRow(
  rows: unknown,
  signal: AbortSignal | undefined,
  visit: (row: object, index: number) => void,
  until = Infinity,
): Promise<RowsRead> {
  signal?.throwIfAborted()
  const breather = new Breather()
  let count = 0
  const take = (row: unknown, index: number) => {
    if (row === null || typeof row !== 'object' || Array.isArray(row) || ArrayBuffer.isView(row)) {
      throw mismatch(`row ${index}`, 'an object of values by column', describe(row), '', { row: index })
    }
    visit(row, index)
    return ++count % rowsInStep === 0 && breather.isDue
  }
  const breathe = async () => {
    await breather.turn()
    signal?.throwIfAborted()
  }
  const source = rows as Partial<Iterable<unknown> & AsyncIterable<unknown>> | null | undefined
  if (until < Infinity && (Array.isArray(rows) || rows instanceof Table)) {
    return eachInTime(rows, take, breathe, until)
  }
  const read = { isWhole: true, numbers: undefined }
  if (rows instanceof Table || (typeof rows === 'object' && typeof source?.[Symbol.iterator] === 'function')) {
    for (const row of source as Iterable<unknown>) {
      if (!take(row, count)) continue
      if (performance.now() >= until) return { ...read, isWhole: false }
      await breathe()
    }
    return read
  }
  if (typeof rows !== 'object' || typeof source?.[Symbol.asyncIterator] !== 'function') {
    throw invalid('rows', 'an array or another iterable of objects, an async iterable of them, or a Table', rows)
  }
  const clock = new Clock(until)
  for await (const row of clock.untilOver(source as AsyncIterable<unknown>)) {
    signal?.throwIfAborted()
    if (take(row, count)) await breathe()
  }
  return { ...read, isWhole: !clock.isOver }
}

/** Each row of an array or a Table, or where there is too little time for all, one of every n. */
async function eachInTime(
  rows: readonly unknown[] | Table,
  take: Take,
  breathe: () => Promise<void>,
  until: number,
): Promise<RowsRead> {
  const length = rows instanceof Table ? rows.rows : rows.length
  const numbers: number[] = []
  const begin = performance.now()
  let step = 1
  for (let first = 0; first < length; ) {
    const next = Math.min(first + step, length)
    const i = rowInStep(numbers.length, first, next)
    first = next
    numbers.push(i)
    if (take(rows instanceof Table ? rows.row(i) : rows[i], i)) await breathe()
    if (numbers.length % measuredRows === 0) {
      const now = performance.now()
      const ms = ((now - begin) / numbers.length) * (length - first)
      const most = Math.ceil((length - first) / leastFurther)
      step = Math.max(step, Math.min(Math.ceil(ms / Math.max(until - now, 1)), most))
    }
  }
  return numbers.length === length
    ? { isWhole: true, numbers: undefined }
    : { isWhole: false, numbers: Uint32Array.from(numbers) }
}
