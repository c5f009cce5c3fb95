import { runBreathing, type Work } from '../../../base/breathing.js'
import { ArgumentError } from '../../../base/errors.js'
import type { Matrix } from '../../../base/matrix.js'
import { writeFileAtomic } from '../../../files/atomic-write.js'
import { joinInSteps, sizeOfParts } from '../../../files/parts.js'
import { weightsInSteps } from '../../../network/weights.js'
import { Sequential } from '../../../sequential.js'
import { fileParts } from './encode.js'
import { largestFile, moveOutside } from './external.js'
import { Graph } from './graph.js'
import { type ModelOptions, writeModel } from './model.js'

/** The options of `toOnnx`, checked. */
export interface ExportOptions extends ModelOptions {
  readonly path: string | undefined
  readonly externalData: boolean | undefined
  readonly signal: AbortSignal | undefined
}

/** The bytes of the ONNX file of a model; with a path they are written there too. */
export async function exportModel(model: object, options: ExportOptions): Promise<Uint8Array> {
  const { path, signal } = options
  const weights = model instanceof Sequential ? await model[weightsInSteps]() : []
  const { file, data } = await runBreathing(write(model, options, weights), signal)
  if (path === undefined) return file
  // The data first: a reader that finds the file finds its data.
  if (data) await writeFileAtomic(`${path}.data`, data)
  await writeFileAtomic(path, file)
  return file
}

function* write(
  model: object,
  options: ExportOptions,
  weights: readonly Matrix[],
): Work<{ file: Uint8Array; data: readonly Uint8Array[] | undefined }> {
  const graph = new Graph()
  yield
  writeModel(graph, model, options, weights)
  yield
  const name = (model as { name?: unknown }).name
  const parts = () => fileParts(graph, typeof name === 'string' && name !== '' ? name : 'perceptra')
  const isLarge = sizeOfParts(graph.constants.map(({ bytes }) => bytes ?? new Uint8Array(0))) > largestFile
  if (!(options.externalData ?? isLarge)) return { file: yield* joinInSteps(parts()), data: undefined }
  if (options.path === undefined) {
    throw new ArgumentError(
      'Expected a path for a file whose weights are in a second file (those above 2 GB have to be). Pass { path }.',
    )
  }
  const data = moveOutside(graph, options.path)
  return { file: yield* joinInSteps(parts()), data }
}

export { isCalibration } from './calibration.js'
