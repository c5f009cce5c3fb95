import { runBreathing, type Work } from '../../../../base/breathing.js'
import { Matrix } from '../../../../base/matrix.js'
import { uniforms } from '../../../../math/random.js'
import type { Sequential } from '../../../../sequential.js'
import { codesOfParts, type PiecewiseLinearEmbeddingPart } from '../../../../spec/columns.js'
import { outputsOfLayer } from '../../../../spec/layer-tensors.js'
import { Evaluator } from '../preparation/evaluate.js'
import { nodeText, problem } from '../problem.js'
import { probes } from './branch.js'
import { far } from './far.js'
import type { FoundColumns } from './read-columns.js'

/** Random rows, from the fewest of wide layers, whose rows take long, to the most. */
const counts = [8, 48] as const

/** Cells of all random rows about, and of those that are computed at one time: values on the way may be many times as wide. */
const cells = { all: 2 ** 20, atOnce: 2 ** 14 } as const

/** How far float32 may be from the float64 in which the graph is computed: waves lose digits. */
const tolerance = 1e-4

/**
 * Compares the columns layer of a network with the nodes that it was read from, for random rows with codes that the layer knows, and
 * far from 0. The network is disposed where they cannot be compared.
 * @throws FormatError where they differ.
 */
export async function checkColumns(network: Sequential, found: FoundColumns): Promise<void> {
  try {
    const { layer, inputs } = found
    const width = Math.max(inputs.columns.length, outputsOfLayer(layer, inputs.columns.length))
    const rows = rowsOf(found, Math.min(counts[1], Math.max(counts[0], Math.floor(cells.all / width))))
    const wanted = await runBreathing(
      computed(found, rows, Math.max(probes.length, Math.floor(cells.atOnce / width))),
      undefined,
    )
    // Behind the layer is the scaling of its outputs.
    compare(found, rows, wanted, await network.layer(found.scaling ? 1 : 0).output(rows))
  } catch (error) {
    network.dispose()
    throw error
  }
}

/** Random rows, and some whose numbers are all far from 0. */
function rowsOf({ layer, inputs }: FoundColumns, count: number): Matrix {
  const draw = uniforms(7)
  const columns = inputs.columns.length
  const all = count + far.length
  const rows = new Float32Array(all * columns)
  for (let k = 0; k < count * columns; k++) rows[k] = 6 * draw() - 3
  for (const part of layer.parts)
    if (part.type === 'piecewiseLinearEmbedding') fillBins(part, rows, count, columns, draw)
  for (const [k, x] of far.entries()) rows.fill(x, (count + k) * columns, (count + k + 1) * columns)
  // Last, since no other number is a code; the smallest count of a column last.
  for (const { column, count: codes } of codesOfParts(layer.parts).sort((a, b) => b.count - a.count)) {
    for (let i = 0; i < all; i++) rows[i * columns + column] = Math.floor(draw() * codes)
  }
  return new Matrix(rows, all, columns)
}

/** Numbers between the edges of bins and beyond. */
function fillBins(
  part: PiecewiseLinearEmbeddingPart,
  rows: Float32Array,
  count: number,
  columns: number,
  draw: () => number,
): void {
  for (const [c, column] of part.columns.entries()) {
    const [low, high] = [part.edges[c]![0]!, part.edges[c]!.at(-1)!]
    for (let i = 0; i < count; i++) rows[i * columns + column] = low + (high - low) * (1.4 * draw() - 0.2)
  }
}

/** What the graph makes of the rows, some of them at a time; its work is not counted as that of reading. */
function* computed(found: FoundColumns, { data, rows, cols }: Matrix, atOnce: number): Work<number[]> {
  const {
    inputs,
    output,
    evaluator: { graph },
  } = found
  const evaluator = new Evaluator(graph)
  const nodes = yield* evaluator.nodesTo(output)
  const all: number[] = []
  for (let begin = 0; begin < rows; begin += atOnce) {
    const count = Math.min(atOnce, rows - begin)
    const feeds = yield* inputs.feed(count, (row, column) => data[(begin + row) * cols + column]!)
    const values = yield* evaluator.run(nodes, feeds, [output])
    yield
    const made = values.get(output)!.data
    for (let k = 0; k < made.length; k++) all.push(Number(made[k]))
  }
  return all
}

function compare({ output, evaluator }: FoundColumns, rows: Matrix, wanted: readonly number[], actual: Matrix): void {
  const { file, maker } = evaluator.graph
  const wrong = actual.data.findIndex((value, k) => {
    const expected = wanted[k]!
    const row = Math.floor(k / actual.cols)
    // Waves of large numbers lose as many digits as these have.
    const size = row < rows.rows - far.length ? 1 : Math.abs(far[row - (rows.rows - far.length)]!)
    return !(Math.abs(value - expected) <= tolerance * Math.max(size, 1, Math.abs(expected)))
  })
  if (wrong === -1) return
  const [row, column] = [Math.floor(wrong / actual.cols), wrong % actual.cols]
  throw problem(
    file,
    `${nodeText(maker(output)!)}: column ${column} of its result is ${wanted[wrong]} for the row [${rows.row(row).join(', ')}], but the columns layer that was read gives ${actual.data[wrong]}.`,
  )
}
