import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { FormatError } from '../../base/errors.js'
import { writeFileAtomic } from '../../files/atomic-write.js'
import { readKind } from '../../files/read-kind.js'
import { readWholeFile } from '../../files/read-whole-file.js'
import { decodeSafetensors } from '../../files/safetensors.js'
import {
  fromBrain,
  fromKeras,
  fromOnnx,
  fromPytorch,
  fromSklearn,
  fromTfjs,
  toOnnx,
  toPytorch,
  toSource,
} from '../../interchange/index.js'
import { load } from '../../load.js'
import type { Sequential } from '../../sequential.js'
import { UsageError } from '../terminal/failure.js'
import { size } from '../terminal/numbers.js'
import { checkFolders } from '../terminal/out-folder.js'
import { type CommonOptions, Output } from '../terminal/output.js'

/** Options of `convert`. */
export interface ConvertOptions extends CommonOptions {
  readonly from?: string
  readonly to?: string
  readonly activation?: string
  readonly outputActivation?: string
}

/** A model in memory, whose methods depend on its kind. */
type Read = Record<string, unknown>

type Reader = (path: string, options: ConvertOptions) => Promise<unknown>

/** Readers by format. */
const readers: Readonly<Record<string, Reader>> = {
  perceptra: (path) => load(path),
  onnx: (path) => fromOnnx(path),
  keras: (path) => fromKeras(path),
  tfjs: (path) => fromTfjs(path),
  sklearn: (path) => fromSklearn(path),
  brain: (path) => fromBrain(path),
  pytorch: async (path, { activation, outputActivation }) => {
    if (activation === undefined) {
      // A broken file of any library has another error.
      decodeSafetensors(await readWholeFile(path), path)
      throw new UsageError(
        `${path} has tensors and no activations: give --activation, such as relu, and perhaps --output-activation.`,
      )
    }
    return fromPytorch(path, {
      activation: activation as never,
      ...(outputActivation !== undefined && { outputActivation: outputActivation as never }),
    })
  },
}

/** Writers by format: they give the bytes of the file. */
const writers: Readonly<Record<string, (model: Read, out: string) => Promise<Uint8Array>>> = {
  perceptra: async (model) => bytesOf(model),
  onnx: (model, out) => toOnnx(model as never, { path: out }),
  source: async (model) => new TextEncoder().encode(toSource(model)),
  pytorch: async (model) => toPytorch(model as unknown as Sequential),
}

/** Formats by the ending of a file, for reading and for writing. */
const endings = {
  read: {
    '.safetensors': 'perceptra',
    '.onnx': 'onnx',
    '.keras': 'keras',
    '.h5': 'keras',
    '.hdf5': 'keras',
    '.json': 'json',
  },
  write: { '.safetensors': 'perceptra', '.onnx': 'onnx', '.mjs': 'source', '.js': 'source' },
} as const

/** Reads a model of one format and writes it in another one. */
export async function convert(path: string, out: string, options: ConvertOptions): Promise<number> {
  const output = new Output(options)
  const to = chosen(options.to, '--to', writers) ?? formatOf(out, endings.write, '--to', writers)
  const given = chosen(options.from, '--from', readers) ?? formatOf(path, endings.read, '--from', readers)
  const from =
    given === 'json'
      ? await kindOfJson(path)
      : given === 'perceptra' && options.from === undefined
        ? await kindOfSafetensors(path)
        : given
  await checkFolders(out)
  const model = (await readers[from]!(path, options)) as Read
  const bytes = await writers[to]!(model, out)
  // toOnnx writes the file, and another one beside it for large weights.
  if (to !== 'onnx') await writeFileAtomic(out, bytes)
  const kind = (model as object).constructor.name
  output.result({ from, to, in: path, out, kind, bytes: bytes.length })
  output.line(`Read ${path} (${from}) as a ${kind}, wrote ${out} (${to}, ${size(bytes.length)}).`)
  return 0
}

function chosen(format: string | undefined, option: string, table: object): string | undefined {
  if (format === undefined || Object.hasOwn(table, format)) return format
  throw new UsageError(`Expected one of ${Object.keys(table).join(', ')} for ${option}, but got ${format}.`)
}

function formatOf(path: string, table: Readonly<Record<string, string>>, option: string, all: object): string {
  const ending = extname(path).toLowerCase()
  if (Object.hasOwn(table, ending)) return table[ending]!
  throw new UsageError(
    `${path}: expected a name that ends in ${Object.keys(table).join(', ')}, or ${option} with one of ${Object.keys(all).join(', ')}.`,
  )
}

/** Which library wrote a JSON file. */
async function kindOfJson(path: string): Promise<string> {
  let json: unknown
  try {
    json = JSON.parse(await readFile(path, 'utf8'))
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause
    throw new FormatError(`${path} is not JSON: ${cause.message}.`, { cause })
  }
  const keys = Object(json) as Record<string, unknown>
  if ('modelTopology' in keys) return 'tfjs'
  if ('class' in keys && 'params' in keys) return 'sklearn'
  if ('layers' in keys || 'sizes' in keys) return 'brain'
  throw new FormatError(`${path} is no model of TensorFlow.js, scikit-learn or brain.js that this command knows.`)
}

async function kindOfSafetensors(path: string): Promise<string> {
  return (await readKind(path)) === undefined ? 'pytorch' : 'perceptra'
}

function bytesOf(model: Read): Uint8Array {
  if (typeof model.toBytes === 'function') return (model.toBytes as () => Uint8Array)()
  throw new UsageError(
    `A ${(model as object).constructor.name} alone has no file of this package: put it into a pipeline, or write .onnx or .mjs.`,
  )
}
