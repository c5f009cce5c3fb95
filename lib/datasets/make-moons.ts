import { checkBoolean, checkInteger, checkNumber, checkOptions, invalid, optionKeys } from '../base/check.js'
import { Matrix } from '../base/matrix.js'
import { drawFrom } from './draw.js'
import { type Labelled, type MakeOptions, shuffleLabelled } from './labelled.js'

/** Options of `datasets.makeMoons`. */
export interface MoonsOptions extends MakeOptions {
  /** The total number of rows (100 by default), or the number of rows of each moon. */
  nSamples?: number | readonly [number, number] | undefined
  /** The standard deviation of Gaussian noise; 0 by default. */
  noise?: number | undefined
}

/**
 * Two interleaving half circles: class 0 is (cos t, sin t), class 1 is (1 - cos t, 0.5 - sin t), for t from 0 to pi in equal
 * steps; as scikit-learn's `make_moons` with other random numbers.
 * @throws ArgumentError for wrong options.
 * @example
 * const { x, y } = datasets.makeMoons({ nSamples: 200, noise: 0.1, seed: 1 })
 */
export function makeMoons(options: MoonsOptions = {}): Labelled {
  checkOptions(
    options,
    'datasets.makeMoons()',
    optionKeys<MoonsOptions>({ nSamples: true, shuffle: true, noise: true, seed: true }),
  )
  const { nSamples = 100, shuffle = true, noise = 0 } = options
  const [outer, inner] = readCounts(nSamples)
  checkBoolean(shuffle, 'shuffle')
  checkNumber(noise, 'noise', { min: 0 })
  const draw = drawFrom(options.seed)
  const x = new Matrix(new Float32Array(2 * (outer + inner)), outer + inner, 2)
  for (let i = 0; i < outer; i++) {
    const t = angle(i, outer)
    x.row(i).set([Math.cos(t), Math.sin(t)])
  }
  for (let i = 0; i < inner; i++) {
    const t = angle(i, inner)
    x.row(outer + i).set([1 - Math.cos(t), 0.5 - Math.sin(t)])
  }
  const y = Int32Array.from({ length: x.rows }, (_, i) => (i < outer ? 0 : 1))
  const data = shuffle ? shuffleLabelled({ x, y }, draw) : { x, y }
  if (noise > 0) for (let k = 0; k < data.x.data.length; k++) data.x.data[k]! += noise * draw.normal()
  return data
}

function angle(i: number, count: number): number {
  return count === 1 ? 0 : (Math.PI * i) / (count - 1)
}

function readCounts(nSamples: unknown): [number, number] {
  if (!Array.isArray(nSamples)) {
    const all = checkInteger(nSamples, 'nSamples', { min: 2 })
    return [Math.floor(all / 2), Math.ceil(all / 2)]
  }
  if (nSamples.length !== 2) throw invalid('nSamples', 'a number, or two numbers for the two moons', nSamples)
  const [outer, inner] = nSamples.map((count, k) => checkInteger(count, `nSamples[${k}]`, { min: 1 }))
  return [outer!, inner!]
}
