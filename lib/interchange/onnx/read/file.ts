import { runBreathing, type Work } from '../../../base/breathing.js'
import { readWholeFile } from '../../../files/read-whole-file.js'
import type { ModelProto } from '../proto/messages.js'
import { decodeModel } from './decode.js'
import { problem } from './problem.js'
import { scanModel } from './scan.js'

/** Opset of the first files that onnx's converters cannot be expected to have written. */
const newestOpset = 40

/** A decoded file, and where it lies. */
export interface OnnxFile {
  readonly model: ModelProto
  /** The name in messages. */
  readonly name: string
  /** The path, whose folder may have external data; undefined for bytes. */
  readonly path: string | undefined
}

/**
 * Reads the messages of a file.
 * @throws FormatError for anything that is not a model in ONNX's format; ArgumentError when the path cannot be opened.
 */
export async function readOnnxFile(source: string | Uint8Array): Promise<OnnxFile> {
  const path = typeof source === 'string' ? source : undefined
  const bytes = typeof source === 'string' ? await readWholeFile(source) : source
  const name = path ?? 'The file'
  return { model: await runBreathing(decode(bytes, name), undefined), name, path }
}

function* decode(bytes: Uint8Array, name: string): Work<ModelProto> {
  if (bytes.length === 0) throw problem(name, 'it is empty.')
  yield* scanModel(bytes, name)
  let model: ModelProto
  try {
    model = yield* decodeModel(bytes)
  } catch (cause) {
    throw problem(name, `${(cause as Error).message}.`, { cause })
  }
  if (!model.graph || model.opsetImport.length === 0) {
    throw problem(name, 'it has no graph or no operator set: it is no ONNX model.')
  }
  if (model.functions.length > 0) {
    throw problem(name, `it has functions of its own (${model.functions[0]!.name}). Inline them first.`)
  }
  const opset = model.opsetImport.find(({ domain }) => domain === '' || domain === 'ai.onnx')
  if (!opset || opset.version < 7n || opset.version > BigInt(newestOpset)) {
    const advice = 'In Python, onnx.version_converter.convert_version(model, 17) changes it.'
    throw problem(
      name,
      `its operator set is ${opset?.version ?? 'missing'}, but 7 to ${newestOpset} can be read. ${advice}`,
    )
  }
  return model
}
