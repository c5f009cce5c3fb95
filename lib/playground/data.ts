import { Matrix } from '../base/matrix.js'
import { digits } from '../datasets/digits.js'
import { drawFrom } from '../datasets/draw.js'
import { makeBlobs } from '../datasets/make-blobs.js'
import { makeMoons } from '../datasets/make-moons.js'
import { xor } from '../datasets/xor.js'
import type { Choice } from './messages.js'

interface Rows {
  readonly x: Matrix
  readonly y: Int32Array
}

/** Rows to train and to test with; in two dimensions, or digits. */
export interface PlayData {
  readonly train: Rows
  /** Undefined where the training rows are all that there is. */
  readonly test: Rows | undefined
  readonly classes: number
  readonly range: readonly [number, number]
}

const points = 300
/** The share of the points that is for testing. */
const testShare = 0.3

/** The rows of a choice, around 0; the same for the same seed. */
export function dataOf({ data, noise, seed }: Choice): PlayData {
  if (data === 'digits') {
    const { train, test } = digits()
    return {
      train: { x: train.x, y: Int32Array.from(train.y) },
      test: { x: test.x, y: Int32Array.from(test.y) },
      classes: 10,
      range: [0, 1],
    }
  }
  const { x, y } = makers[data](noise, seed)
  const count = Math.round(x.rows * (1 - testShare))
  const part = (begin: number, end: number): Rows => ({
    x: new Matrix(x.data.slice(begin * 2, end * 2), end - begin, 2),
    y: y.slice(begin, end),
  })
  const classes = Math.max(...y) + 1
  // Four points are too few to part.
  if (x.rows < 10) return { train: { x, y }, test: undefined, classes, range: [-2, 2] }
  const [train, test] = [part(0, count), part(count, x.rows)]
  return { train, test, classes, range: [-2, 2] }
}

const makers: Readonly<Record<Exclude<Choice['data'], 'digits'>, (noise: number, seed: number) => Rows>> = {
  xor(noise, seed) {
    const { x, y } = xor({ nSamples: noise > 0 ? points : 4, noise, seed })
    return { x: moved(x, ([a, b]) => [(a! - 0.5) * 2, (b! - 0.5) * 2]), y: Int32Array.from(y) }
  },
  moons(noise, seed) {
    const { x, y } = makeMoons({ nSamples: points, noise, seed })
    return { x: moved(x, ([a, b]) => [(a! - 0.5) * 0.95, (b! - 0.25) * 0.95]), y: Int32Array.from(y) }
  },
  blobs(noise, seed) {
    const centers = [
      [-1, -0.8],
      [1, -0.6],
      [0, 1],
    ]
    const { x, y } = makeBlobs({ nSamples: points, centers, clusterStd: Math.max(noise, 0.02), seed })
    return { x, y: Int32Array.from(y) }
  },
  spirals,
}

/** Two spirals of a turn and a half. */
function spirals(noise: number, seed: number): Rows {
  const draw = drawFrom(seed)
  const x = new Matrix(new Float32Array(2 * points), points, 2)
  const y = Int32Array.from({ length: points }, (_, i) => i % 2)
  for (const [i, label] of y.entries()) {
    const radius = 0.15 + 1.6 * draw.uniform()
    const angle = radius * 3 * Math.PI * 0.6 + label * Math.PI
    x.row(i).set([
      radius * Math.cos(angle) + noise * 0.4 * draw.normal(),
      radius * Math.sin(angle) + noise * 0.4 * draw.normal(),
    ])
  }
  return { x, y }
}

function moved(x: Matrix, move: (row: Float32Array) => [number, number]): Matrix {
  const data = new Float32Array(x.data.length)
  for (let i = 0; i < x.rows; i++) data.set(move(x.row(i)), 2 * i)
  return new Matrix(data, x.rows, 2)
}
