import { rowBlocks, runBreathing, type Work } from '../../base/breathing.js'
import { invalid, mismatch } from '../../base/check.js'
import { ArgumentError } from '../../base/errors.js'
import { Matrix, type MatrixLike, type NumberTable, toTableInSteps } from '../../base/matrix.js'
import { sampleWithoutReplacement, uniforms } from '../../math/random.js'
import { toNamed } from '../../preprocessing/input.js'
import { Table } from '../../table/table.js'
import { eachRow } from '../../tabular/each-row.js'
import type { Schema } from '../../tabular/schema.js'
import type { ReportSettings } from '../options.js'
import { type ReportRows, rowsOf, tableOf, takeRows } from './rows.js'
import type { Subject } from './subject.js'
import { type Truth, truthOf, truthOfCells } from './truth.js'

/** What a report is measured with. */
export interface ReportData {
  readonly rows: ReportRows
  readonly truth: Truth
  /** The name of the target. */
  readonly target: string
  /** How many rows were given; of more than `maxRows` a sample is used. */
  readonly total: number
  /** The number of each row among those given. */
  readonly numbers: Uint32Array
}

/** @throws ArgumentError for rows, labels or numbers that do not fit the model; the signal's reason. */
export async function readData(subject: Subject, settings: ReportSettings): Promise<ReportData> {
  const { rows, x, y, columns, target } = settings
  if (subject.schema) {
    if (rows === undefined || x !== undefined || y !== undefined) {
      throw new ArgumentError(`Expected rows with the target for a ${subject.kind}: report(model, { rows }).`)
    }
    if (columns !== undefined) throw new ArgumentError('The option columns is for rows of numbers: these have names.')
    if (target !== undefined) throw new ArgumentError('The option target is for y: a table model knows its target.')
    return readTabular(subject, settings)
  }
  if (rows !== undefined || x === undefined || y === undefined) {
    throw new ArgumentError(`Expected x and y for a ${subject.kind}: report(model, { x, y }).`)
  }
  return readNumbers(subject, settings)
}

async function readTabular({ schema, task }: Subject, settings: ReportSettings): Promise<ReportData> {
  const { maxRows, seed, signal } = settings
  const target = schema!.target!
  const random = uniforms(seed)
  const kept: { row: object; index: number }[] = []
  let total = 0
  // Vitter 1985, Random sampling with a reservoir, algorithm R.
  await eachRow(settings.rows, signal, (row, index) => {
    total++
    const place = kept.length < maxRows ? kept.length : Math.floor(random() * (index + 1))
    if (place < maxRows) kept[place] = { row: settings.rows instanceof Table ? { ...row } : row, index }
  })
  if (total === 0) throw empty('rows')
  kept.sort((a, b) => a.index - b.index)
  const cells = await runBreathing(checkedTargets(kept, schema!, target), signal)
  const names = schema!.columns
    .map(({ name }) => name)
    .filter((name) => kept.some(({ row }) => Object.hasOwn(row, name)))
  const numbers = Uint32Array.from(kept, ({ index }) => index)
  const table = await tableOf(
    kept.map(({ row }) => row),
    names,
    signal,
  )
  return {
    ...{ rows: rowsOf(table, undefined), target, total, numbers },
    truth: truthOfCells(task, cells, numbers, target),
  }
}

/** The target of each row, after a check of the row. */
function* checkedTargets(
  rows: readonly { row: object; index: number }[],
  schema: Schema,
  target: string,
): Work<unknown[]> {
  const cells: unknown[] = []
  for (const { row, index } of rows) {
    if (!Object.hasOwn(row, target)) {
      const place = { row: index, column: target }
      throw mismatch(`row ${index} of rows`, `the target ${JSON.stringify(target)}`, 'none', '', place)
    }
    schema.check(row as never, index)
    cells.push((row as Record<string, unknown>)[target])
    if (cells.length % 64 === 0) yield
  }
  return cells
}

async function readNumbers({ task, inputs }: Subject, settings: ReportSettings): Promise<ReportData> {
  const { maxRows, seed, signal, x, y, columns } = settings
  if (typeof x !== 'object' || x === null) throw invalid('x', 'a table of rows', x)
  if (Array.isArray(x) && x.length === 0) throw empty('x')
  const named = await runBreathing(toNamed(x), signal)
  const whole =
    named instanceof Table ? named : await runBreathing(toTableInSteps(x as MatrixLike, 'x', inputs), signal)
  const total = whole.rows
  if (total === 0) throw empty('x')
  const numbers =
    total > maxRows
      ? sampleWithoutReplacement(total, maxRows, uniforms(seed)).sort()
      : Uint32Array.from({ length: total }, (_, i) => i)
  const rows =
    whole instanceof Table
      ? rowsOf(total > maxRows ? takeRows(whole, numbers) : whole, columns)
      : rowsOf(await runBreathing(matrixOf(whole, numbers), signal), columns)
  return { rows, truth: truthOf(task, y, total, numbers), target: settings.target ?? 'y', total, numbers }
}

const empty = (name: string) => new ArgumentError(`Expected at least one row for ${name}, but there are none.`)

function* matrixOf({ data, columns }: NumberTable, numbers: Uint32Array): Work<Matrix> {
  const taken = new Float32Array(numbers.length * columns)
  yield* rowBlocks(numbers.length, columns, (begin, end) => {
    for (let i = begin; i < end; i++) {
      taken.set(data.subarray(numbers[i]! * columns, (numbers[i]! + 1) * columns) as Float32Array, i * columns)
    }
  })
  return new Matrix(taken, numbers.length, columns)
}
