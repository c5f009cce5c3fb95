import type { Work } from '../base/breathing.js'
import { checkInteger, checkOptions, optionKeys } from '../base/check.js'
import { dealClasses, dealRows } from './k-fold.js'
import type { RowsLike } from './rows.js'
import {
  checkEnoughRows,
  Draws,
  ignoreGroups,
  readSeed,
  type Split,
  type SplitSteps,
  type Splitter,
  splitInSteps,
  splitsAmong,
  splitsOfFolds,
} from './splits.js'

/** The options of splitters that repeat. */
export interface RepeatedFoldOptions {
  /** The number of folds in each repeat; at least 2, and 5 by default. */
  nSplits?: number | undefined
  /** The number of repeats; 10 by default. */
  nRepeats?: number | undefined
  /** The seed of the shuffles; random by default. */
  seed?: number | undefined
}

abstract class Repeated implements Splitter {
  /** The number of folds in each repeat. */
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

  /** The number of splits: folds times repeats. */
  get nSplits(): number {
    return this.folds * this.nRepeats
  }

  /**
   * Warns of groups, which it ignores.
   * @throws as KFold or StratifiedKFold does.
   */
  split(x: RowsLike, y?: RowsLike, groups?: RowsLike): Generator<Split> {
    return splitsAmong(this[splitInSteps](x, y, groups))
  }

  /** @internal */
  *[splitInSteps](x: RowsLike, y?: RowsLike, groups?: RowsLike): SplitSteps {
    ignoreGroups(groups, x, this.constructor.name)
    const draws = new Draws(this.seed)
    for (let repeat = 0; repeat < this.nRepeats; repeat++) {
      yield* splitsOfFolds(yield* this.deal(x, y, draws), this.folds)
    }
  }

  protected abstract deal(x: RowsLike, y: RowsLike | undefined, draws: Draws): Work<Int32Array>
}

/** KFold in several random orders. */
export class RepeatedKFold extends Repeated {
  protected deal(x: RowsLike, _y: RowsLike | undefined, draws: Draws): Work<Int32Array> {
    return dealRows(checkEnoughRows(x, this.folds, 'nSplits'), this.folds, draws)
  }
}

/** StratifiedKFold in several random orders. */
export class RepeatedStratifiedKFold extends Repeated {
  protected deal(x: RowsLike, y: RowsLike | undefined, draws: Draws): Work<Int32Array> {
    return dealClasses(x, y, this.folds, draws, 'RepeatedStratifiedKFold')
  }
}
