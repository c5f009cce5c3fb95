import type { Branch, ReadPart } from './branch.js'

/** Operators of a one-hot vector as `toOnnx` writes it. */
const operators = new Set([
  ...['Gather', 'Equal', 'Cast', 'Floor', 'Less', 'GreaterOrEqual', 'And', 'Or', 'Where'],
  ...['Unsqueeze', 'Squeeze', 'Reshape', 'Flatten', 'Identity'],
])

/** A 1 at the place of each code: every output is compared with a code. */
export function readOneHot(branch: Branch): ReadPart | undefined {
  const { nodes, constants, value } = branch
  if (nodes.some(({ opType }) => !operators.has(opType))) return undefined
  const width = value.data.length / value.dims[0]!
  const codes = nodes
    .filter(({ opType }) => opType === 'Equal')
    .flatMap(({ input }) => input.map((name) => constants.get(name)?.data))
    .find((data) => data?.length === width && data[0] === 0)
  if (!codes) return undefined
  const origins = value.origins!
  const [columns, inputDim]: [number[], number[]] = [[], []]
  for (const [k, code] of codes.entries()) {
    if (code === 0) {
      columns.push(origins[k]!)
      inputDim.push(0)
    }
    if (code !== inputDim.at(-1) || origins[k] !== columns.at(-1) || origins[k]! < 0) return undefined
    inputDim[inputDim.length - 1]!++
  }
  return { options: { type: 'oneHot', columns, inputDim }, tensors: [] }
}
