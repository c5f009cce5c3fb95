import { expect, it } from 'vitest'
import { distortImages, strong } from '../../../examples/mnist-record/distort.js'
import { makeRandom } from '../../../examples/mnist-record/random.js'
import { DistortionStream } from '../../../examples/mnist-record/stream.js'

const random = makeRandom(1)
const pixels = Uint8Array.from({ length: 20 * 784 }, () => Math.floor(256 * random()))
const images = { pixels, imageShape: [28, 28] as const }

it('streams epoch by epoch what the worker distorts', async () => {
  const stream = new DistortionStream(images, strong, { seed: 7 })
  try {
    for (const epoch of [0, 1, 2]) {
      const expected = new Uint8Array(pixels.length)
      distortImages(images, expected, strong, 7, epoch)
      const { pixels: made, waited } = await stream.next()
      expect(made).toEqual(expected)
      expect(waited).toBeGreaterThanOrEqual(0)
      stream.giveBack(made)
      // It is the worker's now.
      expect(made).toHaveLength(0)
    }
  } finally {
    await stream.close()
  }
}, 240_000)

it('says what went wrong in the worker', async () => {
  const stream = new DistortionStream({ ...images, pixels: pixels.subarray(1) }, strong, { seed: 7 })
  await expect(stream.next()).rejects.toThrow('Expected images of 28 x 28 bytes, but got 15679 bytes')
  await stream.close()
}, 240_000)
