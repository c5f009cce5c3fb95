import { checkOptions, invalid, mismatch, optionKeys } from '../base/check.js'
import { MlpError } from '../base/errors.js'
import type { SampleWeight } from '../base/sample-weight.js'
import type { Label } from '../learning/labels.js'
import type { Scores, ScoresLike } from '../metrics/scores.js'

/** Options of `fit` of calibrations. */
export interface CalibrationFitOptions {
  /** The weight of each row, at least 0. */
  sampleWeight?: SampleWeight | undefined
  /** All possible labels, in the order of the columns; by default the labels of `yTrue`, sorted. */
  labels?: readonly Label[] | undefined
}

export const calibrationFitKeys = optionKeys<CalibrationFitOptions>({ sampleWeight: true, labels: true })

/**
 * Reads scores of new rows: a column per label, or for two labels one column for the second. A flat typed array has as
 * many columns as there are labels, or one for two labels.
 * @param read reads and checks the scores; receives the number of rows if it is known.
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

/** @throws MlpError ERR_NOT_FITTED before fit. */
export function checkFitted<T>(state: T | undefined, name: string, action: string): T {
  if (state !== undefined) return state
  throw new MlpError(`Could not ${action}: call fit() of this ${name} first.`, 'ERR_NOT_FITTED')
}

/**
 * Checks the kind and the keys of JSON that a class wrote.
 * @param keys all keys of that JSON.
 * @throws ArgumentError for other JSON.
 */
export function readRecord(json: unknown, kind: string, keys: readonly string[]): Record<string, unknown> {
  const name = `${kind}.fromJSON()`
  checkOptions(json, name, keys)
  const record = json as Record<string, unknown>
  if (record.kind !== kind) throw invalid(`kind of ${name}`, `"${kind}"`, record.kind)
  return record
}
