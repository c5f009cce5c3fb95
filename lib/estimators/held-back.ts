import { findInSteps, rowBlocks, type Work } from '../base/breathing.js'
import { mismatch } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { checkFiniteInSteps, type NumberTable } from '../base/matrix.js'
import { permutationInSteps } from '../native/permutation.js'
import { takeFlat, takeRows } from './rows.js'

/** Rows with the targets and weights that training reads. */
export interface TargetRows<D extends Float64Array | Float32Array | Int32Array> {
  x: NumberTable
  /** Row-major, `columns` a row. */
  targets: { data: D; columns: number }
  weights: Float64Array | undefined
}

/** The class number of each row, and the number of classes. */
export interface RowClasses {
  numbers: Int32Array
  count: number
}

/** How messages name the share of rows to hold back, and what to do without them. */
interface HeldBackWords {
  parameter: string
  remedy: string
}

const ofEarlyStopping = { parameter: 'validationFraction', remedy: 'turn earlyStopping off' }

/**
 * Divides rows into those to train with and those to validate with. ceil(fraction x rows) of them are drawn for
 * validation, as scikit-learn's ShuffleSplit does; with classes the share of each class is the same in both parts to
 * within a row (StratifiedShuffleSplit). Rows keep their order.
 * @throws ArgumentError for NaN or infinity in x, where a part would hold fewer rows than there are classes, and where
 * the validation rows cannot be scored: a single row, or all of weight 0.
 */
export function* holdBack<D extends Float64Array | Float32Array | Int32Array>(
  { x, targets, weights }: TargetRows<D>,
  fraction: number,
  seed: number,
  classes?: RowClasses,
  words: HeldBackWords = ofEarlyStopping,
): Work<{ training: TargetRows<D>; validation: TargetRows<D> }> {
  yield* checkFiniteInSteps(x, 'x') // before rows lose their numbers, which the message names
  const { training, validation } = yield* splitRows(x.rows, fraction, seed, classes, words)
  function* part(indices: Uint32Array): Work<TargetRows<D>> {
    return {
      x: yield* takeRows(x, indices),
      targets: { data: yield* takeFlat(targets.data, targets.columns, indices), columns: targets.columns },
      weights: weights && (yield* takeFlat(weights, 1, indices)),
    }
  }
  const parts = { training: yield* part(training), validation: yield* part(validation) }
  yield* checkValidation(parts.validation, words)
  return parts
}

function* checkValidation(
  { x, weights }: TargetRows<Float64Array | Float32Array | Int32Array>,
  { parameter }: HeldBackWords,
): Work<void> {
  if (x.rows < 2) {
    throw new ArgumentError(`Expected at least two rows held back to validate with, but got 1. Raise ${parameter}.`)
  }
  if (weights && (yield* findInSteps(weights.length, (row) => weights[row] !== 0)) === -1) {
    throw new ArgumentError('The rows held back to validate with all have a weight of 0. Try another seed.')
  }
}

function* splitRows(
  rows: number,
  fraction: number,
  seed: number,
  classes: RowClasses | undefined,
  words: HeldBackWords,
): Work<{ training: Uint32Array; validation: Uint32Array }> {
  const count = Math.ceil(fraction * rows)
  const least = classes?.count ?? 1
  if (count < least || rows - count < least) {
    throw mismatch(
      words.parameter,
      `a share that leaves at least ${least} rows to train and ${least} to validate with`,
      `${fraction}, which divides ${rows} rows into ${rows - count} and ${count}`,
      `Give more rows, or ${words.remedy}.`,
    )
  }
  const order = yield* permutationInSteps(rows, seed, 0)
  const quota = classes ? yield* quotas(classes, count, words) : [count]
  const inValidation = new Uint8Array(rows)
  yield* rowBlocks(rows, 1, (begin, end) => {
    for (let i = begin; i < end; i++) {
      const row = order[i]!
      const number = classes ? classes.numbers[row]! : 0
      if (quota[number]! === 0) continue
      quota[number]!--
      inValidation[row] = 1
    }
  })
  const [training, validation] = [new Uint32Array(rows - count), new Uint32Array(count)]
  let [trained, validated] = [0, 0]
  yield* rowBlocks(rows, 1, (begin, end) => {
    for (let row = begin; row < end; row++) {
      if (inValidation[row]) validation[validated++] = row
      else training[trained++] = row
    }
  })
  return { training, validation }
}

/** Validation rows of each class: shares rounded down, the rest to the largest remainders. */
function* quotas({ numbers, count }: RowClasses, rows: number, { remedy }: HeldBackWords): Work<number[]> {
  const counts = new Array<number>(count).fill(0)
  yield* rowBlocks(numbers.length, 1, (begin, end) => {
    for (let row = begin; row < end; row++) counts[numbers[row]!]!++
  })
  const single = counts.indexOf(1)
  if (single !== -1) {
    throw new ArgumentError(
      `Expected at least two rows of each class to train and validate with, but class number ${single} has one. ` +
        `Give more rows, or ${remedy}.`,
    )
  }
  const shares = counts.map((inClass) => (inClass * rows) / numbers.length)
  const quota = shares.map(Math.floor)
  const byRemainder = shares
    .map((share, k) => ({ k, remainder: share - Math.floor(share) }))
    .sort((a, b) => b.remainder - a.remainder || a.k - b.k)
  const left = rows - quota.reduce((sum, inClass) => sum + inClass, 0)
  for (const { k } of byRemainder.slice(0, left)) quota[k]!++
  return quota
}
