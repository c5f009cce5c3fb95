import { Matrix } from '../../../lib/index.js'
import { uniforms } from '../../../lib/math/random.js'

/** Random rows, the same in each run. */
export function rowsOf(rows: number, columns: number, seed = 1): Matrix {
  const draw = uniforms(seed)
  return new Matrix(
    Float32Array.from({ length: rows * columns }, () => 4 * draw() - 2),
    rows,
    columns,
  )
}

/** Classes that depend on the first two columns. */
export function classesOf(x: Matrix, count: number): number[] {
  return Array.from({ length: x.rows }, (_, i) => {
    const angle = Math.atan2(x.at(i, 0), x.at(i, 1)) / (2 * Math.PI) + 0.5
    return Math.min(count - 1, Math.floor(angle * count))
  })
}
