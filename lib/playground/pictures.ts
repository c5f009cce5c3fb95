import { Matrix } from '../base/matrix.js'

/** The centres of the cells of a square grid, row by row from the top. */
export function gridOf(side: number, [low, high]: readonly [number, number]): Matrix {
  const grid = new Matrix(new Float32Array(2 * side * side), side * side, 2)
  const step = (high - low) / side
  for (let i = 0; i < side; i++) {
    for (let j = 0; j < side; j++) {
      grid.row(i * side + j).set([low + (j + 0.5) * step, high - (i + 0.5) * step])
    }
  }
  return grid
}

/** Two bytes for each row of outputs: the most probable class, and its probability. */
export function outputBytes(outputs: Matrix): string {
  const bytes = new Uint8Array(2 * outputs.rows)
  for (let i = 0; i < outputs.rows; i++) {
    const row = outputs.row(i)
    let best = 0
    for (let k = 1; k < row.length; k++) if (row[k]! > row[best]!) best = k
    bytes[2 * i] = best
    bytes[2 * i + 1] = Math.round(255 * row[best]!)
  }
  return toBase64(bytes)
}

/** The pictures of a layer's units, one after the other: each unit's outputs, on its own scale around 0. */
export function unitBytes(outputs: Matrix): string {
  const { data, rows, cols } = outputs
  const bytes = new Uint8Array(rows * cols)
  for (let unit = 0; unit < cols; unit++) {
    let most = 1e-6
    for (let i = 0; i < rows; i++) most = Math.max(most, Math.abs(data[i * cols + unit]!))
    for (let i = 0; i < rows; i++) bytes[unit * rows + i] = 128 + Math.round((127 * data[i * cols + unit]!) / most)
  }
  return toBase64(bytes)
}

export function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}
