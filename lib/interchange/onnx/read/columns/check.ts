import { runBreathing, type Work } from '../../../../base/breathing.js'
import { Matrix } from '../../../../base/matrix.js'
import { uniforms } from '../../../../math/random.js'
import type { Sequential } from '../../../../sequential.js'
import { codesOfParts, type PiecewiseLinearEmbeddingPart } from '../../../../spec/columns.js'
import type { Value } from '../preparation/value.js'
import { nodeText, problem } from '../problem.js'
import type { FoundColumns } from './read-columns.js'

const count = 48

/** How far float32 may be from the float64 in which the graph is computed: waves lose digits. */
const tolerance = 1e-4

/**
 * Compares the columns layer of a network with the nodes that it was read from, for random rows with codes that the layer knows.
 * @throws FormatError where they differ.
 */
export async function checkColumns(network: Sequential, found: FoundColumns): Promise<void> {
  const { layer, scaling, output, inputs, evaluator } = found
  const { file, maker } = evaluator.graph
  const draw = uniforms(7)
  const columns = inputs.columns.length
  const rows = new Float32Array(count * columns)
  for (let k = 0; k < rows.length; k++) rows[k] = 6 * draw() - 3
  for (const part of layer.parts) if (part.type === 'piecewiseLinearEmbedding') fillBins(part, rows, columns, draw)
  // Last, since no other number is a code; the smallest count of a column last.
  for (const { column, count: codes } of codesOfParts(layer.parts).sort((a, b) => b.count - a.count)) {
    for (let i = 0; i < count; i++) rows[i * columns + column] = Math.floor(draw() * codes)
  }
  const wanted = await runBreathing(computed(found, rows), undefined)
  // Behind the layer is the scaling of its outputs.
  const actual = await network.layer(scaling ? 1 : 0).output(new Matrix(rows, count, columns))
  const wrong = actual.data.findIndex((value, k) => {
    const expected = Number(wanted.data[k])
    return !(Math.abs(value - expected) <= tolerance * Math.max(1, Math.abs(expected)))
  })
  if (wrong === -1) return
  network.dispose()
  const [row, column] = [Math.floor(wrong / actual.cols), wrong % actual.cols]
  throw problem(
    file,
    `${nodeText(maker(output)!)}: column ${column} of its result is ${wanted.data[wrong]} for the row [${rows.subarray(row * columns, (row + 1) * columns).join(', ')}], but the columns layer that was read gives ${actual.data[wrong]}.`,
  )
}

/** Numbers between the edges of bins and beyond. */
function fillBins(part: PiecewiseLinearEmbeddingPart, rows: Float32Array, columns: number, draw: () => number): void {
  for (const [c, column] of part.columns.entries()) {
    const [low, high] = [part.edges[c]![0]!, part.edges[c]!.at(-1)!]
    for (let i = 0; i < count; i++) rows[i * columns + column] = low + (high - low) * (1.4 * draw() - 0.2)
  }
}

function* computed({ output, inputs, evaluator }: FoundColumns, rows: Float32Array): Work<Value> {
  const feeds = yield* inputs.feed(count, (row, column) => rows[row * inputs.columns.length + column]!)
  const values = yield* evaluator.run(yield* evaluator.nodesTo(output), feeds, [output])
  return values.get(output)!
}
