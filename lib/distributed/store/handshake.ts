import { createHmac, timingSafeEqual } from 'node:crypto'
import { invalid } from '../../base/check.js'

/** What the server says first: the name and version of the protocol. A random number follows. */
export const greeting = Buffer.from('perceptra-store-1\n')
export const nonceBytes = 32
export const proofBytes = 32

/** The fewest characters of a secret. */
const leastSecret = 16

/** @throws ArgumentError for anything but a string of 16 characters or more. */
export function checkSecret(value: unknown): string {
  if (typeof value === 'string' && value.length >= leastSecret) return value
  const actual = typeof value === 'string' ? `a string of ${value.length}` : value === undefined ? 'none' : typeof value
  throw invalid('secret', `a string of at least ${leastSecret} characters`, undefined, secretHint(actual))
}

const secretHint = (actual: string) =>
  `(It is ${actual}.) Give all ranks the same one: the option secret, or the variable PERCEPTRA_SECRET, e.g. of 'openssl rand -hex 32'.`

/**
 * Proves to the other side that this side knows the secret, for this connection alone: an HMAC of the random numbers of both. The
 * side is a part of it, so that a proof cannot be sent back.
 */
export function proofOf(secret: string, side: 'client' | 'server', server: Uint8Array, client: Uint8Array): Buffer {
  return createHmac('sha256', secret).update(`perceptra-store-1 ${side}`).update(server).update(client).digest()
}

/** In a time that does not depend on where the two differ. */
export function isProof(actual: Uint8Array, expected: Uint8Array): boolean {
  return actual.length === expected.length && timingSafeEqual(actual, expected)
}
