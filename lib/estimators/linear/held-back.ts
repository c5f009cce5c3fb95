import { ArgumentError } from '../../base/errors.js'
import { checkFinite, type NumberTable } from '../../base/matrix.js'
import { r2 } from '../../metrics/determination.js'
import { splitForValidation, takeNumbers, takeRows } from '../validation-rows.js'

/** Rows with the numbers that are to be learned. */
export interface WeightedRows {
  x: NumberTable
  targets: Float64Array
  weights: Float64Array | undefined
}

/** Rows held back to stop by the share of them that each unit gets right. */
export function holdBackClasses(
  x: NumberTable,
  numbers: Int32Array,
  weights: Float64Array | undefined,
  fraction: number,
  seed: number,
  classes: number,
) {
  checkFinite(x, 'x') // here, where its rows still have their numbers
  const { training, validation } = splitForValidation(x.rows, fraction, seed, numbers, classes)
  const all = Float64Array.from(numbers)
  const heldWeights = weights && takeNumbers(weights, validation)
  if (heldWeights?.every((weight) => weight === 0)) {
    throw new ArgumentError('The rows held back for earlyStopping all have a weight of 0: try another seed.')
  }
  const held = takeNumbers(all, validation)
  const score = (sums: Float64Array, units: number): number[] => {
    const right = new Array<number>(units).fill(0)
    let total = 0
    for (const [i, number] of held.entries()) {
      const weight = heldWeights?.[i] ?? 1
      total += weight
      for (let k = 0; k < units; k++) {
        const own = number === (units === 1 ? 1 : k)
        if (sums[i * units + k]! > 0 === own) right[k]! += weight
      }
    }
    return right.map((share) => share / total)
  }
  return {
    x: takeRows(x, training),
    targets: takeNumbers(all, training),
    weights: weights && takeNumbers(weights, training),
    validation: { x: takeRows(x, validation), score },
  }
}

/** Rows held back to stop by R². */
export function holdBackNumbers({ x, targets, weights }: WeightedRows, fraction: number, seed: number) {
  checkFinite(x, 'x') // here, where its rows still have their numbers
  const { training, validation } = splitForValidation(x.rows, fraction, seed)
  const held = takeNumbers(targets, validation)
  const heldWeights = weights && takeNumbers(weights, validation)
  if (heldWeights?.every((weight) => weight === 0)) {
    throw new ArgumentError('The rows held back for earlyStopping all have a weight of 0: try another seed.')
  }
  if (held.length < 2) {
    throw new ArgumentError('Expected at least two rows held back for earlyStopping, as R² needs them, but got 1.')
  }
  return {
    x: takeRows(x, training),
    targets: takeNumbers(targets, training),
    weights: weights && takeNumbers(weights, training),
    validation: {
      x: takeRows(x, validation),
      score: (sums: Float64Array) => [r2(held, sums, { sampleWeight: heldWeights })],
    },
  }
}
