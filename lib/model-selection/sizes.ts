import { inRange, invalid } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'

/** How much to test and to train with: an integer is a number of rows, a fraction below 1 a share of them. */
export interface SizeOptions {
  /** Rows, or the share of rows, to test with; what training leaves when missing. */
  testSize?: number | undefined
  /** Rows, or the share of rows, to train with; what the test leaves when missing. */
  trainSize?: number | undefined
}

/** @throws ArgumentError for what is neither a count of at least 1 nor a share above 0 and below 1. */
export function checkSizes({ testSize, trainSize }: SizeOptions): void {
  for (const [name, size] of Object.entries({ testSize, trainSize })) {
    if (size === undefined || (Number.isSafeInteger(size) && size >= 1)) continue
    if (typeof size === 'number' && inRange(size, { above: 0, below: 1 })) continue
    throw invalid(name, 'an integer of at least 1, or a share above 0 and below 1', size)
  }
}

/**
 * How many rows to train and to test with, as scikit-learn counts: the test's share is rounded up, training's down.
 * @throws ArgumentError where there are too few rows.
 */
export function sizesFor(rows: number, sizes: SizeOptions, usual: number): { train: number; test: number } {
  const { trainSize } = sizes
  const testSize = sizes.testSize ?? (trainSize === undefined ? usual : undefined)
  const count = (size: number | undefined, round: (share: number) => number) =>
    size === undefined ? undefined : size < 1 ? round(size * rows) : size
  const [asked, kept] = [count(testSize, Math.ceil), count(trainSize, Math.floor)]
  const test = asked ?? rows - kept!
  const train = kept ?? rows - asked!
  if (train < 1 || test < 1 || train + test > rows) {
    throw new ArgumentError(
      `Expected at least one row to train and one to test with, no more than the ${rows} that there are, but testSize ` +
        `${sizes.testSize ?? (trainSize === undefined ? usual : 'the rest')} and trainSize ${trainSize ?? 'the rest'} ask for ` +
        `${train} to train and ${test} to test with.`,
    )
  }
  return { train, test }
}
