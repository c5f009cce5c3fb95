import { runNow, type Work } from '../base/breathing.js'
import { invalid, mismatch } from '../base/check.js'
import { copyInSteps, isFlatRow, Matrix, type MatrixLike, type NumberTable, toTable } from '../base/matrix.js'
import type { Tensor } from '../files/safetensors.js'
import type { NativeTensor } from '../native/model.js'
import { type ModelSpec, tensorsOf } from '../spec/model.js'
import type { Core } from './core.js'
import { readAllWeights } from './state.js'

/** One tensor of weights; a bias may be one flat row. */
export type WeightLike = MatrixLike | readonly number[]

/** The name of a tensor in files and messages: `dense.kernel`. */
export function tensorName({ layer, name }: NativeTensor, spec: ModelSpec): string {
  return `${spec.layers[layer]!.name}.${name}`
}

/** A view of the numbers of one tensor in the flat vector of all weights. */
export function tensorView(flat: Float32Array, { offset, rows, columns }: NativeTensor): Float32Array {
  return flat.subarray(offset, offset + rows * columns)
}

/** The key of a method that copies all weights in steps, as they are at one moment. */
export const weightsInSteps = Symbol('perceptra.weightsInSteps')

/** Copies of all weights. `averaged` (at rest only): the weights that the current run would install at its end. */
export function readWeights(core: Core, averaged = false): Matrix[] {
  return runNow(readWeightsInSteps(core, averaged))
}

export function* readWeightsInSteps(core: Core, averaged = false): Work<Matrix[]> {
  const flat = yield* readAllWeights(core.native, countWeights(core), averaged)
  const weights: Matrix[] = []
  for (const tensor of core.tensors) {
    const view = tensorView(flat, tensor)
    weights.push(new Matrix(yield* copyInSteps(view, new Float32Array(view.length)), tensor.rows, tensor.columns))
  }
  return weights
}

/** All weights as named tensors for a file, where a bias has one dimension. */
export function* toTensors(core: Core, averaged = false): Work<Map<string, Tensor>> {
  const flat = yield* readAllWeights(core.native, countWeights(core), averaged)
  return new Map(
    tensorsOf(core.spec).map(({ key, shape }, i) => {
      const data = tensorView(flat, core.tensors[i]!) as Float32Array<ArrayBuffer>
      return [key, { dtype: 'F32', shape: [...shape], data }]
    }),
  )
}

/** Copies named tensors into one flat vector. */
export function* fromTensors(tensors: ReadonlyMap<string, Tensor>, core: Core): Work<Float32Array> {
  const flat = new Float32Array(countWeights(core))
  for (const tensor of core.tensors) {
    const { data } = tensors.get(tensorName(tensor, core.spec))!
    yield* copyInSteps(data as Float32Array, tensorView(flat, tensor))
  }
  return flat
}

/**
 * Sets the weights of all layers or of one, in the order of getWeights.
 * @throws as copyInto does; MlpError ERR_BUSY, ERR_DISPOSED.
 */
export function writeWeights(core: Core, weights: readonly WeightLike[], layer?: number): void {
  core.checkIdle('set weights')
  const ofAll = layer === undefined
  const tensors = ofAll ? core.tensors : core.tensors.filter((tensor) => tensor.layer === layer)
  const flat = ofAll ? new Float32Array(countWeights(core)) : core.native.getWeights()
  copyInto(flat, weights, tensors, core.spec)
  core.native.setWeights(flat)
}

/** The number of weights in all tensors. */
export function countWeights({ tensors }: Core): number {
  return tensors.reduce((sum, { rows, columns }) => sum + rows * columns, 0)
}

/**
 * Copies tensors to their places in the flat vector of all weights.
 * @throws ArgumentError that names the tensor whose shape or number is wrong.
 */
function copyInto(
  flat: Float32Array,
  weights: readonly WeightLike[],
  tensors: readonly NativeTensor[],
  spec: ModelSpec,
): void {
  const names = tensors.map((tensor) => tensorName(tensor, spec))
  if (!Array.isArray(weights) || weights.length !== tensors.length) {
    const list = names.length > 0 ? ` (${names.join(', ')})` : ''
    throw invalid('weights', `an array of ${tensors.length} tensors${list}`, weights)
  }
  for (const [i, tensor] of tensors.entries()) {
    const table = toTable(asTable(weights[i], tensor), names[i]!, tensor.columns)
    if (table.rows !== tensor.rows) throw mismatch(names[i]!, `${tensor.rows} rows`, `${table.rows} rows`)
    if (tensor.name === 'movingVariance') checkVariance(table, names[i]!)
    tensorView(flat, tensor).set(table.data)
  }
}

function checkVariance({ data }: NumberTable, name: string): void {
  const wrong = data.findIndex((value) => value < 0)
  if (wrong >= 0) throw invalid(`number ${wrong} of ${name}`, 'a variance of at least 0', data[wrong])
}

function asTable(value: WeightLike, { rows }: NativeTensor): MatrixLike {
  return rows === 1 && isFlatRow(value) ? [value as readonly number[]] : (value as MatrixLike)
}
