import { inRange, invalid, mismatch } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'

/** The sizes of test and training: an integer is a number of rows, a number below 1 a share of them. */
export interface SizeOptions {
  /** Rows, or the share of rows, to test with; the rows that are not for training by default. */
  testSize?: number | undefined
  /** Rows, or the share of rows, to train with; the rows that are not for the test by default. */
  trainSize?: number | undefined
}

/** @throws ArgumentError for a size that is neither a count of at least 1 nor a share above 0 and below 1, or shares above 1 in all. */
export function checkSizes({ testSize, trainSize }: SizeOptions): void {
  for (const [name, size] of Object.entries({ testSize, trainSize })) {
    if (size === undefined || (Number.isSafeInteger(size) && size >= 1)) continue
    if (typeof size === 'number' && inRange(size, { above: 0, below: 1 })) continue
    throw invalid(name, 'an integer of at least 1, or a share above 0 and below 1', size)
  }
  if (testSize === undefined || trainSize === undefined || testSize >= 1 || trainSize >= 1) return
  if (testSize + trainSize <= 1) return
  throw mismatch('testSize and trainSize', 'shares of at most 1 in all', `${testSize} and ${trainSize}`)
}

/**
 * The numbers of rows to train and to test with. As in scikit-learn, the test's share is rounded up, that of training down.
 * @param defaultTest the test's share if neither size is set.
 * @throws ArgumentError if there are too few rows.
 */
export function sizesFor(rows: number, sizes: SizeOptions, defaultTest: number): { train: number; test: number } {
  const { trainSize } = sizes
  const testSize = sizes.testSize ?? (trainSize === undefined ? defaultTest : undefined)
  const count = (size: number | undefined, round: (share: number) => number) =>
    size === undefined ? undefined : size < 1 ? round(size * rows) : size
  const [testCount, trainCount] = [count(testSize, Math.ceil), count(trainSize, Math.floor)]
  const test = testCount ?? rows - trainCount!
  const train = trainCount ?? rows - testCount!
  if (train < 1 || test < 1 || train + test > rows) {
    throw new ArgumentError(
      `Expected at least one row to train with, one to test with, and at most ${rows} in all, but testSize ` +
        `${testSize ?? 'the rest'} and trainSize ${trainSize ?? 'the rest'} give ${train} to train and ${test} to test with.`,
    )
  }
  return { train, test }
}
