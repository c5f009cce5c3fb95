import { createHash, timingSafeEqual } from 'node:crypto'
import { Problem } from './problem.js'

/**
 * Checks the key of a request.
 * @param header a header, or metadata, by its name in lower case.
 * @throws Problem 401 where there are keys, and the request has none of them.
 */
export function authorize(
  keys: readonly string[] | undefined,
  header: (name: string) => string | null | undefined,
): void {
  if (!keys) return
  const bearer = /^Bearer (.+)$/i.exec(header('authorization') ?? '')?.[1]
  const key = header('x-api-key') ?? bearer
  if (key !== undefined && keys.map((known) => isSame(known, key)).includes(true)) return
  throw new Problem(
    401,
    'ERR_KEY',
    'Expected a valid key in a header, or metadata of gRPC: Authorization: Bearer KEY, or X-API-Key: KEY.',
  )
}

/** Compares in a time that does not depend on where they differ. */
function isSame(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(a), digest(b))
}
