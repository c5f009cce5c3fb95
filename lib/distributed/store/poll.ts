import { missing } from './store.js'

/** Milliseconds between two looks at a store that does not tell: at first, and at most. */
const [firstMs, mostMs] = [10, 250]

/**
 * Looks until there is a value.
 * @param where the store, for the message.
 * @throws MlpError ERR_GROUP_LOST after `timeout` seconds; the signal's reason.
 */
export async function poll<T>(
  look: () => Promise<T | undefined>,
  key: string,
  timeout: number,
  where: string,
  signal: AbortSignal | undefined,
): Promise<T> {
  const deadline = performance.now() + timeout * 1000
  for (let waitMs = firstMs; ; waitMs = Math.min(waitMs * 1.5, mostMs)) {
    signal?.throwIfAborted()
    const value = await look()
    if (value !== undefined) return value
    const leftMs = deadline - performance.now()
    if (leftMs <= 0) throw missing(key, timeout, where)
    await new Promise((resolve) => setTimeout(resolve, Math.min(waitMs, leftMs)))
  }
}
