import { findInSteps, rowBlocks, runNow, type Work } from '../base/breathing.js'
import { checkBoolean, checkSeed, describe, invalid, mismatch } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { isNumberArray } from '../base/matrix.js'
import { randomSeed } from '../base/random-seed.js'
import { checkClassLabels, checkLabels } from '../learning/labels.js'
import { largestOf, smallestOf } from '../math/statistics.js'
import { permutationInSteps } from '../native/permutation.js'
import { checkRowCount, countRows, type RowsLike } from './rows.js'

/** The row numbers to train and to test with. */
export interface Split {
  train: Uint32Array
  test: Uint32Array
}

/** Splits rows into parts to train and to test with. Custom splitters implement this method. */
export interface Splitter {
  /**
   * @param x the rows.
   * @param y one label a row, which splitters that stratify need.
   * @param groups one string, number or boolean a row, which splitters that keep groups together need.
   */
  split(x: RowsLike, y?: RowsLike, groups?: readonly unknown[] | RowsLike): Iterable<Split>
}

/** Splits, and pauses between the steps that find them. */
// biome-ignore lint/suspicious/noConfusingVoidType: Work yields void
export type SplitSteps = Generator<Split | void, void, void>

/** The key of `split` in steps, which splitters of this package have. */
export const splitInSteps = Symbol('perceptra.splitInSteps')

/** The splits among steps. */
export function* splitsAmong(steps: SplitSteps): Generator<Split> {
  for (const split of steps) if (split) yield split
}

/** Random orders from a seed; every call of `order` gives another one. */
export class Draws {
  readonly #seed: number
  #count = 0

  constructor(seed: number) {
    this.#seed = seed
  }

  /** The numbers from 0 to below `count` in random order. */
  order(count: number): Uint32Array {
    return runNow(this.orderInSteps(count))
  }

