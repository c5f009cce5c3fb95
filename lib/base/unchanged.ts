import { runSoon, type Work } from './breathing.js'
import { ArgumentError } from './errors.js'
import { isNumberArray, Matrix } from './matrix.js'

/** An array that an asynchronous method reads, and its name in messages. */
export type Source = readonly [name: string, array: unknown]

/** What arrays must not be changed before, for messages. */
export const untilSettled = 'before the promise settles'

/**
 * Reads arrays: small ones at once, large ones in slices between turns of the event loop.
 * @param until what they must not be changed before: `untilSettled`.
 * @throws ArgumentError for an array that was transferred or changed its length meanwhile.
 */
export function readInSteps<R>(
  work: Work<R>,
  sources: readonly Source[],
  until: string,
  signal?: AbortSignal,
): R | Promise<R> {
  return runSoon(work, { signal, check: unchanged(sources, until) })
}

/** A function that throws ArgumentError where an array no longer has the length that it has now. */
export function unchanged(sources: readonly Source[], until: string): () => void {
  const lengths = sources.map(([, array]) => lengthOf(array))
  return () => {
    for (const [i, [name, array]] of sources.entries()) {
      const length = lengthOf(array)
      if (length === lengths[i]) continue
      throw new ArgumentError(
        `Expected no change of ${name} ${until}, but its length changed from ${lengths[i]} to ${length}` +
          `${length === 0 ? ': was it transferred to another thread?' : '.'} Pass a copy.`,
      )
    }
  }
}

function lengthOf(array: unknown): number | undefined {
  if (array instanceof Matrix) return array.data.length
  return Array.isArray(array) || isNumberArray(array) ? array.length : undefined
}
