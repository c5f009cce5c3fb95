import type { Branch, ReadPart } from './branch.js'

/** Waves of each column and products of them, as `toOnnx` writes them; the form pbld lacks the columns themselves. */
export function readPeriodic(branch: Branch): ReadPart {
  const { nodes } = branch
  const product = nodes.findIndex(({ opType }) => opType === 'MatMul')
  const [before, after] = [nodes.slice(0, product), nodes.slice(product)]
  const columns = branch.columnsOf(branch.value)
  const hasSines = before.some(({ opType }) => opType === 'Sin')
  const rates = branch.constant('Mul', 2, before)
  const kernel = branch.constant('MatMul', 3)
  const bias = branch.constant('Add', 2, after)
  const form = !hasSines ? 'pbld' : kernel.dims[0] === columns.length ? 'plr' : 'plrLite'
  // Phases are written as parts of a turn.
  const phases = hasSines ? [] : [branch.constant('Add', 2, before).data.map((turns) => turns / turnsOfOne)]
  const activation = after.some(({ opType }) => opType === 'Relu') ? 'relu' : 'linear'
  const tensors = [rates.data, ...phases, kernel.data, bias.data].map((data) => Float32Array.from(data))
  const [frequencies, outputDim] = [rates.dims[1]!, kernel.dims[2]!]
  return { options: { type: 'periodicEmbedding', columns, form, frequencies, outputDim, activation }, tensors }
}

const turnsOfOne = Math.fround(0.5 / Math.PI)

/** A line and the shares of bins of each column, as `toOnnx` writes them; the last bin of a column has no upper end. */
export function readPiecewise(branch: Branch): ReadPart {
  const columns = branch.columnsOf(branch.value)
  const [lefts, widths, ends] = [branch.constant('Sub', 2), branch.constant('Div', 2), branch.constant('Min', 2)]
  const [slopes, bias] = [branch.constant('Mul', 2), branch.constant('Add', 2)]
  const kernel = branch.constant('MatMul', 3)
  const [most, outputDim] = [lefts.dims[1]!, slopes.dims[1]!]
  const isWhole = [lefts, widths, ends].every(({ data }) => data.length === columns.length * most)
  if (!isWhole || kernel.data.length !== columns.length * most * outputDim) throw branch.problem('its sizes do not fit')
  const kernels: number[] = []
  const edges = columns.map((_, c) => {
    const bins = ends.data.subarray(c * most, (c + 1) * most).indexOf(Infinity) + 1
    if (bins === 0) throw branch.problem('its last bin has an end')
    for (const x of kernel.data.subarray(c * most * outputDim, (c * most + bins) * outputDim)) kernels.push(x)
    const last = c * most + bins - 1
    return [...lefts.data.subarray(c * most, last + 1), Math.fround(lefts.data[last]! + widths.data[last]!)]
  })
  return {
    options: { type: 'piecewiseLinearEmbedding', columns, edges, outputDim },
    tensors: [slopes.data, bias.data, kernels].map((data) => Float32Array.from(data)),
  }
}
