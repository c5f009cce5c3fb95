import { progress } from './callbacks/progress.js'
import { type Callback, checkCallbacks } from './callbacks/types.js'
import { checkBoolean, checkInteger, checkNumber, checkOptions, checkSignal, invalid } from './check.js'
import { type CompileSpec, checkRateKnown } from './compile-spec.js'
import { type Core, makeDataset } from './core.js'
import { ArgumentError } from './errors.js'
import { type MatrixLike, type Table, toShapedTable } from './matrix.js'
import type { NativeDataset } from './native.js'
import { readTargets, type Targets, type TargetsLike } from './targets.js'

/** What `fit` and `train` take. */
export interface FitOptions {
  /** The number of the epoch to end before; with `initialEpoch` 0, how many to train. 1 by default. */
  epochs?: number | undefined
  /** Rows per optimizer step; 32 by default. The last step of an epoch takes what is left. */
  batchSize?: number | undefined
  /** The share of rows, from 0 to below 1, that is held back from the end of x and y to validate with. */
  validationSplit?: number | undefined
  /** Rows and targets to validate with after each epoch. */
  validationData?: readonly [MatrixLike, TargetsLike] | undefined
  /** Whether the rows are shuffled anew in each epoch; true by default. */
  shuffle?: boolean | undefined
  /** What the first epoch is called: for runs that go on with an earlier one. */
  initialEpoch?: number | undefined
  /** Threads to compute with, up to 256; 0, the default, chooses by the size of the work. */
  threads?: number | undefined
  /** 1 adds `callbacks.progress()`; 0, the default, prints nothing. */
  verbose?: 0 | 1 | undefined
  /** Aborting it ends training after the slice: fit resolves with what there is. */
  signal?: AbortSignal | undefined
  /** Seconds after which training ends: fit resolves with what there is. Infinity, the default, is no limit. */
  timeLimit?: number | undefined
  callbacks?: readonly Callback[] | undefined
}

/** A run of training whose every option is checked, with copies of its data. */
export interface Job {
  compiled: CompileSpec
  data: NativeDataset
  validation: NativeDataset | undefined
  epochs: number
  initialEpoch: number
  batchSize: number
  shuffle: boolean
  threads: number
  signal: AbortSignal | undefined
  timeLimit: number
  callbacks: readonly Callback[]
}

interface Rows {
  table: Table
  targets: Targets
  /** The table that `table` is a part of, and what it is called: for messages. */
  whole: Table
  name: string
}

const optionKeys = [
  ...['epochs', 'batchSize', 'validationSplit', 'validationData', 'shuffle', 'initialEpoch', 'threads', 'verbose'],
  ...['signal', 'timeLimit', 'callbacks'],
]

/**
 * Checks all that fit takes and copies the data; changes nothing.
 * @throws ArgumentError for wrong data or options.
 * @throws MlpError ERR_NOT_COMPILED, ERR_BUSY, ERR_DISPOSED.
 */
export function readFit(core: Core, x: MatrixLike, y: TargetsLike, options: FitOptions): Job {
  core.checkNotTraining('fit')
  const compiled = core.checkCompiled('fit')
  checkRateKnown(compiled.optimizer)
  checkOptions(options, 'fit()', optionKeys)
  const { epochs = 1, batchSize = 32, shuffle = true, initialEpoch = 0, threads = 0, verbose = 0 } = options
  const { timeLimit = Infinity } = options
  const checked = {
    epochs: checkInteger(epochs, 'epochs', { min: 1 }),
    initialEpoch: checkInteger(initialEpoch, 'initialEpoch', { min: 0 }),
    batchSize: checkInteger(batchSize, 'batchSize', { min: 1 }),
    shuffle: checkBoolean(shuffle, 'shuffle'),
    threads: checkInteger(threads, 'threads', { min: 0, max: 256 }),
    signal: options.signal === undefined ? undefined : checkSignal(options.signal),
    timeLimit: timeLimit === Infinity ? timeLimit : checkNumber(timeLimit, 'timeLimit', { above: 0 }),
    callbacks: [
      ...(checkInteger(verbose, 'verbose', { min: 0, max: 1 }) === 1 ? [progress()] : []),
      ...checkCallbacks(options.callbacks ?? []),
    ],
  }
  const [training, validation] = readData(core, compiled, x, y, options)
  return { compiled, data: copy(training), validation: validation && copy(validation), ...checked }
}

function readData(
  core: Core,
  compiled: CompileSpec,
  x: MatrixLike,
  y: TargetsLike,
  { validationSplit = 0, validationData }: FitOptions,
): [Rows, Rows | undefined] {
  checkNumber(validationSplit, 'validationSplit', { min: 0, below: 1 })
  const all = readRows(core, compiled, x, y, '')
  if (validationData === undefined) return validationSplit === 0 ? [all, undefined] : split(all, validationSplit)
  if (validationSplit > 0) throw new ArgumentError('Expected validationSplit or validationData, but got both.')
  if (!Array.isArray(validationData) || validationData.length !== 2) {
    throw invalid('validationData', 'an array [x, y]', validationData)
  }
  const [vx, vy] = validationData as [MatrixLike, TargetsLike]
  return [all, readRows(core, compiled, vx, vy, ' of validationData')]
}

function readRows(core: Core, { loss }: CompileSpec, x: MatrixLike, y: TargetsLike, where: string): Rows {
  const name = `x${where}`
  const table = toShapedTable(x, name, core.inputs)
  return { table, targets: readTargets(y, `y${where}`, loss, core.outputs, table.rows), whole: table, name }
}

/** Keras's split: the last rows, before any shuffling. */
function split(all: Rows, share: number): [Rows, Rows] {
  const { rows } = all.table
  const cut = Math.floor(rows * (1 - share))
  if (cut === 0 || cut === rows) {
    throw new ArgumentError(
      `A validationSplit of ${share} of ${rows} rows leaves ${cut} to train and ${rows - cut} to validate with. ` +
        'Each needs at least one.',
    )
  }
  return [slice(all, 0, cut), slice(all, cut, rows)]
}

function slice({ table, targets, ...names }: Rows, begin: number, end: number): Rows {
  return {
    ...names,
    table: { ...table, data: table.data.subarray(begin * table.columns, end * table.columns), rows: end - begin },
    targets: { ...targets, data: targets.data.subarray(begin * targets.columns, end * targets.columns) },
  }
}

function copy({ table, targets, whole, name }: Rows): NativeDataset {
  return makeDataset(table, targets, name, whole)
}

/** Frees the copies of a run's data; once is enough, more do no harm. */
export function freeJob({ data, validation }: Job): void {
  data.dispose()
  validation?.dispose()
}
