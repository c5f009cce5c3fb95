import { invalid, mismatch } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import type { Label } from '../learning/labels.js'
import { listed, readLabelList, readTruth } from './labels.js'

/** The rows with the positive label. */
interface Positives {
  /** 1 for rows with the positive label, 0 for others. */
  readonly isPositive: Uint8Array
  readonly label: Label
  /** The index of `label` among two labels, and so its column in scores of two columns. */
  readonly column: 0 | 1
  readonly rows: number
}

/** Rules for the positive label. */
interface PositiveRules {
  posLabel?: unknown
  /** The option `labels`: the second of two is positive. */
  labels?: unknown
  /** The positive label of labels other than 0 and 1: 1 if it is among them, the larger of two numbers, or the last of two labels. */
  fallback?: 'one' | 'larger' | 'last' | undefined
  /** Whether more than two labels are allowed with `posLabel`. */
  several?: boolean
}

/**
 * Finds the positive label of two: `posLabel`; else 1 of 0 and 1 or of -1 and 1, true of booleans, then the fallback.
 * @throws ArgumentError for more than two labels, or if none of these rules applies.
 */
export function readPositives(yTrue: unknown, rules: PositiveRules): Positives {
  const list = readLabelList(rules.labels, 2)
  if (list && list.length > 2) throw mismatch('labels', 'two labels for a single column', `${list.length}`)
  const { labels, truth, rows } = readTruth(yTrue, list)
  if (labels.length > 2 && !(rules.several && rules.posLabel !== undefined)) {
    throw new ArgumentError(`Expected two labels in yTrue, but there are ${labels.length}: ${listed(labels)}.`)
  }
  const label = positiveOf(labels, rules, list)
  const place = labels.indexOf(label)
  const isPositive = new Uint8Array(rows)
  for (let i = 0; i < rows; i++) isPositive[i] = Number(truth[i] === place)
  return { isPositive, label, column: place === 0 && labels.length === 2 ? 0 : 1, rows }
}

function positiveOf(labels: readonly Label[], rules: PositiveRules, list: readonly Label[] | undefined): Label {
  const { posLabel, fallback } = rules
  const first = labels[0]!
  if (posLabel !== undefined) {
    const isLabel = labels.includes(posLabel as Label) || (labels.length === 1 && typeof posLabel === typeof first)
    if (isLabel) return posLabel as Label
    throw invalid('posLabel', `one of the labels ${listed(labels)}`, posLabel)
  }
  if (list) return list[1]!
  if (typeof first === 'boolean') return true
  const isBinary =
    labels.every((label) => label === 0 || label === 1) || labels.every((label) => Math.abs(Number(label)) === 1)
  if (typeof first === 'number' && (isBinary || (fallback === 'one' && (labels.length < 2 || labels.includes(1))))) {
    return 1
  }
  if (fallback === 'last' || (fallback === 'larger' && typeof first === 'number')) return labels.at(-1)!
  throw invalid('posLabel', `the positive one of the labels ${listed(labels)}`, posLabel)
}
