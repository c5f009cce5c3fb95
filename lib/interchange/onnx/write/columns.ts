import {
  type ColumnPart,
  type EmbeddingPart,
  namedParts,
  type OneHotPart,
  outputsOfPart,
  type PeriodicEmbeddingPart,
  type PiecewiseLinearEmbeddingPart,
} from '../../../spec/columns.js'
import type { ColumnsSpec } from '../../../spec/layer-spec.js'
import { castName } from './arithmetic.js'
import { int, ints } from './attributes.js'
import type { Graph } from './graph.js'
import type { Rows, Tensors } from './layers.js'

/** Writes a layer of columns: its parts side by side. */
export function writeColumns(graph: Graph, { parts }: ColumnsSpec, tensors: Tensors, x: Rows): Rows {
  const names = namedParts(parts).map(({ name, part }) =>
    graph.within(name, () => writePart(graph, part, (tensor) => tensors[`${name}/${tensor}`]!.data, x)),
  )
  const columns = parts.reduce((sum, part) => sum + outputsOfPart(part), 0)
  return { ...x, name: joined(graph, names), columns }
}

/** The numbers of a tensor of the part. */
type TensorOf = (tensor: string) => Float32Array

function writePart(graph: Graph, part: ColumnPart, tensor: TensorOf, x: Rows): string {
  if (part.type === 'oneHot') return writeOneHot(graph, part, x)
  const own = gather(graph, x.name, part.columns)
  if (part.type === 'passthrough') return own
  if (part.type === 'embedding') return writeEmbedding(graph, part, tensor, own)
  // (rows, columns, 1)
  const wide = graph.node('Unsqueeze', [own, graph.integers([-1])])
  if (part.type === 'piecewiseLinearEmbedding')
    return flat(graph, writePiecewise(graph, part, tensor, wide, x), part, x)
  const products = flat(graph, writePeriodic(graph, part, tensor, wide, x), part, x)
  return part.form === 'pbld' ? joined(graph, [products, own]) : products
}

/** Picks a row of each column's table: code -1 has zeros, and what is no code NaN, since a graph cannot throw. */
function writeEmbedding(graph: Graph, { inputDim, outputDim }: EmbeddingPart, tensor: TensorOf, codes: string): string {
  const total = inputDim.reduce((sum, count) => sum + count, 0)
  const table = new Float32Array((total + 2) * outputDim).fill(Number.NaN)
  table.fill(0, 0, (total + 1) * outputDim)
  table.set(tensor('embeddings'))
  const place = graph.node('Add', [castName(graph, codes, 'int64'), graph.integers(firstsOf(inputDim))])
  const known = graph.node('Where', [isCode(graph, codes, inputDim), place, graph.integers([total + 1], [])])
  const index = graph.node('Where', [isMissing(graph, codes), graph.integers([total], []), known])
  const vectors = graph.node('Gather', [graph.constant(table, [total + 2, outputDim], 'embeddings'), index])
  return graph.node('Reshape', [vectors, graph.integers([0, inputDim.length * outputDim])])
}

/** 1 at the place of each code; NaN for what is no code. */
function writeOneHot(graph: Graph, { columns, inputDim }: OneHotPart, x: Rows): string {
  const places = inputDim.flatMap((count, c) => Array.from({ length: count }, (_, code) => ({ c, code })))
  const codes = gather(
    graph,
    x.name,
    places.map(({ c }) => columns[c]!),
  )
  const wanted = graph.constant(
    Float32Array.from(places, ({ code }) => code),
    [places.length],
  )
  const ones = castName(graph, graph.node('Equal', [codes, wanted]), 'float')
  const counts = places.map(({ c }) => inputDim[c]!)
  const isKnown = graph.node('Or', [isCode(graph, codes, counts), isMissing(graph, codes)])
  return graph.node('Where', [isKnown, ones, graph.constant(Float32Array.of(Number.NaN), [])])
}

/** Whether numbers are whole and from 0 to below the counts of their columns. */
function isCode(graph: Graph, codes: string, counts: readonly number[]): string {
  const isWhole = graph.node('Equal', [codes, graph.node('Floor', [codes])])
  const isBelow = graph.node('Less', [codes, graph.constant(Float32Array.from(counts), [counts.length])])
  const isPositive = graph.node('GreaterOrEqual', [codes, graph.constant(Float32Array.of(0), [])])
  return graph.node('And', [graph.node('And', [isWhole, isBelow]), isPositive])
}

function isMissing(graph: Graph, codes: string): string {
  return graph.node('Equal', [codes, graph.constant(Float32Array.of(-1), [])])
}

