import type { Work } from '../../../../base/breathing.js'
import type { NodeProto } from '../../proto/messages.js'
import { attributesOf } from '../attributes.js'
import { perNode } from '../per-node.js'
import type { Notes, Words } from './notes.js'
import { pickAlong } from './shapes.js'
import { ofRows, placeOfLargest, product, softmaxOf } from './sums.js'
import { copyCell, joinOrigins, type Made, newCells, originAt, type Value } from './value.js'

/** The results of an operator of ai.onnx.ml, by output; undefined for sizes or attributes that do not fit. */
type Operator = (node: NodeProto, inputs: readonly (Value | undefined)[], notes: Notes) => Made<(Value | undefined)[]>

/** Each cell by a function of it and of its column. */
function ofCells(
  x: Value | undefined,
  apply: (value: number | string, column: number, k: number) => number | string,
  isRaw: (value: number | string) => boolean = () => false,
): Value | undefined {
  const out = x && newCells(x.dims)
  if (!out) return undefined
  const columns = x.dims.at(-1) ?? 1
  for (let k = 0; k < out.data.length; k++) {
    out.data[k] = apply(x.data[k]!, k % columns, k)
    out.origins[k] = originAt(x, k)
    if (isRaw(x.data[k]!)) out.raw[k] = x.raw?.[k] ?? 0
  }
  return out
}

const scaler: Operator = (node, [x]) => {
  const attributes = attributesOf(node)
  const [offset, scale] = [attributes.floats('offset') ?? [0], attributes.floats('scale') ?? [1]]
  const of = (list: readonly number[], column: number) => (list.length === 1 ? list[0]! : list[column]!)
  return [ofCells(x, (value, column) => (Number(value) - of(offset, column)) * of(scale, column))]
}

const imputer: Operator = (node, [x], notes) => {
  const attributes = attributesOf(node)
  const fills = (attributes.listOf('imputed_value_floats', 'imputed_value_int64s') ?? []) as number[]
  const mark = attributes.has('replaced_value_float')
    ? attributes.float('replaced_value_float', 0)
    : attributes.int('replaced_value_int64', 0)
  const isMark = (value: number | string) => value === mark || (Number.isNaN(mark) && Number.isNaN(value))
  const of = (column: number) => (fills.length === 1 ? fills[0]! : fills[column]!)
  if (x && fills.length > 0) {
    for (let k = 0; k < x.data.length; k++) {
      if (!x.raw?.[k]) continue
      if (Number.isNaN(mark)) notes.fill(originAt(x, k), of(k % x.dims.at(-1)!))
      else notes.key(originAt(x, k), mark)
    }
  }
  return [
    fills.length > 0
      ? ofCells(
          x,
          (value, column) => (isMark(value) ? of(column) : value),
          (value) => !isMark(value),
        )
      : undefined,
  ]
}

/** What a LabelEncoder looks up; undefined for lists that do not fit. */
function tableOf(node: NodeProto, ofWords: boolean) {
  const attributes = attributesOf(node)
  const classes = attributes.texts('classes_strings') ?? []
  const places = classes.map((_, k) => k)
  const isOld = classes.length > 0
  const [oldKeys, oldValues] = ofWords ? [classes, places] : [places, classes]
  const keys = isOld ? oldKeys : attributes.listOf('keys_strings', 'keys_int64s', 'keys_floats')
  const values = isOld ? oldValues : attributes.listOf('values_strings', 'values_int64s', 'values_floats')
  if (!keys || keys.length !== values?.length) return undefined
  const text = attributes.text('default_string', '_Unused')
  const number = attributes.has('values_floats')
    ? attributes.float('default_float', 0)
    : attributes.int('default_int64', -1)
  const at = keys.indexOf('')
  return {
    table: new Map(keys.map((key, k) => [key, values[k]!])),
    words: { list: keys, hasEmpty: at >= 0 && at < keys.length - 1 },
    fallback: typeof values[0] === 'string' ? text : number,
  }
}

const tableOfWords = perNode((node) => tableOf(node, true))
const tableOfNumbers = perNode((node) => tableOf(node, false))

/** Notes for each column of entries as they came in that a node looks words up. */
function noteWords(x: Value, words: Words, notes: Notes): void {
  const columns = Math.min(x.data.length, x.dims.at(-1) ?? 1)
  for (let k = 0; k < columns; k++) if (x.raw?.[k]) notes.keys(originAt(x, k), words)
}

/** A table of keys and values. */
const labelEncoder: Operator = (node, [x], notes) => {
  const found = typeof x?.data[0] === 'string' ? tableOfWords(node) : tableOfNumbers(node)
  if (!x || !found) return [undefined]
  const { table, words, fallback } = found
  noteWords(x, words, notes)
  return [ofCells(x, (value) => table.get(value) ?? fallback)]
}

const categoriesOf = perNode((node) => {
  const attributes = attributesOf(node)
  const list = attributes.listOf('cats_strings', 'cats_int64s')
  return (
    list && {
      places: new Map(list.map((category, c) => [category, c])),
      // Files of toOnnx have no such node: here an empty string is a word.
      words: { list, hasEmpty: list.includes('') },
      // zeros: 0 makes other entries an error, which rows of numbers show as NaN.
      none: attributes.int('zeros', 1) === 0 ? Number.NaN : 0,
    }
  )
})

