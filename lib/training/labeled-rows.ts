import type { Work } from '../base/breathing.js'
import { checkNumber, invalid, mismatch } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import type { MatrixLike, NumberTable } from '../base/matrix.js'
import { type SampleWeight, toFloatWeights } from '../base/sample-weight.js'
import type { Core } from '../network/core.js'
import { makeDataset } from '../network/dataset.js'
import { keepTargets, type Part } from '../network/row-scores.js'
import { readRows } from '../network/rows.js'
import { readTargets, type Targets, type TargetsLike } from '../network/targets.js'
import type { CompileSpec } from '../spec/compile.js'
import type { FitOptions } from './fit-options.js'
import { applyClassWeight } from './row-weights.js'

/** Rows with targets and weights, checked. */
export interface LabeledRows {
  table: NumberTable
  targets: Targets
  weights: Float32Array | null
  /** The table that `table` is a part of, and its name: for messages. */
  whole: NumberTable
  name: string
}

/**
 * Reads the data of `fit(x, y, options)`: the rows to train with, and those that validationSplit takes, if any.
 * @throws ArgumentError for wrong data or options.
 */
export function* readTrainingRows(
  core: Core,
  compiled: CompileSpec,
  x: MatrixLike,
  y: TargetsLike,
  { validationSplit = 0, validationData, sampleWeight, classWeight }: FitOptions,
): Work<[LabeledRows, LabeledRows | undefined]> {
  checkNumber(validationSplit, 'validationSplit', { min: 0, below: 1 })
  const all = yield* readLabeledRows(core, compiled, [x, y, sampleWeight], '')
  if (validationData !== undefined && validationSplit > 0) {
    throw new ArgumentError('Expected validationSplit or validationData, but got both.')
  }
  const [rows, validation] = validationSplit === 0 ? [all, undefined] : split(all, validationSplit)
  const weights = yield* applyClassWeight(rows.weights, classWeight, rows.targets, compiled.loss, core.outputs)
  return [{ ...rows, weights }, validation]
}

/** @throws ArgumentError for what is not [x, y] or [x, y, sampleWeight], or wrong data in it. */
export function* readValidationRows(core: Core, compiled: CompileSpec, validationData: unknown): Work<LabeledRows> {
  if (!Array.isArray(validationData) || validationData.length < 2 || validationData.length > 3) {
    throw invalid('validationData', 'an array [x, y] or [x, y, sampleWeight], or batches', validationData)
  }
  return yield* readLabeledRows(core, compiled, validationData as unknown as LabeledData, ' of validationData')
}

/** x, y and the weights of rows. */
export type LabeledData = readonly [MatrixLike, TargetsLike, (SampleWeight | undefined)?]

/**
 * Reads rows with their targets and weights.
 * @param suffix of the arguments' names in messages: ` of validationData`.
 * @throws ArgumentError for wrong data.
 */
export function* readLabeledRows(
  core: Core,
  { loss }: CompileSpec,
  [x, y, sampleWeight]: LabeledData,
  suffix: string,
): Work<LabeledRows> {
  const name = `x${suffix}`
  const table = yield* readRows(core, x, name)
  const targets = yield* readTargets(y, `y${suffix}`, loss, core.outputs, table.rows)
  const weights =
    sampleWeight === undefined ? null : yield* toFloatWeights(sampleWeight, table.rows, `sampleWeight${suffix}`)
  return { table, targets, weights, whole: table, name }
}

/** Splits as Keras does: the last rows, before any shuffling, are for validation. */
function split(all: LabeledRows, share: number): [LabeledRows, LabeledRows] {
  const { rows } = all.table
  const cut = Math.floor(rows * (1 - share))
  if (cut === 0 || cut === rows) {
    throw mismatch(
      'validationSplit',
      'a share that leaves at least one row to train and one to validate with',
      `${share}, which of ${rows} rows leaves ${cut} to train and ${rows - cut} to validate with`,
      'Give more rows, or validationData.',
    )
  }
  return [slice(all, 0, cut), slice(all, cut, rows)]
}

function slice({ table, targets, weights, ...names }: LabeledRows, begin: number, end: number): LabeledRows {
  return {
    ...names,
    weights: weights?.subarray(begin, end) ?? null,
    table: { ...table, data: table.data.subarray(begin * table.columns, end * table.columns), rows: end - begin },
    targets: { ...targets, data: targets.data.subarray(begin * targets.columns, end * targets.columns) },
  }
}

/**
 * Copies rows into native memory.
 * @throws ArgumentError that names the row and column of NaN or infinity.
 */
export function* copyRows(
  { table, targets, weights, whole, name }: LabeledRows,
  { rowMetrics }: CompileSpec,
): Work<Part> {
  const kept = yield* keepTargets(targets, rowMetrics)
  return { data: yield* makeDataset(table, targets, name, whole, weights), targets: kept }
}
