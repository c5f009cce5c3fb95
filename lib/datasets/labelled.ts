import { Matrix } from '../base/matrix.js'
import type { Draw } from './draw.js'

/** Rows and their classes. */
export interface Labelled {
  /** (rows, features). */
  x: Matrix
  /** The class of each row, counted from 0. */
  y: Int32Array
}

/** What all makers of data take. */
export interface MakeOptions {
  /** Whether the rows come in a random order; true by default. */
  shuffle?: boolean | undefined
  /** A non-negative integer to draw from: the same one gives the same data. Drawn itself when missing. */
  seed?: number | undefined
}

/** Rows in another order: row `i` of the result is row `rows[i]`; likewise the columns, where they are given. */
export function reorder(x: Matrix, rows: Uint32Array, columns?: Uint32Array): Matrix {
  const out = new Matrix(new Float32Array(x.data.length), x.rows, x.cols)
  for (let i = 0; i < x.rows; i++) {
    const [from, to] = [x.row(rows[i]!), out.row(i)]
    if (!columns) to.set(from)
    else for (let j = 0; j < x.cols; j++) to[j] = from[columns[j]!]!
  }
  return out
}

/** Both in one random order. */
export function shuffleLabelled({ x, y }: Labelled, draw: Draw): Labelled {
  const order = draw.permutation(x.rows)
  return { x: reorder(x, order), y: Int32Array.from(order, (row) => y[row]!) }
}

/** `count` rows cut into `parts` of equal size, the first ones larger by 1 where they do not come out even. */
export function evenParts(count: number, parts: number): number[] {
  return Array.from({ length: parts }, (_, k) => Math.floor(count / parts) + (k < count % parts ? 1 : 0))
}
