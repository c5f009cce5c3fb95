import type { Category } from '../../../preprocessing/categories.js'
import type { OneHotEncoder, OrdinalEncoder, TargetEncoder } from '../../../preprocessing/index.js'
import { readTransformerJson } from '../../../preprocessing/json.js'
import { columnOf, place, widthOf } from '../../../preprocessing/one-hot-columns.js'
import { groupRare } from '../../../preprocessing/rare-categories.js'
import { castName, row, sideBySide } from './arithmetic.js'
import { int } from './attributes.js'
import { writeIndex } from './category-index.js'
import type { Frame } from './frame.js'
import type { Graph, Value } from './graph.js'

/** The categories of a column, as the JSON of encoders has them. */
interface Vocabulary {
  readonly categories: readonly Category[]
  readonly counts: readonly number[]
}

interface EncoderState {
  readonly vocabularies: readonly Vocabulary[]
  readonly rare?: readonly (readonly number[] | null)[]
  readonly dropped?: readonly (number | null)[]
  readonly encodings?: readonly (readonly number[])[]
  readonly means?: readonly number[]
}

/** The parameters and the learned state of an encoder. */
function partsOf(encoder: OneHotEncoder | OrdinalEncoder | TargetEncoder) {
  const json = encoder.toJSON()
  const { params, state } = readTransformerJson(json, json.kind)
  return { params, state: state as unknown as EncoderState }
}

const indexed = (vocabulary: Vocabulary) => ({ ...vocabulary, indices: new Map<Category, number>() })

/** Where an encoder refuses categories that fit did not have, their rows become NaN: a graph cannot throw. */
const refused = Number.NaN

/** Writes a OneHotEncoder: for each column, 1 in the column of the category. */
export function writeOneHot(graph: Graph, encoder: OneHotEncoder, frame: Frame): Value {
  const { params, state } = partsOf(encoder)
  const columns = place(
    state.vocabularies.map((vocabulary, j) => ({
      ...groupRare(indexed(vocabulary), state.rare![j] ?? undefined, vocabulary.categories.length),
      dropped: state.dropped![j] ?? undefined,
    })),
  )
  const toRare = params.handleUnknown === 'infrequentIfExist' || params.handleUnknown === 'warn'
  const blocks = columns.flatMap((column, j): Value[] => {
    const width = widthOf(column)
    if (width === 0) return []
    const unknown = toRare && column.rare ? columnOf(column, column.size - 1) : -1
    const targets = [...column.targets, unknown].map((target) => (target < 0 ? -1 : target - column.begin))
    const index = writeIndex(graph, column.categories, frame.column(graph, j))
    const target = graph.node('Gather', [graph.integers(targets), index])
    const numbers = graph.integers(
      Array.from({ length: width }, (_, k) => k),
      [1, width],
    )
    const ones = castName(graph, graph.node('Equal', [target, numbers]), 'double')
    const name = params.handleUnknown === 'error' ? refuse(graph, index, column.categories.length, ones) : ones
    return [{ name, type: 'double', columns: width }]
  })
  return sideBySide(graph, blocks)
}

/** Writes an OrdinalEncoder: the number of each category. */
export function writeOrdinal(graph: Graph, encoder: OrdinalEncoder, frame: Frame): Value {
  const { params, state } = partsOf(encoder)
  const { handleUnknown, unknownValue, encodedMissingValue } = params as Record<string, number | string | null>
  const unknown = handleUnknown === 'error' ? refused : (unknownValue as number)
  const blocks = state.vocabularies.map(({ categories, counts }, j) => {
    const present = categories.at(-1) === null ? categories.length - 1 : categories.length
    const { groups } = groupRare(indexed({ categories, counts }), state.rare![j] ?? undefined, present)
    const missing = present < categories.length ? [encodedMissingValue as number] : []
    return lookUp(graph, [[...groups, ...missing, unknown]], categories, frame.column(graph, j))
  })
  return sideBySide(graph, blocks)
}

/** Writes a TargetEncoder: the mean of the target of each category, one number a class for several classes. */
export function writeTarget(graph: Graph, encoder: TargetEncoder, frame: Frame): Value {
  const { vocabularies, encodings, means } = partsOf(encoder).state
  const blocks = vocabularies.map(({ categories }, j) => {
    const tables = means!.map((mean, k) => [...encodings![j * means!.length + k]!, mean])
    return lookUp(graph, tables, categories, frame.column(graph, j))
  })
  return sideBySide(graph, blocks)
}

/** A column for each table: its number for the entry's category; the last is that of unknown ones. */
function lookUp(
  graph: Graph,
  tables: readonly (readonly number[])[],
  categories: readonly Category[],
  x: Value,
): Value {
  const index = writeIndex(graph, categories, x)
  const columns = tables.map((table): Value => {
    const name = graph.node('Gather', [graph.constant(Float64Array.from(table), [table.length]), index], {
      axis: int(0),
    })
    return { name, type: 'double', columns: 1 }
  })
  return sideBySide(graph, columns)
}

/** NaN in the rows of unknown categories. */
function refuse(graph: Graph, index: string, unknown: number, ones: string): string {
  const isUnknown = graph.node('Equal', [index, graph.integers([unknown], [])])
  return graph.node('Where', [isUnknown, row(graph, refused), ones])
}
