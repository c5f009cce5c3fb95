import type { Work } from '../base/breathing.js'
import { checkInteger, invalid } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import type { MatrixLike } from '../base/matrix.js'
import type { Source } from '../base/unchanged.js'
import type { Core } from '../network/core.js'
import type { TargetsLike } from '../network/targets.js'
import { type CompileSpec, checkGradients } from '../spec/compile.js'
import { checkRateKnown } from '../spec/rate.js'
import { type BatchSource, isBatchSource } from './batch-source.js'
import {
  type FitOptions,
  fitOptionKeys,
  readSettings,
  type Settings,
  type StreamFitOptions,
  streamOptionKeys,
} from './fit-options.js'
import type { Agreement } from './group/agreement.js'
import { copyRows, readTrainingRows, readValidationRows } from './labeled-rows.js'
import { StreamedData } from './streamed-data.js'
import { type TrainingData, wholeData } from './training-data.js'
import { BatchedRows, type EvaluationData, wholeRows } from './validation-data.js'

/** The rows of a run, in native memory, or batches of them. */
export interface JobRows {
  data: TrainingData
  validation: EvaluationData | undefined
}

/** A run of training with checked options and copies of its data. */
export interface Job extends Settings, JobRows {
  compiled: CompileSpec
  /** Whether the rows of an epoch are one data set. */
  whole: boolean
}

/** A run of training with checked options, and the work that reads its data. */
export interface Plan extends Omit<Job, keyof JobRows> {
  readRows: () => Work<JobRows>
  /** The arrays that it reads. */
  sources: readonly Source[]
}

/**
 * Checks the options of fit; changes nothing.
 * @throws ArgumentError for wrong options.
 * @throws MlpError ERR_NOT_COMPILED, ERR_BUSY, ERR_DISPOSED.
 */
export function planFit(core: Core, x: MatrixLike, y: TargetsLike, options: FitOptions, agreement: Agreement): Plan {
  const compiled = checkCanFit(core)
  const settings = readSettings(compiled, options, fitOptionKeys, core.members, agreement)
  const { validationData, sampleWeight } = options
  const validation: readonly unknown[] = Array.isArray(validationData) ? validationData : []
  const names = ['x', 'y', 'sampleWeight']
  const sources: Source[] = [
    ...[x, y, sampleWeight].map((array, i) => [names[i]!, array] as const),
    ...validation.map((array, i) => [`${names[i]} of validationData`, array] as const),
  ]
  return { compiled, whole: true, ...settings, sources, readRows: () => readRows(core, compiled, x, y, options) }
}

function* readRows(
  core: Core,
  compiled: CompileSpec,
  x: MatrixLike,
  y: TargetsLike,
  options: FitOptions,
): Work<JobRows> {
  const [training, held] = yield* readTrainingRows(core, compiled, x, y, options)
  const { validationData } = options
  const validation = held
    ? wholeRows(yield* copyRows(held, compiled))
    : validationData && (yield* readValidation(core, compiled, validationData))
  let done = false
  try {
    const data = wholeData(yield* copyRows(training, compiled))
    done = true
    return { data, validation }
  } finally {
    if (!done) validation?.dispose()
  }
}

/**
 * Checks the arguments of fit with batches, none of which is read yet.
 * @throws as planFit does.
 */
export function planStreamFit(core: Core, source: BatchSource, options: StreamFitOptions, agreement: Agreement): Plan {
  const compiled = checkCanFit(core)
  if (compiled.optimizer.name === 'lbfgs') {
    throw new ArgumentError(
      'Expected all rows at once for lbfgs, but got batches. Give x and y, or take another optimizer.',
    )
  }
  const settings = readSettings(compiled, options, streamOptionKeys, core.members, agreement)
  const { batchSize, mostRows } = settings
  const { shuffleBuffer, stepsPerEpoch, classWeight, validationData } = options
  if (classWeight === 'balanced') {
    const hint = "'balanced' needs class counts, which a stream does not give. Pass { label: weight }."
    throw invalid('classWeight', 'weights by class number with batches', classWeight, hint)
  }
  if (stepsPerEpoch !== undefined) checkInteger(stepsPerEpoch, 'stepsPerEpoch', { min: 1 })
  const bufferRows =
    shuffleBuffer === undefined ? defaultBuffer(core) : checkInteger(shuffleBuffer, 'shuffleBuffer', { min: 1 })
  // Chunks hold whole updates, so that only the last update of an epoch is smaller.
  const steps = compiled.optimizer.gradientAccumulationSteps ?? 1
  // As many on all ranks of a group, whose batches may differ by a row.
  const updates = Math.max(Math.floor(bufferRows / (mostRows * steps)), 1)
  const chunkRows = updates * batchSize * steps
  const sources = Array.isArray(validationData) ? validationData.map((array) => ['validationData', array] as const) : []
  function* readRows(): Work<JobRows> {
    const validation = validationData && (yield* readValidation(core, compiled, validationData))
    const data = new StreamedData(core, compiled, source, { batchSize, chunkRows, stepsPerEpoch, classWeight })
    return { data, validation }
  }
  return { compiled, whole: false, ...settings, sources, readRows }
}

/** @throws ArgumentError for what is neither [x, y] nor [x, y, sampleWeight], nor batches, or wrong data in it. */
function* readValidation(
  core: Core,
  compiled: CompileSpec,
  data: NonNullable<FitOptions['validationData']>,
): Work<EvaluationData> {
  if (isBatchSource(data)) return new BatchedRows(core, compiled, data, ' of validationData')
  return wholeRows(yield* copyRows(yield* readValidationRows(core, compiled, data), compiled))
}

/** Frees the copies of the data; may be called more than once. */
export function freeRows({ data, validation }: JobRows): void {
  data.dispose()
  validation?.dispose()
}

/** As many rows as 4 million numbers fill. */
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
