import { runBreathing } from '../base/breathing.js'
import { describe } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { Matrix } from '../base/matrix.js'
import { binsWithin } from './bins-within.js'
import { CellColumn } from './cell-column.js'
import { encodeRows, joined } from './encode-rows.js'
import { Encoder } from './encoder.js'
import { isUsed } from './feature.js'
import { schemaOf, targetIn } from './infer-schema.js'
import { type Inputs, inputsOfPlan } from './inputs.js'
import { allRows } from './known-rows.js'
import { encodeAll, learnPlan } from './learn-plan.js'
import type { FitSettings, TabularProgress } from './options.js'
import type { Plan } from './plan.js'
import type { Preset } from './presets.js'
import { type ColumnPolicy, readRows } from './read-rows.js'
import type { Reading, ReadTarget } from './reading.js'
import type { Schema } from './schema.js'
import { type SplitRows, splitRows } from './split-rows.js'
import type { EncodedRows } from './task.js'

/** How rows are prepared. */
export interface Preparation<T> {
  readonly preset: Preset
  readonly policy: ColumnPolicy
  readonly seed: number
  readonly kind: 'classes' | 'numbers'
  readonly read: ReadTarget<T>
  readonly tell: (stage: TabularProgress['stage']) => Promise<void>
}

/** Rows as numbers, and what was learned to make them. */
export interface PreparedRows<T> {
  readonly schema: Schema<object>
  readonly plan: Plan
  readonly encoder: Encoder
  readonly inputs: Inputs
  readonly reading: Reading<T>
  /** All rows, one after the other. */
  readonly data: Float32Array
  readonly rows: number
  /** The rows that preparation was learned from. */
  readonly training: Uint32Array
  /** Rows to train with and to hold out; none where the held-out rows are `given`. */
  readonly splits: readonly SplitRows[]
  readonly given: EncodedRows | undefined
}

/**
 * Reads rows, infers their schema, draws the rows to hold out, and turns all rows into numbers.
 * @throws ArgumentError with row and column for wrong rows, wrong targets, or rows that a model can read nothing of.
 */
export async function prepareRows<T>(
  rows: unknown,
  settings: FitSettings<string>,
  { preset, policy, seed, kind, read, tell }: Preparation<T>,
): Promise<PreparedRows<T>> {
  const { signal } = settings
  await tell('reading')
  const cells = await readRows(rows, policy, signal)
  const target = targetIn(cells, settings.target)
  const isGiven = settings.validation !== undefined
  const splits = isGiven
    ? []
    : await runBreathing(splitRows(cells.rows, read(target, undefined).strata, preset, seed), signal)
  // Preparation is learned from the rows of the one network, or from those of all.
  const training = splits.length === 1 ? splits[0]!.training : allRows(cells.rows)
  const reading = read(target, training.length < cells.rows ? training : undefined)
  await tell('preparing')
  const schema = await runBreathing(schemaOf<object>(cells, target, settings.columns, policy, kind), signal)
  checkHasColumns(schema)
  const places = { bins: binsWithin(schema, cells.rows, preset.bins), hasLevels: preset.bins === 0 }
  const plan = await runBreathing(learnPlan(cells, schema, training, places), signal)
  if (plan.width === 0) throw nothingToRead('no cell of the rows to train with has a value')
  const data = await runBreathing(encodeAll(cells, schema, plan), signal)
  const encoder = new Encoder(plan, schema)
  const given = isGiven ? await encodeLabelled(settings.validation, encoder, target.name, reading, signal) : undefined
  const inputs = await runBreathing(inputsOfPlan(plan, new Matrix(data, cells.rows, plan.width), training), signal)
  return { schema, plan, encoder, inputs, reading, data, rows: cells.rows, training, splits, given }
}

/** Rows that are given for validation. */
async function encodeLabelled(
  rows: unknown,
  encoder: Encoder,
  name: string,
  reading: Reading<unknown>,
  signal: AbortSignal | undefined,
): Promise<EncodedRows> {
  const target = new CellColumn(name)
  const parts = await encodeRows(rows, encoder, signal, target)
  if (parts.length === 0) throw new ArgumentError('Expected at least one row for validation, but there are none.')
  return { x: joined(parts, encoder.width), y: reading.readKnown(target) }
}

/** @throws ArgumentError for a schema of which a model would read nothing. */
function checkHasColumns({ columns, report }: Schema<object>): void {
  if (columns.some(({ kind }) => isUsed(kind))) return
  const some = report.leftOut.slice(0, 5).map(({ column, reason }) => `${describe(column)}: ${reason}`)
  throw nothingToRead(`all are left out (${some.join('; ')})`)
}

function nothingToRead(why: string): ArgumentError {
  return new ArgumentError(`Expected a column beside the target that a model can read, but ${why}.`)
}
