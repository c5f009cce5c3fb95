import { runNow, runSoon, type Work } from '../base/breathing.js'
import { checkBoolean, checkOptions, checkString, invalid, optionKeys } from '../base/check.js'
import { FormatError } from '../base/errors.js'
import { writeFileAtomic } from '../files/atomic-write.js'
import { readWholeFile } from '../files/read-whole-file.js'
import { withRate } from '../spec/compile.js'
import { readMetricList } from '../spec/metric.js'
import type { ModelSpec } from '../spec/model.js'
import { type LearningRateLike, readRate } from '../spec/rate.js'
import type { MetricFunction } from '../spec/row-metric.js'
import type { Core } from './core.js'
import { decodeModelFile, encodeModelFile, type ModelFile, modelFileParts, toLoadError } from './model-file.js'
import { readOptimizerState, writeAllWeights, writeOptimizerState } from './state.js'
import { countWeights, fromTensors, toTensors } from './weights.js'

/** Options of `save`. */
export interface SaveOptions {
  /** Whether to save the optimizer's state, so that training can continue without a difference; true by default. */
  includeOptimizer?: boolean | undefined
}

/** Options of `load`. */
export interface LoadOptions {
  /** Replaces the saved rate. A rate that was a function is not in the file: pass it here to train further. */
  learningRate?: LearningRateLike | undefined
  /** Metrics that are functions, which are not in the file. */
  metrics?: readonly MetricFunction[] | undefined
}

export const saveOptionKeys = optionKeys<SaveOptions>({ includeOptimizer: true })
export const loadOptionKeys = optionKeys<LoadOptions>({ learningRate: true, metrics: true })

/** Writes a model to a file: `Sequential.save`. @throws ArgumentError; MlpError ERR_BUSY, ERR_DISPOSED. */
export async function saveModel(core: Core, path: string, options: SaveOptions): Promise<void> {
  checkString(path, 'path')
  await writeFileAtomic(path, modelFileParts(await core.reading(readState(core, options, 'save()'))))
}

/** The bytes of a model's file. @throws ArgumentError; MlpError ERR_BUSY, ERR_DISPOSED. */
export function encodeModel(core: Core, options: SaveOptions, call: string): Uint8Array {
  return encodeModelFile(runNow(readState(core, options, call)))
}

/** Copies of all that a file holds. */
function* readState(core: Core, options: SaveOptions, call: string): Work<ModelFile> {
  checkOptions(options, call, saveOptionKeys)
  const withOptimizer = checkBoolean(options.includeOptimizer ?? true, 'includeOptimizer') && core.compiled
  if (withOptimizer) core.checkAtRest('save the optimizer')
  core.checkAlive()
  const { spec, epochs } = core
  const compiled = core.compiled && withRate(core.compiled, core.learningRate)
  const optimizer = withOptimizer ? yield* readOptimizerState(core.native, countWeights(core)) : undefined
  const tensors = yield* toTensors(core, !withOptimizer && core.compiled !== undefined)
  return { spec, tensors, compiled, optimizer, epochs }
}

/**
 * Reads a file that `saveModel` wrote, or its bytes.
 * @param name the file in messages.
 * @throws FormatError, ArgumentError.
 */
export async function readSaved(source: string | Uint8Array, name: string, options: LoadOptions): Promise<ModelFile> {
  checkOptions(options, 'load()', loadOptionKeys)
  const metrics = options.metrics && readFunctions(options.metrics)
  const learningRate = options.learningRate === undefined ? undefined : readRate(options.learningRate, 'learningRate')
  const bytes = typeof source === 'string' ? await readWholeFile(source) : source
  return runSoon(decodeModelFile(bytes, name, { learningRate, metrics }), {})
}

/** @throws ArgumentError for metrics that are not functions. */
function readFunctions(metrics: unknown): MetricFunction[] {
  return readMetricList(metrics, 'metrics').map((metric, i) => {
    if (typeof metric === 'function') return metric
    throw invalid(`metrics[${i}]`, 'a function, since a file holds names', metric)
  })
}

/**
 * Restores weights, compile options and optimizer state in a new model of the file's spec.
 * @throws FormatError that names the file; the model is disposed.
 */
export function* restore(core: Core, { tensors, compiled, optimizer, epochs }: ModelFile, path: string): Work<void> {
  try {
    yield* writeAllWeights(core.native, yield* fromTensors(tensors, core))
    if (compiled) core.compile(compiled, true)
    if (optimizer) yield* writeOptimizerState(core.native, optimizer)
  } catch (error) {
    core.dispose()
    throw toLoadError(error, path)
  }
  core.steps = optimizer?.steps ?? 0
  core.epochs = epochs
}

/** @throws FormatError for text that is not JSON. */
export function parseModelJson(text: string): ModelSpec {
  try {
    return JSON.parse(text) as ModelSpec
  } catch (cause) {
    throw new FormatError(`Expected a model as JSON, but ${(cause as Error).message}.`, { cause })
  }
}
