import { findInSteps, rowBlocks, type Work } from '../base/breathing.js'
import { describe, invalid, mismatch } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import {
  copyInSteps,
  isNumberArray,
  Matrix,
  type MatrixLike,
  type NumberTable,
  toTableInSteps,
} from '../base/matrix.js'
import { native } from '../native/addon.js'
import type { NativeDataset } from '../native/model.js'
import { type LossSpec, targetColumns, targetsOf } from '../spec/loss.js'

/** Targets: a table; for one output, or for class numbers, also one number per row. */
export type TargetsLike = MatrixLike | readonly number[]

/** Targets for the native data set: float32 values, `columns` per row, or class numbers, one per row. */
export interface Targets {
  data: Float32Array | Int32Array
  columns: number
}

/**
 * Checks that targets match the loss and the outputs.
 * @param rows the number of rows of x.
 * @throws ArgumentError for another number of rows or columns, or a value that the loss does not take (with its row).
 */
export function* readTargets(
  y: TargetsLike,
  name: string,
  loss: LossSpec,
  outputs: number,
  rows: number,
): Work<Targets> {
  const columns = targetColumns(loss, outputs)
  checkKind(y, name, loss, outputs, rows)
  const table = yield* toTableInSteps(columns === 1 ? yield* toNumbers(y, name) : (y as MatrixLike), name, columns)
  if (table.rows !== rows) {
    const hint = isNumberArray(y) && columns > 1 ? `A flat array is read as rows of ${columns} numbers.` : ''
    throw mismatch(name, `${rows} rows, as many as x has`, `${table.rows} rows`, hint)
  }
  const kind = targetsOf(loss)
  if (kind === 'classNumbers') return { data: yield* toClasses(table, name, outputs), columns }
  if (kind === 'signs') return { data: yield* toSigns(table, name, loss), columns }
  if (kind) yield* checkRange(table, name, loss, kind)
  const { data } = table
  return {
    data: data instanceof Float32Array ? data : yield* copyInSteps(data, new Float32Array(data.length)),
    columns,
  }
}

/** A data set without rows, for this loss. */
export function noRows(core: { inputs: number; outputs: number }, { loss }: { loss: LossSpec }): NativeDataset {
  const targets = targetsOf(loss) === 'classNumbers' ? new Int32Array(0) : new Float32Array(0)
  return new (native().Dataset)(new Float32Array(0), core.inputs, targets, targetColumns(loss, core.outputs))
}

/** Detects a mix-up of the two losses over classes. */
function checkKind(y: TargetsLike, name: string, loss: LossSpec, outputs: number, rows: number): void {
  const width = widthOf(y, rows)
  if (loss.name === 'categoricalCrossentropy' && width === 1) {
    const hint = 'For class numbers use the loss sparseCategoricalCrossentropy.'
    throw mismatch(name, `rows of ${outputs} numbers`, 'single numbers', hint)
  }
  if (loss.name === 'sparseCategoricalCrossentropy' && width === outputs) {
    const hint = 'For one-hot rows use the loss categoricalCrossentropy.'
    throw mismatch(name, 'one class number a row', `rows of ${outputs} numbers`, hint)
  }
}

/** The numbers per row, from the first row alone; undefined if it is not clear. */
function widthOf(y: TargetsLike, rows: number): number | undefined {
  if (y instanceof Matrix) return y.cols
  if (isNumberArray(y)) return y.length / rows
  if (!Array.isArray(y) || y.length === 0) return undefined
  return isRow(y[0]) ? y[0].length : 1
}

/** Accepts [1, 2, 3] as well as [[1], [2], [3]]. */
function* toNumbers(y: TargetsLike, name: string): Work<MatrixLike> {
  if (!Array.isArray(y) || y.length === 0 || isRow(y[0])) return y as MatrixLike
  const wrong = yield* findInSteps(y.length, (row) => typeof y[row] !== 'number')
  if (wrong >= 0) throw invalid(`row ${wrong} of ${name}`, 'a number', y[wrong])
  return yield* copyInSteps(y as number[], new Float64Array(y.length))
}

function isRow(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || isNumberArray(value)
}

function* toClasses({ data }: NumberTable, name: string, classes: number): Work<Int32Array> {
  const numbers = new Int32Array(data.length)
  yield* rowBlocks(data.length, 1, (begin, end) => {
    for (let i = begin; i < end; i++) {
      const value = data[i]!
      if (!Number.isInteger(value) || value < 0 || value >= classes) {
        throw new ArgumentError(
          `Expected integers from 0 to ${classes - 1} (the model has ${classes} outputs) for ${name}, but row ${i} is ` +
            `${describe(value)}.`,
        )
      }
      numbers[i] = value
    }
  })
  return numbers
}

/** Accepts -1 and 1, or 0 and 1, which become -1 and 1 as in Keras. */
function* toSigns(table: NumberTable, name: string, loss: LossSpec): Work<Float32Array> {
  const { data } = table
  const zeros = (yield* findInSteps(data.length, (k) => data[k] === 0)) >= 0
  const signs = new Float32Array(data.length)
  yield* rowBlocks(data.length, 1, (begin, end) => {
    for (let k = begin; k < end; k++) {
      const value = data[k]!
      if (value !== 1 && value !== (zeros ? 0 : -1)) {
        const expected = zeros && value === -1 ? 'either -1 and 1 or 0 and 1' : '-1 and 1 (or 0 and 1)'
        throw wrongTarget(expected, table, name, loss, k)
      }
      signs[k] = value === 1 ? 1 : -1
    }
  })
  return signs
}

function* checkRange(
  table: NumberTable,
  name: string,
  loss: LossSpec,
  [min, max]: readonly [number, number],
): Work<void> {
  const { data } = table
  const wrong = yield* findInSteps(data.length, (k) => !(data[k]! >= min && data[k]! <= max))
  if (wrong === -1) return
  const expected = max === Infinity ? `numbers of at least ${min}` : `numbers from ${min} to ${max}`
  throw wrongTarget(expected, table, name, loss, wrong)
}

function wrongTarget(
  expected: string,
  { data, columns }: NumberTable,
  name: string,
  loss: LossSpec,
  k: number,
): ArgumentError {
  return new ArgumentError(
    `Expected ${expected} for ${name}, as ${loss.name} takes them, but row ${Math.floor(k / columns)}, ` +
      `column ${k % columns} is ${describe(data[k])}.`,
  )
}
