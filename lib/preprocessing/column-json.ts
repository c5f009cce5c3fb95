import { invalid, mismatch } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { readState, restoreCount, restoreList } from '../learning/restore.js'
import { type ColumnParams, copy, reserved } from './column-parts.js'
import type { FittedPart } from './fitted-parts.js'
import type { Features } from './input.js'
import { featureKeys, recordFeatures, restoreFeatures } from './json.js'
import type { PartParams, TransformerLike } from './transformer-like.js'

/** The learned state of a ColumnTransformer. */
export interface ColumnState extends Features {
  /** Without dropped parts and parts without columns. */
  readonly parts: readonly FittedPart[]
}

type Restore = (json: unknown) => TransformerLike

/**
 * Parameters as JSON; selecting functions become the columns that they selected in fit.
 * @throws ArgumentError for a function before fit.
 */
export function recordParams({ transformers, remainder, ...others }: ColumnParams, state: ColumnState | undefined) {
  const unfitted = transformers.map(([name, part, columns]) => {
    if (typeof columns !== 'function') return [name, plan(part), columns]
    if (state) return [name, plan(part), state.parts.find((fitted) => fitted.name === name)?.places ?? []]
    throw new ArgumentError(`Expected names of columns for ${name}: before fit a function cannot be written as JSON.`)
  })
  return { transformers: unfitted, remainder: plan(remainder), ...others }
}

/** An unfitted copy of a part, as JSON. */
function plan(part: TransformerLike | 'passthrough' | 'drop') {
  const unfitted = copy(part)
  return typeof unfitted === 'string' ? unfitted : unfitted.toJSON()
}

/** @throws ArgumentError that says what is wrong with the JSON. */
export function restoreParams(params: Readonly<Record<string, unknown>>, restore: Restore): PartParams {
  const { transformers: list, remainder, ...others } = readState(params, reserved, 'params')
  const read = (part: unknown) => (typeof part === 'string' ? part : restore(part))
  const transformers = restoreList(list, 'transformers', undefined, (triple, label) => {
    const [name, part, columns] = restoreList(triple, label, 3, (entry) => entry)
    return [name, read(part), columns]
  })
  return { transformers, remainder: read(remainder), ...others }
}

/** The learned state as JSON. */
export function recordState(state: ColumnState) {
  const parts = state.parts.map(({ name, transformer, places }) => ({
    name,
    transformer: transformer === 'passthrough' ? transformer : transformer.toJSON(),
    places,
  }))
  return { ...recordFeatures(state), parts }
}

/** @throws ArgumentError that says what is wrong with the JSON. */
export function restoreState(json: Readonly<Record<string, unknown>>, restore: Restore): ColumnState {
  const state = readState(json, [...featureKeys, 'parts'])
  const features = restoreFeatures(state)
  const parts = restoreList(state.parts, 'parts', undefined, (part, label): FittedPart => {
    const { name, transformer: fitted, places: list } = readState(part, ['name', 'transformer', 'places'], label)
    if (typeof name !== 'string') throw invalid(`the name of ${label}`, 'a string', name)
    const places = restoreList(list, `places of ${label}`, undefined, (place, placeLabel) =>
      restoreCount(place, placeLabel, { max: features.nFeaturesIn - 1 }),
    )
    const transformer = fitted === 'passthrough' ? fitted : restore(fitted)
    const columns = transformer === 'passthrough' ? places.length : transformer.nFeaturesIn
    if (places.length > 0 && new Set(places).size === places.length && columns === places.length)
      return { name, transformer, places }
    throw mismatch(`places of ${label}`, `${columns} places that differ`, `${places.length}`)
  })
  if (parts.length === 0) throw new ArgumentError('Expected at least one fitted part.')
  return { ...features, parts }
}
