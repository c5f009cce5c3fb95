import { checkInteger, checkOptions, mismatch, optionKeys } from '../base/check.js'
import type { RowsLike } from './rows.js'
import { checkEnoughRows, type Split, type Splitter } from './splits.js'

/** What `new TimeSeriesSplit` takes. */
export interface TimeSeriesSplitOptions {
  /** How many splits; at least 2, and 5 by default. */
  nSplits?: number | undefined
  /** The most rows to train with, the latest ones; all when missing. */
  maxTrainSize?: number | undefined
  /** Rows of each test; rows / (nSplits + 1), rounded down, when missing. */
  testSize?: number | undefined
  /** Rows between training and test that belong to neither; 0 by default. */
  gap?: number | undefined
}

/**
 * Splits of rows in the order of time: what is tested comes after all that is trained with, and each split's test after that of the
 * one before. scikit-learn's.
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

  /** @throws ArgumentError for too few rows. */
  *split(x: RowsLike): Generator<Split> {
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
      yield { train: range(Math.max(0, end - maxTrainSize), end), test: range(begin, begin + size) }
    }
  }
}

function range(begin: number, end: number): Uint32Array {
  return Uint32Array.from({ length: end - begin }, (_, i) => begin + i)
}
