import { rowBlocks, type Work } from '../base/breathing.js'
import { checkInteger, checkOptions, describe, optionKeys } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { rowsByClass } from './k-fold.js'
import { countRows, type RowsLike } from './rows.js'
import { checkSizes, type SizeOptions, sizesFor } from './sizes.js'
import {
  type Classes,
  Draws,
  ignoreGroups,
  readSeed,
  readStrata,
  type Split,
  type SplitSteps,
  type Splitter,
  splitInSteps,
  splitsAmong,
} from './splits.js'

/** The options of splitters into random parts. */
export interface ShuffleSplitOptions extends SizeOptions {
  /** The number of splits; 10 by default. */
  nSplits?: number | undefined
  /** The seed of the parts; random by default. */
  seed?: number | undefined
}

abstract class RandomParts implements Splitter {
  readonly nSplits: number
  /** Rows, or the share of rows, to test with; a tenth if neither size is set. */
  readonly testSize: number | undefined
  readonly trainSize: number | undefined
  readonly seed: number

  constructor(options: ShuffleSplitOptions = {}) {
    checkOptions(
      options,
      new.target.name,
      optionKeys<ShuffleSplitOptions>({ nSplits: true, testSize: true, trainSize: true, seed: true }),
    )
    checkSizes(options)
    this.nSplits = checkInteger(options.nSplits ?? 10, 'nSplits', { min: 1 })
    this.testSize = options.testSize
    this.trainSize = options.trainSize
    this.seed = readSeed(options.seed)
  }

  /**
   * Warns of groups, which it ignores.
   * @throws ArgumentError for too few rows, for labels that cannot be stratified by, or for another number of groups than of rows.
   */
  split(x: RowsLike, y?: RowsLike, groups?: RowsLike): Generator<Split> {
    return splitsAmong(this[splitInSteps](x, y, groups))
  }

  /** @internal */
  *[splitInSteps](x: RowsLike, y?: RowsLike, groups?: RowsLike): SplitSteps {
    ignoreGroups(groups, x, this.constructor.name)
    const rows = countRows(x, 'x')
    const sizes = sizesFor(rows, this, 0.1)
    const draws = new Draws(this.seed)
    for (let k = 0; k < this.nSplits; k++) yield yield* this.draw(rows, sizes, y, draws)
  }

  protected abstract draw(
    rows: number,
    sizes: { train: number; test: number },
    y: RowsLike | undefined,
    draws: Draws,
  ): Work<Split>
}

/** Random parts of the rows to train and to test with. Tests of different splits may share rows. */
export class ShuffleSplit extends RandomParts {
  protected *draw(
    rows: number,
    { train, test }: { train: number; test: number },
    _: unknown,
    draws: Draws,
  ): Work<Split> {
    const order = yield* draws.orderInSteps(rows)
    return { test: order.slice(0, test), train: order.slice(test, test + train) }
  }
}

/** Random parts of the rows that have about the same share of each class. */
export class StratifiedShuffleSplit extends RandomParts {
  protected *draw(
    rows: number,
    sizes: { train: number; test: number },
    y: RowsLike | undefined,
    draws: Draws,
  ): Work<Split> {
    return yield* drawStratified(yield* readStrata(y, rows, 'StratifiedShuffleSplit'), sizes, draws)
  }
}

/**
 * Draws random rows of each class, in proportion to its size.
 * @throws ArgumentError for a class of one row, or for parts of fewer rows than there are classes.
 */
export function* drawStratified(
  { numbers, counts, labels }: Classes,
  { train, test }: { train: number; test: number },
  draws: Draws,
): Work<Split> {
  const single = counts.indexOf(1)
  if (single !== -1) {
    throw new ArgumentError(
      `Expected at least two rows of each class to stratify by, but ${describe(labels[single])} has one.`,
    )
  }
  for (const [name, size] of [['train', train] as const, ['test', test] as const]) {
    if (size >= counts.length) continue
    throw new ArgumentError(
      `Expected at least ${counts.length} rows to ${name} with, as many as there are classes to stratify by, but got ${size}.`,
    )
  }
  const trainCounts = shares(counts, train, draws)
  const testCounts = shares(
    counts.map((count, k) => count - trainCounts[k]!),
    test,
    draws,
  )
  const [trainRows, testRows] = [new Uint32Array(train), new Uint32Array(test)]
  let [trained, tested] = [0, 0]
  for (const [k, inClass] of (yield* rowsByClass(numbers, counts)).entries()) {
    const order = yield* draws.orderInSteps(inClass.length)
    const [inTrain, inTest] = [trainCounts[k]!, testCounts[k]!]
    yield* rowBlocks(inTrain + inTest, 1, (begin, end) => {
      for (let i = begin; i < end; i++) {
        if (i < inTrain) trainRows[trained++] = inClass[order[i]!]!
        else testRows[tested++] = inClass[order[i]!]!
      }
    })
  }
  return { train: yield* shuffled(trainRows, draws), test: yield* shuffled(testRows, draws) }
}

function* shuffled(rows: Uint32Array, draws: Draws): Work<Uint32Array> {
  const order = yield* draws.orderInSteps(rows.length)
  yield* rowBlocks(rows.length, 1, (begin, end) => {
    for (let i = begin; i < end; i++) order[i] = rows[order[i]!]!
  })
  return order
}

/** Divides `size` rows among classes: shares rounded down, the rest to the largest remainders, ties at random. */
function shares(counts: readonly number[], size: number, draws: Draws): number[] {
  const rows = counts.reduce((sum, count) => sum + count, 0)
  const exact = counts.map((count) => (count / rows) * size)
  const whole = exact.map(Math.floor)
  const left = size - whole.reduce((sum, count) => sum + count, 0)
  const tieOrder = draws.order(counts.length)
  const remainder = (k: number) => exact[k]! - whole[k]!
  const first = [...counts.keys()].sort((a, b) => remainder(b) - remainder(a) || tieOrder[a]! - tieOrder[b]!)
  for (const k of first.slice(0, left)) whole[k]!++
  return whole
}
