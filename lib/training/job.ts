import { checkInteger, invalid } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import type { MatrixLike } from '../base/matrix.js'
import type { Core } from '../network/core.js'
import { keepTargets } from '../network/row-scores.js'
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
import { copyRows, readTrainingRows, readValidationRows } from './labeled-rows.js'
import { StreamedData } from './streamed-data.js'
import { type TrainingData, wholeData } from './training-data.js'
import { BatchedRows, type EvaluationData, wholeRows } from './validation-data.js'

/** A run of training with checked options and copies of its data. */
export interface Job extends Settings {
  compiled: CompileSpec
  data: TrainingData
  /** Whether the rows of an epoch are one data set. */
  whole: boolean
  validation: EvaluationData | undefined
}

/**
 * Checks the arguments of fit and copies the data; changes nothing.
 * @throws ArgumentError for wrong data or options.
 * @throws MlpError ERR_NOT_COMPILED, ERR_BUSY, ERR_DISPOSED.
 */
export function readFit(core: Core, x: MatrixLike, y: TargetsLike, options: FitOptions): Job {
  const compiled = checkCanFit(core)
  const settings = readSettings(compiled, options, fitOptionKeys)
  const [training, held] = readTrainingRows(core, compiled, x, y, options)
  const { validationData } = options
  const validation = held ? wholeRows(held, compiled) : validationData && readValidation(core, compiled, validationData)
  const data = wholeData({ data: copyRows(training), targets: keepTargets(training.targets, compiled.rowMetrics) })
  return { compiled, data, whole: true, validation, ...settings }
}

/**
 * Checks the arguments of fit with batches, none of which is read yet.
 * @throws as readFit does, but for errors in the batches.
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
    const hint = "'balanced' needs class counts, which a stream does not give. Pass { label: weight }."
    throw invalid('classWeight', 'weights by class number with batches', classWeight, hint)
  }
  if (stepsPerEpoch !== undefined) checkInteger(stepsPerEpoch, 'stepsPerEpoch', { min: 1 })
  const bufferRows =
    shuffleBuffer === undefined ? defaultBuffer(core) : checkInteger(shuffleBuffer, 'shuffleBuffer', { min: 1 })
  // Chunks hold whole updates, so that only the last update of an epoch is smaller.
  const updateRows = batchSize * (compiled.optimizer.gradientAccumulationSteps ?? 1)
  const chunkRows = Math.max(Math.floor(bufferRows / updateRows), 1) * updateRows
  const validation = validationData === undefined ? undefined : readValidation(core, compiled, validationData)
  const data = new StreamedData(core, compiled, source, { batchSize, chunkRows, stepsPerEpoch, classWeight })
  return { compiled, data, whole: false, validation, ...settings }
}

/** @throws ArgumentError for what is neither [x, y] nor [x, y, sampleWeight], nor batches, or wrong data in it. */
function readValidation(
  core: Core,
  compiled: CompileSpec,
  data: NonNullable<FitOptions['validationData']>,
): EvaluationData {
  if (isBatchSource(data)) return new BatchedRows(core, compiled, data, ' of validationData')
  return wholeRows(readValidationRows(core, compiled, data), compiled)
}

/** Frees the copies of the data; may be called more than once. */
export function freeJob({ data, validation }: Job): void {
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
