import { FormatError } from '../base/errors.js'
import { Matrix } from '../base/matrix.js'
import type { LocalFile } from './fetch-files.js'
import { decodeIdx } from './idx.js'

/** Images, one in each row, and their classes: `y[i]` is the class of image `i`. */
export interface ImageSplit<X> {
  /** A Matrix of values from 0 to 1, or (`raw`) the flat bytes of the source. */
  x: X
  /** Classes, from 0 to `classes - 1`. */
  y: Int32Array
}

/** A labelled set of grey images in its published split. */
export interface ImageDataset<X = Matrix> {
  train: ImageSplit<X>
  test: ImageSplit<X>
  /** The number of classes. */
  classes: number
  /** The name of each class. */
  classNames: readonly string[]
  /** Rows and columns of one image; a row of `x` is one image, row by row. */
  imageShape: [number, number]
}

/** The form of the files of a set. */
export interface ImageFormat {
  classNames: readonly string[]
  imageShape: [number, number]
  /** The value of a white pixel, scaled to 1. */
  white: number
}

/**
 * Reads a split from two IDX files.
 * @throws FormatError for images or labels of another form, or different numbers of them.
 */
export async function readSplit(
  imageFile: LocalFile,
  labelFile: LocalFile,
  format: ImageFormat,
): Promise<ImageSplit<Uint8Array>> {
  const [rows, columns] = format.imageShape
  const images = await decodeIdx(imageFile.bytes, imageFile.path)
  const [count, ...imageShape] = images.shape
  if (!(images.data instanceof Uint8Array) || `${imageShape}` !== `${format.imageShape}` || !count) {
    throw unexpected(imageFile, `images of ${rows} x ${columns} bytes`, images)
  }
  const labels = await decodeIdx(labelFile.bytes, labelFile.path)
  if (!(labels.data instanceof Uint8Array) || `${labels.shape}` !== `${count}`) {
    throw unexpected(labelFile, `${count} labels of one byte, as ${imageFile.path} has images`, labels)
  }
  checkLabels(labels.data, labelFile.path, format.classNames.length)
  return { x: images.data, y: Int32Array.from(labels.data) }
}

/** A data set of two splits, with pixels from 0 to 1, or `raw` as in the files. */
export function toDataset(
  train: ImageSplit<Uint8Array>,
  test: ImageSplit<Uint8Array>,
  format: ImageFormat,
  raw: boolean,
): ImageDataset<Matrix | Uint8Array> {
  const classNames = [...format.classNames]
  const imageShape: [number, number] = [...format.imageShape]
  const convert = ({ x, y }: ImageSplit<Uint8Array>) => ({ x: raw ? x : scale(x, y.length, format.white), y })
  return { train: convert(train), test: convert(test), classes: classNames.length, classNames, imageShape }
}

function scale(pixels: Uint8Array, rows: number, white: number): Matrix {
  const data = new Float32Array(pixels.length)
  for (let i = 0; i < pixels.length; i++) data[i] = pixels[i]! / white
  return new Matrix(data, rows, pixels.length / rows)
}

function checkLabels(labels: Uint8Array, path: string, classes: number): void {
  const wrong = labels.findIndex((label) => label >= classes)
  if (wrong === -1) return
  throw new FormatError(`${path}: expected labels from 0 to ${classes - 1}, but label ${wrong} is ${labels[wrong]}.`)
}

function unexpected(
  file: LocalFile,
  expected: string,
  { shape, data }: { shape: number[]; data: object },
): FormatError {
  return new FormatError(
    `${file.path}: expected ${expected}, but found a ${data.constructor.name} of shape [${shape}].`,
  )
}
