import type { Work } from '../base/breathing.js'
import type { Cells } from './cells.js'

/** Numbers to sort in one step, which takes a few milliseconds. */
const block = 1 << 15

/**
 * The present numbers of a column, sorted: blocks by the engine's sort, then merged in pairs.
 * @param sample the rows to read; all by default.
 */
export function* sortedColumn({ data, rows, columns }: Cells, j: number, sample?: Uint32Array): Work<Float64Array> {
  const length = sample ? sample.length : rows
  const values = new Float64Array(length)
  let count = 0
  for (let i = 0; i < length; i++) {
    const value = data[(sample ? sample[i]! : i) * columns + j]!
    if (!Number.isNaN(value)) values[count++] = value
    if (i % block === block - 1) yield
  }
  const sorted = values.subarray(0, count)
  for (let begin = 0; begin < count; begin += block) {
    sorted.subarray(begin, begin + block).sort()
    yield
  }
  return count <= block ? sorted : yield* mergeBlocks(sorted)
}

function* mergeBlocks(sorted: Float64Array): Work<Float64Array> {
  const { length } = sorted
  let [from, to]: [Float64Array, Float64Array] = [sorted, new Float64Array(length)]
  for (let width = block; width < length; width *= 2) {
    for (let begin = 0; begin < length; begin += 2 * width) {
      const [middle, end] = [Math.min(begin + width, length), Math.min(begin + 2 * width, length)]
      let [a, b] = [begin, middle]
      for (let k = begin; k < end; k++) {
        to[k] = b >= end || (a < middle && from[a]! <= from[b]!) ? from[a++]! : from[b++]!
        if (k % block === block - 1) yield
      }
    }
    ;[from, to] = [to, from]
  }
  return from
}
