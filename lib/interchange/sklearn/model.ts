import { describe } from '../../base/check.js'
import { isObject, type JsonObject, type JsonReader } from '../read/json.js'

/** A fitted object of scikit-learn, as the script of docs/interchange.md writes it. */
export interface SklearnModel {
  readonly className: string
  readonly params: JsonObject
  readonly state: JsonObject
}

/** Levels of nesting, at most. */
const deepest = 50

/** @throws FormatError for anything else. */
export function readSklearn(value: unknown, json: JsonReader, depth = 0): SklearnModel {
  if (depth > deepest) throw json.fail(`expected at most ${deepest} models in each other.`)
  const { class: className, params, state } = json.object(value, 'a model of scikit-learn')
  return {
    className: json.text(className, 'the class of a model'),
    params: json.object(params, `params of ${describe(className)}`),
    state: json.object(state, `state of ${describe(className)}`),
  }
}

/** A number; NaN and the infinities are { number: 'nan' }. */
export function numberOf(value: unknown, place: string, json: JsonReader): number {
  if (isObject(value)) {
    const number = { nan: Number.NaN, inf: Infinity, '-inf': -Infinity }[String(value.number)]
    if (number !== undefined) return number
  }
  return json.number(value, place)
}

export function numbersOf(value: unknown, place: string, json: JsonReader): number[] {
  return json.list(value, place).map((one, k) => numberOf(one, `${place}[${k}]`, json))
}

/** Rows of numbers, of one length. */
export function rowsOf(value: unknown, place: string, json: JsonReader): number[][] {
  const rows = json.list(value, place).map((row, k) => numbersOf(row, `${place}[${k}]`, json))
  if (rows.some(({ length }) => length !== rows[0]!.length)) throw json.fail(`the rows of ${place} differ in length.`)
  return rows
}

/** A value of plain JSON: NaN and the infinities as numbers, NaN categories as null where `missing` is null. */
export function plainOf(value: unknown, json: JsonReader): unknown {
  return isObject(value) && 'number' in value ? numberOf(value, 'a number', json) : value
}

/** Categories of a column; None and NaN are null. */
export function categoriesOf(value: unknown, place: string, json: JsonReader): (string | number | boolean | null)[] {
  return json.list(value, place).map((one) => {
    const category = plainOf(one, json)
    if (typeof category === 'number' && Number.isNaN(category)) return null
    if (category === null || ['string', 'number', 'boolean'].includes(typeof category)) return category as string
    throw json.fail(`expected a category in ${place}, but got ${describe(category)}.`)
  })
}

/** Columns at most. Hashed texts have 2^20; a file of a few bytes may name any number, for which arrays are made. */
const mostColumns = 2 ** 22

/** The number and the names of columns in fit. */
export function featuresOf({ className, state }: SklearnModel, json: JsonReader) {
  const nFeaturesIn = json.count(state.n_features_in_, `n_features_in_ of ${className}: is it fitted?`)
  if (nFeaturesIn > mostColumns) {
    throw json.fail(
      `expected at most ${mostColumns} columns as n_features_in_ of ${className}, but got ${nFeaturesIn}.`,
    )
  }
  const names = state.feature_names_in_ ?? null
  return { nFeaturesIn, featureNamesIn: names === null ? null : json.list(names, 'feature_names_in_') }
}

/** most_frequent as mostFrequent. */
export function camel(value: unknown): unknown {
  return typeof value === 'string' ? value.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()) : value
}
