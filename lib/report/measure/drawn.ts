import { sampleWithoutReplacement, uniforms } from '../../math/random.js'
import type { ReportData } from '../read/data.js'
import type { Truth } from '../read/truth.js'

/** At most `count` rows of the data, drawn by the seed. */
export function drawn({ rows, truth }: ReportData, count: number, seed: number) {
  if (rows.count <= count) return { x: rows.x, truth }
  const numbers = sampleWithoutReplacement(rows.count, count, uniforms(seed + 1)).sort()
  const taken: Truth =
    truth.name === 'classes'
      ? { name: 'classes', labels: Int32Array.from(numbers, (i) => truth.labels[i]!) }
      : { name: 'numbers', values: Float64Array.from(numbers, (i) => truth.values[i]!) }
  return { x: rows.take(numbers), truth: taken }
}
