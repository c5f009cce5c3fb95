import { ArgumentError } from '../base/errors.js'
import type { Logs } from '../base/history.js'
import { isNumberArray, Matrix, type MatrixLike } from '../base/matrix.js'
import type { Core } from '../network/core.js'
import { Evaluation } from '../network/evaluation.js'
import { predict, predictOptionKeys, type RunOptions, readSignal, untilAborted } from '../network/inference.js'
import { BatchReader, type BatchSource, isBatchSource } from './batch-source.js'
import { readStreamOptions } from './fit-options.js'
import { BatchedRows } from './validation-data.js'

/** Rows to predict for: `x`, or a batch as fit takes it, whose targets are not read. */
export type InputBatch = MatrixLike | readonly [MatrixLike, ...unknown[]] | { readonly x: MatrixLike }

/** Batches of rows to predict for. */
export type InputBatches = Iterable<InputBatch> | AsyncIterable<InputBatch>

/** Whether a value is a source of batches to predict for. */
export function isInputBatches(value: unknown): value is InputBatches {
  return isBatchSource(value) && typeof value !== 'function'
}

/**
 * The mean loss and the metrics over the rows of all batches, one of which is in memory at a time.
 * @throws ArgumentError for a wrong batch, with its number, or for none.
 */
export async function evaluateBatches(core: Core, source: BatchSource, second: unknown, third: unknown): Promise<Logs> {
  const options = readStreamOptions(second, third, 'evaluate')
  const compiled = core.checkCompiled('evaluate')
  core.checkAtRest('evaluate')
  const signal = readSignal(options, 'evaluate() with batches')
  const batches = new BatchedRows(core, compiled, source, '')
  const evaluation = new Evaluation(core, compiled)
  const run = untilAborted(signal)
  let failed = true
  try {
    await batches.begin()
    for (let part = await batches.next(); part; part = await batches.next()) {
      const rows = part
      await core.evaluation(() => evaluation.add(rows, run))
    }
    failed = false
  } finally {
    await batches.close(failed)
  }
  return evaluation.toLogs()
}

/**
 * The outputs for the rows of all batches, in one matrix.
 * @throws ArgumentError for a wrong batch, with its number, or for none.
 */
export async function predictBatches(core: Core, source: InputBatches, options: RunOptions): Promise<Matrix> {
  core.checkAlive()
  const signal = readSignal(options, 'predict()', predictOptionKeys)
  const reader = new BatchReader(source as BatchSource)
  const parts: Matrix[] = []
  let failed = true
  try {
    await reader.beginEpoch()
    for (let item = await reader.next(); item; item = await reader.next()) {
      signal?.throwIfAborted()
      const x = inputOf(item.value as InputBatch, core.inputs)
      if ((x as ArrayLike<unknown> | undefined)?.length === 0) continue
      parts.push(await predict(core, x, options, `x of batch ${reader.batches - 1}`))
    }
    failed = false
  } finally {
    await reader.close(failed)
  }
  return joined(parts)
}

/** The rows of a batch: an array may be a table, or begin with one. */
function inputOf(batch: InputBatch, inputs: number): MatrixLike {
  if (Array.isArray(batch)) return isPair(batch, inputs) ? (batch[0] as MatrixLike) : (batch as MatrixLike)
  if (batch !== null && typeof batch === 'object' && 'x' in batch) return batch.x
  return batch as MatrixLike
}

/** Two typed arrays are rows if both have the length of one. */
function isPair(batch: readonly unknown[], inputs: number): boolean {
  const [first, second] = batch
  if (first instanceof Matrix) return true
  if (Array.isArray(first)) return Array.isArray(first[0]) || isNumberArray(first[0])
  const isRow = (value: unknown) => isNumberArray(value) && value.length === inputs
  return isNumberArray(first) && batch.length <= 3 && !(isRow(first) && (batch.length === 1 || isRow(second)))
}

function joined(parts: readonly Matrix[]): Matrix {
  const [first] = parts
  if (!first) {
    throw new ArgumentError(
      'Expected batches of at least one row, but got none. A generator can be read only once: make a new one.',
    )
  }
  const rows = parts.reduce((sum, part) => sum + part.rows, 0)
  const all = new Matrix(new Float32Array(rows * first.cols), rows, first.cols)
  let at = 0
  for (const { data } of parts) {
    all.data.set(data, at)
    at += data.length
  }
  return all
}
