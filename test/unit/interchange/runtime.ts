import { InferenceSession, Tensor } from 'onnxruntime-node'

/** The outputs of an ONNX file, as onnxruntime computes them. */
export type Outputs = Record<string, { dims: readonly number[]; data: ArrayLike<unknown> }>

/** A table of an input. */
export type Input = Float32Array | Float64Array | BigInt64Array | readonly string[]

/**
 * Runs an ONNX file by onnxruntime.
 * @param inputs the numbers of each input, row by row.
 */
export async function runOnnx(
  file: Uint8Array | string,
  inputs: Record<string, Input>,
  rows: number,
): Promise<Outputs> {
  const session = await InferenceSession.create(file as string, { logSeverityLevel: 3 })
  const feeds = Object.fromEntries(
    Object.entries(inputs).map(([name, data]) => [name, tensor(data, [rows, data.length / rows])]),
  )
  const outputs = (await session.run(feeds)) as unknown as Outputs
  await session.release()
  return outputs
}

function tensor(data: Input, dims: number[]): Tensor {
  if (data instanceof Float32Array) return new Tensor('float32', data, dims)
  if (data instanceof Float64Array) return new Tensor('float64', data, dims)
  if (data instanceof BigInt64Array) return new Tensor('int64', data, dims)
  return new Tensor('string', data as string[], dims)
}

/** The largest difference of two tables, relative to numbers above 1. */
export function distance(a: ArrayLike<unknown>, b: ArrayLike<unknown>): number {
  let most = a.length === b.length ? 0 : Infinity
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [Number(a[i]), Number(b[i])]
    if (Object.is(x, y)) continue
    const size = Math.abs(x - y) / Math.max(1, Math.abs(y))
    most = Number.isNaN(size) ? Infinity : Math.max(most, size)
  }
  return most
}
