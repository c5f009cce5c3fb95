import { invalid, mismatch } from '../base/check.js'
import { Matrix } from '../base/matrix.js'
import { classesOf, encodeLabels, type Label, readLabels } from '../learning/labels.js'

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
export function readTargets(y: unknown, rows: number, targetType: TargetType | 'auto'): EncodedTargets {
  if (y === undefined || y === null) throw invalid('y', 'one label or number a row', y)
  const labels = readLabels(y instanceof Matrix && y.cols === 1 ? y.data : y, 'y', rows)
  const type = targetType === 'auto' ? typeOf(labels) : targetType
  if (type === 'continuous') {
    const wrong = labels.findIndex((label) => typeof label !== 'number')
    if (wrong !== -1) throw invalid(`row ${wrong} of y`, "a number with targetType 'continuous'", labels[wrong])
    return { type, classes: null, numbers: undefined, columns: [Float64Array.from(labels as number[])] }
  }
  const classes = classesOf(labels)
  if (type === 'binary' && classes.length > 2) {
    throw mismatch('y', "at most two classes with targetType 'binary'", `${classes.length}`)
  }
  const numbers = encodeLabels(labels, classes, 'y')
  const averaged = type === 'binary' ? [1] : classes.map((_, k) => k)
  const columns = averaged.map((k) => Float64Array.from(numbers, (number) => (number === k ? 1 : 0)))
  return { type, classes, numbers, columns }
}

/** Numbers with a fraction are continuous; of all else the number of classes decides. */
function typeOf(labels: readonly Label[]): TargetType {
  if (labels.some((label) => typeof label === 'number' && !Number.isInteger(label))) return 'continuous'
  return classesOf(labels).length > 2 ? 'multiclass' : 'binary'
}