  orderInSteps(count: number): Work<Uint32Array> {
    return permutationInSteps(count, this.#seed, this.#count++)
  }
}

/** The option `seed`; a random seed if it is left out. */
export function readSeed(seed: unknown): number {
  return seed === undefined || seed === null ? randomSeed() : checkSeed(seed)
}

/**
 * The options `shuffle` and `seed`.
 * @throws ArgumentError for a seed without a shuffle, which would have no effect.
 */
export function readShuffle(options: { shuffle?: unknown; seed?: unknown }): { shuffle: boolean; seed: number } {
  const shuffle = checkBoolean(options.shuffle ?? false, 'shuffle')
  const seed = readSeed(options.seed)
  if (shuffle || options.seed === undefined || options.seed === null) return { shuffle, seed }
  throw mismatch('seed', 'none without shuffle', describe(options.seed), 'Set shuffle to true, or leave the seed out.')
}

/** Splits by the fold of each row: each fold is the test of one split. Rows stay in order. */
export function* splitsOfFolds(fold: Int32Array, folds: number): SplitSteps {
  const sizes = new Uint32Array(folds)
  yield* rowBlocks(fold.length, 1, (begin, end) => {
    for (let row = begin; row < end; row++) sizes[fold[row]!]!++
  })
  for (let k = 0; k < folds; k++) {
    const [train, test] = [new Uint32Array(fold.length - sizes[k]!), new Uint32Array(sizes[k]!)]
    let [trainCount, testCount] = [0, 0]
    yield* rowBlocks(fold.length, 1, (begin, end) => {
      for (let row = begin; row < end; row++) {
        if (fold[row] === k) test[testCount++] = row
        else train[trainCount++] = row
      }
    })
    yield { train, test }
  }
}

/** Class numbers of rows, by first appearance, with the number of rows and the label of each class. */
export interface Classes {
  readonly numbers: Int32Array
  readonly counts: readonly number[]
  readonly labels: readonly unknown[]
}

/**
 * Reads labels to stratify by.
 * @throws ArgumentError without labels, or for fractions as labels.
 */
export function* readStrata(y: unknown, rows: number, splitter: string): Work<Classes> {
  if (y === undefined || y === null) throw invalid('y', `one label a row to stratify by, as ${splitter} needs them`, y)
  const hint = 'Numbers of a regression have no classes to stratify by. Use KFold, or convert the numbers to labels.'
  return yield* numberClasses(yield* checkClassLabels(y, 'y', rows, hint))
}

/**
 * Reads the group of each row.
 * @throws ArgumentError without groups.
 */
export function* readGroups(groups: unknown, rows: number, splitter: string): Work<Classes> {
  if (!Array.isArray(groups) && !isNumberArray(groups)) {
    throw invalid('groups', `one string, number or boolean a row, as ${splitter} needs them`, groups)
  }
  if (groups.length !== rows) throw mismatch('groups', `${rows} entries, as many as x has rows`, `${groups.length}`)
  return yield* numberClasses(yield* checkLabels(groups, 'groups', rows))
}

/**
 * Warns of groups that a splitter does not use.
 * @throws ArgumentError if there are not as many as rows.
 */
export function ignoreGroups(groups: unknown, x: unknown, splitter: string): void {
  if (groups === undefined || groups === null) return
  checkRowCount(groups, 'groups', countRows(x, 'x'))
  warn(`${splitter} ignores groups. Use GroupKFold or StratifiedGroupKFold, which keep the rows of a group together.`)
}

function* numberClasses(labels: ArrayLike<unknown>): Work<Classes> {
  const numberOf = new Map<unknown, number>()
  const counts: number[] = []
  const numbers = new Int32Array(labels.length)
  yield* rowBlocks(labels.length, 1, (begin, end) => {
    for (let row = begin; row < end; row++) {
      let number = numberOf.get(labels[row])
      if (number === undefined) {
        number = numberOf.size
        numberOf.set(labels[row], number)
        counts.push(0)
      }
      counts[number]!++
      numbers[row] = number
    }
  })
  return { numbers, counts, labels: [...numberOf.keys()] }
}

/** @throws ArgumentError for fewer rows than folds. */
export function checkEnoughRows(x: unknown, folds: number, name: string): number {
  const rows = countRows(x, 'x')
  if (rows < folds) throw mismatch(name, `at most ${rows}, the number of rows`, `${folds}`)
  return rows
}

/**
 * Warns if a class has fewer rows than there are folds: some folds lack it.
 * @throws ArgumentError if every class has fewer rows than there are folds.
 */
export function checkClassSizes({ counts, labels }: Classes, folds: number): void {
  const most = largestOf(counts)
  if (most < folds) {
    throw new ArgumentError(
      `Expected a class of at least nSplits rows in y, but got ${folds} for nSplits and no class of more than ${most} rows.`,
    )
  }
  const least = smallestOf(counts)
  if (least >= folds) return
  const label = describe(labels[counts.indexOf(least)])
  warn(`The class ${label} has only ${least} rows, fewer than the ${folds} folds: some folds lack it.`)
}

/** @throws ArgumentError where a row is not tested exactly once. */
export function* checkTestedOnce(tests: readonly Uint32Array[], rows: number): Work<void> {
  const times = new Uint8Array(rows)
  for (const test of tests) {
    yield* rowBlocks(test.length, 1, (begin, end) => {
      for (let i = begin; i < end; i++) times[test[i]!] = Math.min(2, times[test[i]!]! + 1)
    })
  }
  const wrong = yield* findInSteps(rows, (row) => times[row] !== 1)
  if (wrong === -1) return
  throw new ArgumentError(
    `Expected splits that test every row once, but row ${wrong} is tested ${times[wrong] === 0 ? 'never' : 'more than once'}.`,
  )
}

/** Emits a process warning. */
export function warn(message: string): void {
  process.emitWarning(message, { type: 'ModelSelectionWarning', code: 'PERCEPTRA_MODEL_SELECTION' })
}
