import { mismatch } from '../base/check.js'
import { permutation } from '../native/permutation.js'

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
export function splitRows(
  rows: number,
  strata: Int32Array | undefined,
  { folds, splits }: { readonly folds: number; readonly splits: number },
  seed: number,
): SplitRows[] {
  if (rows < 5) throw mismatch('rows', 'at least 5 rows to train and validate with', `${rows}`)
  const isWhole = splits === folds
  const count = Math.min(folds, Math.floor(rows / 2))
  const foldOf = isWhole ? dealInOrder(rows, strata, count, seed) : dealByClass(rows, strata, folds, seed)
  const all = Uint32Array.from({ length: rows }, (_, row) => row)
  const chosen = Array.from({ length: isWhole ? count : splits }, (_, k) => (isWhole ? k : k + 1))
  const made = chosen
    .map((fold) => ({
      training: all.filter((row) => foldOf[row] !== fold),
      validation: all.filter((row) => foldOf[row] === fold),
    }))
    .filter(({ validation }) => validation.length > 0)
  if (made.length === 0) throw mismatch('rows', 'two rows of a class, to validate with one', 'none')
  return made
}

/** The rows of each class are dealt out in turn, from fold 0 on. */
function dealByClass(rows: number, strata: Int32Array | undefined, folds: number, seed: number): Uint8Array {
  const foldOf = new Uint8Array(rows)
  const seen = new Map<number, number>()
  for (const row of permutation(rows, seed, 0)) {
    const stratum = strata?.[row] ?? 0
    const position = seen.get(stratum) ?? 0
    seen.set(stratum, position + 1)
    foldOf[row] = position % folds
  }
  return foldOf
}

/** Each class goes on where the one before ended, so that no fold is empty. */
function dealInOrder(rows: number, strata: Int32Array | undefined, folds: number, seed: number): Uint8Array {
  const order = Array.from(permutation(rows, seed, 0))
  // A stable sort: rows of a class stay shuffled.
  if (strata) order.sort((a, b) => strata[a]! - strata[b]!)
  const foldOf = new Uint8Array(rows)
  for (const [k, row] of order.entries()) foldOf[row] = k % folds
  return foldOf
}
