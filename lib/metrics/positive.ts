import { invalid, mismatch } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import type { Label } from '../learning/labels.js'
import { listed, readLabelList, readTruth } from './labels.js'

/** Which rows have the positive label. */
export interface Positives {
  /** 1 for rows that have it, else 0. */
  readonly is: Uint8Array
  readonly label: Label
  /** Its place among two labels: which of two columns is its. */
  readonly column: 0 | 1
  readonly rows: number
}

/** How the positive label is found. */
export interface PositiveRules {
  posLabel?: unknown
  /** The second of two is positive. */
  labels?: unknown
  /** What else can be positive: 1 where it is among the labels, the larger of two numbers, or the last of any two labels. */
  otherwise?: 'one' | 'larger' | 'last' | undefined
  /** Rows may have more than two labels, if the positive one is named. */
  several?: boolean
}

/**
 * Finds the positive label among two: the one that is named; else 1 of 0 and 1 or of -1 and 1, true of two booleans.
 * @throws ArgumentError for more than two labels, or where it cannot be told which is positive.
 */
export function readPositives(yTrue: unknown, rules: PositiveRules): Positives {
  const asked = readLabelList(rules.labels, 2)
  if (asked && asked.length > 2) throw mismatch('labels', 'two labels for a single column', `${asked.length}`)
  const { labels, truth, rows } = readTruth(yTrue, asked)
  if (labels.length > 2 && !(rules.several && rules.posLabel !== undefined)) {
    throw new ArgumentError(`Expected two labels in yTrue, but there are ${labels.length}: ${listed(labels)}.`)
  }
  const label = positiveOf(labels, rules, asked)
  const place = labels.indexOf(label)
  const is = new Uint8Array(rows)
  for (let i = 0; i < rows; i++) is[i] = Number(truth[i] === place)
  return { is, label, column: place === 0 && labels.length === 2 ? 0 : 1, rows }
}

function positiveOf(labels: readonly Label[], rules: PositiveRules, asked: readonly Label[] | undefined): Label {
  const { posLabel: given, otherwise } = rules
  const first = labels[0]!
  if (given !== undefined) {
    const known = labels.includes(given as Label) || (labels.length === 1 && typeof given === typeof first)
    if (known) return given as Label
    throw invalid('posLabel', `one of the labels ${listed(labels)}`, given)
  }
  if (asked) return asked[1]!
  if (typeof first === 'boolean') return true
  const usual =
    labels.every((label) => label === 0 || label === 1) || labels.every((label) => Math.abs(Number(label)) === 1)
  if (typeof first === 'number' && (usual || (otherwise === 'one' && (labels.length < 2 || labels.includes(1)))))
    return 1
  if (otherwise === 'last' || (otherwise === 'larger' && typeof first === 'number')) return labels.at(-1)!
  throw invalid('posLabel', `the positive one of the labels ${listed(labels)}`, given)
}
