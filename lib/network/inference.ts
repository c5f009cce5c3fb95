import { rowBlocks, runBreathing, type Work } from '../base/breathing.js'
import { checkInteger, checkOptions, checkSignal, invalid, optionKeys } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import type { Logs } from '../base/history.js'
import { isFlatRow, isNumberArray, Matrix, type MatrixLike, toTable } from '../base/matrix.js'
import { type SampleWeight, toFloatWeights } from '../base/sample-weight.js'
import { readInSteps, untilSettled } from '../base/unchanged.js'
import { argMax } from '../math/arg-max.js'
import { native } from '../native/addon.js'
import type { NativeDataset, NativeSnapshot } from '../native/model.js'
import { differsByMember } from '../spec/layer-tensors.js'
import { outputsOf } from '../spec/model.js'
import type { Core } from './core.js'
import { makeDataset } from './dataset.js'
import { Evaluation, type EvaluationRun } from './evaluation.js'
import { keepTargets, type Part } from './row-scores.js'
import { checkIndices, readRows } from './rows.js'
import { sliceMs } from './slice-ms.js'
import { readTargets, type TargetsLike } from './targets.js'

/** Options of `predict`. */
export interface RunOptions {
  /** Aborting it rejects the promise with the signal's reason. */
  signal?: AbortSignal | undefined
}

/** Options of `evaluate`. */
export interface EvaluateOptions extends RunOptions {
  /** The weight of each row in the loss; metrics are unweighted means, as in Keras. */
  sampleWeight?: SampleWeight | undefined
}

/** Options of `inputGradients`. */
export interface InputGradientsOptions extends RunOptions {
  /** The index of the output; by default the largest output of each row. */
  output?: number | undefined
}

export const predictOptionKeys = optionKeys<RunOptions>({ signal: true })
export const evaluateOptionKeys = optionKeys<EvaluateOptions>({ signal: true, sampleWeight: true })
export const inputGradientsOptionKeys = optionKeys<InputGradientsOptions>({ signal: true, output: true })

/** The loss and metrics over the rows of x. */
export async function evaluate(core: Core, x: MatrixLike, y: TargetsLike, options: EvaluateOptions): Promise<Logs> {
  const compiled = core.checkCompiled('evaluate')
  core.checkAtRest('evaluate')
  const signal = readSignal(options, 'evaluate()', evaluateOptionKeys)
  const { sampleWeight } = options
  function* read(): Work<Part> {
    const table = yield* readRows(core, x, 'x')
    const targets = yield* readTargets(y, 'y', compiled.loss, core.outputs, table.rows)
    const weights = sampleWeight === undefined ? null : yield* toFloatWeights(sampleWeight, table.rows, 'sampleWeight')
    const kept = yield* keepTargets(targets, compiled.rowMetrics)
    return { data: yield* makeDataset(table, targets, 'x', table, weights), targets: kept }
  }
  const evaluation = new Evaluation(core, compiled)
  // Training waits for the evaluation from here on, not only when the rows are read.
  await core.evaluation(async () => {
    const sources = [
      ['x', x],
      ['y', y],
      ['sampleWeight', sampleWeight],
    ] as const
    const part = await readInSteps(read(), sources, untilSettled, signal)
    try {
      await evaluation.add(part, untilAborted(signal))
    } finally {
      part.data.dispose()
    }
  })
  return evaluation.toLogs()
}

/** An evaluation with the current weights, which the signal ends. */
export function untilAborted(signal: AbortSignal | undefined): EvaluationRun {
  return {
    averaged: false,
    threads: 0,
    slice: (work) => work(),
    mustStop: () => {
      signal?.throwIfAborted()
      return false
    },
  }
}

/** The outputs for the rows of x: the average over the members of a network with members. */
export async function predict(core: Core, x: MatrixLike, options: RunOptions, name = 'x'): Promise<Matrix> {
  core.checkAlive()
  const signal = readSignal(options, 'predict()')
  const data = await readInSteps(readDataset(core, x, name), [[name, x]], untilSettled, signal)
  try {
    return await inSlices(core, data, core.outputs, signal, predictSlice(core))
  } finally {
    data.dispose()
  }
}

/**
 * The outputs of the first `layers` layers for the rows of x; of each member, one after the other in a row, where a layer
 * differs by member.
 */
export async function predictLayers(
  core: Core,
  x: MatrixLike,
  options: RunOptions,
  layers: number,
  method: string,
): Promise<Matrix> {
  core.checkAlive()
  const signal = readSignal(options, method)
  const { spec } = core
  const copies = spec.layers.slice(0, layers).some(differsByMember) ? core.members : 1
  const data = await readInSteps(readDataset(core, x, 'x'), [['x', x]], untilSettled, signal)
  try {
    return await inSlices(core, data, copies * outputsOf(spec, layers), signal, (data, row, out, snapshot) =>
      core.native.predict(data, row, out, sliceMs, snapshot, layers, true),
    )
  } finally {
    data.dispose()
  }
}

