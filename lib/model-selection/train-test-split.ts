import { runNow } from '../base/breathing.js'
import { checkBoolean, checkOptions, optionKeys } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { warnOfOrder } from './ordered-rows.js'
import { checkRowCount, countRows, type RowsLike, takeRows } from './rows.js'
import { drawStratified } from './shuffle-split.js'
import { checkSizes, type SizeOptions, sizesFor } from './sizes.js'
import { Draws, readSeed, readStrata, type Split } from './splits.js'

/** What `trainTestSplit` takes. */
export interface TrainTestSplitOptions extends SizeOptions {
  /** Whether to draw rows at random; true by default. Without a shuffle the last rows are the test. */
  shuffle?: boolean | undefined
  /** The seed of the shuffle; random by default. */
  seed?: number | undefined
  /** Labels, one a row, that have the same shares in both parts. `true` stands for y. */
  stratify?: true | RowsLike | undefined
}

/** Rows and their labels in two parts, with the row numbers. */
export interface TrainTestParts<X extends RowsLike, Y extends RowsLike> extends Split {
  xTrain: X
  xTest: X
  yTrain: Y
  yTest: Y
}

/**
 * Splits rows in two, to train and to test with. A quarter is the test if neither size is set. Other arrays (weights, groups)
 * can be split by the row numbers `train` and `test`. Without a shuffle it warns of rows that seem to be sorted by class.
 * @throws ArgumentError for wrong sizes, too few rows, or classes too small to stratify by.
 * @example
 * const { x, y } = datasets.digits().train
 * const { xTrain, yTrain, xTest, yTest } = modelSelection.trainTestSplit(x, y, { testSize: 0.2, seed: 1, stratify: true })
 */
export function trainTestSplit<X extends RowsLike, Y extends RowsLike>(
  x: X,
  y: Y,
  options: TrainTestSplitOptions = {},
): TrainTestParts<X, Y> {
  checkOptions(
    options,
    'trainTestSplit()',
    optionKeys<TrainTestSplitOptions>({ testSize: true, trainSize: true, shuffle: true, seed: true, stratify: true }),
  )
  checkSizes(options)
  const rows = countRows(x, 'x')
  checkRowCount(y, 'y', rows)
  const { train, test } = split(rows, y, options)
  return {
    train,
    test,
    xTrain: takeRows(x, train),
    xTest: takeRows(x, test),
    yTrain: takeRows(y, train),
    yTest: takeRows(y, test),
  }
}

function split(rows: number, y: RowsLike, options: TrainTestSplitOptions): Split {
  const sizes = sizesFor(rows, options, 0.25)
  const shuffle = checkBoolean(options.shuffle ?? true, 'shuffle')
  const { stratify } = options
  if (!shuffle) {
    if (stratify !== undefined) throw new ArgumentError('Expected no stratify without shuffle. Leave one of them out.')
    if (options.seed !== undefined) throw new ArgumentError('Expected no seed without shuffle. Leave one of them out.')
    const advice = 'Leave shuffle true.'
    const parts = { splitter: 'trainTestSplit without shuffle', advice, rows, count: 2 }
    warnOfOrder(y, { ...parts, of: (row) => Number(row >= sizes.train) })
    const order = Uint32Array.from({ length: sizes.train + sizes.test }, (_, row) => row)
    return { train: order.slice(0, sizes.train), test: order.slice(sizes.train) }
  }
  const draws = new Draws(readSeed(options.seed))
  if (stratify !== undefined) {
    const strata = runNow(readStrata(stratify === true ? y : stratify, rows, 'stratify'))
    return runNow(drawStratified(strata, sizes, draws))
  }
  const order = draws.order(rows)
  return { test: order.slice(0, sizes.test), train: order.slice(sizes.test, sizes.test + sizes.train) }
}
