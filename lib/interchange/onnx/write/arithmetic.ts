import { int } from './attributes.js'
import { type ElementType, elementTypes, type Graph, type Value } from './graph.js'

/** A constant row of float64 numbers, (1, count), or one number for every column. */
export function row(graph: Graph, numbers: ArrayLike<number> | number): string {
  if (typeof numbers === 'number') return graph.constant(Float64Array.of(numbers), [])
  return graph.constant(Float64Array.from(numbers), [1, numbers.length])
}

/** Writes `a op b`, where b is a constant of one number a column, or of one number. */
export function binary(graph: Graph, op: string, a: string, b: ArrayLike<number> | number): string {
  return graph.node(op, [a, row(graph, b)])
}

/** The value in another type. */
export function cast(graph: Graph, value: Value, type: ElementType): Value {
  return value.type === type ? value : { ...value, name: castName(graph, value.name, type), type }
}

export function castName(graph: Graph, name: string, type: ElementType): string {
  return graph.node('Cast', [name], { to: int(elementTypes[type]) })
}

/** Some columns of a table. */
export function pick(graph: Graph, value: Value, places: readonly number[]): Value {
  if (places.length === value.columns && places.every((place, k) => place === k)) return value
  const name = graph.node('Gather', [value.name, graph.integers(places)], { axis: int(1) })
  return { ...value, name, columns: places.length }
}

/** Tables of one type side by side. */
export function sideBySide(graph: Graph, values: readonly Value[]): Value {
  if (values.length === 1) return values[0]!
  const columns = values.reduce((sum, value) => sum + value.columns!, 0)
  const name = graph.node(
    'Concat',
    values.map((value) => value.name),
    { axis: int(1) },
  )
  return { name, type: values[0]!.type, columns }
}
