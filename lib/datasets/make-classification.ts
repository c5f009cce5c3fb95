import { checkBoolean, checkInteger, checkNumber, checkOptions, invalid, mismatch, optionKeys } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { Matrix } from '../base/matrix.js'
import { drawFrom } from './draw.js'
import { drawVertices } from './hypercube.js'
import { type Labelled, type MakeOptions, reorder } from './labelled.js'

/** Options of `datasets.makeClassification`. */
export interface ClassificationOptions extends MakeOptions {
  /** The number of rows; 100 by default. */
  nSamples?: number | undefined
  /** Numbers in a row, 20 by default; features that are not informative, redundant or repeated are noise. */
  nFeatures?: number | undefined
  /** Features that depend on the class; 2 by default. */
  nInformative?: number | undefined
  /** Linear combinations of the informative features; 2 by default. */
  nRedundant?: number | undefined
  /** Copies of informative and redundant features; 0 by default. */
  nRepeated?: number | undefined
  /** The number of classes; 2 by default. */
  nClasses?: number | undefined
  /** The number of clusters of each class; 2 by default. */
  nClustersPerClass?: number | undefined
  /** The share of rows of each class; that of the last class may be left out. Equal shares by default. */
  weights?: readonly number[] | undefined
  /** The share of rows with a random class; 0.01 by default. */
  flipY?: number | undefined
  /** The distance of clusters from the origin in each dimension; 1 by default. */
  classSep?: number | undefined
  /** Whether clusters lie on the corners of a cube (the default), or of a random box at random distances. */
  hypercube?: boolean | undefined
  /** The number to add to all features; null for random numbers from -classSep to classSep. 0 by default. */
  shift?: number | null | undefined
  /** The factor of all features after that; null for random numbers from 1 to 101. 1 by default. */
  scale?: number | null | undefined
}

const keys = optionKeys<ClassificationOptions>({
  nSamples: true,
  nFeatures: true,
  nInformative: true,
  nRedundant: true,
  nRepeated: true,
  nClasses: true,
  nClustersPerClass: true,
  weights: true,
  flipY: true,
  classSep: true,
  hypercube: true,
  shift: true,
  scale: true,
  shuffle: true,
  seed: true,
})

/**
 * Classes of Gaussian clusters on the corners of a cube, each with its own covariance, with redundant, repeated and noisy features;
 * as scikit-learn's `make_classification` with other random numbers. Without `shuffle` the columns are, in order: informative,
 * redundant, repeated, noise.
 *
 * Source: Guyon 2003, "Design of experiments for the NIPS 2003 variable selection benchmark" (Madelon).
 * @throws ArgumentError for wrong options.
 * @example
 * const { x, y } = datasets.makeClassification({ nSamples: 500, nInformative: 4, nClasses: 3, seed: 1 })
 */
export function makeClassification(options: ClassificationOptions = {}): Labelled {
  const { rows, features, informative, redundant, repeated, classes, clusters, sizes } = readSizes(options)
  const flipY = checkNumber(options.flipY ?? 0.01, 'flipY', { min: 0, max: 1 })
  const classSep = checkNumber(options.classSep ?? 1, 'classSep', { min: 0 })
  const hypercube = checkBoolean(options.hypercube ?? true, 'hypercube')
  const shuffle = checkBoolean(options.shuffle ?? true, 'shuffle')
  const { shift = 0, scale = 1 } = options
  if (shift !== null) checkNumber(shift, 'shift')
  if (scale !== null) checkNumber(scale, 'scale')
  const draw = drawFrom(options.seed)
  const signed = () => draw.uniform(-1, 1)

  const stretches = new Array<number>(informative).fill(1).map((one) => (hypercube ? one : draw.uniform()))
  const centers = drawVertices(clusters, informative, draw).map((vertex) => {
    const distance = hypercube ? 1 : draw.uniform()
    return vertex.map((bit, j) => (2 * bit - 1) * classSep * distance * stretches[j]!)
  })
  const x = new Matrix(new Float32Array(rows * features), rows, features)
  const y = new Int32Array(rows)
  let at = 0
  for (const [k, size] of sizes.entries()) {
    const mixing = new Matrix(Float32Array.from({ length: informative ** 2 }, signed), informative, informative)
    const cloud = new Float32Array(informative)
    for (const end = at + size; at < end; at++) {
      y[at] = k % classes
      for (let j = 0; j < informative; j++) cloud[j] = draw.normal()
      mix(cloud, mixing, x.row(at).subarray(0, informative), centers[k]!)
    }
  }
  const sources = informative + redundant
  const mixing = new Matrix(Float32Array.from({ length: informative * redundant }, signed), informative, redundant)
  const copied = Array.from({ length: repeated }, () => Math.floor((sources - 1) * draw.uniform() + 0.5))
  for (let i = 0; i < rows; i++) {
    const row = x.row(i)
    mix(row.subarray(0, informative), mixing, row.subarray(informative, sources))
    for (const [j, from] of copied.entries()) row[sources + j] = row[from]!
    for (let j = sources + repeated; j < features; j++) row[j] = draw.normal()
    if (draw.uniform() < flipY) y[i] = draw.below(classes)
  }
  const shifts = Array.from({ length: features }, () => shift ?? draw.uniform(-classSep, classSep))
  const scales = Array.from({ length: features }, () => scale ?? draw.uniform(1, 101))
  for (let k = 0; k < x.data.length; k++) x.data[k] = (x.data[k]! + shifts[k % features]!) * scales[k % features]!
  if (!shuffle) return { x, y }
  const order = draw.permutation(rows)
  return { x: reorder(x, order, draw.permutation(features)), y: Int32Array.from(order, (row) => y[row]!) }
}

