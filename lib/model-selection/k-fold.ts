import { rowBlocks, type Work } from '../base/breathing.js'
import { checkInteger, checkOptions, optionKeys } from '../base/check.js'
import { foldsOfClasses, foldsOfRows } from '../math/folds.js'
import { warnOfOrder } from './ordered-rows.js'
import type { RowsLike } from './rows.js'
import {
  checkClassSizes,
  checkEnoughRows,
  Draws,
  ignoreGroups,
  readShuffle,
  readStrata,
  type Split,
  type SplitSteps,
  type Splitter,
  splitInSteps,
  splitsAmong,
  splitsOfFolds,
} from './splits.js'

/** The options of splitters into folds. */
export interface FoldOptions {
  /** The number of folds, each of which is the test of one split; at least 2, and 5 by default. */
  nSplits?: number | undefined
  /** Whether to divide rows at random; false by default. */
  shuffle?: boolean | undefined
  /** The seed of the shuffle, only with `shuffle`; random by default. */
  seed?: number | undefined
}

/** The base of splitters into folds. */
export abstract class Folds implements Splitter {
  /** The number of splits. */
  readonly nSplits: number
  readonly shuffle: boolean
  /** The seed of shuffles. Every call of `split` returns the same splits. */
  readonly seed: number

  constructor(options: FoldOptions = {}) {
    checkOptions(options, new.target.name, optionKeys<FoldOptions>({ nSplits: true, shuffle: true, seed: true }))
    this.nSplits = checkInteger(options.nSplits ?? 5, 'nSplits', { min: 2 })
    const { shuffle, seed } = readShuffle(options)
    this.shuffle = shuffle
    this.seed = seed
  }

  /** @throws ArgumentError as the class says. */
  split(x: RowsLike, y?: RowsLike, groups?: RowsLike): Generator<Split> {
    return splitsAmong(this[splitInSteps](x, y, groups))
  }

  /** @internal */
  abstract [splitInSteps](x: RowsLike, y?: RowsLike, groups?: RowsLike): SplitSteps
}

/**
 * Folds of neighbouring rows; if sizes cannot be equal, the first folds have a row more. With `shuffle`, folds of random rows.
 * Without it they are scikit-learn's.
 * @example
 * const folds = [...new modelSelection.KFold({ nSplits: 2 }).split(['a', 'b', 'c'])]
 * folds[0]!.test // Uint32Array [0, 1]
 */
export class KFold extends Folds {
  /**
   * Warns of groups, which it ignores, and without shuffle of rows that seem to be sorted by class.
   * @throws ArgumentError for more folds than rows, or for another number of groups than of rows.
   */
  override split(x: RowsLike, y?: RowsLike, groups?: RowsLike): Generator<Split> {
    return super.split(x, y, groups)
  }

  /** @internal */
  *[splitInSteps](x: RowsLike, y?: RowsLike, groups?: RowsLike): SplitSteps {
    ignoreGroups(groups, x, 'KFold')
    const rows = checkEnoughRows(x, this.nSplits, 'nSplits')
    const fold = yield* dealRows(rows, this.nSplits, this.shuffle ? new Draws(this.seed) : undefined)
    if (!this.shuffle) {
      const advice = 'Set shuffle to true, or use StratifiedKFold.'
      warnOfOrder(y, { splitter: 'KFold without shuffle', advice, rows, count: this.nSplits, of: (row) => fold[row]! })
    }
    yield* splitsOfFolds(fold, this.nSplits)
  }
}

/** Folds that have about the same share of each class. Without `shuffle` they are scikit-learn's. */
export class StratifiedKFold extends Folds {
  /**
   * Warns if a class has fewer rows than there are folds, and of groups, which it ignores.
   * @throws ArgumentError without labels, for fractions as labels, or if every class has fewer rows than there are folds.
   */
  override split(x: RowsLike, y?: RowsLike, groups?: RowsLike): Generator<Split> {
    return super.split(x, y, groups)
  }

  /** @internal */
  *[splitInSteps](x: RowsLike, y?: RowsLike, groups?: RowsLike): SplitSteps {
    ignoreGroups(groups, x, 'StratifiedKFold')
    const draws = this.shuffle ? new Draws(this.seed) : undefined
    yield* splitsOfFolds(yield* dealClasses(x, y, this.nSplits, draws, 'StratifiedKFold'), this.nSplits)
  }
}

/** The fold of each row; with `draws`, at random. */
export function* dealRows(rows: number, folds: number, draws: Draws | undefined): Work<Int32Array> {
  const fold = yield* foldsOfRows(rows, folds, undefined)
  if (!draws) return fold
  const order = yield* draws.orderInSteps(rows)
  const shuffled = new Int32Array(rows)
  yield* rowBlocks(rows, 1, (begin, end) => {
    for (let i = begin; i < end; i++) shuffled[order[i]!] = fold[i]!
  })
  return shuffled
}

/** The fold of each row, stratified; with `draws`, the rows of each class are shuffled. */
export function* dealClasses(
  x: RowsLike,
  y: RowsLike | undefined,
  folds: number,
  draws: Draws | undefined,
  splitter: string,
): Work<Int32Array> {
  const classes = yield* readStrata(y, checkEnoughRows(x, folds, 'nSplits'), splitter)
  checkClassSizes(classes, folds)
  const fold = yield* foldsOfClasses(classes.numbers, folds, undefined)
  if (!draws) return fold
  const shuffled = new Int32Array(fold.length)
  for (const inClass of yield* rowsByClass(classes.numbers, classes.counts)) {
    const order = yield* draws.orderInSteps(inClass.length)
    yield* rowBlocks(inClass.length, 1, (begin, end) => {
      for (let i = begin; i < end; i++) shuffled[inClass[order[i]!]!] = fold[inClass[i]!]!
    })
  }
  return shuffled
}

/** The rows of each class, in ascending order. */
export function* rowsByClass(numbers: Int32Array, counts: readonly number[]): Work<Uint32Array[]> {
  const rows = counts.map((count) => new Uint32Array(count))
  const filled = new Int32Array(counts.length)
  yield* rowBlocks(numbers.length, 1, (begin, end) => {
    for (let row = begin; row < end; row++) {
      const number = numbers[row]!
      rows[number]![filled[number]!++] = row
    }
  })
  return rows
}
