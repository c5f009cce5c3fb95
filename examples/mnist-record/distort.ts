import { type Field, makeField } from './field.js'
import { makeRandom, type Random, signed } from './random.js'

/** Strength of the distortions; all 0 leaves images unchanged. */
export interface Distortion {
  /** Maximum rotation in degrees, in both directions. */
  rotation: number
  /** Maximum horizontal shear as a share of the height, in both directions. */
  shear: number
  /** Maximum relative change of width and of height, independently. */
  scale: number
  /** Maximum translation in pixels, in all directions. */
  shift: number
  /** Strength of the elastic displacements, and the standard deviation of the Gaussian that smooths them. */
  alpha: number
  sigma: number
}

/** A little less than in Ciresan et al. 2010 ("Deep, big, simple neural nets excel on handwritten digit recognition"). */
export const strong: Distortion = { rotation: 12, shear: 0.12, scale: 0.12, shift: 1, alpha: 36, sigma: 5.5 }

/** Images as consecutive bytes. */
export interface Images {
  pixels: Uint8Array
  /** Rows and columns of one image. */
  imageShape: readonly [number, number]
}

/** The source position of a pixel: row a i + b j, column c i + d j, relative to the centre. */
interface Affine {
  a: number
  b: number
  c: number
  d: number
  down: number
  right: number
}

/** All images of one call use windows of fields of this size, or of twice the size of an image. */
const fieldSize = 512

/**
 * Writes a distorted copy of each image into `out`: rotated, sheared, scaled, shifted and elastically displaced by random
 * amounts, with bilinear sampling; outside the border is 0. The same seed gives the same bytes.
 * @throws RangeError if pixels are not whole images, or `out` has another length.
 */
export function distortImages(
  { pixels, imageShape: [rows, columns] }: Images,
  out: Uint8Array,
  distortion: Distortion,
  ...seed: readonly number[]
): void {
  if (pixels.length % (rows * columns) !== 0 || out.length !== pixels.length) {
    throw new RangeError(
      `Expected images of ${rows} x ${columns} bytes, but got ${pixels.length} bytes, to be written to ${out.length}.`,
    )
  }
  const random = makeRandom(...seed)
  const field = makeField(Math.max(fieldSize, 2 * rows, 2 * columns), distortion, random)
  const framed = makeFramed(rows, columns)
  const size = rows * columns
  for (let begin = 0; begin < pixels.length; begin += size) {
    fill(framed, pixels.subarray(begin, begin + size))
    distortImage(framed, out.subarray(begin, begin + size), drawAffine(distortion, random), field, random)
  }
}

function drawAffine({ rotation, shear, scale, shift }: Distortion, random: Random): Affine {
  const angle = (signed(random) * rotation * Math.PI) / 180
  const lean = signed(random) * shear
  const [height, width] = [1 + signed(random) * scale, 1 + signed(random) * scale]
  const [sin, cos] = [Math.sin(angle), Math.cos(angle)]
  // Rotation, then shear, then scale.
  const [a, b] = [cos / height, -sin / width]
  const [c, d] = [(sin + lean * cos) / height, (cos - lean * sin) / width]
  return { a, b, c, d, down: signed(random) * shift, right: signed(random) * shift }
}

/** An image in a frame of zeros: one pixel above and to the left, two below and to the right. */
interface Framed {
  values: Float32Array
  rows: number
  columns: number
  /** Numbers from one line to the next. */
  stride: number
}

function makeFramed(rows: number, columns: number): Framed {
  return { values: new Float32Array((rows + 3) * (columns + 3)), rows, columns, stride: columns + 3 }
}

function fill({ values, rows, columns, stride }: Framed, image: Uint8Array): void {
  for (let i = 0; i < rows; i++) values.set(image.subarray(i * columns, (i + 1) * columns), (i + 1) * stride + 1)
}

function distortImage(
  { values, rows, columns, stride }: Framed,
  out: Uint8Array,
  { a, b, c, d, down, right }: Affine,
  field: Field,
  random: Random,
): void {
  // One window of the field for the vertical displacement, another for the horizontal one.
  const [forDown, forRight] = [drawWindow(field, rows, columns, random), drawWindow(field, rows, columns, random)]
  const displacements = field.values
  // The centre, including the frame.
  const middle = (rows - 1) / 2 + down + 1
  const centre = (columns - 1) / 2 + right + 1
  for (let i = 0; i < rows; i++) {
    const y = i - (rows - 1) / 2
    for (let j = 0; j < columns; j++) {
      const x = j - (columns - 1) / 2
      const at = i * field.size + j
      const row = clamp(middle + a * y + b * x + displacements[forDown + at]!, rows + 1)
      const column = clamp(centre + c * y + d * x + displacements[forRight + at]!, columns + 1)
      const [top, left] = [Math.floor(row), Math.floor(column)]
      const [v, u] = [row - top, column - left]
      const corner = top * stride + left
      const upper = values[corner]! * (1 - u) + values[corner + 1]! * u
      const lower = values[corner + stride]! * (1 - u) + values[corner + stride + 1]! * u
      out[i * columns + j] = upper * (1 - v) + lower * v + 0.5
    }
  }
}

/** The start of a random window of the field. */
function drawWindow({ size }: Field, rows: number, columns: number, random: Random): number {
  const [row, column] = [Math.floor(random() * (size - rows)), Math.floor(random() * (size - columns))]
  return row * size + column
}

function clamp(value: number, highest: number): number {
  return value < 0 ? 0 : value > highest ? highest : value
}
