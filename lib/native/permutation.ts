import type { Work } from '../base/breathing.js'
import { native } from './addon.js'

/** Places that are filled in one step, which takes some tenths of a millisecond. */
const placesInStep = 1 << 14

/** The numbers from 0 to count - 1, shuffled by the seed and the stream. */
export function* permutationInSteps(count: number, seed: number, stream: number): Work<Uint32Array<ArrayBuffer>> {
  const order = new Uint32Array(count)
  for (let i = 0; i < count; i++) {
    if (i % placesInStep === 0) yield
    order[i] = i
  }
  let position = 0
  for (let end = count; end > 0; end -= placesInStep) {
    position = native().permutePart(order, seed, stream, Math.max(0, end - placesInStep), end, position)
    yield
  }
  return order
}
