import { Matrix } from '../base/matrix.js'
import type { Draw } from './draw.js'

/** Rows and their classes. */
export interface Labelled {
  /** (rows, features). */
  x: Matrix
  /** The class of each row, from 0. */
  y: Int32Array
}

/** Options of all generated data. */
export interface MakeOptions {
  /** Whether the rows are in random order; true by default. */
  shuffle?: boolean | undefined
  /** The seed, an integer of at least 0: equal seeds give equal data. Random by default. */
  seed?: number | undefined
}

/** Reorders rows, and columns if there are `columns`: row `i` of the result is row `rows[i]`. */
export function reorder(x: Matrix, rows: Uint32Array, columns?: Uint32Array): Matrix {
  const out = new Matrix(new Float32Array(x.data.length), x.rows, x.cols)
  for (let i = 0; i < x.rows; i++) {
    const [from, to] = [x.row(rows[i]!), out.row(i)]
    if (!columns) to.set(from)
    else for (let j = 0; j < x.cols; j++) to[j] = from[columns[j]!]!
  }
  return out
}

/** Shuffles rows and classes alike. */
export function shuffleLabelled({ x, y }: Labelled, draw: Draw): Labelled {
  const order = draw.permutation(x.rows)
  return { x: reorder(x, order), y: Int32Array.from(order, (row) => y[row]!) }
}

/** The sizes of `parts` parts of `count` rows, which differ by 1 at most, the larger ones first. */
export function evenParts(count: number, parts: number): number[] {
  return Array.from({ length: parts }, (_, k) => Math.floor(count / parts) + (k < count % parts ? 1 : 0))
}
