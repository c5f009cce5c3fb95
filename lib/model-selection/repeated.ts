import { checkInteger, checkOptions, optionKeys } from '../base/check.js'
import { dealClasses, dealRows } from './k-fold.js'
import type { RowsLike } from './rows.js'
import { checkEnoughRows, Draws, readSeed, type Split, type Splitter, splitsOfFolds } from './splits.js'

/** What splitters that repeat take. */
export interface RepeatedFoldOptions {
  /** How many folds each time; at least 2, and 5 by default. */
  nSplits?: number | undefined
  /** How many times; 10 by default. */
  nRepeats?: number | undefined
  /** What the orders are drawn from; drawn itself when missing. */
  seed?: number | undefined
}

abstract class Repeated implements Splitter {
  /** How many folds there are each time. */
  readonly folds: number
  readonly nRepeats: number
  readonly seed: number

  constructor(options: RepeatedFoldOptions = {}) {
    checkOptions(
      options,
      new.target.name,
      optionKeys<RepeatedFoldOptions>({ nSplits: true, nRepeats: true, seed: true }),
    )
    this.folds = checkInteger(options.nSplits ?? 5, 'nSplits', { min: 2 })
    this.nRepeats = checkInteger(options.nRepeats ?? 10, 'nRepeats', { min: 1 })
    this.seed = readSeed(options.seed)
  }

  /** How many splits there are: folds times repeats. */
  get nSplits(): number {
    return this.folds * this.nRepeats
  }

  *split(x: RowsLike, y?: RowsLike): Generator<Split> {
    const draws = new Draws(this.seed)
    for (let repeat = 0; repeat < this.nRepeats; repeat++) {
      yield* splitsOfFolds(this.deal(x, y, draws), this.folds)
    }
  }

  protected abstract deal(x: RowsLike, y: RowsLike | undefined, draws: Draws): Int32Array
}

/** KFold in several random orders. */
export class RepeatedKFold extends Repeated {
  protected deal(x: RowsLike, _y: RowsLike | undefined, draws: Draws): Int32Array {
    return dealRows(checkEnoughRows(x, this.folds, 'nSplits'), this.folds, draws)
  }
}

/** StratifiedKFold in several random orders. */
export class RepeatedStratifiedKFold extends Repeated {
  protected deal(x: RowsLike, y: RowsLike | undefined, draws: Draws): Int32Array {
    return dealClasses(x, y, this.folds, draws, 'RepeatedStratifiedKFold')
  }
}
