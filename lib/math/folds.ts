import { rowBlocks, type Work } from '../base/breathing.js'
import { ArgumentError } from '../base/errors.js'
import { largestOf } from './statistics.js'

/**
 * The fold that tests each row. Folds are blocks of neighbouring rows, and the first ones are a row longer where sizes
 * differ; with `random` rows are shuffled first. scikit-learn's KFold.
 * @throws ArgumentError for fewer rows than folds.
 */
export function* foldsOfRows(
  rows: number,
  folds: number,
  random: (() => number) | undefined,
): Work<Int32Array<ArrayBuffer>> {
  if (rows < folds) throw new ArgumentError(`Expected at least ${folds} rows for cv ${folds}, but got ${rows}.`)
  const fold = new Int32Array(rows)
  const longer = rows % folds
  const size = Math.floor(rows / folds)
  yield* rowBlocks(rows, 1, (begin, end) => {
    for (let i = begin; i < end; i++) {
      const inLonger = Math.floor(i / (size + 1))
      fold[i] = inLonger < longer ? inLonger : Math.floor((i - longer) / size)
    }
  })
  return random ? yield* shuffle(fold, random) : fold
}

/**
 * The same with about the same share of each class in every fold: scikit-learn's StratifiedKFold, which numbers classes
 * in order of appearance and deals their rows out in turn.
 * @param classes the class number of each row.
 * @throws ArgumentError where every class has fewer rows than there are folds.
 */
export function* foldsOfClasses(
  classes: ArrayLike<number>,
  folds: number,
  random: (() => number) | undefined,
): Work<Int32Array<ArrayBuffer>> {
  const rowsOf = new Map<number, number[]>()
  yield* rowBlocks(classes.length, 1, (begin, end) => {
    for (let i = begin; i < end; i++) {
      const rows = rowsOf.get(classes[i]!)
      if (rows) rows.push(i)
      else rowsOf.set(classes[i]!, [i])
    }
  })
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
    for (let k = 0; k < folds; k++) {
      // Rows of this class at the places k, k + folds, ... of all rows sorted by class.
      const first = (((k - firstRow) % folds) + folds) % folds
      counts[k] = first < rows.length ? Math.floor((rows.length - 1 - first) / folds) + 1 : 0
    }
    firstRow += rows.length
    const foldsInOrder = new Int32Array(rows.length)
    let filled = 0
    for (const [k, count] of counts.entries()) {
      foldsInOrder.fill(k, filled, filled + count)
      filled += count
    }
    const foldOf = random ? yield* shuffle(foldsInOrder, random) : foldsInOrder
    yield* rowBlocks(rows.length, 1, (begin, end) => {
      for (let k = begin; k < end; k++) fold[rows[k]!] = foldOf[k]!
    })
  }
  return fold
}

/** Shuffles in place. Durstenfeld 1964, algorithm 235. */
function* shuffle(values: Int32Array<ArrayBuffer>, random: () => number): Work<Int32Array<ArrayBuffer>> {
  // Random numbers by BigInt take as long as some dozen copies.
  yield* rowBlocks(values.length - 1, 64, (begin, end) => {
    for (let done = begin; done < end; done++) {
      const i = values.length - 1 - done
      const other = Math.floor(random() * (i + 1))
      ;[values[i], values[other]] = [values[other]!, values[i]!]
    }
  })
  return values
}
