import { runNow, type Work } from '../base/breathing.js'

// Bytes in parts that follow each other, so that large ones are copied once.

/** Bytes copied in one step, which takes well below a millisecond. */
const bytesInStep = 1 << 20

/** The bytes of all parts together. */
export function sizeOfParts(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0)
}

/** Joins parts at once. */
export function joinParts(parts: readonly Uint8Array[]): Uint8Array {
  return runNow(joinInSteps(parts))
}

/** Joins parts in small steps. */
export function* joinInSteps(parts: readonly Uint8Array[]): Work<Uint8Array> {
  const whole = new Uint8Array(sizeOfParts(parts))
  let at = 0
  let sinceStep = 0
  for (const part of parts) {
    for (let begin = 0; begin < part.length; begin += bytesInStep) {
      const piece = part.subarray(begin, begin + bytesInStep)
      whole.set(piece, at)
      at += piece.length
      sinceStep += piece.length
      if (sinceStep < bytesInStep) continue
      sinceStep = 0
      yield
    }
  }
  return whole
}
