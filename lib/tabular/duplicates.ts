import { rowBlocks, type Work } from '../base/breathing.js'
import { tag } from './cell-column.js'
import type { CellTable } from './read-rows.js'

/**
 * The number of rows that are equal to an earlier one in all columns. Rows are compared by a hash of 53 bits: among a million
 * different rows two have the same with a probability of 6e-5.
 */
export function* countDuplicates({ rows, columns }: CellTable): Work<number> {
  const [low, high] = [new Uint32Array(rows).fill(0x811c9dc5), new Uint32Array(rows).fill(0x9e3779b9)]
  const number = new Float64Array(1)
  const bits = new Uint32Array(number.buffer)
  for (const { tags, numbers, codes } of columns.values()) {
    yield* rowBlocks(rows, 4, (begin, end) => {
      for (let i = begin; i < end; i++) {
        const kind = tags[i]!
        number[0] = kind === tag.word ? codes![i]! : kind === tag.missing ? 0 : numbers[i]! + 0
        low[i] = mix(mix(low[i]! ^ kind, 0x85ebca6b) ^ bits[0]!, 0xc2b2ae35) ^ bits[1]!
        high[i] = mix(mix(high[i]! ^ bits[1]!, 0x27d4eb2f) ^ kind, 0x165667b1) ^ bits[0]!
      }
    })
  }
  const seen = new Set<number>()
  yield* rowBlocks(rows, 8, (begin, end) => {
    for (let i = begin; i < end; i++) seen.add(mix(low[i]!, 0x85ebca6b) * 2 ** 21 + (mix(high[i]!, 0xc2b2ae35) >>> 11))
  })
  return rows - seen.size
}

/** Multiplies and folds, as the last steps of MurmurHash3 do. */
function mix(hash: number, factor: number): number {
  const product = Math.imul(hash ^ (hash >>> 16), factor)
  return (product ^ (product >>> 13)) >>> 0
}
