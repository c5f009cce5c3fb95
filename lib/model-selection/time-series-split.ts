import { rowBlocks, type Work } from '../base/breathing.js'
import { checkInteger, checkOptions, mismatch, optionKeys } from '../base/check.js'
import type { RowsLike } from './rows.js'
import {
  checkEnoughRows,
  ignoreGroups,
  type Split,
  type SplitSteps,
  type Splitter,
  splitInSteps,
  splitsAmong,
} from './splits.js'

/** What `new TimeSeriesSplit` takes. */
export interface TimeSeriesSplitOptions {
  /** The number of splits; at least 2, and 5 by default. */
  nSplits?: number | undefined
  /** Upper bound on training rows, the latest of which are taken; none by default. */
  maxTrainSize?: number | undefined
  /** Rows of each test; rows / (nSplits + 1), rounded down, by default. */
  testSize?: number | undefined
  /** Rows between training and test that are left out; 0 by default. */
  gap?: number | undefined
}

/**
 * Splits of rows in the order of time: test rows come after all training rows, and the test of each split after that of the
 * split before. scikit-learn's TimeSeriesSplit.
 */
export class TimeSeriesSplit implements Splitter {
  readonly nSplits: number
  readonly maxTrainSize: number | undefined
  readonly testSize: number | undefined
  readonly gap: number

  constructor(options: TimeSeriesSplitOptions = {}) {
    checkOptions(
      options,
      'TimeSeriesSplit',
      optionKeys<TimeSeriesSplitOptions>({ nSplits: true, maxTrainSize: true, testSize: true, gap: true }),
    )
    const { maxTrainSize, testSize } = options
    this.nSplits = checkInteger(options.nSplits ?? 5, 'nSplits', { min: 2 })
    this.maxTrainSize = maxTrainSize === undefined ? undefined : checkInteger(maxTrainSize, 'maxTrainSize', { min: 1 })
    this.testSize = testSize === undefined ? undefined : checkInteger(testSize, 'testSize', { min: 1 })
    this.gap = checkInteger(options.gap ?? 0, 'gap', { min: 0 })
  }

  /**
   * Warns of groups, which it ignores.
   * @throws ArgumentError for too few rows, or for another number of groups than of rows.
   */
  split(x: RowsLike, y?: RowsLike, groups?: RowsLike): Generator<Split> {
    return splitsAmong(this[splitInSteps](x, y, groups))
  }

  /** @internal */
  *[splitInSteps](x: RowsLike, _y?: RowsLike, groups?: RowsLike): SplitSteps {
    ignoreGroups(groups, x, 'TimeSeriesSplit')
    const { nSplits, gap, maxTrainSize = Infinity } = this
    const rows = checkEnoughRows(x, nSplits + 1, 'nSplits + 1')
    const size = this.testSize ?? Math.floor(rows / (nSplits + 1))
    if (rows - gap - size * nSplits <= 0) {
      const least = gap + size * nSplits + 1
      throw mismatch('x', `at least ${least} rows for ${nSplits} tests of ${size} rows and a gap of ${gap}`, `${rows}`)
    }
    for (let k = nSplits; k > 0; k--) {
      const begin = rows - k * size
      const end = begin - gap
      const train = yield* range(Math.max(0, end - maxTrainSize), end)
      yield { train, test: yield* range(begin, begin + size) }
    }
  }
}

function* range(first: number, last: number): Work<Uint32Array> {
  const rows = new Uint32Array(last - first)
  yield* rowBlocks(rows.length, 1, (begin, end) => {
    for (let i = begin; i < end; i++) rows[i] = first + i
  })
  return rows
}
