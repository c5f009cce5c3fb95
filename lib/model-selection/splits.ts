import { checkBoolean, checkSeed, describe, invalid, mismatch } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { isNumberArray } from '../base/matrix.js'
import { randomSeed } from '../base/random-seed.js'
import { readLabels } from '../learning/labels.js'
import { native } from '../native/addon.js'
import { countRows, type RowsLike } from './rows.js'

/** The numbers of the rows to train and to test with. */
export interface Split {
  train: Uint32Array
  test: Uint32Array
}

/** What cuts rows into parts to train and to test with. One of one's own needs this one method. */
export interface Splitter {
  /**
   * @param x what is to be split.
   * @param y one label a row, which splitters that stratify need.
   * @param groups one string, number or boolean a row, which splitters that keep groups together need.
   */
  split(x: RowsLike, y?: RowsLike, groups?: readonly unknown[] | RowsLike): Iterable<Split>
}

/** What shuffles are drawn from: a seed, and how many shuffles have been drawn. */
export class Draws {
  readonly #seed: number
  #drawn = 0

  constructor(seed: number) {
    this.#seed = seed
  }

  /** The numbers from 0 to below `count` in random order. */
  order(count: number): Uint32Array {
    return native.permutation(count, this.#seed, this.#drawn++)
  }
}

/** A seed as it was given, or one that is drawn in its place. */
export function readSeed(seed: unknown): number {
  return seed === undefined || seed === null ? randomSeed() : checkSeed(seed)
}

/**
 * Whether to shuffle, and from which seed.
 * @throws ArgumentError for a seed without a shuffle, which would do nothing.
 */
export function readShuffle(options: { shuffle?: unknown; seed?: unknown }): { shuffle: boolean; seed: number } {
  const shuffle = checkBoolean(options.shuffle ?? false, 'shuffle')
  const seed = readSeed(options.seed)
  if (shuffle || options.seed === undefined || options.seed === null) return { shuffle, seed }
  throw mismatch('seed', 'none without shuffle', describe(options.seed), 'Set shuffle to true, or leave the seed out.')
}

/** Splits of rows whose fold is given: each fold is the test of one. Rows stay in their order. */
export function* splitsOfFolds(fold: Int32Array, folds: number): Generator<Split> {
  const sizes = new Uint32Array(folds)
  for (let row = 0; row < fold.length; row++) sizes[fold[row]!]!++
  for (let k = 0; k < folds; k++) {
    const [train, test] = [new Uint32Array(fold.length - sizes[k]!), new Uint32Array(sizes[k]!)]
    let [trained, tested] = [0, 0]
    for (let row = 0; row < fold.length; row++) {
      if (fold[row] === k) test[tested++] = row
      else train[trained++] = row
    }
    yield { train, test }
  }
}

/** Class numbers of rows, in the order in which the classes first come, and how many rows each has. */
export interface Classes {
  readonly numbers: Int32Array
  readonly counts: readonly number[]
  readonly labels: readonly unknown[]
}

/**
 * Labels to stratify by.
 * @throws ArgumentError where there are none, or numbers that are no labels.
 */
export function readStrata(y: unknown, rows: number, who: string): Classes {
  if (y === undefined || y === null) throw invalid('y', `one label a row to stratify by, as ${who} needs them`, y)
  const labels = readLabels(y, 'y', rows)
  const fraction = labels.findIndex((label) => typeof label === 'number' && !Number.isInteger(label))
  if (fraction !== -1) {
    const hint = 'Numbers to predict have no classes: use KFold, or make labels of them first.'
    throw invalid(`row ${fraction} of y`, 'a label to stratify by', labels[fraction], hint)
  }
  return numberThem(labels)
}

/**
 * The group of each row.
 * @throws ArgumentError where there are none.
 */
export function readGroups(groups: unknown, rows: number, who: string): Classes {
  if (!Array.isArray(groups) && !isNumberArray(groups)) {
    throw invalid('groups', `one string, number or boolean a row, as ${who} needs them`, groups)
  }
  if (groups.length !== rows) throw mismatch('groups', `${rows} of them, as many as x has rows`, `${groups.length}`)
  return numberThem(readLabels(groups, 'groups', rows))
}

function numberThem(labels: readonly unknown[]): Classes {
  const known = new Map<unknown, number>()
  const counts: number[] = []
  const numbers = Int32Array.from(labels, (label) => {
    let number = known.get(label)
    if (number === undefined) {
      number = known.size
      known.set(label, number)
      counts.push(0)
    }
    counts[number]!++
    return number
  })
  return { numbers, counts, labels: [...known.keys()] }
}

/** @throws ArgumentError for fewer rows than folds. */
export function checkEnoughRows(x: unknown, folds: number, name: string): number {
  const rows = countRows(x, 'x')
  if (rows < folds) throw mismatch(name, `at most ${rows}, the number of rows`, `${folds}`)
  return rows
}

/**
 * @throws ArgumentError where every class is smaller than the number of folds; warns where one is, which some folds then
 * are without.
 */
export function checkClassSizes({ counts, labels }: Classes, folds: number): void {
  const most = Math.max(...counts)
  if (most < folds) {
    throw new ArgumentError(
      `Expected a class of at least nSplits rows in y, but got ${folds} for nSplits and no class of more than ${most} rows.`,
    )
  }
  const least = Math.min(...counts)
  if (least >= folds) return
  const label = describe(labels[counts.indexOf(least)])
  process.emitWarning(
    `The class ${label} has only ${least} rows, fewer than the ${folds} folds: some are without it.`,
    {
      type: 'ModelSelectionWarning',
      code: 'PERCEPTRA_MODEL_SELECTION',
    },
  )
}
