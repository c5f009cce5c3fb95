import { describe, expect, it } from 'vitest'
import { type Distortion, distortImages, strong } from '../../../examples/mnist-record/distort.js'
import { makeRandom } from '../../../examples/mnist-record/random.js'

const none: Distortion = { rotation: 0, shear: 0, scale: 0, shift: 0, alpha: 0, sigma: 5 }
const imageShape = [29, 29] as const
const size = 29 * 29
const middle = 14

function distort(pixels: Uint8Array, distortion: Distortion, ...seed: number[]): Uint8Array {
  const out = new Uint8Array(pixels.length).fill(77)
  distortImages({ pixels, imageShape }, out, distortion, ...seed)
  return out
}

/** `count` copies of an image with a blot of 3 x 3 pixels at an offset from the centre. */
function blots(down: number, right: number, count: number): Uint8Array {
  const pixels = new Uint8Array(count * size)
  for (let n = 0; n < count; n++)
    for (const i of [-1, 0, 1])
      for (const j of [-1, 0, 1]) pixels[n * size + (middle + down + i) * 29 + middle + right + j] = 255
  return pixels
}

/** The offset of the centre of mass of each image from its centre. */
function centres(pixels: Uint8Array): { down: number; right: number }[] {
  return Array.from({ length: pixels.length / size }, (_, n) => {
    let [mass, down, right] = [0, 0, 0]
    for (let p = 0; p < size; p++) {
      const value = pixels[n * size + p]!
      mass += value
      down += value * (Math.floor(p / 29) - middle)
      right += value * ((p % 29) - middle)
    }
    return { down: down / mass, right: right / mass }
  })
}

function range(numbers: readonly number[]): [number, number] {
  return [Math.min(...numbers), Math.max(...numbers)]
}

describe('distortImages', () => {
  it('does not change images at strength 0', () => {
    const random = makeRandom(5)
    const pixels = Uint8Array.from({ length: 7 * size }, () => Math.floor(256 * random()))
    expect(distort(pixels, none, 1)).toEqual(pixels)
  })

  it('gives the same bytes for the same seed, other bytes for another seed', () => {
    const pixels = blots(3, -4, 4)
    const first = distort(pixels, strong, 1, 0)
    expect(distort(pixels, strong, 1, 0)).toEqual(first)
    expect(distort(pixels, strong, 1, 1)).not.toEqual(first)
    expect(distort(pixels, strong, 2, 0)).not.toEqual(first)
    // Equal images are distorted differently.
    const images = Array.from({ length: 4 }, (_, n) => `${first.subarray(n * size, (n + 1) * size)}`)
    expect(new Set(images).size).toBe(4)
  })

  it('keeps white areas at 255, and fills with 0 from beyond the border', () => {
    const white = new Uint8Array(50 * size).fill(255)
    const out = distort(white, strong, 3)
    for (let n = 0; n < 50; n++) expect(out[n * size + middle * 29 + middle]).toBe(255)
    const corners = Array.from({ length: 50 }, (_, n) => out[n * size]!)
    expect(Math.min(...corners)).toBe(0)
    expect(distort(new Uint8Array(size), strong, 3)).toEqual(new Uint8Array(size))
  })

  it('reads only the image that it writes', () => {
    const pixels = new Uint8Array(3 * size).fill(255, size, 2 * size)
    const out = distort(pixels, strong, 4)
    expect(out.subarray(0, size).every((value) => value === 0)).toBe(true)
    expect(out.subarray(2 * size).every((value) => value === 0)).toBe(true)
  })

  it('shifts by up to the maximum number of pixels', () => {
    const shifted = centres(distort(blots(0, 0, 300), { ...none, shift: 3 }, 1))
    for (const direction of ['down', 'right'] as const) {
      const [lowest, highest] = range(shifted.map((centre) => centre[direction]))
      for (const distance of [-lowest, highest]) expect(Math.abs(distance - 2.9)).toBeLessThan(0.15)
    }
  })

  it('rotates about the centre, by up to the maximum angle', () => {
    const rotated = centres(distort(blots(0, 10, 300), { ...none, rotation: 30 }, 1))
    const angles = rotated.map(({ down, right }) => (Math.atan2(down, right) * 180) / Math.PI)
    const [lowest, highest] = range(angles)
    for (const angle of [-lowest, highest]) expect(Math.abs(angle - 29.5)).toBeLessThan(1)
    for (const { down, right } of rotated) expect(Math.abs(Math.hypot(down, right) - 10)).toBeLessThan(0.2)
  })

  it('scales height and width independently', () => {
    const stretched = centres(distort(blots(8, 8, 300), { ...none, scale: 0.25 }, 1))
    for (const direction of ['down', 'right'] as const) {
      const [lowest, highest] = range(stretched.map((centre) => centre[direction] / 8))
      expect(Math.abs(lowest - 0.755)).toBeLessThan(0.03)
      expect(Math.abs(highest - 1.245)).toBeLessThan(0.03)
    }
    expect(stretched.some(({ down, right }) => Math.abs(down - right) > 1)).toBe(true)
  })

  it('shears: pixels below and above the centre move in opposite directions', () => {
    const shear = { ...none, shear: 0.4 }
    const [below, above] = [centres(distort(blots(9, 0, 300), shear, 1)), centres(distort(blots(-9, 0, 300), shear, 1))]
    const [lowest, highest] = range(below.map(({ right }) => right / 9))
    for (const share of [-lowest, highest]) expect(Math.abs(share - 0.395)).toBeLessThan(0.03)
    for (const [n, { down, right }] of below.entries()) {
      expect(Math.abs(down - 9)).toBeLessThan(0.1)
      expect(Math.abs(right + above[n]!.right)).toBeLessThan(0.1)
    }
  })

  it('displaces neighbouring pixels by similar distances, and far pixels independently', () => {
    const elastic = { ...none, alpha: 36, sigma: 5.5 }
    const movesOf = (right: number) => centres(distort(blots(0, right, 300), elastic, 1)).map((c) => c.right - right)
    const [here, beside, far] = [movesOf(0), movesOf(1), movesOf(12)]
    const rms = (moves: readonly number[]) => Math.hypot(...moves) / Math.sqrt(moves.length)
    const apart = (moves: readonly number[]) => rms(moves.map((move, n) => move - here[n]!))
    // About one pixel: 36 / sqrt(3) / (2 * 5.5 sqrt(pi)).
    expect(Math.abs(rms(here) - 1.07)).toBeLessThan(0.25)
    expect(apart(beside)).toBeLessThan(0.35)
    expect(apart(far)).toBeGreaterThan(0.9)
  })
})
