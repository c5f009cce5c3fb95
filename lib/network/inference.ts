import { checkInteger, checkOptions, checkSignal, invalid, optionKeys } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import type { Logs } from '../base/history.js'
import {
  isFlatRow,
  isNumberArray,
  Matrix,
  type MatrixLike,
  type NumberTable,
  toShapedTable,
  toTable,
} from '../base/matrix.js'
import { type SampleWeight, toFloatWeights } from '../base/sample-weight.js'
import { native } from '../native/addon.js'
import type { NativeDataset, NativeSnapshot } from '../native/model.js'
import { outputsOf } from '../spec/model.js'
import { type Core, fromNative, makeDataset } from './core.js'
import { checkIndices } from './rows.js'
import { Sums } from './sums.js'
import { readTargets, type TargetsLike } from './targets.js'

/** Milliseconds of native work between two looks at the signal. */
export const sliceMs = 100

/** What `predict` and `evaluate` take. */
export interface RunOptions {
  /** Aborting it rejects the promise with the signal's reason. */
  signal?: AbortSignal | undefined
}

/** What `evaluate` takes. */
export interface EvaluateOptions extends RunOptions {
  /** How much each row counts in the loss; metrics are plain means, as Keras's. */
  sampleWeight?: SampleWeight | undefined
}

/** What `inputGradients` takes. */
export interface InputGradientsOptions extends RunOptions {
  /** The output whose gradient is asked for; that which is largest for the row, when missing. */
  output?: number | undefined
}

export const predictOptionKeys = optionKeys<RunOptions>({ signal: true })
export const evaluateOptionKeys = optionKeys<EvaluateOptions>({ signal: true, sampleWeight: true })
export const gradientOptionKeys = optionKeys<InputGradientsOptions>({ output: true, signal: true })

/** Loss and metrics over the rows of x, off the event loop. */
export async function evaluate(core: Core, x: MatrixLike, y: TargetsLike, options: EvaluateOptions): Promise<Logs> {
  const { loss, metrics } = core.checkCompiled('evaluate')
  core.checkAtRest('evaluate')
  const signal = readSignal(options, 'evaluate()', evaluateOptionKeys)
  const table = toShapedTable(x, 'x', core.inputs)
  checkIndices(core.spec, table, 'x')
  const targets = readTargets(y, 'y', loss, core.outputs, table.rows)
  const { sampleWeight } = options
  const weights = sampleWeight === undefined ? null : toFloatWeights(sampleWeight, table.rows, 'sampleWeight')
  const data = makeDataset(table, targets, 'x', table, weights)
  const sums = new Sums(metrics)
  try {
    await core.evaluation(async () => {
      while (sums.rows < table.rows) {
        signal?.throwIfAborted()
        sums.add(await core.native.evaluate(data, sums.rows, sliceMs, false))
      }
    })
  } finally {
    data.dispose()
  }
  return sums.toLogs()
}

/** Outputs of the first `layers` layers for the rows of x, off the event loop. */
export async function predict(
  core: Core,
  x: MatrixLike,
  options: RunOptions,
  layers = core.spec.layers.length,
): Promise<Matrix> {
  core.checkAlive()
  const signal = readSignal(options, 'predict()')
  const table = toShapedTable(x, 'x', core.inputs)
  checkIndices(core.spec, table, 'x')
  return infer(core, table, outputsOf(core.spec, layers), signal, (data, row, out, snapshot) =>
    core.native.predict(data, row, out, sliceMs, snapshot, layers),
  )
}

/**
 * The gradient of an output of each row by its inputs.
 * @param which the output of each row; the largest one where it is missing.
 */
export async function inputGradients(
  core: Core,
  x: MatrixLike,
  which: number | undefined,
  options: RunOptions,
): Promise<Matrix> {
  core.checkAlive()
  const signal = readSignal(options, 'inputGradients()')
  if (core.readsIndices)
    throw new ArgumentError('A network that begins with an embedding has no gradient by its inputs.')
  if (which !== undefined) checkInteger(which, 'output', { min: 0, max: core.outputs - 1 })
  const table = toShapedTable(x, 'x', core.inputs)
  const outputs = new Int32Array(table.rows).fill(which ?? 0)
  if (which === undefined && core.outputs > 1) {
    const answers = await predict(core, new Matrix(Float32Array.from(table.data), table.rows, core.inputs), { signal })
    for (let r = 0; r < table.rows; r++) outputs[r] = largest(answers.row(r))
  }
  return infer(core, table, core.inputs, signal, (data, row, out, snapshot) =>
    core.native.inputGradients(data, row, out, sliceMs, snapshot, outputs),
  )
}

function largest(row: Float32Array): number {
  return row.reduce((best, value, j) => (value > row[best]! ? j : best), 0)
}

/** Runs slices until every row has its `columns` numbers. */
async function infer(
  core: Core,
  table: NumberTable,
  columns: number,
  signal: AbortSignal | undefined,
  slice: (data: NativeDataset, row: number, out: Float32Array, snapshot: NativeSnapshot) => Promise<number>,
): Promise<Matrix> {
  const out = new Matrix(new Float32Array(table.rows * columns), table.rows, columns)
  const data = makeDataset(table, null, 'x')
  // All rows are answered from one state of the weights, whatever is done to them meanwhile.
  const snapshot = new native.Snapshot()
  try {
    for (let row = 0; row < table.rows; ) {
      signal?.throwIfAborted()
      core.checkAlive()
      row += await slice(data, row, out.data.subarray(row * columns), snapshot)
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
export function predictSync(
  core: Core,
  x: MatrixLike | readonly number[],
  given: Float32Array | undefined,
): Float32Array | Matrix {
  core.checkAlive()
  if (given !== undefined && !(given instanceof Float32Array && given.length % core.outputs === 0)) {
    throw invalid('out', `a Float32Array of ${core.outputs} numbers a row`, given)
  }
  // The way of serving: one float32 row, nothing made but the result.
  const fits = given === undefined || given.length === core.outputs
  if (x instanceof Float32Array && x.length === core.inputs && !core.readsIndices && fits) {
    const answer = core.row.predict(x, given)
    if (answer) return answer
  }
  const flatRow = isFlatRow(x)
  if (flatRow && x.length !== core.inputs) throw invalid('x', `a row of ${core.inputs} numbers`, x)
  const table = toTable((flatRow ? [x] : x) as MatrixLike, 'x', core.inputs)
  checkIndices(core.spec, table, 'x')
  const { data, rows } = table
  if (given !== undefined && given.length !== rows * core.outputs) {
    throw invalid('out', `room for ${rows} x ${core.outputs} outputs`, given)
  }
  // Outputs must not overwrite inputs that are still to be read.
  const inPlace = given !== undefined && given.buffer !== data.buffer
  const out = inPlace ? given : new Float32Array(rows * core.outputs)
  core.native.predictSync(data, rows, out)
  if (given !== undefined && !inPlace) given.set(out)
  const answer = given ?? out
  return flatRow || isNumberArray(x) ? answer : new Matrix(answer, rows, core.outputs)
}

function readSignal(
  options: RunOptions,
  what: string,
  keys: readonly string[] = predictOptionKeys,
): AbortSignal | undefined {
  checkOptions(options, what, keys)
  return options.signal === undefined ? undefined : checkSignal(options.signal)
}
