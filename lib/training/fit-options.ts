import {
  checkBoolean,
  checkInteger,
  checkNumber,
  checkOptions,
  checkSignal,
  invalid,
  mismatch,
  optionKeys,
} from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { type MatrixLike, type NumberTable, toShapedTable } from '../base/matrix.js'
import { type SampleWeight, toFloatWeights } from '../base/sample-weight.js'
import { progress } from '../callbacks/progress.js'
import { type Callback, checkCallbacks } from '../callbacks/types.js'
import type { NativeDataset } from '../native/model.js'
import { type Core, makeDataset } from '../network/core.js'
import { checkIndices } from '../network/rows.js'
import { readTargets, type Targets, type TargetsLike } from '../network/targets.js'
import { type CompileSpec, checkGradients } from '../spec/compile.js'
import { checkRateKnown } from '../spec/rate.js'
import type { BatchSource } from './batch-source.js'
import { type ClassWeight, readRowWeights } from './row-weights.js'
import { StreamedData, type TrainingData, wholeData } from './training-data.js'

/** What `fit` and `train` take. */
export interface FitOptions {
  /** The number of the epoch to end before; with `initialEpoch` 0, how many to train. 1 by default. */
  epochs?: number | undefined
  /**
   * Rows per optimizer step; 32 by default. The last step of an epoch takes what is left. lbfgs takes all rows at once, and
   * an epoch is one of its iterations: it takes neither a batchSize nor shuffle.
   */
  batchSize?: number | undefined
  /** The share of rows, from 0 to below 1, that is held back from the end of x and y to validate with. */
  validationSplit?: number | undefined
  /** Rows and targets to validate with after each epoch, and how much each row counts. */
  validationData?: readonly [MatrixLike, TargetsLike] | readonly [MatrixLike, TargetsLike, SampleWeight] | undefined
  /** How much each row counts: its loss is multiplied by it, and the mean is over rows all the same, as Keras's. */
  sampleWeight?: SampleWeight | undefined
  /** How much the rows of each class count; validation data are left as they are. */
  classWeight?: ClassWeight | undefined
  /** Whether the rows are shuffled anew in each epoch; true by default. */
  shuffle?: boolean | undefined
  /** What the first epoch is called: for runs that go on with an earlier one. */
  initialEpoch?: number | undefined
  /**
   * Shares to cut a step into, up to 256. As many threads compute them, or as there are cores if that is fewer and no share
   * waits for another (docs/training.md). 0, the default, chooses by the size of the work.
   */
  threads?: number | undefined
  /** 1 adds `callbacks.progress()`; 0, the default, prints nothing. */
  verbose?: 0 | 1 | undefined
  /** Aborting it ends training after the slice: fit resolves with what there is. */
  signal?: AbortSignal | undefined
  /** Seconds after which training ends: fit resolves with what there is. Infinity, the default, is no limit. */
  timeLimit?: number | undefined
  /**
   * Logs, for each tensor, the root mean square of its weights (`dense.kernel.weightRms`) at the end of the epoch, and
   * that of its gradient (`dense.kernel.gradientRms`), before any clipping, as a mean over the epoch's updates.
   */
  layerStatistics?: boolean | undefined
  callbacks?: readonly Callback[] | undefined
}

/** What `fit` and `train` take with batches: sample weights come with these, and there is nothing to split. */
export interface StreamFitOptions extends Omit<FitOptions, 'validationSplit' | 'sampleWeight'> {
  /**
   * Rows that are gathered, shuffled among themselves and trained, while the next ones are read: a few megabytes' worth by
   * default, from 1,024 to 65,536. Three times as many are in memory at most. With `shuffle: false` they stay in their order.
   */
  shuffleBuffer?: number | undefined
  /**
   * Steps of `batchSize` rows after which an epoch ends; at the end of the batches by default. The next epoch goes on in
   * an iterable where this one ended, and begins it anew when it is used up; a function is called anew in any case.
   */
  stepsPerEpoch?: number | undefined
}

/** A run of training whose every option is checked, with copies of its data. */
export interface Job {
  compiled: CompileSpec
  data: TrainingData
  /** Whether an epoch's rows are one data set. */
  whole: boolean
  validation: NativeDataset | undefined
  epochs: number
  initialEpoch: number
  batchSize: number
  shuffle: boolean
  threads: number
  layerStatistics: boolean
  signal: AbortSignal | undefined
  timeLimit: number
  callbacks: readonly Callback[]
}