/** The outputs of each member for the rows of x. */
export async function predictMembers(core: Core, x: MatrixLike, options: RunOptions): Promise<Matrix[]> {
  const all = await predictLayers(core, x, options, core.spec.layers.length, 'predictMembers()')
  const { members, outputs } = core
  if (members === 1) return [all]
  return Array.from({ length: members }, (_, member) => {
    const own = new Matrix(new Float32Array(all.rows * outputs), all.rows, outputs)
    for (let row = 0; row < all.rows; row++) {
      own.data.set(all.row(row).subarray(member * outputs, (member + 1) * outputs), row * outputs)
    }
    return own
  })
}

/** The gradient of one output of each row by the inputs: of `options.output`, or of the largest output. */
export async function inputGradients(core: Core, x: MatrixLike, options: InputGradientsOptions): Promise<Matrix> {
  const signal = readSignal(options, 'inputGradients()', inputGradientsOptionKeys)
  core.checkAlive()
  if (core.readsIndices)
    throw new ArgumentError('A network that begins with an embedding has no gradient by its inputs.')
  const { output } = options
  if (output !== undefined) checkInteger(output, 'output', { min: 0, max: core.outputs - 1 })
  const data = await readInSteps(readDataset(core, x, 'x'), [['x', x]], untilSettled, signal)
  try {
    const outputs = new Int32Array(data.rows)
    if (output === undefined && core.outputs > 1) {
      const predictions = await inSlices(core, data, core.outputs, signal, predictSlice(core))
      await runBreathing(largestOf(predictions, outputs), signal)
    } else if (output) {
      outputs.fill(output)
    }
    return await inSlices(core, data, core.inputs, signal, (rows, row, out, snapshot) =>
      core.native.inputGradients(rows, row, out, sliceMs, snapshot, outputs),
    )
  } finally {
    data.dispose()
  }
}

function* largestOf(predictions: Matrix, outputs: Int32Array): Work<void> {
  yield* rowBlocks(predictions.rows, predictions.cols, (begin, end) => {
    for (let row = begin; row < end; row++) outputs[row] = argMax(predictions.row(row))
  })
}

/** A slice of native work: it fills `out` from `row` on, and resolves to the number of rows done. */
type Slice = (data: NativeDataset, row: number, out: Float32Array, snapshot: NativeSnapshot) => Promise<number>

function predictSlice(core: Core): Slice {
  return (data, row, out, snapshot) => core.native.predict(data, row, out, sliceMs, snapshot)
}

function* readDataset(core: Core, x: MatrixLike, name: string): Work<NativeDataset> {
  return yield* makeDataset(yield* readRows(core, x, name), null, name)
}

/** Runs slices of native work until every row of the result is filled. */
async function inSlices(
  core: Core,
  data: NativeDataset,
  columns: number,
  signal: AbortSignal | undefined,
  slice: Slice,
): Promise<Matrix> {
  const out = new Matrix(new Float32Array(data.rows * columns), data.rows, columns)
  // All slices use one state of the weights, even if they change in between.
  const snapshot = new (native().Snapshot)()
  try {
    for (let row = 0; row < data.rows; ) {
      signal?.throwIfAborted()
      core.checkAlive()
      row += await slice(data, row, out.data.subarray(row * columns), snapshot)
    }
  } finally {
    snapshot.dispose()
  }
  return out
}

/** The outputs, computed synchronously: a flat array for a flat row or typed array, a Matrix for a table. */
export function predictSync(
  core: Core,
  x: MatrixLike | readonly number[],
  out: Float32Array | undefined,
): Float32Array | Matrix {
  core.checkAlive()
  if (out !== undefined && !(out instanceof Float32Array && out.length % core.outputs === 0)) {
    throw invalid('out', `a Float32Array of ${core.outputs} numbers a row`, out)
  }
  // The fast path for servers: a single float32 row, no allocation but the result.
  const isRowOut = out === undefined || out.length === core.outputs
  if (x instanceof Float32Array && x.length === core.inputs && !core.readsIndices && isRowOut) {
    const result = core.row.predict(x, out)
    if (result) return result
  }
  const flatRow = isFlatRow(x)
  if (flatRow && x.length !== core.inputs) throw invalid('x', `a row of ${core.inputs} numbers`, x)
  const table = toTable((flatRow ? [x] : x) as MatrixLike, 'x', core.inputs)
  checkIndices(core.spec, table, 'x')
  const { data, rows } = table
  if (out !== undefined && out.length !== rows * core.outputs) {
    throw invalid('out', `room for ${rows} x ${core.outputs} outputs`, out)
  }
  // Outputs must not overwrite inputs that are still to be read.
  const sharesMemory = out !== undefined && out.buffer === data.buffer
  const outputs = out === undefined || sharesMemory ? new Float32Array(rows * core.outputs) : out
  core.native.predictSync(data, rows, outputs)
  if (sharesMemory) out.set(outputs)
  const result = out ?? outputs
  return flatRow || isNumberArray(x) ? result : new Matrix(result, rows, core.outputs)
}

/** The signal of the options of `predict`, or of another method. */
export function readSignal(
  options: RunOptions,
  method: string,
  keys: readonly string[] = predictOptionKeys,
): AbortSignal | undefined {
  checkOptions(options, method, keys)
  return options.signal === undefined ? undefined : checkSignal(options.signal)
}
