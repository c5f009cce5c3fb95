import { rowBlocks, type Work } from '../base/breathing.js'
import { mismatch } from '../base/check.js'
import { permutationInSteps } from '../native/permutation.js'

/** Row numbers to train with, and to validate with. */
export interface SplitRows {
  readonly training: Uint32Array
  readonly validation: Uint32Array
}

/**
 * Deals rows into folds, with about the same share of each class in each, and holds out some of them in turn. Of a class of one row
 * none is held out, unless all folds are.
 * @param strata class numbers.
 * @throws ArgumentError for fewer than 5 rows, or where none is held out.
 */
export function* splitRows(
  rows: number,
  strata: Int32Array | undefined,
  { folds, splits }: { readonly folds: number; readonly splits: number },
  seed: number,
): Work<SplitRows[]> {
  if (rows < 5) throw mismatch('rows', 'at least 5 rows to train and validate with', `${rows}`)
  const isWhole = splits === folds
  const count = Math.min(folds, Math.floor(rows / 2))
  const foldOf = yield* dealt(rows, strata, isWhole ? count : folds, seed, isWhole)
  const made: SplitRows[] = []
  for (let k = 0; k < (isWhole ? count : splits); k++) {
    const split = yield* dividedBy(foldOf, isWhole ? k : k + 1)
    if (split.validation.length > 0) made.push(split)
  }
  if (made.length === 0) throw mismatch('rows', 'two rows of a class, to validate with one', 'none')
  return made
}

/**
 * The fold of each row. The shuffled rows of each class are dealt out in turn.
 * @param goesOn whether each class goes on where the one before ended, so that no fold is empty; otherwise it begins with fold 0.
 */
function* dealt(
  rows: number,
  strata: Int32Array | undefined,
  folds: number,
  seed: number,
  goesOn: boolean,
): Work<Uint8Array> {
  const order = yield* permutationInSteps(rows, seed, 0)
  const counts: number[] = []
  yield* rowBlocks(rows, 1, (begin, end) => {
    for (let row = begin; row < end; row++) {
      const stratum = strata?.[row] ?? 0
      counts[stratum] = (counts[stratum] ?? 0) + 1
    }
  })
  let before = 0
  const next = Array.from(counts, (count = 0) => {
    const first = goesOn ? before : 0
    before += count
    return first
  })
  const foldOf = new Uint8Array(rows)
  yield* rowBlocks(rows, 1, (begin, end) => {
    for (const row of order.subarray(begin, end)) foldOf[row] = next[strata?.[row] ?? 0]!++ % folds
  })
  return foldOf
}

function* dividedBy(foldOf: Uint8Array, fold: number): Work<SplitRows> {
  const [training, validation] = [new Uint32Array(foldOf.length), new Uint32Array(foldOf.length)]
  let [own, held] = [0, 0]
  yield* rowBlocks(foldOf.length, 1, (begin, end) => {
    for (let row = begin; row < end; row++) {
      if (foldOf[row] === fold) validation[held++] = row
      else training[own++] = row
    }
  })
  return { training: training.slice(0, own), validation: validation.slice(0, held) }
}
