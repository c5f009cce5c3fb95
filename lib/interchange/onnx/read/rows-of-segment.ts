import { type Cells, evaluate, toCells } from './cells.js'
import type { Constants } from './constants.js'
import type { Segment } from './segment.js'

/** The values at the end of a segment for these rows; undefined where a node is not one of numbers and rows. */
export function runSegment(
  { nodes, output }: Segment,
  from: string,
  x: Cells,
  constants: Constants,
): Cells | undefined {
  const values = new Map<string, Cells>([[from, x]])
  for (const node of nodes) {
    const inputs = node.input.map((name) => {
      if (name === '') return undefined
      const known = values.get(name)
      const constant = known ? undefined : constants.get(name)
      return known ?? (constant && toCells(constant))
    })
    if (inputs.some((input, k) => input === undefined && node.input[k] !== '')) return undefined
    const result = evaluate(node, inputs)
    if (!result) return undefined
    values.set(node.output[0]!, result)
  }
  return values.get(output)
}

/** Rows of a width at which functions of rows are compared: the same in each run, far from each other, and one far from 0. */
export function probeRows(columns: number): Cells {
  const rows = 5
  const data = Float64Array.from(
    { length: rows * columns },
    (_, k) => (k < columns ? 300 : 3) * Math.sin(k * 1.7 + (k % columns) * 0.61 + 0.3),
  )
  return { rows, columns, data }
}
