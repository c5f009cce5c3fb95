import type { Work } from '../../../../base/breathing.js'
import type { NodeProto } from '../../proto/messages.js'
import { attributesOf } from '../attributes.js'
import { perNode } from '../per-node.js'
import type { Notes, Words } from './notes.js'
import { joined, pickAlong } from './shapes.js'
import { fold, mapped, ofRows, placeOfLargest, product, softmaxOf } from './sums.js'
import { copyCell, eachCell, joinOrigins, type Made, newCells, originAt, type Value } from './value.js'

/** The results of an operator of ai.onnx.ml, by output; undefined for sizes or attributes that do not fit. */
type Operator = (node: NodeProto, inputs: readonly (Value | undefined)[], notes: Notes) => Made<(Value | undefined)[]>

/** Each cell by a function of it and of its column. */
function* ofCells(
  x: Value | undefined,
  apply: (value: number | string, column: number) => number | string,
  isRaw: (value: number | string) => boolean = () => false,
): Work<Value | undefined> {
  const out = x && newCells(x.dims)
  if (!out) return undefined
  const columns = x.dims.at(-1) ?? 1
  yield* eachCell(out.data.length, (k) => {
    out.data[k] = apply(x.data[k]!, k % columns)
    out.origins[k] = originAt(x, k)
    if (isRaw(x.data[k]!)) out.raw[k] = x.raw?.[k] ?? 0
  })
  return out
}

const scaler: Operator = function* (node, [x]) {
  const attributes = attributesOf(node)
  const [offset, scale] = [attributes.floats('offset') ?? [0], attributes.floats('scale') ?? [1]]
  const of = (list: readonly number[], column: number) => (list.length === 1 ? list[0]! : list[column]!)
  return [yield* ofCells(x, (value, column) => (Number(value) - of(offset, column)) * of(scale, column))]
}

const imputer: Operator = function* (node, [x], notes) {
  const attributes = attributesOf(node)
  const fills = (attributes.listOf('imputed_value_floats', 'imputed_value_int64s') ?? []) as number[]
  const mark = attributes.has('replaced_value_float')
    ? attributes.float('replaced_value_float', 0)
    : attributes.int('replaced_value_int64', 0)
  const isMark = (value: number | string) => value === mark || (Number.isNaN(mark) && Number.isNaN(value))
  const of = (column: number) => (fills.length === 1 ? fills[0]! : fills[column]!)
  if (!x || fills.length === 0) return [undefined]
  yield* eachCell(x.data.length, (k) => {
    if (!x.raw?.[k]) return
    if (Number.isNaN(mark)) notes.fill(originAt(x, k), of(k % x.dims.at(-1)!))
    else notes.key(originAt(x, k), mark)
  })
  const filled = ofCells(
    x,
    (value, column) => (isMark(value) ? of(column) : value),
    (value) => !isMark(value),
  )
  return [yield* filled]
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
function* noteWords(x: Value, words: Words, notes: Notes): Work<void> {
  const columns = Math.min(x.data.length, x.dims.at(-1) ?? 1)
  yield* eachCell(columns, (k) => {
    if (x.raw?.[k]) notes.keys(originAt(x, k), words)
  })
}

/** A table of keys and values. */
const labelEncoder: Operator = function* (node, [x], notes) {
  const found = typeof x?.data[0] === 'string' ? tableOfWords(node) : tableOfNumbers(node)
  if (!x || !found) return [undefined]
  const { table, words, fallback } = found
  yield* noteWords(x, words, notes)
  return [yield* ofCells(x, (value) => table.get(value) ?? fallback)]
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
const oneHot: Operator = function* (node, [x], notes) {
  const categories = categoriesOf(node)
  if (!x || !categories) return [undefined]
  const { places, words, none } = categories
  const width = words.list.length
  const out = newCells([...x.dims, width])
  if (!out) return [undefined]
  yield* noteWords(x, words, notes)
  const hot: (number | undefined)[] = []
  yield* eachCell(x.data.length, (k) => hot.push(places.get(x.data[k]!)))
  yield* eachCell(out.data.length, (at) => {
    const k = Math.floor(at / width)
    out.data[at] = hot[k] === undefined ? none : Number(at - k * width === hot[k])
    out.origins[at] = originAt(x, k)
  })
  return [out]
}

/** Picks columns of a table, or places of a vector. */
const extractor: Operator = function* (_, [x, places]) {
  if (!x || !places) return [undefined]
  const table = x.dims.length === 1 ? { ...x, dims: [1, x.dims[0]!] } : x
  if (!places.origins) {
    const placeOf = (k: number) => Number(places.data[k])
    return [yield* pickAlong(table, table.dims.length - 1, places.data.length, placeOf)]
  }
  const out = newCells([1, places.data.length])
  if (!out || table.dims[0] !== 1) return [undefined]
  let fits = true
  yield* eachCell(places.data.length, (k) => {
    const place = Number(places.data[k])
    fits &&= table.data[place] !== undefined
    if (!fits) return
    copyCell(table, place, out, k)
    out.origins[k] = joinOrigins(out.origins[k]!, originAt(places, k))
  })
  return [fits ? out : undefined]
}

/** Tables side by side. */
const vectorizer: Operator = function* (_, inputs) {
  const tables = inputs as Value[]
  const rows = tables[0]?.dims[0]
  if (tables.some((table) => table?.dims.length !== 2 || table.dims[0] !== rows)) return [undefined]
  return [yield* joined(tables, 1)]
}

const normalizer: Operator = function* (node, [x]) {
  const norm = attributesOf(node).text('norm', 'MAX')
  const add = (size: number, v: number) =>
    norm === 'MAX' ? Math.max(size, v) : norm === 'L1' ? size + Math.abs(v) : Math.hypot(size, v)
  const divided = ofRows(x, function* (row) {
    const size = yield* fold(row, norm === 'MAX' ? -Infinity : 0, add)
    return yield* mapped(row, (value) => (size === 0 ? value : value / size))
  })
  return [yield* divided]
}

const binarizer: Operator = function* (node, [x], notes) {
  if (x && notes.branches) yield* notes.branches.note(node, [x], [(k) => k], x.data.length)
  const threshold = attributesOf(node).float('threshold', 0)
  return [yield* ofCells(x, (value) => Number(Number(value) > threshold))]
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
  const kernel = { dims: [units, inner], data }
  const sums = yield* product(x, kernel, { isTurned: true, bias: (j) => intercepts[j] ?? 0 })
  const after = attributes.text('post_transform', 'NONE')
  const scores = yield* after === 'SOFTMAX'
    ? ofRows(sums, softmaxOf)
    : ofCells(sums, (value) => (after === 'LOGISTIC' ? 1 / (1 + Math.exp(-Number(value))) : value))
  if (isRegressor) return [scores]
  const labels = attributes.listOf('classlabels_strings', 'classlabels_ints')
  const largest = labels && units > 1 ? yield* ofRows(scores, placeOfLargest, 1) : undefined
  if (!labels || !largest) return [undefined, scores]
  return [yield* ofCells({ ...largest, dims: [largest.dims[0]!] }, (place) => labels[Number(place)]!), scores]
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
