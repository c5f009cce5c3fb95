import { rowBlocks, type Work } from '../base/breathing.js'
import { mismatch } from '../base/check.js'
import { sortInSteps } from '../math/sort-in-steps.js'
import { deviationOf, smallestOf } from '../math/statistics.js'
import { Folds } from './k-fold.js'
import type { RowsLike } from './rows.js'
import {
  type Classes,
  checkClassSizes,
  checkEnoughRows,
  Draws,
  readGroups,
  readStrata,
  type Split,
  type SplitSteps,
  splitInSteps,
  splitsOfFolds,
} from './splits.js'

/**
 * Folds of about the same size that keep the rows of a group together: from the largest group on, each goes to the fold that
 * is smallest so far. With `shuffle`, groups are divided at random into folds of about the same number of groups. Without it
 * the folds are scikit-learn's.
 */
export class GroupKFold extends Folds {
  /** @throws ArgumentError without groups, or for fewer groups than folds. */
  override split(x: RowsLike, y?: RowsLike, groups?: RowsLike): Generator<Split> {
    return super.split(x, y, groups)
  }

  /** @internal */
  *[splitInSteps](x: RowsLike, _y?: RowsLike, groups?: RowsLike): SplitSteps {
    const rows = checkEnoughRows(x, this.nSplits, 'nSplits')
    const { numbers, counts } = yield* sortedGroups(groups, rows, this.nSplits, 'GroupKFold')
    const foldOf = yield* this.shuffle
      ? dealGroups(counts.length, this.nSplits, this.seed)
      : balance(counts, this.nSplits)
    yield* splitsOfFolds(yield* valuesOf(numbers, foldOf), this.nSplits)
  }
}

/**
 * Folds that keep the rows of a group together and have about the same share of each class: from the group with the most
 * uneven classes on, each goes to the fold that makes the shares of classes most even. With `shuffle`, equally uneven groups
 * are taken in random order. Without it the folds are scikit-learn's.
 */
export class StratifiedGroupKFold extends Folds {
  /** @throws ArgumentError without labels or groups, for fewer groups than folds, or classes as StratifiedKFold. */
  override split(x: RowsLike, y?: RowsLike, groups?: RowsLike): Generator<Split> {
    return super.split(x, y, groups)
  }

  /** @internal */
  *[splitInSteps](x: RowsLike, y?: RowsLike, groups?: RowsLike): SplitSteps {
    const rows = checkEnoughRows(x, this.nSplits, 'nSplits')
    const classes = yield* sortByName(yield* readStrata(y, rows, 'StratifiedGroupKFold'))
    checkClassSizes(classes, this.nSplits)
    const sorted = yield* sortedGroups(groups, rows, this.nSplits, 'StratifiedGroupKFold')
    const groupCount = sorted.counts.length
    const order = this.shuffle
      ? Array.from(yield* new Draws(this.seed).orderInSteps(groupCount))
      : [...sorted.counts.keys()]
    const foldOf = yield* stratify(classes, sorted, order, this.nSplits)
    yield* splitsOfFolds(yield* valuesOf(sorted.numbers, foldOf), this.nSplits)
  }
}

/** @throws ArgumentError for fewer groups than folds. */
function* sortedGroups(groups: unknown, rows: number, folds: number, splitter: string): Work<Classes> {
  const sorted = yield* sortByName(yield* readGroups(groups, rows, splitter))
  const { length } = sorted.counts
  if (length >= folds) return sorted
  throw mismatch('nSplits', `at most ${length}, the number of different groups`, `${folds}`)
}

/** Numbers classes in the order of their names, as scikit-learn does. Ties and rounding depend on that order. */
function* sortByName({ numbers, counts, labels }: Classes): Work<Classes> {
  const order = yield* sortInSteps([...labels.keys()], (a, b) =>
    (labels[a] as string) < (labels[b] as string) ? -1 : 1,
  )
  const place = new Int32Array(order.length)
  const sorted = { counts: new Array<number>(order.length), labels: new Array<unknown>(order.length) }
  yield* rowBlocks(order.length, 1, (begin, end) => {
    for (let k = begin; k < end; k++) {
      const old = order[k]!
      place[old] = k
      sorted.counts[k] = counts[old]!
      sorted.labels[k] = labels[old]
    }
  })
  return { numbers: yield* valuesOf(numbers, place), ...sorted }
}

