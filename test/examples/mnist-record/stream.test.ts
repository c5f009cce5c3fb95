import { expect, it } from 'vitest'
import { distortImages, strong } from '../../../examples/mnist-record/distort.js'
import { makeRandom } from '../../../examples/mnist-record/random.js'
import { DistortionStream } from '../../../examples/mnist-record/stream.js'

const random = makeRandom(1)
const pixels = Uint8Array.from({ length: 20 * 784 }, () => Math.floor(256 * random()))
const images = { pixels, imageShape: [28, 28] as const }

it('DistortionStream yields the images of each epoch, distorted in a worker', async () => {
  const stream = new DistortionStream(images, strong, { seed: 7 })
  try {
    for (const epoch of [0, 1, 2]) {
      const expected = new Uint8Array(pixels.length)
      distortImages(images, expected, strong, 7, epoch)
      const { pixels: distorted, waited } = await stream.next()
      expect(distorted).toEqual(expected)
      expect(waited).toBeGreaterThanOrEqual(0)
      stream.giveBack(distorted)
      // Its memory was transferred to the worker.
      expect(distorted).toHaveLength(0)
    }
  } finally {
    await stream.close()
  }
}, 240_000)

it('DistortionStream rejects with the error of the worker', async () => {
  const stream = new DistortionStream({ ...images, pixels: pixels.subarray(1) }, strong, { seed: 7 })
  await expect(stream.next()).rejects.toThrow('Expected images of 28 x 28 bytes, but got 15679 bytes')
  await stream.close()
}, 240_000)
