import type { Branch, ReadPart } from './branch.js'

/**
 * A table whose rows are picked by codes: of several columns each has rows of its own, from its offset on. Missing codes, which are
 * -1, pick zeros behind them; where the graph knows none, -1 is the place before, or the last one.
 */
export function readEmbedding(branch: Branch): ReadPart {
  const node = branch.nodes.at(-1)!
  const table = branch.constants.get(node.input[0]!)
  const index = branch.values.get(node.input[1]!)
  const [total, outputDim] = table?.dims ?? []
  if (!table || !index?.origins || total === undefined || !outputDim || table.dims.length !== 2)
    throw branch.problem('it picks rows of no table of weights')
  const count = index.data.length / index.dims[0]!
  const columns = Array.from(index.origins.subarray(0, count))
  if (columns.some((column) => column < 0)) throw branch.problem('a code of it does not come from one column')
  // The rows that missing codes and first codes pick.
  const [missing, offsets] = [0, 1].map((row) =>
    Array.from({ length: count }, (_, k) => Number(index.data[row * count + k])),
  ) as [number[], number[]]
  const knowsNone = missing.every((place, k) => place === offsets[k]! - 1 || place === total - 1)
  const end = knowsNone ? total : missing[0]!
  const isZero = (row: number) => table.data.subarray(row * outputDim, (row + 1) * outputDim).every((x) => x === 0)
  if (!knowsNone && (missing.some((place) => place !== end) || !isZero(end)))
    throw branch.problem('codes of -1 do not pick zeros')
  const inputDim = offsets.map((offset, k) => (offsets[k + 1] ?? end) - offset)
  if (count > 1 && new Set(offsets).size < count) throw branch.problem('several columns share its table')
  if (offsets[0] !== 0 || inputDim.some((size) => !(size >= 1))) throw branch.problem('its codes do not begin with 0')
  return {
    options: { type: 'embedding', columns, inputDim, outputDim },
    tensors: [Float32Array.from(table.data.subarray(0, end * outputDim))],
  }
}
