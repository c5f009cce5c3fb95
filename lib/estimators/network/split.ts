import type { Work } from '../../base/breathing.js'
import { holdBack, type RowClasses } from '../held-back.js'
import type { NetworkRows } from './fit.js'

/**
 * Draws the rows to validate with, the same share of each class. Keras takes the last rows, which in sorted data are of one
 * class.
 * @throws ArgumentError where a part would have too few rows.
 */
export function* splitRows(
  rows: NetworkRows,
  share: number,
  seed: number,
  classes: RowClasses | undefined,
): Work<{ rows: NetworkRows; validation: NetworkRows | undefined }> {
  if (share === 0) return { rows, validation: undefined }
  const words = { parameter: 'validationSplit', remedy: 'set validationSplit to 0' }
  const { training, validation } = yield* holdBack(rows, share, seed, classes, words)
  return { rows: training, validation }
}
