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
import { decodeModelFile, encodeModelFile, type ModelFile, toLoadError } from './model-file.js'
import { fromTensors, toTensors } from './weights.js'

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
  await writeFileAtomic(path, encodeModel(core, options, 'save()'))
}

/** The bytes of a model's file. @throws ArgumentError; MlpError ERR_BUSY, ERR_DISPOSED. */
export function encodeModel(core: Core, options: SaveOptions, call: string): Uint8Array {
  checkOptions(options, call, saveOptionKeys)
  const withOptimizer = checkBoolean(options.includeOptimizer ?? true, 'includeOptimizer') && core.compiled
  if (withOptimizer) core.checkAtRest('save the optimizer')
  core.checkAlive()
  const { spec, epochs } = core
  const compiled = core.compiled && withRate(core.compiled, core.learningRate)
  const optimizer = withOptimizer ? core.native.getOptimizerState() : undefined
  const tensors = toTensors(core, !withOptimizer && core.compiled !== undefined)
  return encodeModelFile({ spec, tensors, compiled, optimizer, epochs })
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
  return decodeModelFile(typeof source === 'string' ? await readWholeFile(source) : source, name, {
    learningRate,
    metrics,
  })
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
export function restore(core: Core, { tensors, compiled, optimizer, epochs }: ModelFile, path: string): void {
  try {
    const flat = fromTensors(tensors, core)
    core.native.setWeights(flat)
    if (compiled) core.compile(compiled, true)
    if (optimizer) core.native.setOptimizerState(optimizer)
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
