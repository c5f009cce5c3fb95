import { checkBoolean, checkOptions, checkString, optionKeys } from '../base/check.js'
import { FormatError, MlpError } from '../base/errors.js'
import { writeFileAtomic } from '../files/atomic-write.js'
import { readWholeFile } from '../files/read-whole-file.js'
import { withRate } from '../spec/compile.js'
import { type LearningRate, readRate } from '../spec/rate.js'
import { type Core, callNative } from './core.js'
import { decodeModelFile, encodeModelFile, type ModelFile } from './model-file.js'
import { fromTensors, toTensors } from './weights.js'

/** What `save` takes. */
export interface SaveOptions {
  /** Whether the optimizer's state goes along, so that training can go on as if never stopped; true by default. */
  includeOptimizer?: boolean | undefined
}

/** What `load` takes. */
export interface LoadOptions {
  /** In place of the saved rate. A rate that was a function is not in the file: give it here to train on. */
  learningRate?: LearningRate | undefined
}

export const saveOptionKeys = optionKeys<SaveOptions>({ includeOptimizer: true })
export const loadOptionKeys = optionKeys<LoadOptions>({ learningRate: true })

/** Writes a model to a file: `Sequential.save`. */
export async function saveModel(core: Core, path: string, options: SaveOptions): Promise<void> {
  checkString(path, 'path')
  checkOptions(options, 'save()', saveOptionKeys)
  const withOptimizer = checkBoolean(options.includeOptimizer ?? true, 'includeOptimizer') && core.compiled
  if (withOptimizer) core.checkAtRest('save the optimizer')
  core.checkAlive()
  const { spec, epochs } = core
  const compiled = core.compiled && withRate(core.compiled, core.learningRate)
  const optimizer = withOptimizer ? callNative(() => core.native.getOptimizerState()) : undefined
  const tensors = toTensors(core, !withOptimizer && core.compiled !== undefined)
  await writeFileAtomic(path, encodeModelFile({ spec, tensors, compiled, optimizer, epochs }))
}

/** Reads what it wrote. */
export async function readSaved(path: string, options: LoadOptions): Promise<ModelFile> {
  checkString(path, 'path')
  checkOptions(options, 'load()', loadOptionKeys)
  const learningRate = options.learningRate === undefined ? undefined : readRate(options.learningRate, 'learningRate')
  return decodeModelFile(await readWholeFile(path), path, learningRate)
}

/**
 * Makes a fresh model of the file's spec the one that was saved.
 * @throws FormatError that names the file; the model is disposed.
 */
export function restore(core: Core, { tensors, compiled, optimizer, epochs }: ModelFile, path: string): void {
  try {
    const flat = fromTensors(tensors, core)
    callNative(() => core.native.setWeights(flat))
    if (compiled) core.compile(compiled)
    if (optimizer) callNative(() => core.native.setOptimizerState(optimizer))
  } catch (error) {
    core.dispose()
    if (!(error instanceof MlpError)) throw error
    throw new FormatError(`${path} does not hold a model that can be loaded: ${error.message}`, { cause: error })
  }
  core.steps = optimizer?.steps ?? 0
  core.epochs = epochs
}
