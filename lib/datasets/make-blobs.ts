import { checkBoolean, checkInteger, checkNumber, checkOptions, invalid, mismatch, optionKeys } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { Matrix, type MatrixLike } from '../base/matrix.js'
import { type Draw, drawFrom } from './draw.js'
import { evenParts, type Labelled, type MakeOptions, shuffleLabelled } from './labelled.js'

/** Options of `datasets.makeBlobs`. */
export interface BlobsOptions extends MakeOptions {
  /** The total number of rows (100 by default), or the number of rows of each blob. */
  nSamples?: number | readonly number[] | undefined
  /** Numbers in a row; 2 by default, or as many as a table of `centers` has columns. */
  nFeatures?: number | undefined
  /** The number of blobs, or a table of their centers. 3 by default, or as many as an array `nSamples` has numbers. */
  centers?: number | MatrixLike | undefined
  /** The standard deviation of all blobs, or of each; 1 by default. */
  clusterStd?: number | readonly number[] | undefined
  /** The range of random centers; -10 to 10 by default. */
  centerBox?: readonly [number, number] | undefined
}

/**
 * Isotropic Gaussian blobs, one for each class, as scikit-learn's `make_blobs` with other random numbers.
 * @returns rows, classes and the centers of the blobs, (classes, features).
 * @throws ArgumentError for wrong options.
 * @example
 * const { x, y, centers } = datasets.makeBlobs({ nSamples: 300, centers: 4, clusterStd: 2, seed: 1 })
 */
export function makeBlobs(options: BlobsOptions = {}): Labelled & { centers: Matrix } {
  const keys = optionKeys<BlobsOptions>({
    nSamples: true,
    nFeatures: true,
    centers: true,
    clusterStd: true,
    centerBox: true,
    shuffle: true,
    seed: true,
  })
  checkOptions(options, 'datasets.makeBlobs()', keys)
  const { nSamples = 100, shuffle = true, clusterStd = 1 } = options
  checkBoolean(shuffle, 'shuffle')
  const draw = drawFrom(options.seed)
  const centers = readCenters(options, draw)
  const counts = readCounts(nSamples, centers.rows)
  const spread = readSpread(clusterStd, centers.rows)
  const y = Int32Array.from(counts.flatMap((count, k) => new Array<number>(count).fill(k)))
  const x = new Matrix(new Float32Array(y.length * centers.cols), y.length, centers.cols)
  for (const [i, k] of y.entries()) {
    const [row, center] = [x.row(i), centers.row(k)]
    for (let j = 0; j < row.length; j++) row[j] = center[j]! + spread[k]! * draw.normal()
  }
  return { ...(shuffle ? shuffleLabelled({ x, y }, draw) : { x, y }), centers }
}

function readCenters({ nSamples, nFeatures, centers, centerBox = [-10, 10] }: BlobsOptions, draw: Draw): Matrix {
  if (!Array.isArray(centerBox) || centerBox.length !== 2) throw invalid('centerBox', 'two numbers', centerBox)
  const [low, high] = centerBox.map((bound, k) => checkNumber(bound, `centerBox[${k}]`)) as [number, number]
  if (low > high) throw new ArgumentError(`Expected centerBox from low to high, but got ${low} and ${high}.`)
  const features = nFeatures === undefined ? undefined : checkInteger(nFeatures, 'nFeatures', { min: 1 })
  if (centers !== undefined && typeof centers !== 'number') return Matrix.from(centers, features)
  const count = centers ?? (Array.isArray(nSamples) ? nSamples.length : 3)
  const drawn = Array.from({ length: checkInteger(count, 'centers', { min: 1 }) * (features ?? 2) }, () =>
    draw.uniform(low, high),
  )
  return Matrix.from(Float32Array.from(drawn), features ?? 2)
}

function readCounts(nSamples: unknown, blobs: number): number[] {
  if (!Array.isArray(nSamples)) return evenParts(checkInteger(nSamples, 'nSamples', { min: 1 }), blobs)
  if (nSamples.length !== blobs) {
    throw mismatch('nSamples', `${blobs} numbers, as many as there are centers`, `${nSamples.length}`)
  }
  return nSamples.map((count, k) => checkInteger(count, `nSamples[${k}]`, { min: 1 }))
}

function readSpread(clusterStd: unknown, blobs: number): number[] {
  if (!Array.isArray(clusterStd)) {
    return new Array<number>(blobs).fill(checkNumber(clusterStd, 'clusterStd', { min: 0 }))
  }
  if (clusterStd.length !== blobs) {
    throw mismatch('clusterStd', `${blobs} numbers, as many as there are centers`, `${clusterStd.length}`)
  }
  return clusterStd.map((deviation, k) => checkNumber(deviation, `clusterStd[${k}]`, { min: 0 }))
}
