import type { Matrix } from '../../../base/matrix.js'
import { Pipeline } from '../../../pipeline/pipeline.js'
import {
  ColumnTransformer,
  OneHotEncoder,
  OrdinalEncoder,
  SimpleImputer,
  TargetEncoder,
} from '../../../preprocessing/index.js'
import type { Table } from '../../../table/table.js'
import { cast } from './arithmetic.js'
import { cannot } from './cannot.js'
import { Frame } from './frame.js'
import type { Graph, Value } from './graph.js'

/** How rows enter a graph. */
export interface EntranceOptions {
  /** An input for each column, or one for all. */
  readonly inputs: 'columns' | 'matrix' | undefined
  /** The type of numbers. */
  readonly numbers: 'float' | 'double'
}

/**
 * Writes the inputs of a graph.
 * @param names those of the columns in fit.
 * @param words the places of columns of strings.
 * @throws ArgumentError for one matrix of numbers and strings, and for a column without a name.
 */
export function writeEntrance(
  graph: Graph,
  count: number,
  names: readonly string[] | undefined,
  words: ReadonlySet<number>,
  options: EntranceOptions,
): Value[] {
  const isMixed = words.size > 0 && words.size < count
  const mode = options.inputs ?? (names || isMixed ? 'columns' : 'matrix')
  if (mode === 'matrix') {
    if (isMixed) throw cannot("inputs: 'matrix'", 'some columns are strings and others numbers. Leave the option out.')
    return [graph.input('input', words.size > 0 ? 'string' : options.numbers, count)]
  }
  return Array.from({ length: count }, (_, j) =>
    writeInput(graph, names?.[j] ?? `x${j}`, j, words.has(j) ? 'string' : options.numbers),
  )
}

/**
 * Writes the input of one column.
 * @throws ArgumentError without a name.
 */
export function writeInput(graph: Graph, name: string, place: number, type: 'string' | 'float' | 'double'): Value {
  if (name === '') throw cannot(`column ${place}`, 'an input needs a name, but its name is empty.')
  return graph.input(name, type, 1)
}

/** The inputs as rows for the first step of a preparation: numbers become float64. */
export function toFrame(graph: Graph, inputs: readonly Value[]): Frame {
  return new Frame(inputs.map((input) => (input.type === 'string' ? input : cast(graph, input, 'double'))))
}

/** The places of the columns that a transformer reads as strings. */
export function wordsOf(transformer: object): Set<number> {
  if (transformer instanceof Pipeline) {
    const [first] = Object.values(transformer.namedSteps)
    return wordsOf(first!)
  }
  if (transformer instanceof ColumnTransformer) {
    const { parts } = transformer.toJSON().state as unknown as { parts: { name: string; places: number[] }[] }
    const transformers = transformer.namedTransformers
    return new Set(parts.flatMap(({ name, places }) => [...wordsOf(Object(transformers[name]))].map((k) => places[k]!)))
  }
  return new Set([...entriesOf(transformer).entries()].flatMap(([j, entries]) => (entries.some(isWord) ? [j] : [])))
}

const isWord = (entry: unknown) => typeof entry === 'string'

/** Entries of each column that a transformer learned from. */
function entriesOf(transformer: object): readonly (readonly unknown[])[] {
  if (transformer instanceof SimpleImputer) {
    const { statistics } = transformer as SimpleImputer<Matrix | Table>
    return Array.from(statistics as ArrayLike<unknown>, (statistic) => [statistic])
  }
  const encoders = [OneHotEncoder, OrdinalEncoder, TargetEncoder]
  const isEncoder = encoders.some((encoder) => transformer instanceof encoder)
  return isEncoder ? (transformer as OneHotEncoder).categories : []
}
