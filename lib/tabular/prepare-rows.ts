import { runBreathing, type Work } from '../base/breathing.js'
import { describe } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { Matrix } from '../base/matrix.js'
import { binsWithin } from './bins-within.js'
import { CellColumn } from './cell-column.js'
import { encodeRows, joined } from './encode-rows.js'
import { Encoder } from './encoder.js'
import { isUsed } from './feature.js'
import { rowsInTime } from './fewer-rows.js'
import { schemaOf, targetIn } from './infer-schema.js'
import { type Inputs, inputsOfPlan } from './inputs.js'
import { allRows } from './known-rows.js'
import { encodeAll, learnPlan } from './learn-plan.js'
import type { FitSettings, TabularProgress } from './options.js'
import type { Plan } from './plan.js'
import { foldsFor, type Preset } from './presets.js'
import { type CellTable, type ColumnPolicy, type ReadTable, readRows } from './read-rows.js'
import type { Reading, ReadTarget } from './reading.js'
import { Schema } from './schema.js'
import { type SplitRows, splitRows } from './split-rows.js'
import type { EncodedRows, Truth } from './task.js'

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
  /** Whether these are all rows that were given, or what the time limit left. */
  readonly isWhole: boolean
  /** The rows that preparation was learned from. */
  readonly training: Uint32Array
  /** Rows to train with and to hold out; none where the held-out rows are `given`. */
  readonly splits: readonly SplitRows[]
  readonly given: GivenRows | undefined
}

/** Rows to hold out that the option `validation` gave, with the column of their targets. */
export interface GivenRows extends EncodedRows {
  readonly target: CellColumn
  readonly truth: Truth
  /** Whether all of them were read. */
  readonly isWhole: boolean
}

/** When reading, and preparing, should end, as shares of the time to the deadline. */
const readShare = 0.2
const prepareShare = 0.3

/**
 * Reads rows, infers their schema, draws the rows to hold out, and turns all rows into numbers. With a time limit there may be fewer
 * rows than were given; the schema's report says so.
 * @throws ArgumentError with row and column for wrong rows, wrong targets, or rows that a model can read nothing of.
 */
export async function prepareRows<T>(
  rows: unknown,
  settings: FitSettings<string>,
  { preset, policy, seed, kind, read, tell }: Preparation<T>,
): Promise<PreparedRows<T>> {
  const { signal, deadline, resume } = settings
  // A file of resume is for the same rows each time.
  const within = (share: number) =>
    resume === undefined ? performance.now() + share * (deadline - performance.now()) : Infinity
  await tell('reading')
  const found = await readRows(rows, policy, signal, within(readShare))
  const until = within(prepareShare)
  const { strata } = read(targetIn(found, settings.target), undefined)
  const work = (cells: CellTable) => preparing(cells, allRows(cells.rows), settings, policy, kind, preset)
  const cells = await rowsInTime(found, strata, until, work, signal)
  const target = targetIn(cells, settings.target)
  const isGiven = settings.validation !== undefined
  const dealing = { folds: foldsFor(preset, cells.rows), splits: preset.splits }
  const splits = isGiven
    ? []
    : await runBreathing(splitRows(cells.rows, read(target, undefined).strata, dealing, seed), signal)
  // Preparation is learned from the rows of the one network, or from those of all.
  const training = splits.length === 1 ? splits[0]!.training : allRows(cells.rows)
  const reading = read(target, training.length < cells.rows ? training : undefined)
  await tell('preparing')
  const { schema, plan, data, inputs } = await runBreathing(
    preparing(cells, training, settings, policy, kind, preset),
    signal,
  )
  const encoder = new Encoder(plan, schema)
  const given = isGiven
    ? await encodeLabelled(settings.validation, encoder, target.name, reading, signal, within(readShare)).catch(
        ofValidation,
      )
    : undefined
  return {
    schema: withSentences(schema, sentencesOf(found, cells, given)),
    ...{ plan, encoder, inputs, reading, data, rows: cells.rows, training, splits, given },
    isWhole: found.isWhole && cells.rows === found.rows,
  }
}

/** The schema, the plan, and all rows as numbers. */
function* preparing(
  cells: CellTable,
  training: Uint32Array,
  { target: name, columns }: FitSettings<string>,
  policy: ColumnPolicy,
  kind: 'classes' | 'numbers',
  preset: Preset,
): Work<Pick<PreparedRows<unknown>, 'schema' | 'plan' | 'data' | 'inputs'>> {
  const schema = yield* schemaOf<object>(cells, targetIn(cells, name), columns, policy, kind)
  checkHasColumns(schema)
  const places = { bins: binsWithin(schema, cells.rows, preset.bins), hasLevels: preset.bins === 0 }
  const plan = yield* learnPlan(cells, schema, training, places)
  if (plan.width === 0) throw nothingToRead('no cell of the rows to train with has a value')
  const data = yield* encodeAll(cells, schema, plan)
  const inputs = yield* inputsOfPlan(plan, new Matrix(data, cells.rows, plan.width), training, places.hasLevels)
  return { schema, plan, data, inputs }
}

/** What the time limit left out. */
function sentencesOf({ rows, isWhole }: ReadTable, cells: CellTable, given: GivenRows | undefined): string[] {
  return [
    ...(isWhole ? [] : [`The time limit left rows out: ${rows} were read.`]),
    ...(cells.rows === rows
      ? []
      : [`The time limit left rows out: ${cells.rows} of the ${rows} that were read are used.`]),
    ...(given && !given.isWhole ? [`The time limit left rows of validation out: ${given.x.rows} were read.`] : []),
  ]
}

function withSentences(schema: Schema<object>, sentences: readonly string[]): Schema<object> {
  if (sentences.length === 0) return schema
  const { report, target, policy } = schema
  const columns = new Map(schema.columns.map((column) => [column.name, column]))
  return new Schema({ columns, target, policy }, { ...report, warnings: [...sentences, ...report.warnings] })
}

/** Rows that are given for validation. */
async function encodeLabelled(
  rows: unknown,
  encoder: Encoder,
  name: string,
  reading: Reading<unknown>,
  signal: AbortSignal | undefined,
  until: number,
): Promise<GivenRows> {
  const target = new CellColumn(name)
  const { parts, isWhole } = await encodeRows(rows, encoder, signal, target, until)
  if (parts.length === 0) {
    throw new ArgumentError(
      isWhole
        ? 'Expected at least one row, but there are none.'
        : 'Expected a row within the time limit, but the iterable gave none. Give a longer timeLimit.',
    )
  }
  return { x: joined(parts, encoder.width), ...reading.readKnown(target), target, isWhole }
}

/** Errors name a row; these say that it is not one of those to train with. */
function ofValidation(error: unknown): never {
  if (!(error instanceof ArgumentError)) throw error
  const { row, column, message } = error
  throw new ArgumentError(`The option validation: ${message}`, { row, column, cause: error })
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
