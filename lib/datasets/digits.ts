import { checkBoolean, checkOptions, optionKeys } from '../base/check.js'
import type { Matrix } from '../base/matrix.js'
import { digitsData } from './digits-data.js'
import { type ImageDataset, type ImageFormat, type ImageSplit, toDataset } from './images.js'

/** Options of `digits`. */
export interface DigitsOptions {
  /** Whether pixels are flat bytes from 0 to 16 in place of a Matrix from 0 to 1; false by default. */
  raw?: boolean | undefined
}

const format: ImageFormat = { classNames: Array.from('0123456789'), imageShape: [8, 8], white: 16 }
const pixels = 64

/** The unpacked bytes, cached after the first call; callers get copies. */
let unpacked: Uint8Array | undefined

/**
 * 1,797 handwritten digits of 8 x 8 grey pixels (1,437 for training, 360 for testing), which are part of the package: no file, no
 * network. Every call returns new copies.
 *
 * Source: E. Alpaydin, C. Kaynak, "Optical Recognition of Handwritten Digits" (its test part), UCI Machine Learning
 * Repository, doi 10.24432/C50P49, licensed under CC BY 4.0. The split is a fixed random one.
 * @example
 * const { train, test } = datasets.digits()
 * await model.fit(train.x, train.y)
 * @throws ArgumentError for wrong options.
 */
export function digits(options: DigitsOptions & { raw: true }): ImageDataset<Uint8Array>
export function digits(options?: DigitsOptions & { raw?: false | undefined }): ImageDataset<Matrix>
export function digits(options?: DigitsOptions): ImageDataset<Matrix | Uint8Array>
export function digits(options: DigitsOptions = {}): ImageDataset<Matrix | Uint8Array> {
  checkOptions(options, 'datasets.digits()', optionKeys<DigitsOptions>({ raw: true }))
  const raw = checkBoolean(options.raw ?? false, 'raw')
  unpacked ??= process.getBuiltinModule('node:zlib').gunzipSync(Buffer.from(digitsData.base64, 'base64'))
  const { train, test } = digitsData
  return toDataset(copyRows(unpacked, test, test + train), copyRows(unpacked, 0, test), format, raw)
}

function copyRows(bytes: Uint8Array, begin: number, end: number): ImageSplit<Uint8Array> {
  const labels = (digitsData.train + digitsData.test) * pixels
  return {
    x: Uint8Array.from(bytes.subarray(begin * pixels, end * pixels)),
    y: Int32Array.from(bytes.subarray(labels + begin, labels + end)),
  }
}
