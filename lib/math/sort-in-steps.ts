import type { Work } from '../base/breathing.js'

/** Entries to sort, or to merge, in one step, which takes a few milliseconds with words. */
const block = 1 << 12

/**
 * Sorts entries by `compare`, in place if they are few; equal ones keep their order, as in Array.prototype.sort. Blocks are
 * sorted by the engine, then merged in pairs.
 */
export function* sortInSteps<T>(entries: T[], compare: (a: T, b: T) => number): Work<T[]> {
  const { length } = entries
  if (length <= block) return entries.sort(compare)
  let from: T[] = []
  for (let begin = 0; begin < length; begin += block) {
    for (const entry of entries.slice(begin, begin + block).sort(compare)) from.push(entry)
    yield
  }
  for (let width = block; width < length; width *= 2) {
    const to: T[] = []
    for (let begin = 0; begin < length; begin += 2 * width) {
      const [middle, end] = [Math.min(begin + width, length), Math.min(begin + 2 * width, length)]
      let [a, b] = [begin, middle]
      while (to.length < end) {
        to.push(b >= end || (a < middle && compare(from[a]!, from[b]!) <= 0) ? from[a++]! : from[b++]!)
        if (to.length % block === 0) yield
      }
    }
    from = to
  }
  return from
}
