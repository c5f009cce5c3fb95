import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { layers, Sequential } from '../../../lib/index.js'
import { fromOnnx, toOnnx } from '../../../lib/interchange/index.js'

// So large that the import takes several turns of the event loop.
const side = 1000
const model = new Sequential({ layers: [layers.dense({ units: side, inputShape: [side] })], seed: 1 })
const file = await toOnnx(model)
const weights = new Uint8Array(model.getWeights()[0]!.data.buffer)

/** The bytes of the file, at a place of a buffer that is theirs. */
function bytesAt(offset: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(offset + file.length).subarray(offset)
  bytes.set(file)
  return bytes
}

const changes: [string, (bytes: Uint8Array<ArrayBuffer>) => unknown][] = [
  ['transferred', ({ buffer }) => structuredClone(buffer, { transfer: [buffer] })],
  ['rewritten', (bytes) => bytes.fill(0)],
]

describe.each(changes)(
  'fromOnnx reads weights of bytes that are %s after some turns of the event loop',
  (_, change) => {
    it.each([0, 1, 2, 3])('at offset %i', async (offset) => {
      for (const turns of [0, 3, 9]) {
        const bytes = bytesAt(offset)
        const promise = fromOnnx<Sequential>(bytes)
        for (let turn = 0; turn < turns; turn++) await setImmediate()
        change(bytes)
        const read = await promise
        expect(Buffer.compare(new Uint8Array(read.getWeights()[0]!.data.buffer), weights)).toBe(0)
        read.dispose()
      }
    })
  },
)

it('fromOnnx refuses bytes that are transferred while they are copied', async () => {
  const bytes = new Uint8Array(2 ** 26)
  const promise = fromOnnx(bytes)
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] })
  await expect(promise).rejects.toThrow(
    'no change of source before the promise settles, but its length changed from 67108864 to 0',
  )
})
