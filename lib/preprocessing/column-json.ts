import { invalid, mismatch } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { readState, restoreCount, restoreList } from '../learning/restore.js'
import { type ColumnParams, copy, reserved } from './column-parts.js'
import type { FittedPart } from './fitted-parts.js'
import type { Features } from './input.js'
import { featureKeys, recordFeatures, restoreFeatures } from './json.js'
import type { PartParams, TransformerLike } from './transformer-like.js'

/** What a ColumnTransformer has learned. */
export interface ColumnState extends Features {
  /** None for what is dropped, nor for what no column was selected for. */
  readonly parts: readonly FittedPart[]
}

type Restore = (json: unknown) => TransformerLike

/**
 * Parameters as JSON; functions that select columns become the columns.
 * @throws ArgumentError for a function before fit.
 */
export function recordParams({ transformers, remainder, ...others }: ColumnParams, state: ColumnState | undefined) {
  const unfitted = transformers.map(([name, part, columns]) => {
    if (typeof columns !== 'function') return [name, plan(part), columns]
    if (state) return [name, plan(part), state.parts.find((own) => own.name === name)?.places ?? []]
    throw new ArgumentError(`Expected names of columns for ${name}: before fit a function cannot be written as JSON.`)
  })
  return { transformers: unfitted, remainder: plan(remainder), ...others }
}

/** A part as JSON, without what it may have learned elsewhere. */
function plan(part: TransformerLike | 'passthrough' | 'drop') {
  const own = copy(part)
  return typeof own === 'string' ? own : own.toJSON()
}

/** The other way round. */
export function restoreParams(params: Readonly<Record<string, unknown>>, restore: Restore): PartParams {
  const { transformers: given, remainder, ...others } = readState(params, reserved, 'params')
  const read = (part: unknown) => (typeof part === 'string' ? part : restore(part))
  const transformers = restoreList(given, 'transformers', undefined, (each, name) => {
    const [own, part, columns] = restoreList(each, name, 3, (one) => one)
    return [own, read(part), columns]
  })
  return { transformers, remainder: read(remainder), ...others }
}

/** What was learned as JSON. */
export function recordState(state: ColumnState) {
  const parts = state.parts.map(({ name, transformer, places }) => ({
    name,
    transformer: transformer === 'passthrough' ? transformer : transformer.toJSON(),
    places,
  }))
  return { ...recordFeatures(state), parts }
}

/** @throws ArgumentError that says what is wrong with it. */
export function restoreState(given: Readonly<Record<string, unknown>>, restore: Restore): ColumnState {
  const state = readState(given, [...featureKeys, 'parts'])
  const features = restoreFeatures(state)
  const parts = restoreList(state.parts, 'parts', undefined, (part, label): FittedPart => {
    const { name, transformer: json, places: list } = readState(part, ['name', 'transformer', 'places'], label)
    if (typeof name !== 'string') throw invalid(`the name of ${label}`, 'a string', name)
    const places = restoreList(list, `places of ${label}`, undefined, (place, own) => {
      const read = restoreCount(place, own)
      if (read < features.nFeaturesIn) return read
      throw mismatch(own, `a place below ${features.nFeaturesIn}`, `${read}`)
    })
    const transformer = json === 'passthrough' ? json : restore(json)
    const columns = transformer === 'passthrough' ? places.length : transformer.nFeaturesIn
    if (places.length > 0 && new Set(places).size === places.length && columns === places.length)
      return { name, transformer, places }
    throw mismatch(`places of ${label}`, `${columns} places that differ`, `${places.length}`)
  })
  if (parts.length === 0) throw new ArgumentError('Expected at least one part that has learned.')
  return { ...features, parts }
}
