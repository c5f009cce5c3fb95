import { Matrix } from '../../../lib/index.js'
import { hashed } from '../../parity/support.js'

/** 120 rows of 3 numbers, a linear function of them with noise, and classes of its values. */
export const x = Matrix.from(hashed(0, 120, 3, 2))
const noise = hashed(7000, 120, 1, 0.8)
export const y = x.toArray().map(([a, b, c], i) => a! - 2 * b! + 0.5 * c! + 0.3 + noise[i]![0]!)
export const three = y.map((value) => (value < -0.6 ? 'low' : value < 1 ? 'mid' : 'top'))
export const two = y.map((value) => value > 0.2)
export const weights = y.map((_, i) => (i % 4) / 2)