/** Products of waves of each column, (rows, columns, outputDim); angles are reduced to a turn, as the core does. */
function writePeriodic(graph: Graph, part: PeriodicEmbeddingPart, tensor: TensorOf, wide: string, x: Rows): string {
  const { form, frequencies, outputDim, activation } = part
  const count = part.columns.length
  const rates = graph.constant(tensor('frequencies'), [count, frequencies], 'frequencies')
  const waves = graph.node('Mul', [wide, rates])
  const turns = form === 'pbld' ? graph.node('Add', [waves, phasesOf(graph, tensor, count, frequencies)]) : waves
  const scalar = (value: number) => graph.constant(Float32Array.of(value), [])
  // As in the core, nothing is left of turns beyond 2^20.
  const isLost = graph.node('Greater', [graph.node('Abs', [turns]), scalar(2 ** 20)])
  const rest = graph.node('Sub', [turns, graph.node('Round', [turns])])
  const fraction = graph.node('Where', [isLost, scalar(0), rest])
  const angles = graph.node('Mul', [fraction, scalar(2 * Math.PI)])
  const cosines = graph.node('Cos', [angles])
  const units = form === 'pbld' ? cosines : joined(graph, [cosines, graph.node('Sin', [angles])])
  const kernels = form === 'plrLite' ? 1 : count
  const products = writeProducts(graph, units, tensor('kernel'), [kernels, outputDim], x)
  const sums = graph.node('Add', [products, graph.constant(tensor('bias'), [kernels, outputDim], 'bias')])
  return activation === 'relu' ? graph.node('Relu', [sums]) : sums
}

/** Phases in turns. */
function phasesOf(graph: Graph, tensor: TensorOf, count: number, frequencies: number): string {
  const phases = tensor('phases').map((phase) => phase * Math.fround(0.5 / Math.PI))
  return graph.constant(phases, [count, frequencies], 'phases')
}

/** A line and the shares of bins of each column, (rows, columns, outputDim). Columns of fewer bins are filled up. */
function writePiecewise(
  graph: Graph,
  { edges, outputDim }: PiecewiseLinearEmbeddingPart,
  tensor: TensorOf,
  wide: string,
  x: Rows,
): string {
  const count = edges.length
  const most = Math.max(...edges.map((own) => own.length - 1))
  const of = (value: (own: readonly number[], bin: number) => number, filler: number) =>
    graph.constant(
      Float32Array.from({ length: count * most }, (_, k) => {
        const [own, bin] = [edges[Math.floor(k / most)]!, k % most]
        return bin < own.length - 1 ? value(own, bin) : filler
      }),
      [count, most],
    )
  const lefts = of((own, bin) => own[bin]!, 0)
  const widths = of((own, bin) => Math.fround(own[bin + 1]! - own[bin]!), 1)
  const lowest = of((_, bin) => (bin === 0 ? -Infinity : 0), 0)
  const highest = of((own, bin) => (bin === own.length - 2 ? Infinity : 1), 0)
  const shares = graph.node('Div', [graph.node('Sub', [wide, lefts]), widths])
  const units = graph.node('Min', [graph.node('Max', [shares, lowest]), highest])
  const firsts = firstsOf(edges.map((own) => own.length - 1))
  const kernel = new Float32Array(count * most * outputDim)
  for (const [c, own] of edges.entries()) {
    const part = tensor('kernel').subarray(firsts[c]! * outputDim, (firsts[c]! + own.length - 1) * outputDim)
    kernel.set(part, c * most * outputDim)
  }
  const line = graph.node('Mul', [wide, graph.constant(tensor('slopes'), [count, outputDim], 'slopes')])
  const shifted = graph.node('Add', [line, graph.constant(tensor('bias'), [count, outputDim], 'bias')])
  return graph.node('Add', [shifted, writeProducts(graph, units, kernel, [count, outputDim], x)])
}

/** The products of the units of columns with the kernel of each, or with one for all. */
function writeProducts(
  graph: Graph,
  units: string,
  kernel: Float32Array,
  [kernels, outputDim]: readonly [number, number],
  { isByMember }: Rows,
): string {
  const matrices = graph.constant(kernel, [kernels, kernel.length / (kernels * outputDim), outputDim], 'kernel')
  // Columns first: a product for each of them, not for each row.
  const turn = (name: string) => graph.node('Transpose', [name], { perm: ints(isByMember ? [0, 2, 1, 3] : [1, 0, 2]) })
  return turn(graph.node('MatMul', [turn(units), matrices]))
}

/** (rows, columns, outputDim) as (rows, columns outputDim). */
function flat(
  graph: Graph,
  vectors: string,
  part: PeriodicEmbeddingPart | PiecewiseLinearEmbeddingPart,
  x: Rows,
): string {
  const shape = [...(x.isByMember ? [0, 0] : [0]), part.columns.length * part.outputDim]
  return graph.node('Reshape', [vectors, graph.integers(shape)])
}

function gather(graph: Graph, x: string, columns: readonly number[]): string {
  return graph.node('Gather', [x, graph.integers(columns)], { axis: int(-1) })
}

function joined(graph: Graph, names: readonly string[]): string {
  return names.length === 1 ? names[0]! : graph.node('Concat', names, { axis: int(-1) })
}

/** Where each of several counts begins. */
function firstsOf(counts: readonly number[]): number[] {
  return counts.map((_, k) => counts.slice(0, k).reduce((sum, count) => sum + count, 0))
}
