import { rowBlocks, type Work } from '../base/breathing.js'
import { checkInteger, invalid } from '../base/check.js'
import { isNumberArray, Matrix } from '../base/matrix.js'
import { GroupKFold, StratifiedGroupKFold } from './group-k-fold.js'
import { type Folds, KFold, StratifiedKFold } from './k-fold.js'
import { type CallableModel, isClassifier } from './model.js'
import { RepeatedKFold, RepeatedStratifiedKFold } from './repeated.js'
import { countRows, type RowsLike } from './rows.js'
import { ShuffleSplit, StratifiedShuffleSplit } from './shuffle-split.js'
import { ignoreGroups, type Split, type SplitSteps, type Splitter, splitInSteps } from './splits.js'
import { TimeSeriesSplit } from './time-series-split.js'

/** How to split rows: a splitter, a number of folds, or the splits themselves. */
export type CrossValidation = number | Splitter | Iterable<{ train: ArrayLike<number>; test: ArrayLike<number> }>

/**
 * Makes all splits. A number of folds means folds of neighbouring rows, stratified for classifiers.
 * @throws ArgumentError where there is no split, or a row number is out of range; as the splitter does.
 */
export function* readSplits(
  cv: unknown,
  model: CallableModel,
  x: RowsLike,
  y: RowsLike,
  groups: unknown,
): Work<Split[]> {
  const rows = countRows(x, 'x')
  const iterable = splitsOf(cv ?? 5, model, x, y, groups)
  if (typeof cv === 'string' || typeof iterable?.[Symbol.iterator] !== 'function') {
    throw invalid('cv', 'an integer of at least 2, a splitter, or an array of { train, test }', cv)
  }
  const splits: Split[] = []
  for (const split of iterable) {
    if (split === pause) {
      yield
      continue
    }
    const { train, test } = Object(split) as Partial<Split>
    const k = splits.length
    splits.push({
      train: yield* readPart(train, `train of split ${k}`, rows),
      test: yield* readPart(test, `test of split ${k}`, rows),
    })
  }
  if (splits.length === 0) throw invalid('cv', 'at least one split', cv)
  return splits
}

/** The methods `split` that have steps: not those of a user's subclass, or set on an instance. */
const ownSplits = new Set<unknown>(
  [
    ...[KFold, StratifiedKFold, GroupKFold, StratifiedGroupKFold, ShuffleSplit, StratifiedShuffleSplit],
    ...[RepeatedKFold, RepeatedStratifiedKFold, TimeSeriesSplit],
  ].map((Class) => Class.prototype.split),
)

/** Stands for a pause among splits, which may be of any kind. */
const pause = Symbol('perceptra.pause')

function* stepsOf(steps: SplitSteps): Generator<Split | typeof pause> {
  for (const split of steps) yield split ?? pause
}

function splitsOf(cv: unknown, model: CallableModel, x: RowsLike, y: RowsLike, groups: unknown): Iterable<unknown> {
  if (typeof cv === 'number') {
    const nSplits = checkInteger(cv, 'cv', { min: 2 })
    const Rule = isClassifier(model) && !isTable(y) ? StratifiedKFold : KFold
    return stepsOf(new Rule({ nSplits })[splitInSteps](x, y, groups as RowsLike))
  }
  const { split } = Object(cv) as Partial<Splitter>
  if (ownSplits.has(split)) return stepsOf((cv as Folds)[splitInSteps](x, y, groups as RowsLike))
  if (typeof split === 'function') return split.call(cv, x, y, groups as RowsLike)
  ignoreGroups(groups, x, 'A list of splits')
  return cv as Iterable<unknown>
}

/** Whether y has several numbers or labels a row, which have no classes to stratify by. */
function isTable(y: RowsLike): boolean {
  return y instanceof Matrix || (Array.isArray(y) && (Array.isArray(y[0]) || isNumberArray(y[0])))
}

function* readPart(part: unknown, name: string, rows: number): Work<Uint32Array> {
  if (!Array.isArray(part) && !isNumberArray(part)) throw invalid(name, 'an array of row numbers', part)
  if (part.length === 0) throw invalid(name, 'at least one row', part)
  const numbers = new Uint32Array(part.length)
  yield* rowBlocks(numbers.length, 1, (begin, end) => {
    for (let i = begin; i < end; i++) {
      const row = part[i] as number
      if (!(Number.isInteger(row) && row >= 0 && row < rows)) checkInteger(row, name, { min: 0, max: rows - 1 })
      numbers[i] = row
    }
  })
  return numbers
}
