import type { Numbers } from './network.js'

/** A kernel (units, inputs) as (inputs, units), and the other way round. */
export function transpose({ shape, data }: Numbers): Numbers {
  const [rows, columns] = shape as [number, number]
  const out = new Float32Array(data.length)
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out[j * rows + i] = data[i * columns + j]!
  return { shape: [columns, rows], data: out }
}
