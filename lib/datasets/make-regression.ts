import { checkBoolean, checkInteger, checkNumber, checkOptions, mismatch, optionKeys } from '../base/check.js'
import { Matrix } from '../base/matrix.js'
import { drawFrom } from './draw.js'
import { type MakeOptions, reorder } from './labelled.js'

/** Options of `datasets.makeRegression`. */
export interface RegressionOptions extends MakeOptions {
  /** The number of rows; 100 by default. */
  nSamples?: number | undefined
  /** Numbers in a row; 100 by default. */
  nFeatures?: number | undefined
  /** The number of features that the targets depend on; 10 by default, or all if there are fewer. */
  nInformative?: number | undefined
  /** Targets in a row; 1 by default. */
  nTargets?: number | undefined
  /** The number to add to all targets; 0 by default. */
  bias?: number | undefined
  /** The standard deviation of Gaussian noise in the targets; 0 by default. */
  noise?: number | undefined
}

/** Rows, their targets and the coefficients. */
export interface Regression {
  /** (rows, features). */
  x: Matrix
  /** (rows, targets). */
  y: Matrix
  /** The coefficient of each feature for each target: (features, targets). */
  coef: Matrix
}

/**
 * Standard normal features, and targets that are linear in some of them: y = x coef + bias + noise, with coefficients from 0
 * to 100; as scikit-learn's `make_regression`, without `effective_rank`, with other random numbers.
 * @throws ArgumentError for wrong options.
 * @example
 * const { x, y, coef } = datasets.makeRegression({ nSamples: 500, nFeatures: 8, noise: 5, seed: 1 })
 */
export function makeRegression(options: RegressionOptions = {}): Regression {
  const keys = optionKeys<RegressionOptions>({
    nSamples: true,
    nFeatures: true,
    nInformative: true,
    nTargets: true,
    bias: true,
    noise: true,
    shuffle: true,
    seed: true,
  })
  checkOptions(options, 'datasets.makeRegression()', keys)
  const rows = checkInteger(options.nSamples ?? 100, 'nSamples', { min: 1 })
  const features = checkInteger(options.nFeatures ?? 100, 'nFeatures', { min: 1 })
  const informative = checkInteger(options.nInformative ?? Math.min(10, features), 'nInformative', { min: 1 })
  if (informative > features) {
    throw mismatch('nInformative', `at most ${features}, as nFeatures says`, `${informative}`)
  }
  const targets = checkInteger(options.nTargets ?? 1, 'nTargets', { min: 1 })
  const bias = checkNumber(options.bias ?? 0, 'bias')
  const noise = checkNumber(options.noise ?? 0, 'noise', { min: 0 })
  const shuffle = checkBoolean(options.shuffle ?? true, 'shuffle')
  const draw = drawFrom(options.seed)

  const x = new Matrix(Float32Array.from({ length: rows * features }, draw.normal), rows, features)
  const coef = new Matrix(new Float32Array(features * targets), features, targets)
  for (let k = 0; k < informative * targets; k++) coef.data[k] = draw.uniform(0, 100)
  const y = new Matrix(new Float32Array(rows * targets), rows, targets)
  for (let i = 0; i < rows; i++) {
    for (let t = 0; t < targets; t++) {
      let sum = bias + (noise > 0 ? noise * draw.normal() : 0)
      for (let j = 0; j < informative; j++) sum += x.data[i * features + j]! * coef.data[j * targets + t]!
      y.data[i * targets + t] = sum
    }
  }
  if (!shuffle) return { x, y, coef }
  const [order, columns] = [draw.permutation(rows), draw.permutation(features)]
  return { x: reorder(x, order, columns), y: reorder(y, order), coef: reorder(coef, columns) }
}
