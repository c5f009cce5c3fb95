import { checkOptions, checkSignal, invalid, optionKeys } from '../base/check.js'
import { Sequential } from '../sequential.js'

/** Options of `toOnnx`. */
export interface ToOnnxOptions {
  /** Stops the export: the promise rejects with its reason. */
  signal?: AbortSignal | undefined
}

const keys = optionKeys<ToOnnxOptions>({ signal: true })

/**
 * Writes a model as an ONNX file, of opset 17. It works in steps between which the event loop runs.
 *
 * The graph has one input, `input` (rows, columns) in float32, and one output, `output` (rows, units).
 * @returns the bytes of the file.
 * @throws ArgumentError for any other model; MlpError ERR_DISPOSED; the signal's reason when it is aborted.
 * @example
 * const model = new Sequential({ layers: [layers.dense({ units: 1, activation: 'sigmoid', inputShape: [2] })] })
 * const bytes = await toOnnx(model)
 */
export async function toOnnx(model: Sequential, options: ToOnnxOptions = {}): Promise<Uint8Array> {
  if (!(model instanceof Sequential)) throw invalid('model', 'a Sequential', model)
  checkOptions(options, 'toOnnx()', keys)
  const signal = options.signal === undefined ? undefined : checkSignal(options.signal)
  const { exportNetwork } = await import('./onnx/write/export.js')
  return exportNetwork(model, signal)
}
