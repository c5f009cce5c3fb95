import { ArgumentError } from '../base/errors.js'
import { largestOf } from './statistics.js'

/**
 * The fold that tests each row. Folds are blocks of neighbouring rows, and the first ones are a row longer where sizes
 * differ; with `random` rows are shuffled first. scikit-learn's KFold.
 * @throws ArgumentError for fewer rows than folds.
 */
export function foldsOfRows(rows: number, folds: number, random: (() => number) | undefined): Int32Array {
  if (rows < folds) throw new ArgumentError(`Expected at least ${folds} rows for cv ${folds}, but got ${rows}.`)
  const fold = new Int32Array(rows)
  const longer = rows % folds
  const size = Math.floor(rows / folds)
  for (let i = 0; i < rows; i++) {
    const inLonger = Math.floor(i / (size + 1))
    fold[i] = inLonger < longer ? inLonger : Math.floor((i - longer) / size)
  }
  return random ? shuffle(fold, random) : fold
}

/**
 * The same with about the same share of each class in every fold: scikit-learn's StratifiedKFold, which numbers classes
 * in order of appearance and deals their rows out in turn.
 * @param classes the class number of each row.
 * @throws ArgumentError where every class has fewer rows than there are folds.
 */
export function foldsOfClasses(
  classes: ArrayLike<number>,
  folds: number,
  random: (() => number) | undefined,
): Int32Array {
  const rowsOf = new Map<number, number[]>()
  for (let i = 0; i < classes.length; i++) {
    const rows = rowsOf.get(classes[i]!)
    if (rows) rows.push(i)
    else rowsOf.set(classes[i]!, [i])
  }
  const most = largestOf([...rowsOf.values()].map((rows) => rows.length))
  if (most < folds) {
    throw new ArgumentError(
      `Expected a class of at least ${folds} rows for cv ${folds}, but none has more than ${most}.`,
    )
  }
  const fold = new Int32Array(classes.length)
  let firstRow = 0
  for (const rows of rowsOf.values()) {
    // Row i of all rows sorted by class goes to fold i % folds: count the rows of this class in each fold.
    const counts = new Int32Array(folds)
    for (let k = 0; k < rows.length; k++) counts[(firstRow + k) % folds]!++
    firstRow += rows.length
    const foldsInOrder = Int32Array.from([...counts].flatMap((count, k) => Array<number>(count).fill(k)))
    const foldOf = random ? shuffle(foldsInOrder, random) : foldsInOrder
    for (const [k, row] of rows.entries()) fold[row] = foldOf[k]!
  }
  return fold
}

/** Shuffles in place. Durstenfeld 1964, algorithm 235. */
function shuffle(values: Int32Array, random: () => number): Int32Array {
  for (let i = values.length - 1; i > 0; i--) {
    const other = Math.floor(random() * (i + 1))
    ;[values[i], values[other]] = [values[other]!, values[i]!]
  }
  return values
}
