import { centralQuantile, farQuantile, middleQuantile, normalQuantile } from '../../../math/normal.js'
import type { QuantileTransformer } from '../../../preprocessing/index.js'
import { binary, castName, row } from './arithmetic.js'
import { int } from './attributes.js'
import type { Graph } from './graph.js'

/** Shares this close to 0 and 1 count as 0 and 1, as in QuantileTransformer. */
const threshold = 1e-7
const clipped = -normalQuantile(threshold - Number.EPSILON)

/**
 * Writes a QuantileTransformer: the share of a number among the quantiles of its column, by linear interpolation, as the mean of the
 * interpolations that take the last and the first of equal quantiles.
 * @param x (rows, columns) in float64.
 */
export function writeQuantiles(graph: Graph, transformer: QuantileTransformer, x: string): string {
  const quantiles = transformer.quantiles
  const [count, columns] = [quantiles.length, quantiles[0]!.length]
  const flat = new Float64Array(columns * count)
  for (let j = 0; j < columns; j++) {
    for (let k = 0; k < count; k++) flat[j * count + k] = quantiles[k]![j]!
  }
  const shape = { flat: graph.constant(flat, [columns * count]), count, columns, references: transformer.references }
  const lowest = row(graph, quantiles[0]!)
  const highest = row(graph, quantiles.at(-1)!)
  const table = graph.constant(flat, [1, columns, count])
  const wide = graph.node('Unsqueeze', [x, graph.integers([2])])
  const last = transformer.references.at(-1)!
  const choose = (condition: string, value: number, otherwise: string) =>
    graph.node('Where', [condition, row(graph, value), otherwise])

  const upper = choose(
    graph.node('GreaterOrEqual', [x, highest]),
    last,
    choose(graph.node('Less', [x, lowest]), 0, between(graph, x, countOf(graph, 'GreaterOrEqual', wide, table), shape)),
  )
  const lower = choose(
    graph.node('LessOrEqual', [x, lowest]),
    0,
    choose(graph.node('Greater', [x, highest]), last, between(graph, x, countOf(graph, 'Greater', wide, table), shape)),
  )
  const share = binary(graph, 'Mul', graph.node('Add', [upper, lower]), 0.5)
  if (transformer.getParams().outputDistribution === 'uniform') {
    const high = choose(graph.node('Equal', [x, highest]), 1, share)
    return choose(graph.node('Equal', [x, lowest]), 0, high)
  }
  const high = choose(graph.node('Greater', [binary(graph, 'Add', x, threshold), highest]), 1, share)
  const ends = choose(graph.node('Less', [binary(graph, 'Sub', x, threshold), lowest]), 0, high)
  return writeNormalQuantile(graph, ends)
}

/** The number of quantiles of its column that a number is compared with, as (rows, columns) in int64. */
function countOf(graph: Graph, comparison: string, wide: string, table: string): string {
  const compared = castName(graph, graph.node(comparison, [wide, table]), 'float')
  return castName(graph, graph.node('ReduceSum', [compared, graph.integers([2])], { keepdims: int(0) }), 'int64')
}

interface Shape {
  readonly flat: string
  readonly count: number
  readonly columns: number
  readonly references: Float64Array
}

/** The interpolation between quantile `counted - 1` of the column and the next one. */
function between(graph: Graph, x: string, counted: string, { flat, count, columns, references }: Shape): string {
  const largest = Math.max(0, count - 2)
  const before = graph.node('Sub', [counted, graph.integers([1], [])])
  const k = graph.node('Max', [graph.node('Min', [before, graph.integers([largest], [])]), graph.integers([0], [])])
  const begins = graph.integers(
    Array.from({ length: columns }, (_, j) => j * count),
    [1, columns],
  )
  const at = graph.node('Add', [k, begins])
  const low = graph.node('Gather', [flat, at])
  const high = graph.node('Gather', [flat, graph.node('Add', [at, graph.integers([count > 1 ? 1 : 0], [])])])
  const share = graph.node('Div', [graph.node('Sub', [x, low]), graph.node('Sub', [high, low])])
  const step = (references[1] ?? 0) - references[0]!
  const reference = binary(graph, 'Mul', castName(graph, k, 'double'), step)
  return graph.node('Add', [reference, binary(graph, 'Mul', share, step)])
}

/** Writes the normal quantile by Wichura's algorithm AS 241, clipped as QuantileTransformer clips it. */
function writeNormalQuantile(graph: Graph, share: string): string {
  const distance = binary(graph, 'Sub', share, 0.5)
  const square = graph.node('Mul', [distance, distance])
  const inside = ratio(graph, centralQuantile, binary(graph, 'Add', graph.node('Neg', [square]), 0.180625))
  const central = graph.node('Mul', [distance, inside])
  const other = binary(graph, 'Add', graph.node('Neg', [share]), 1)
  const tail = graph.node('Min', [share, other])
  const root = graph.node('Sqrt', [graph.node('Neg', [graph.node('Log', [tail])])])
  const isMiddle = graph.node('LessOrEqual', [root, row(graph, 5)])
  const middle = ratio(graph, middleQuantile, binary(graph, 'Sub', root, 1.6))
  const far = ratio(graph, farQuantile, binary(graph, 'Sub', root, 5))
  const size = graph.node('Where', [isMiddle, middle, far])
  const isCentral = graph.node('LessOrEqual', [graph.node('Abs', [distance]), row(graph, 0.425)])
  const outer = graph.node('Mul', [graph.node('Sign', [distance]), size])
  // A tail of 0 gives infinity over infinity: it is clipped before.
  const isEnd = graph.node('LessOrEqual', [tail, row(graph, 0)])
  const ends = binary(graph, 'Mul', graph.node('Sign', [distance]), clipped)
  const all = graph.node('Where', [isEnd, ends, graph.node('Where', [isCentral, central, outer])])
  const limits = [-clipped, clipped].map((limit) => graph.constant(Float64Array.of(limit), []))
  const limited = graph.node('Clip', [all, ...limits])
  return graph.node('Where', [graph.node('IsNaN', [share]), share, limited])
}

function ratio(graph: Graph, [above, below]: readonly (readonly number[])[], x: string): string {
  return graph.node('Div', [polynomial(graph, above!, x), polynomial(graph, below!, x)])
}

/** Horner's scheme; the constant comes first. */
function polynomial(graph: Graph, coefficients: readonly number[], x: string): string {
  const [highest, ...others] = coefficients.toReversed()
  let sum = binary(graph, 'Mul', x, highest!)
  for (const [k, coefficient] of others.entries()) {
    sum = binary(graph, 'Add', sum, coefficient)
    if (k < others.length - 1) sum = graph.node('Mul', [sum, x])
  }
  return sum
}
