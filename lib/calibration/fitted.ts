import { checkOptions, invalid, mismatch, optionKeys } from '../base/check.js'
import { MlpError } from '../base/errors.js'
import type { SampleWeight } from '../base/sample-weight.js'
import type { Label } from '../learning/labels.js'
import type { Scores, ScoresLike } from '../metrics/scores.js'

/** What calibrations take when they are fitted. */
export interface CalibrationFitOptions {
  /** How much each row counts: one number of at least 0 a row. */
  sampleWeight?: SampleWeight | undefined
  /** All labels that there can be, in the order of the columns; those of `yTrue`, sorted, when missing. */
  labels?: readonly Label[] | undefined
}

export const calibrationFitKeys = optionKeys<CalibrationFitOptions>({ sampleWeight: true, labels: true })

/**
 * Numbers of new rows: one a label or, for two, the second one's. A flat typed array is of as many columns as there are labels, or for two
 * labels of one.
 * @param read what reads and checks them, given the number of rows if it is known.
 * @throws ArgumentError for another number of columns.
 */
export function readColumns(
  yProba: ScoresLike,
  count: number,
  read: (yProba: ScoresLike, rows: number | undefined) => Scores,
): Scores {
  const isFlat = ArrayBuffer.isView(yProba) && count > 2
  if (isFlat && yProba.length % count !== 0) {
    throw mismatch('yProba', `a multiple of ${count} numbers`, `${yProba.length} numbers`)
  }
  const scores = read(yProba, isFlat ? yProba.length / count : undefined)
  if (scores.columns === count || (scores.columns === 1 && count === 2)) return scores
  throw mismatch('yProba', `rows of ${count} numbers, as many as there are labels`, `rows of ${scores.columns}`)
}

/** @throws MlpError ERR_NOT_FITTED where nothing was learned. */
export function checkFitted<T>(learned: T | undefined, name: string, what: string): T {
  if (learned !== undefined) return learned
  throw new MlpError(`Could not ${what}: call fit() of this ${name} first.`, 'ERR_NOT_FITTED')
}

/**
 * Plain JSON of the kind that this class writes.
 * @throws ArgumentError for anything else.
 */
export function readRecord(json: unknown, kind: string, keys: readonly string[]): Record<string, unknown> {
  const name = `${kind}.fromJSON()`
  checkOptions(json, name, ['kind', ...keys])
  const record = json as Record<string, unknown>
  if (record.kind !== kind) throw invalid(`kind of ${name}`, `"${kind}"`, record.kind)
  return record
}