/** out = row mixing + center. */
function mix(row: Float32Array, mixing: Matrix, out: Float32Array, center?: readonly number[]): void {
  for (let j = 0; j < mixing.cols; j++) {
    let sum = center?.[j] ?? 0
    for (let i = 0; i < mixing.rows; i++) sum += row[i]! * mixing.data[i * mixing.cols + j]!
    out[j] = sum
  }
}

function readSizes(options: ClassificationOptions) {
  checkOptions(options, 'datasets.makeClassification()', keys)
  const rows = checkInteger(options.nSamples ?? 100, 'nSamples', { min: 1 })
  const features = checkInteger(options.nFeatures ?? 20, 'nFeatures', { min: 1 })
  const informative = checkInteger(options.nInformative ?? 2, 'nInformative', { min: 1 })
  const redundant = checkInteger(options.nRedundant ?? 2, 'nRedundant', { min: 0 })
  const repeated = checkInteger(options.nRepeated ?? 0, 'nRepeated', { min: 0 })
  const classes = checkInteger(options.nClasses ?? 2, 'nClasses', { min: 1 })
  const clustersPerClass = checkInteger(options.nClustersPerClass ?? 2, 'nClustersPerClass', { min: 1 })
  if (informative + redundant + repeated > features) {
    const sum = `${informative} + ${redundant} + ${repeated}`
    throw mismatch(
      'the sum of nInformative, nRedundant and nRepeated',
      `at most ${features}, as nFeatures says`,
      `${sum}`,
    )
  }
  const clusters = classes * clustersPerClass
  if (clusters > 2 ** informative) {
    throw new ArgumentError(
      `Expected at most ${2 ** informative} clusters, the corners of a cube of nInformative = ${informative} dimensions, ` +
        `but got nClasses * nClustersPerClass = ${clusters}.`,
    )
  }
  const shares = readShares(options.weights, classes)
  const sizes = Array.from({ length: clusters }, (_, k) => Math.floor((rows * shares[k % classes]!) / clustersPerClass))
  const rest = rows - sizes.reduce((sum, size) => sum + size, 0)
  for (let i = 0; i < rest; i++) sizes[i % clusters]!++
  return { rows, features, informative, redundant, repeated, classes, clusters, sizes }
}

function readShares(weights: unknown, classes: number): number[] {
  if (weights === undefined) return new Array<number>(classes).fill(1 / classes)
  if (!Array.isArray(weights)) throw invalid('weights', 'an array of shares', weights)
  const shares = weights.map((share, k) => checkNumber(share, `weights[${k}]`, { min: 0, max: 1 }))
  if (shares.length !== classes && shares.length !== classes - 1) {
    throw mismatch('weights', `${classes} or ${classes - 1} shares, as nClasses says`, `${shares.length}`)
  }
  const sum = shares.reduce((total, share) => total + share, 0)
  if (sum > 1 + 1e-9) throw mismatch('the sum of weights', 'at most 1', `${sum}`)
  return shares.length === classes ? shares : [...shares, 1 - sum]
}
