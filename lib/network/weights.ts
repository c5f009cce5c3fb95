import { invalid, mismatch } from '../base/check.js'
import { isFlatRow, Matrix, type MatrixLike, type NumberTable, toTable } from '../base/matrix.js'
import type { Tensor } from '../files/safetensors.js'
import type { NativeTensor } from '../native/model.js'
import type { ModelSpec } from '../spec/model.js'
import type { Core } from './core.js'

/** One tensor of weights; a bias may be one flat row. */
export type WeightLike = MatrixLike | readonly number[]

/** What a tensor is called in files and messages: `dense.kernel`. */
export function tensorName({ layer, name }: NativeTensor, spec: ModelSpec): string {
  return `${spec.layers[layer]!.name}.${name}`
}

/** The part of a flat vector that a tensor fills. */
export function partOf(flat: Float32Array, { offset, rows, columns }: NativeTensor): Float32Array {
  return flat.subarray(offset, offset + rows * columns)
}

/** All weights as matrices of their own memory; `averaged`, at rest: as the run under way would leave them. */
export function readWeights(core: Core, averaged = false): Matrix[] {
  const flat = core.native.getWeights(averaged)
  return core.tensors.map((tensor) => new Matrix(partOf(flat, tensor).slice(), tensor.rows, tensor.columns))
}

/** All weights as named tensors of a file; a bias has one dimension there. */
export function toTensors(core: Core, averaged = false): Map<string, Tensor> {
  const flat = core.native.getWeights(averaged)
  return new Map(
    core.tensors.map((tensor) => {
      const shape = isVector(tensor) ? [tensor.columns] : [tensor.rows, tensor.columns]
      const data = partOf(flat, tensor) as Float32Array<ArrayBuffer>
      return [tensorName(tensor, core.spec), { dtype: 'F32', shape, data }]
    }),
  )
}

/** A kernel of one row is a table still. */
function isVector({ name }: NativeTensor): boolean {
  return name !== 'kernel' && name !== 'embeddings'
}

/** Puts named tensors back into one flat vector. */
export function fromTensors(tensors: ReadonlyMap<string, Tensor>, core: Core): Float32Array {
  const flat = makeFlat(core)
  for (const tensor of core.tensors) {
    partOf(flat, tensor).set(tensors.get(tensorName(tensor, core.spec))!.data as Float32Array)
  }
  return flat
}

/**
 * Puts tensors, in the order of getWeights, into one flat vector.
 * @throws ArgumentError that names the tensor whose shape or number is wrong.
 */
export function flatten(weights: readonly WeightLike[], core: Core): Float32Array {
  const { tensors, spec } = core
  const names = tensors.map((tensor) => tensorName(tensor, spec))
  if (!Array.isArray(weights) || weights.length !== tensors.length) {
    throw invalid('weights', `an array of ${tensors.length} tensors (${names.join(', ')})`, weights)
  }
  const flat = makeFlat(core)
  for (const [i, tensor] of tensors.entries()) {
    const table = toTable(asTable(weights[i], tensor), names[i]!, tensor.columns)
    if (table.rows !== tensor.rows) throw mismatch(names[i]!, `${tensor.rows} rows`, `${table.rows} rows`)
    if (tensor.name === 'movingVariance') checkVariance(table, names[i]!)
    partOf(flat, tensor).set(table.data)
  }
  return flat
}

function checkVariance({ data }: NumberTable, name: string): void {
  const wrong = data.findIndex((value) => value < 0)
  if (wrong >= 0) throw invalid(`number ${wrong} of ${name}`, 'a variance of at least 0', data[wrong])
}

function makeFlat({ tensors }: Core): Float32Array {
  return new Float32Array(tensors.reduce((sum, { rows, columns }) => sum + rows * columns, 0))
}

function asTable(value: WeightLike, { rows }: NativeTensor): MatrixLike {
  return rows === 1 && isFlatRow(value) ? [value as readonly number[]] : (value as MatrixLike)
}
