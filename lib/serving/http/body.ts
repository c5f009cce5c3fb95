import { Problem } from '../problem.js'

export function tooLarge(limit: number): Problem {
  return new Problem(413, 'ERR_BODY_SIZE', `Expected a body of at most ${limit} bytes.`)
}

const decoder = new TextDecoder('utf-8', { fatal: true })

/** @throws Problem 400 for bytes that are no JSON. */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(bytes))
  } catch (error) {
    throw new Problem(400, 'ERR_JSON', `Expected JSON in the body: ${(error as Error).message}.`)
  }
}
