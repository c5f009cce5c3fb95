import type { Category } from '../../../preprocessing/categories.js'
import { castName } from './arithmetic.js'
import { int, ints, texts } from './attributes.js'
import type { Graph, Value } from './graph.js'

/**
 * Writes the number of each entry's category: its place in `categories`, or their number for one that is not there. Missing entries
 * (NaN, the empty string unless it is a category) have the place of null. true and false are 1 and 0.
 * @param x one column, of double or string.
 * @returns (rows, 1) in int64.
 */
export function writeIndex(graph: Graph, categories: readonly Category[], x: Value): string {
  const unknown = categories.length
  const missing = categories.includes(null) ? categories.indexOf(null) : unknown
  const places = [...categories.entries()].filter(([, category]) => category !== null)
  return x.type === 'string'
    ? indexOfWord(graph, places, x, missing, unknown)
    : indexOfNumber(graph, places, x, missing, unknown)
}

type Places = readonly (readonly [place: number, category: Category])[]

/** Opset 17 cannot compare strings: ai.onnx.ml's LabelEncoder looks them up. */
function indexOfWord(graph: Graph, places: Places, x: Value, missing: number, unknown: number): string {
  const known = places.map(([place, word]) => [String(word), place] as const)
  const entries = known.some(([word]) => word === '') ? known : [...known, ['', missing] as const]
  return graph.mlNode('LabelEncoder', [x.name], {
    keys_strings: texts(entries.map(([word]) => word)),
    values_int64s: ints(entries.map(([, place]) => place)),
    default_int64: int(unknown),
  })
}

/** The sum over categories of (place - unknown) where the entry is equal, plus unknown. */
function indexOfNumber(graph: Graph, places: Places, x: Value, missing: number, unknown: number): string {
  const numbers = Float64Array.from(places, ([, category]) => Number(category))
  const isEqual = graph.node('Equal', [x.name, graph.constant(numbers, [1, numbers.length])])
  const distances = Float32Array.from(places, ([place]) => place - unknown)
  const product = graph.node('MatMul', [
    castName(graph, isEqual, 'float'),
    graph.constant(distances, [numbers.length, 1]),
  ])
  const index = graph.node('Add', [castName(graph, product, 'int64'), graph.integers([unknown], [])])
  return graph.node('Where', [graph.node('IsNaN', [x.name]), graph.integers([missing], []), index])
}

/** Whether an entry is missing: NaN, or an empty string. */
export function writeIsMissing(graph: Graph, x: Value): string {
  if (x.type !== 'string') return graph.node('IsNaN', [x.name])
  const isEmpty = graph.mlNode('LabelEncoder', [x.name], {
    keys_strings: texts(['']),
    values_int64s: ints([1]),
    default_int64: int(0),
  })
  return castName(graph, isEmpty, 'bool')
}
