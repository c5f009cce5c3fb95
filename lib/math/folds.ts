import { ArgumentError } from '../base/errors.js'

/**
 * Which fold each row is held out in: folds of neighbouring rows, the first ones a row longer where they do not come out
 * even; with `random`, of rows in random order. scikit-learn's KFold.
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
 * as they first come and deals them out in turn.
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
    const own = rowsOf.get(classes[i]!)
    if (own) own.push(i)
    else rowsOf.set(classes[i]!, [i])
  }
  const most = Math.max(...[...rowsOf.values()].map((rows) => rows.length))
  if (most < folds) {
    throw new ArgumentError(
      `Expected a class of at least ${folds} rows for cv ${folds}, but none has more than ${most}.`,
    )
  }
  const fold = new Int32Array(classes.length)
  let at = 0
  for (const rows of rowsOf.values()) {
    // Every fold takes each folds-th of the rows sorted by class: how many of this class are its own?
    const counts = new Int32Array(folds)
    for (let k = 0; k < rows.length; k++) counts[(at + k) % folds]!++
    at += rows.length
    const own = Int32Array.from([...counts].flatMap((count, k) => Array<number>(count).fill(k)))
    const dealt = random ? shuffle(own, random) : own
    for (const [k, row] of rows.entries()) fold[row] = dealt[k]!
  }
  return fold
}

/** Durstenfeld 1964. */
function shuffle(values: Int32Array, random: () => number): Int32Array {
  for (let i = values.length - 1; i > 0; i--) {
    const other = Math.floor(random() * (i + 1))
    ;[values[i], values[other]] = [values[other]!, values[i]!]
  }
  return values
}
