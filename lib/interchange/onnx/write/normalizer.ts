import type { Norm } from '../../../preprocessing/index.js'
import { binary, row } from './arithmetic.js'
import { ints } from './attributes.js'
import type { Graph } from './graph.js'

/** Shorter rows are not divided, as in scikit-learn. */
const shortest = 10 * Number.EPSILON

/** Writes x divided by the length of its row. */
export function writeNormalizer(graph: Graph, norm: Norm, x: string): string {
  const length = writeLength(graph, norm, x)
  const isShort = binary(graph, 'Less', length, shortest)
  return graph.node('Div', [x, graph.node('Where', [isShort, row(graph, 1), length])])
}

function writeLength(graph: Graph, norm: Norm, x: string): string {
  if (norm === 'max') return graph.node('ReduceMax', [graph.node('Abs', [x])], { axes: ints([1]) })
  const axes = graph.integers([1])
  if (norm === 'l1') return graph.node('ReduceSum', [graph.node('Abs', [x]), axes])
  return graph.node('Sqrt', [graph.node('ReduceSum', [graph.node('Mul', [x, x]), axes])])
}
