import { rowBlocks, type Work } from '../../base/breathing.js'
import { ArgumentError } from '../../base/errors.js'
import type { Tensor } from '../../files/safetensors.js'
import { fromHalf, largestHalf, toHalf } from '../half.js'

/** The number format of a dump. */
export type DumpFormat = 'float16' | 'int8'

/** The largest whole number of int8 whose negative is one too. */
const largestByte = 127

/** The end of the name of the factors that belong to a tensor of int8. */
export const scaleEnd = '.scale'

/**
 * Tensors of float32 in another format: in float16 all of them; in int8 those of two dimensions, each output with a factor of its
 * own, in float32 beside it, so that weights are byte times factor. Rounded to the nearest.
 * @throws ArgumentError for a weight beyond the range of float16.
 */
export function* roundTensors(tensors: ReadonlyMap<string, Tensor>, format: DumpFormat): Work<Map<string, Tensor>> {
  const rounded = new Map<string, Tensor>()
  for (const [name, tensor] of tensors) {
    const data = tensor.data as Float32Array
    if (format === 'float16') rounded.set(name, { ...tensor, dtype: 'F16', data: yield* halves(data, name) })
    else if (tensor.shape.length === 2) {
      const { bytes, scales } = yield* bytesOf(data, tensor.shape[1]!)
      rounded.set(name, { ...tensor, dtype: 'I8', data: bytes })
      rounded.set(name + scaleEnd, { dtype: 'F32', shape: [scales.length], data: scales })
    } else rounded.set(name, tensor)
  }
  return rounded
}

function* halves(data: Float32Array, name: string): Work<Uint16Array<ArrayBuffer>> {
  const rounded = new Uint16Array(data.length)
  yield* rowBlocks(data.length, 1, (begin, end) => {
    for (let k = begin; k < end; k++) {
      if (Math.abs(data[k]!) > largestHalf) {
        throw new ArgumentError(
          `Expected weights of at most ${largestHalf} in size for format: 'float16', but number ${k} of ${name} is ${data[k]}. Use 'int8'.`,
        )
      }
      rounded[k] = toHalf(data[k]!)
    }
  })
  return rounded
}

function* bytesOf(
  data: Float32Array,
  columns: number,
): Work<{ bytes: Int8Array<ArrayBuffer>; scales: Float32Array<ArrayBuffer> }> {
  const scales = new Float32Array(columns)
  const bytes = new Int8Array(data.length)
  yield* rowBlocks(data.length, 1, (begin, end) => {
    for (let k = begin; k < end; k++) scales[k % columns] = Math.max(scales[k % columns]!, Math.abs(data[k]!))
  })
  // The factor of 0 alone, or of numbers so small that float32 has no factor for them, which become 0.
  for (const [j, most] of scales.entries()) scales[j] = Math.fround(most / largestByte) === 0 ? 1 : most / largestByte
  yield* rowBlocks(data.length, 1, (begin, end) => {
    for (let k = begin; k < end; k++) {
      bytes[k] = Math.max(-largestByte, Math.min(largestByte, Math.round(data[k]! / scales[k % columns]!)))
    }
  })
  return { bytes, scales }
}

/**
 * The tensors of a dump in float32 again.
 * @throws ArgumentError for factors that do not fit their tensor, and for other number formats.
 */
export function restoreTensors(tensors: ReadonlyMap<string, Tensor>): Map<string, Tensor> {
  const restored = new Map<string, Tensor>()
  for (const [name, tensor] of tensors) {
    const { dtype, shape, data } = tensor
    const owner = name.endsWith(scaleEnd) ? tensors.get(name.slice(0, -scaleEnd.length)) : undefined
    if (owner?.dtype === 'I8') continue
    if (dtype === 'F32') restored.set(name, tensor)
    else if (dtype === 'F16') restored.set(name, { dtype: 'F32', shape, data: Float32Array.from(data, fromHalf) })
    else if (dtype === 'I8') restored.set(name, { dtype: 'F32', shape, data: fromBytes(name, tensor, tensors) })
    else throw new ArgumentError(`Expected F32, F16 or I8 for the tensor ${JSON.stringify(name)}, but got ${dtype}.`)
  }
  return restored
}

function fromBytes(name: string, { shape, data }: Tensor, tensors: ReadonlyMap<string, Tensor>) {
  const scale = tensors.get(name + scaleEnd)
  const columns = shape.at(-1) ?? 1
  if (scale?.dtype !== 'F32' || scale.data.length !== columns) {
    throw new ArgumentError(`Expected ${columns} numbers in F32 as ${JSON.stringify(name + scaleEnd)}.`)
  }
  const scales = scale.data
  return Float32Array.from(data as Int8Array, (byte, k) => byte * scales[k % columns]!)
}
