import { checkOptions, describe, invalid, mismatch, optionKeys } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { restoreCount, restoreList } from '../learning/restore.js'
import type { Features } from './input.js'

/** A transformer as plain JSON. */
export interface TransformerJson {
  /** The name of its class. */
  readonly kind: string
  readonly params: Readonly<Record<string, unknown>>
  /** The learned state; null before fit. */
  readonly state: Readonly<Record<string, unknown>> | null
}

const jsonKeys = optionKeys<TransformerJson>({ kind: true, params: true, state: true })

/** Replaces NaN and the infinities, which JSON lacks, by objects of one key, at any depth. */
export function toPlain(value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) return { number: `${value}` }
  if (ArrayBuffer.isView(value)) return Array.from(value as Float64Array, toPlain)
  if (Array.isArray(value)) return value.map(toPlain)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, toPlain(entry)]))
}

/** Nested levels, at most: deeper JSON of a file could overflow the stack. */
const deepest = 200

/**
 * The inverse of `toPlain`.
 * @throws ArgumentError for JSON that is nested too deeply.
 */
function fromPlain(value: unknown, depth = 0): unknown {
  if (depth > deepest) throw new ArgumentError(`Expected JSON of at most ${deepest} levels, but it has more.`)
  if (Array.isArray(value)) return value.map((entry) => fromPlain(entry, depth + 1))
  if (value === null || typeof value !== 'object') return value
  const entries = Object.entries(value)
  if (entries.length === 1 && entries[0]![0] === 'number') {
    const number = { NaN: Number.NaN, Infinity: Infinity, '-Infinity': -Infinity }[String(entries[0]![1])]
    if (number !== undefined) return number
  }
  return Object.fromEntries(entries.map(([key, entry]) => [key, fromPlain(entry, depth + 1)]))
}

/**
 * Reads a transformer's JSON, which may be corrupt.
 * @throws ArgumentError for another kind or form.
 */
export function readTransformerJson(json: unknown, kind: string): TransformerJson {
  checkOptions(json, `the JSON of ${kind}`, jsonKeys)
  const { kind: actual, params, state } = fromPlain(json) as TransformerJson
  if (actual !== kind) throw mismatch('kind', describe(kind), describe(actual))
  checkOptions(params, `params of ${kind}`, Object.keys(Object(params)))
  if (state !== null) checkOptions(state, `state of ${kind}`, Object.keys(Object(state)))
  return { kind, params, state }
}

/** The keys of `Features` in a state. */
export const featureKeys = optionKeys<Features>({ nFeaturesIn: true, featureNamesIn: true })

export function recordFeatures({ nFeaturesIn, featureNamesIn }: Features) {
  return { nFeaturesIn, featureNamesIn: featureNamesIn ?? null }
}

export function restoreFeatures(state: Record<string, unknown>): Features {
  const nFeaturesIn = restoreCount(state.nFeaturesIn, 'nFeaturesIn', { min: 1 })
  const names = state.featureNamesIn
  if (names === null) return { nFeaturesIn, featureNamesIn: undefined }
  const checked = restoreList(names, 'featureNamesIn', nFeaturesIn, (name, label) => {
    if (typeof name !== 'string') throw invalid(label, 'a string', name)
    return name
  })
  if (new Set(checked).size !== nFeaturesIn) throw new ArgumentError('Expected names that differ for featureNamesIn.')
  return { nFeaturesIn, featureNamesIn: Object.freeze(checked) }
}