interface Rows {
  table: NumberTable
  targets: Targets
  weights: Float32Array | null
  /** The table that `table` is a part of, and what it is called: for messages. */
  whole: NumberTable
  name: string
}

/** Rows whose activations lbfgs keeps in memory at a time. */
const lbfgsBlock = 2048

/** What `fit` and `train` take. */
export const fitOptionKeys = optionKeys<FitOptions>({
  epochs: true,
  batchSize: true,
  validationSplit: true,
  validationData: true,
  shuffle: true,
  initialEpoch: true,
  threads: true,
  verbose: true,
  signal: true,
  timeLimit: true,
  callbacks: true,
  sampleWeight: true,
  classWeight: true,
  layerStatistics: true,
})

/** What these take with batches. */
export const streamOptionKeys = [
  ...fitOptionKeys.filter((key) => key !== 'validationSplit' && key !== 'sampleWeight'),
  ...optionKeys<Omit<StreamFitOptions, keyof FitOptions>>({ shuffleBuffer: true, stepsPerEpoch: true }),
]

/**
 * Checks all that fit takes and copies the data; changes nothing.
 * @throws ArgumentError for wrong data or options.
 * @throws MlpError ERR_NOT_COMPILED, ERR_BUSY, ERR_DISPOSED.
 */
export function readFit(core: Core, x: MatrixLike, y: TargetsLike, options: FitOptions): Job {
  const compiled = checkCanFit(core)
  const settings = readSettings(compiled, options, fitOptionKeys)
  const [training, validation] = readData(core, compiled, x, y, options)
  const data = wholeData(copy(training))
  return { compiled, data, whole: true, validation: validation && copy(validation), ...settings }
}

/**
 * The same for batches, of which none is read yet.
 * @throws as readFit does, but for what is wrong with the batches.
 */
export function readStreamFit(core: Core, source: BatchSource, options: StreamFitOptions): Job {
  const compiled = checkCanFit(core)
  if (compiled.optimizer.name === 'lbfgs') {
    throw new ArgumentError(
      'Expected all rows at once for lbfgs, but got batches. Give x and y, or take another optimizer.',
    )
  }
  const settings = readSettings(compiled, options, streamOptionKeys)
  const { batchSize } = settings
  const { shuffleBuffer, stepsPerEpoch, classWeight, validationData } = options
  if (classWeight === 'balanced') {
    throw invalid('classWeight', 'weights by class number with batches', classWeight, 'Nobody has counted the classes.')
  }
  if (stepsPerEpoch !== undefined) checkInteger(stepsPerEpoch, 'stepsPerEpoch', { min: 1 })
  const wanted =
    shuffleBuffer === undefined ? defaultBuffer(core) : checkInteger(shuffleBuffer, 'shuffleBuffer', { min: 1 })
  // Whole updates, so that the last one of an epoch alone is smaller.
  const update = batchSize * (compiled.optimizer.gradientAccumulationSteps ?? 1)
  const chunkRows = Math.max(Math.floor(wanted / update), 1) * update
  const validation = validationData === undefined ? undefined : copy(readValidation(core, compiled, validationData))
  const data = new StreamedData(core, compiled, source, { batchSize, chunkRows, stepsPerEpoch, classWeight })
  return { compiled, data, whole: false, validation, ...settings }
}

/** With batches the options come second: a y there is somebody's mistake. */
export function checkNoTargets(y: unknown, options: unknown): StreamFitOptions {
  const given = y ?? {}
  if (options === undefined && typeof given === 'object' && !ArrayBuffer.isView(given) && !Array.isArray(given))
    return given
  throw new ArgumentError('Expected fit(batches, options), with the targets in the batches, but got more than that.')
}

/** Rows of about 4 million numbers. */
function defaultBuffer({ inputs, outputs }: Core): number {
  return Math.min(Math.max(Math.floor(2 ** 22 / (inputs + outputs)), 1024), 65_536)
}

function checkCanFit(core: Core): CompileSpec {
  core.checkNotTraining('fit')
  const compiled = core.checkCompiled('fit')
  checkRateKnown(core.learningRate)
  checkGradients(core.spec)
  if (core.tensors.some(({ trainable }) => trainable)) return compiled
  throw new ArgumentError('Could not fit: no layer has weights that may change. Leave trainable: false out of one.')
}

