import { checkOptions, checkSeed, describe } from '../base/check.js'
import { FormatError, MlpError } from '../base/errors.js'
import { decodeMetadata, encodeMetadata } from '../files/metadata.js'
import { readWholeFile } from '../files/read-whole-file.js'
import { decodeSafetensors, type SafetensorsFile, safetensorsParts, type Tensor } from '../files/safetensors.js'
import { checkSource } from '../files/source.js'
import { type Definition, type ParametersOf, type ParameterTable, readParameters } from '../learning/parameters.js'

/** The content of a file: `params` are checked, `learned` and `tensors` are not. */
export interface EstimatorFile<T extends ParameterTable> {
  params: ParametersOf<T>
  learned: Record<string, unknown>
  tensors: Map<string, Tensor>
  seed: number
}

/**
 * An estimator as safetensors, in parts that follow each other: tensors by name, the rest as JSON in the metadata `perceptra`, with the name of the
 * definition as the kind. In parameters a Map becomes `{ entries: [[key, value], ...] }`, Infinity `{ infinity: true }`.
 */
export function estimatorFileParts<T extends ParameterTable>(
  { name, parameters }: Definition<T>,
  params: ParametersOf<T>,
  learned: object,
  tensors: Map<string, Tensor>,
): Uint8Array[] {
  const plain = Object.fromEntries(
    Object.entries(params).map(([key, value]) => {
      const { file } = parameters[key]!
      if (file) return [key, file.write(value)]
      if (value instanceof Map) return [key, { entries: [...value] }]
      return [key, value === Infinity ? { infinity: true } : value]
    }),
  )
  return safetensorsParts(tensors, encodeMetadata(name, { params: plain, learned }))
}

/**
 * Reads an estimator from a file or its bytes. Both are untrusted: parameters are checked as a constructor checks them, and
 * `restore` must check the rest.
 * @throws FormatError that names the file and what is wrong with it; ArgumentError when it cannot be opened.
 */
export async function loadEstimator<T extends ParameterTable, E>(
  source: string | Uint8Array,
  definition: Definition<T>,
  restore: (file: EstimatorFile<T>) => E | Promise<E>,
): Promise<E> {
  return restoreFrom(source, definition.name, ({ tensors, metadata }) =>
    restore(readFile(definition, metadata, tensors)),
  )
}

/**
 * Reads a safetensors file or its bytes, and restores a model from its untrusted content.
 * @param kind the name of the model's class, for messages.
 * @throws FormatError that names the file and what is wrong with it; ArgumentError when it cannot be opened.
 */
export async function restoreFrom<E>(
  source: string | Uint8Array,
  kind: string,
  restore: (content: SafetensorsFile) => E | Promise<E>,
): Promise<E> {
  const name = checkSource(source)
  const content = decodeSafetensors(typeof source === 'string' ? await readWholeFile(source) : source, name)
  try {
    return await restore(content)
  } catch (error) {
    if (!(error instanceof MlpError)) throw error
    throw new FormatError(`${name} does not hold a ${kind} that can be loaded: ${error.message}`, { cause: error })
  }
}

function readFile<T extends ParameterTable>(
  definition: Definition<T>,
  metadata: Record<string, string>,
  tensors: Map<string, Tensor>,
): EstimatorFile<T> {
  const { params, learned } = decodeMetadata(metadata, definition.name, ['params', 'learned'])
  checkOptions(params, 'params', Object.keys(definition.parameters))
  checkOptions(learned, 'learned', Object.keys(Object(learned)))
  for (const key of Object.keys(definition.parameters)) {
    if (!Object.hasOwn(params as object, key)) throw new FormatError(`The parameter ${key} is missing.`)
  }
  const { seed, ...rest } = learned as Record<string, unknown>
  return {
    params: readParameters(definition, paramsFromJson(params as object, definition.parameters), 'params'),
    learned: rest,
    tensors,
    seed: checkSeed(seed),
  }
}

/** Parameters from JSON: the inverse of what estimatorFileParts does with them. */
function paramsFromJson(params: object, parameters: ParameterTable): object {
  return Object.fromEntries(
    Object.entries(params).map(([key, value]) => {
      const { file } = parameters[key]!
      if (file) return [key, file.read(value, key)]
      if (isInfinity(value)) return [key, Infinity]
      const entries = isEntries(value) ? value.entries : undefined
      return [key, entries ? new Map(entries) : value]
    }),
  )
}

function isInfinity(value: unknown): boolean {
  return value !== null && typeof value === 'object' && (value as { infinity?: unknown }).infinity === true
}

function isEntries(value: unknown): value is { entries: [unknown, unknown][] } {
  const entries = value !== null && typeof value === 'object' && (value as { entries?: unknown }).entries
  return Array.isArray(entries) && entries.every((pair) => Array.isArray(pair) && pair.length === 2)
}

/**
 * The float64 tensor `name`, of the shape `shape` and with finite numbers.
 * @throws FormatError where it is missing, of another shape or type, or holds NaN or infinity.
 */
export function takeDoubles(tensors: Map<string, Tensor>, name: string, shape: readonly number[]): Float64Array {
  return take(tensors, name, shape, 'F64') as Float64Array
}

/** The float32 tensor `name`, likewise. */
export function takeFloats(tensors: Map<string, Tensor>, name: string, shape: readonly number[]): Float32Array {
  return take(tensors, name, shape, 'F32') as Float32Array
}

/** @throws FormatError for a tensor whose name is not in `names`. */
export function checkTensorNames(tensors: Map<string, Tensor>, names: Iterable<string>): void {
  const expected = new Set(names)
  for (const name of tensors.keys()) {
    if (!expected.has(name)) throw new FormatError(`The tensor ${describe(name)} belongs to nothing.`)
  }
}

function take(
  tensors: Map<string, Tensor>,
  name: string,
  shape: readonly number[],
  dtype: Tensor['dtype'],
): Tensor['data'] {
  const tensor = tensors.get(name)
  if (!tensor) throw new FormatError(`The tensor ${describe(name)} is missing.`)
  if (tensor.dtype !== dtype || `${tensor.shape}` !== `${shape}`) {
    const actual = `${tensor.dtype} [${tensor.shape}]`
    throw new FormatError(`Expected ${dtype} [${shape}] for the tensor ${describe(name)}, but got ${actual}.`)
  }
  const wrong = (tensor.data as Float64Array).findIndex((value) => !Number.isFinite(value))
  if (wrong !== -1) throw new FormatError(`Number ${wrong} of the tensor ${describe(name)} is ${tensor.data[wrong]}.`)
  return tensor.data
}
