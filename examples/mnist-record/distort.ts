import { type Field, makeField } from './field.js'
import { makeRandom, type Random, signed } from './random.js'

/** How strongly images are distorted; 0 everywhere leaves them as they are. */
export interface Distortion {
  /** Degrees of rotation, either way. */
  rotation: number
  /** Horizontal shear, as a share of the height, either way. */
  shear: number
  /** The share by which width and height, each on its own, grow or shrink. */
  scale: number
  /** Pixels of translation, either way. */
  shift: number
  /** Strength of the elastic displacements, and the standard deviation of the Gaussian that smooths them. */
  alpha: number
  sigma: number
}

/** A little less than what Ciresan et al. 2010 took ("Deep, big, simple neural nets excel on handwritten digit recognition"). */
export const strong: Distortion = { rotation: 12, shear: 0.12, scale: 0.12, shift: 1, alpha: 36, sigma: 5.5 }

/** Images of bytes, one after the other. */
export interface Images {
  pixels: Uint8Array
  /** Rows and columns of one image. */
  imageShape: readonly [number, number]
}

/** Where a pixel of the new image is looked up in the old one: row a i + b j, column c i + d j, from the centre. */
interface Affine {
  a: number
  b: number
  c: number
  d: number
  down: number
  right: number
}

/** Windows of all images of one call are cut from fields of this size, or of twice the size of an image. */
const fieldSize = 512

/**
 * Writes a distorted copy of each image into `out`: rotated, sheared, scaled, moved and displaced elastically, each by
 * amounts of its own, and sampled bilinearly; what lies beyond the border is 0. The same seed gives the same bytes.
 * @throws RangeError when pixels are no whole images, or out has not as many.
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
  // Rotate, then lean, then stretch.
  const [a, b] = [cos / height, -sin / width]
  const [c, d] = [(sin + lean * cos) / height, (cos - lean * sin) / width]
  return { a, b, c, d, down: signed(random) * shift, right: signed(random) * shift }
}

/** An image in a frame of zeros, one wide above and to the left, two wide below and to the right. */
interface Framed {
  values: Float32Array
  rows: number
  columns: number
  /** From one line to the next. */
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
  // A window of the field for the way down, another one, elsewhere, for the way to the right.
  const [forDown, forRight] = [drawWindow(field, rows, columns, random), drawWindow(field, rows, columns, random)]
  const displacements = field.values
  // The centre, counted with the frame.
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

/** Where a window of the field begins. */
function drawWindow({ size }: Field, rows: number, columns: number, random: Random): number {
  const [row, column] = [Math.floor(random() * (size - rows)), Math.floor(random() * (size - columns))]
  return row * size + column
}

function clamp(value: number, highest: number): number {
  return value < 0 ? 0 : value > highest ? highest : value
}