function readSettings(compiled: CompileSpec, options: FitOptions | StreamFitOptions, keys: readonly string[]) {
  checkOptions(options, 'fit()', keys)
  const { epochs = 1, batchSize = 32, shuffle = true, initialEpoch = 0, threads = 0, verbose = 0 } = options
  const { timeLimit = Infinity } = options
  const lbfgs = compiled.optimizer.name === 'lbfgs'
  for (const key of ['batchSize', 'shuffle'] as const) {
    if (lbfgs && options[key] !== undefined) {
      throw new ArgumentError(`Expected no ${key} for lbfgs, which takes all rows at once. Leave it out.`)
    }
  }
  return {
    epochs: checkInteger(epochs, 'epochs', { min: 1 }),
    initialEpoch: checkInteger(initialEpoch, 'initialEpoch', { min: 0 }),
    batchSize: lbfgs ? lbfgsBlock : checkInteger(batchSize, 'batchSize', { min: 1 }),
    shuffle: !lbfgs && checkBoolean(shuffle, 'shuffle'),
    threads: checkInteger(threads, 'threads', { min: 0, max: 256 }),
    layerStatistics: checkBoolean(options.layerStatistics ?? false, 'layerStatistics'),
    signal: options.signal === undefined ? undefined : checkSignal(options.signal),
    timeLimit: timeLimit === Infinity ? timeLimit : checkNumber(timeLimit, 'timeLimit', { above: 0 }),
    callbacks: [
      ...(checkInteger(verbose, 'verbose', { min: 0, max: 1 }) === 1 ? [progress()] : []),
      ...checkCallbacks(options.callbacks ?? []),
    ],
  }
}

function readData(
  core: Core,
  compiled: CompileSpec,
  x: MatrixLike,
  y: TargetsLike,
  { validationSplit = 0, validationData, sampleWeight, classWeight }: FitOptions,
): [Rows, Rows | undefined] {
  checkNumber(validationSplit, 'validationSplit', { min: 0, below: 1 })
  const all = readRows(core, compiled, x, y, '')
  if (sampleWeight !== undefined) all.weights = toFloatWeights(sampleWeight, all.table.rows, 'sampleWeight')
  const weigh = (rows: Rows): Rows => {
    const { targets, weights } = rows
    return { ...rows, weights: readRowWeights(weights ?? undefined, classWeight, targets, compiled.loss, core.outputs) }
  }
  if (validationData === undefined) {
    if (validationSplit === 0) return [weigh(all), undefined]
    const [training, validation] = split(all, validationSplit)
    return [weigh(training), validation]
  }
  if (validationSplit > 0) throw new ArgumentError('Expected validationSplit or validationData, but got both.')
  return [weigh(all), readValidation(core, compiled, validationData)]
}

function readValidation(
  core: Core,
  compiled: CompileSpec,
  validationData: NonNullable<FitOptions['validationData']>,
): Rows {
  if (!Array.isArray(validationData) || validationData.length < 2 || validationData.length > 3) {
    throw invalid('validationData', 'an array [x, y] or [x, y, sampleWeight]', validationData)
  }
  const [vx, vy, vw] = validationData as [MatrixLike, TargetsLike, SampleWeight?]
  const validation = readRows(core, compiled, vx, vy, ' of validationData')
  if (vw !== undefined) validation.weights = toFloatWeights(vw, validation.table.rows, 'sampleWeight of validationData')
  return validation
}

function readRows(core: Core, { loss }: CompileSpec, x: MatrixLike, y: TargetsLike, where: string): Rows {
  const name = `x${where}`
  const table = toShapedTable(x, name, core.inputs)
  checkIndices(core.spec, table, name)
  const targets = readTargets(y, `y${where}`, loss, core.outputs, table.rows)
  return { table, targets, weights: null, whole: table, name }
}

/** Keras's split: the last rows, before any shuffling. */
function split(all: Rows, share: number): [Rows, Rows] {
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

function slice({ table, targets, weights, ...names }: Rows, begin: number, end: number): Rows {
  return {
    ...names,
    weights: weights?.slice(begin, end) ?? null,
    table: { ...table, data: table.data.subarray(begin * table.columns, end * table.columns), rows: end - begin },
    targets: { ...targets, data: targets.data.subarray(begin * targets.columns, end * targets.columns) },
  }
}

function copy({ table, targets, weights, whole, name }: Rows): NativeDataset {
  return makeDataset(table, targets, name, whole, weights)
}

/** Frees the copies of a run's data; once is enough, more do no harm. */
export function freeJob({ data, validation }: Job): void {
  data.dispose()
  validation?.dispose()
}
