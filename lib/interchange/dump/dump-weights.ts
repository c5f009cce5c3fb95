import { rowBlocks, runBreathing, type Work } from '../../base/breathing.js'
import { checkOneOf, checkOptions, invalid, optionKeys } from '../../base/check.js'
import { ArgumentError } from '../../base/errors.js'
import type { MatrixLike } from '../../base/matrix.js'
import { encodeMetadata, metadataKey } from '../../files/metadata.js'
import { decodeSafetensors, encodeSafetensors } from '../../files/safetensors.js'
import { Sequential } from '../../sequential.js'
import { type DumpFormat, restoreTensors, roundTensors } from './rounded.js'

/** Options of `dumpWeights`. */
export interface DumpOptions {
  /** `'float16'` takes half the bytes of float32, `'int8'` about a quarter: each output of a kernel (rows, columns) has a factor of its own, and tensors of another rank stay float32. */
  format: DumpFormat
  /** Rows to measure with what rounding changes: those that the network will see. */
  x: MatrixLike
  /** Their targets, as `evaluate` takes them: then the loss of a compiled network is measured too. */
  y?: unknown
}

/** A dump, and what rounding changed. */
export interface WeightDump {
  /** A safetensors file, which `fromDump` and Python's library read. */
  readonly bytes: Uint8Array
  /** How far the outputs for the rows are from those before: the largest difference and the mean of all. */
  readonly change: { readonly largest: number; readonly mean: number }
  /** The loss for the rows before rounding and after, where `y` is given. */
  readonly loss: { readonly before: number; readonly after: number } | undefined
}

export const dumpKind = 'WeightDump'

const keys = optionKeys<DumpOptions>({ format: true, x: true, y: true })

/**
 * Rounds the weights of a network to float16 or int8, writes them as a safetensors file, and measures what that changes. The file
 * has the layers too, and no optimizer. In int8 `kernel` has bytes and `kernel.scale` a factor for each output; tensors of another rank stay
 * float32. The network itself is not changed.
 * @param options x, (rows, inputs).
 * @throws ArgumentError for anything but a Sequential, wrong options or rows, or a weight beyond 65,504 with float16.
 * @example
 * const { test } = datasets.digits()
 * const { bytes, change, loss } = await dumpWeights(model, { format: 'int8', x: test.x, y: test.y })
 * const small = await fromDump(bytes)
 */
export async function dumpWeights(model: Sequential, options: DumpOptions): Promise<WeightDump> {
  if (!(model instanceof Sequential)) throw invalid('model', 'a Sequential', model)
  checkOptions(options, 'dumpWeights()', keys)
  const format = checkOneOf(options.format, 'format', ['float16', 'int8'] as const)
  const { x, y } = options
  if (x === undefined) throw invalid('x', 'rows to measure with', x)
  // A copy, so that the network may train on meanwhile.
  const whole = model.toBytes()
  const { tensors } = decodeSafetensors(model.toBytes({ includeOptimizer: false }), 'The network')
  const rounded = await runBreathing(roundTensors(tensors, format), undefined)
  const bytes = encodeSafetensors(rounded, encodeMetadata(dumpKind, { network: model.toJSON() }))
  const [before, after] = await Promise.all([Sequential.load(whole), withTensors(whole, restoreTensors(rounded))])
  try {
    const [a, b] = [(await before.predict(x)).data, (await after.predict(x)).data]
    if (a.length === 0) throw new ArgumentError('Expected at least one row in x to measure with, but got none.')
    const losses = y === undefined ? undefined : [await lossOf(before, x, y), await lossOf(after, x, y)]
    return {
      bytes,
      change: await runBreathing(changeOf(a, b), undefined),
      loss: losses && { before: losses[0]!, after: losses[1]! },
    }
  } finally {
    before.dispose()
    after.dispose()
  }
}

/** The network of a file with other weights. */
async function withTensors(whole: Uint8Array, weights: ReturnType<typeof restoreTensors>): Promise<Sequential> {
  const { tensors, metadata } = decodeSafetensors(whole, 'The network')
  for (const [name, tensor] of weights) tensors.set(name, tensor)
  return Sequential.load(encodeSafetensors(tensors, { [metadataKey]: metadata[metadataKey]! }))
}

async function lossOf(model: Sequential, x: MatrixLike, y: unknown): Promise<number> {
  return ((await model.evaluate(x, y as MatrixLike)) as { loss: number }).loss
}

function* changeOf(a: Float32Array, b: Float32Array): Work<WeightDump['change']> {
  let [largest, sum] = [0, 0]
  yield* rowBlocks(a.length, 1, (begin, end) => {
    for (let k = begin; k < end; k++) {
      const size = Math.abs(a[k]! - b[k]!)
      largest = Math.max(largest, size)
      sum += size
    }
  })
  return { largest, mean: sum / a.length }
}
