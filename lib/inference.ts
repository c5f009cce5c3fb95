import { checkOptions, checkSignal, invalid } from './check.js'
import { type Core, fromNative, makeDataset } from './core.js'
import type { Logs } from './history.js'
import { isNumberArray, Matrix, type MatrixLike, toShapedTable, toTable } from './matrix.js'
import { native } from './native.js'
import { Sums } from './sums.js'
import { readTargets, type TargetsLike } from './targets.js'

/** Milliseconds of native work between two looks at the signal. */
export const sliceMs = 100

/** What `predict` and `evaluate` take. */
export interface RunOptions {
  /** Aborting it rejects the promise with the signal's reason. */
  signal?: AbortSignal | undefined
}

/** Loss and metrics over the rows of x, off the event loop. */
export async function evaluate(core: Core, x: MatrixLike, y: TargetsLike, options: RunOptions): Promise<Logs> {
  const { loss, metrics } = core.checkCompiled('evaluate')
  core.checkAtRest('evaluate')
  const signal = readSignal(options, 'evaluate()')
  const table = toShapedTable(x, 'x', core.inputs)
  const targets = readTargets(y, 'y', loss, core.outputs, table.rows)
  const data = makeDataset(table, targets, 'x')
  const sums = new Sums(metrics)
  try {
    await core.evaluation(async () => {
      while (sums.rows < table.rows) {
        signal?.throwIfAborted()
        sums.add(await core.native.evaluate(data, sums.rows, sliceMs))
      }
    })
  } finally {
    data.dispose()
  }
  return sums.toLogs()
}

/** Outputs for the rows of x, off the event loop. */
export async function predict(core: Core, x: MatrixLike, options: RunOptions): Promise<Matrix> {
  core.checkAlive()
  const signal = readSignal(options, 'predict()')
  const table = toShapedTable(x, 'x', core.inputs)
  const out = new Matrix(new Float32Array(table.rows * core.outputs), table.rows, core.outputs)
  const data = makeDataset(table, null, 'x')
  // All rows are answered from one state of the weights, whatever is done to them meanwhile.
  const snapshot = new native.Snapshot()
  try {
    for (let row = 0; row < table.rows; ) {
      signal?.throwIfAborted()
      core.checkAlive()
      row += await core.native.predict(data, row, out.data.subarray(row * core.outputs), sliceMs, snapshot)
    }
  } catch (error) {
    throw fromNative(error)
  } finally {
    snapshot.dispose()
    data.dispose()
  }
  return out
}

/** Outputs on the spot: flat for what is flat, a matrix for a table. */
export function predictSync(core: Core, x: MatrixLike | readonly number[]): Float32Array | Matrix {
  core.checkAlive()
  // The way of serving: one float32 row, nothing made but the result.
  if (x instanceof Float32Array && x.length === core.inputs && core.row.read(x)) return core.row.predict()
  const flatRow = Array.isArray(x) && !Array.isArray(x[0]) && !isNumberArray(x[0])
  if (flatRow && x.length !== core.inputs) throw invalid('x', `a row of ${core.inputs} numbers`, x)
  const { data, rows } = toTable((flatRow ? [x] : x) as MatrixLike, 'x', core.inputs)
  const out = new Float32Array(rows * core.outputs)
  core.native.predictSync(data, rows, out)
  return flatRow || isNumberArray(x) ? out : new Matrix(out, rows, core.outputs)
}

function readSignal(options: RunOptions, what: string): AbortSignal | undefined {
  checkOptions(options, what, ['signal'])
  return options.signal === undefined ? undefined : checkSignal(options.signal)
}
