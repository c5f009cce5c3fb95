import { findInSteps, rowBlocks, type Work } from '../base/breathing.js'
import { invalid, mismatch } from '../base/check.js'
import { copyInSteps, Matrix } from '../base/matrix.js'
import { checkLabels, findClasses, type Label, numberLabels } from '../learning/labels.js'

/** What `y` is: numbers, labels of two classes, or labels of more. */
export type TargetType = 'continuous' | 'binary' | 'multiclass'

export const targetTypes = ['continuous', 'binary', 'multiclass'] as const

/** `y` in the form that categories are encoded by. */
export interface EncodedTargets {
  readonly type: TargetType
  /** Sorted; null for numbers. */
  readonly classes: readonly Label[] | null
  /** The class number of each row; undefined for numbers. */
  readonly numbers: Int32Array | undefined
  /** The columns to average: y, or whether a row is of the second class, or of more than two of each class. */
  readonly columns: readonly Float64Array[]
}

/**
 * Reads `y`.
 * @param targetType what it is; 'auto' looks at the labels.
 * @throws ArgumentError for missing labels, for words with 'continuous', for more than two classes with 'binary'.
 */
export function* readTargets(y: unknown, rows: number, targetType: TargetType | 'auto'): Work<EncodedTargets> {
  if (y === undefined || y === null) throw invalid('y', 'one label or number a row', y)
  const labels = yield* checkLabels(y instanceof Matrix && y.cols === 1 ? y.data : y, 'y', rows)
  const type = targetType === 'auto' ? yield* typeOf(labels) : targetType
  if (type === 'continuous') {
    if (typeof labels[0] !== 'number') throw invalid('row 0 of y', "a number with targetType 'continuous'", labels[0])
    const column = yield* copyInSteps(labels as ArrayLike<number>, new Float64Array(rows))
    return { type, classes: null, numbers: undefined, columns: [column] }
  }
  const classes = yield* findClasses(labels)
  if (type === 'binary' && classes.length > 2) {
    throw mismatch('y', "at most two classes with targetType 'binary'", `${classes.length}`)
  }
  const numbers = yield* numberLabels(labels, classes, 'y')
  const columns: Float64Array[] = []
  for (const k of type === 'binary' ? [1] : classes.keys()) columns.push(yield* isClass(numbers, k))
  return { type, classes, numbers, columns }
}

/** 1 for the rows of a class, 0 for others. */
function* isClass(numbers: Int32Array, k: number): Work<Float64Array> {
  const column = new Float64Array(numbers.length)
  yield* rowBlocks(numbers.length, 1, (begin, end) => {
    for (let row = begin; row < end; row++) column[row] = numbers[row] === k ? 1 : 0
  })
  return column
}

/** Numbers with a fraction are continuous; of all else the number of classes decides. */
function* typeOf(labels: ArrayLike<Label>): Work<TargetType> {
  const isFraction = (label: Label | undefined) => typeof label === 'number' && !Number.isInteger(label)
  if ((yield* findInSteps(labels.length, (row) => isFraction(labels[row]))) >= 0) return 'continuous'
  return (yield* findClasses(labels)).length > 2 ? 'multiclass' : 'binary'
}
