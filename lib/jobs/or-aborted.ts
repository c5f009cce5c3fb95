/** A result, or the reason of the signal where that comes first: commands wait for Redis, however long it is away. */
export async function orAborted<R>(result: Promise<R>, signal: AbortSignal): Promise<R> {
  // It may reject when nobody waits any more: Redis is disconnected at the end.
  result.catch(() => {})
  signal.throwIfAborted()
  let abort = () => {}
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason as Error)
  })
  signal.addEventListener('abort', abort)
  try {
    return await Promise.race([result, aborted])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