/** The value of each row's class. */
function* valuesOf(numbers: Int32Array, values: Int32Array): Work<Int32Array> {
  const result = new Int32Array(numbers.length)
  yield* rowBlocks(numbers.length, 1, (begin, end) => {
    for (let row = begin; row < end; row++) result[row] = values[numbers[row]!]!
  })
  return result
}

function* balance(counts: readonly number[], folds: number): Work<Int32Array> {
  const foldOf = new Int32Array(counts.length)
  const sizes = new Float64Array(folds)
  // Of equal groups, the last comes first.
  const largest = yield* sortInSteps([...counts.keys()], (a, b) => counts[b]! - counts[a]! || b - a)
  yield* rowBlocks(largest.length, folds, (begin, end) => {
    for (let k = begin; k < end; k++) {
      const group = largest[k]!
      const lightest = sizes.indexOf(smallestOf(sizes))
      sizes[lightest]! += counts[group]!
      foldOf[group] = lightest
    }
  })
  return foldOf
}

function* dealGroups(groups: number, folds: number, seed: number): Work<Int32Array> {
  const order = yield* new Draws(seed).orderInSteps(groups)
  const foldOf = new Int32Array(groups)
  const [size, longer] = [Math.floor(groups / folds), groups % folds]
  let at = 0
  for (let fold = 0; fold < folds; fold++) {
    for (const end = at + size + (fold < longer ? 1 : 0); at < end; at++) foldOf[order[at]!] = fold
  }
  return foldOf
}

function* stratify(classes: Classes, groups: Classes, order: number[], folds: number): Work<Int32Array> {
  const width = classes.counts.length
  const counts = new Float64Array(groups.counts.length * width)
  const countsOf = (group: number) => counts.subarray(group * width, (group + 1) * width)
  yield* rowBlocks(groups.numbers.length, 1, (begin, end) => {
    for (let row = begin; row < end; row++) counts[groups.numbers[row]! * width + classes.numbers[row]!]!++
  })
  const spreads = new Float64Array(groups.counts.length)
  yield* rowBlocks(spreads.length, width, (begin, end) => {
    for (let group = begin; group < end; group++) spreads[group] = deviationOf(countsOf(group))
  })
  const foldOf = new Int32Array(spreads.length)
  const inFolds = Array.from({ length: folds }, () => new Float64Array(width))
  // The sort is stable: groups of equal spread stay in `order`.
  for (const group of yield* sortInSteps(order, (a, b) => spreads[b]! - spreads[a]!)) {
    const added = countsOf(group)
    const fold = bestFold(inFolds, added, classes.counts)
    for (let k = 0; k < width; k++) inFolds[fold]![k]! += added[k]!
    foldOf[group] = fold
    yield
  }
  return foldOf
}

/** The fold that makes the shares of classes most even; of about equal folds, the smallest. */
function bestFold(inFolds: readonly Float64Array[], added: Float64Array, totals: readonly number[]): number {
  let [best, least, smallest] = [0, Infinity, Infinity]
  for (const [i, counts] of inFolds.entries()) {
    let sum = 0
    for (const [k, total] of totals.entries()) {
      sum += deviationOf(inFolds.map((fold, j) => (fold[k]! + (j === i ? added[k]! : 0)) / total))
    }
    const spread = sum / totals.length
    const size = counts.reduce((all, count) => all + count, 0)
    // numpy's isclose.
    const close = Math.abs(spread - least) <= 1e-8 + 1e-5 * Math.abs(least)
    if (spread < least || (close && size < smallest)) [best, least, smallest] = [i, spread, size]
  }
  return best
}