/** A 1 for each entry, in an axis of its own. */
const oneHot: Operator = (node, [x], notes) => {
  const categories = categoriesOf(node)
  if (!x || !categories) return [undefined]
  const { places, words, none } = categories
  const width = words.list.length
  const out = newCells([...x.dims, width])
  if (!out) return [undefined]
  noteWords(x, words, notes)
  for (let k = 0; k < x.data.length; k++) {
    const place = places.get(x.data[k]!)
    for (let at = k * width; at < (k + 1) * width; at++) {
      out.data[at] = place === undefined ? none : 0
      out.origins[at] = originAt(x, k)
    }
    if (place !== undefined) out.data[k * width + place] = 1
  }
  return [out]
}

/** Picks columns of a table, or places of a vector. */
const extractor: Operator = (_, [x, places]) => {
  if (!x || !places) return [undefined]
  const table = x.dims.length === 1 ? { ...x, dims: [1, x.dims[0]!] } : x
  if (!places.origins) return [pickAlong(table, table.dims.length - 1, Array.from(places.data, Number))]
  const out = newCells([1, places.data.length])
  if (!out || table.dims[0] !== 1) return [undefined]
  for (const [k, place] of Array.from(places.data, Number).entries()) {
    if (table.data[place] === undefined) return [undefined]
    copyCell(table, place, out, k)
    out.origins[k] = joinOrigins(out.origins[k]!, originAt(places, k))
  }
  return [out]
}

/** Tables side by side. */
const vectorizer: Operator = (_, inputs) => {
  const tables = inputs as Value[]
  const rows = tables[0]?.dims[0]
  if (tables.some((table) => table?.dims.length !== 2 || table.dims[0] !== rows)) return [undefined]
  const columns = tables.reduce((sum, { dims }) => sum + dims[1]!, 0)
  const out = newCells([rows!, columns])
  let begin = 0
  for (const table of tables) {
    const width = table.dims[1]!
    for (let k = 0; out && k < table.data.length; k++)
      copyCell(table, k, out, Math.floor(k / width) * columns + begin + (k % width))
    begin += width
  }
  return [out]
}

const normalizer: Operator = (node, [x]) => {
  const norm = attributesOf(node).text('norm', 'MAX')
  const sizeOf = (row: number[]) =>
    norm === 'MAX'
      ? row.reduce((most, v) => Math.max(most, Math.abs(v)), 0)
      : norm === 'L1'
        ? row.reduce((sum, v) => sum + Math.abs(v), 0)
        : row.reduce((size, v) => Math.hypot(size, v), 0)
  return [
    ofRows(x, (row) => {
      const size = sizeOf(row)
      return row.map((value) => (size === 0 ? value : value / size))
    }),
  ]
}

const binarizer: Operator = (node, [x], notes) => {
  if (x) notes.branches?.note(node, [x], [(k) => k], x.data.length)
  const threshold = attributesOf(node).float('threshold', 0)
  return [ofCells(x, (value) => Number(Number(value) > threshold))]
}

/** Scores of a linear model; of a classifier the labels first. */
const linear = function* (node: NodeProto, [x]: readonly (Value | undefined)[]): Work<(Value | undefined)[]> {
  const attributes = attributesOf(node)
  const data = attributes.floats('coefficients') ?? []
  const intercepts = attributes.floats('intercepts') ?? []
  const isRegressor = node.opType === 'LinearRegressor'
  const units = isRegressor ? attributes.int('targets', 1) : intercepts.length
  const inner = data.length / units
  if (!x || !Number.isInteger(inner)) return [undefined]
  const kernel = Float64Array.from(data, (_, k) => data[(k % units) * inner + Math.floor(k / units)]!)
  const sums = yield* product(x, { dims: [inner, units], data: kernel }, { bias: (j) => intercepts[j] ?? 0 })
  const after = attributes.text('post_transform', 'NONE')
  const scores =
    after === 'SOFTMAX'
      ? ofRows(sums, softmaxOf)
      : ofCells(sums, (value) => (after === 'LOGISTIC' ? 1 / (1 + Math.exp(-Number(value))) : value))
  if (isRegressor) return [scores]
  const labels = attributes.listOf('classlabels_strings', 'classlabels_ints')
  const largest = ofRows(scores, (row) => [units === 1 ? Number(row[0]! > 0.5) : placeOfLargest(row)])
  if (!labels || !largest || units === 1) return [undefined, scores]
  return [ofCells({ ...largest, dims: [largest.dims[0]!] }, (place) => labels[Number(place)]!), scores]
}

/** Operators of ai.onnx.ml. */
export const mlOperators: Readonly<Record<string, Operator>> = {
  Scaler: scaler,
  Imputer: imputer,
  LabelEncoder: labelEncoder,
  OneHotEncoder: oneHot,
  ArrayFeatureExtractor: extractor,
  FeatureVectorizer: vectorizer,
  Normalizer: normalizer,
  Binarizer: binarizer,
  LinearClassifier: linear,
  LinearRegressor: linear,
  ZipMap: (_, [x]) => [x],
}
