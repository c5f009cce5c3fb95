import { ArgumentError } from '../../base/errors.js'
import type { Matrix } from '../../base/matrix.js'
import { sampleWithoutReplacement, uniforms } from '../../math/random.js'
import { largestOf, meanOf, smallestOf } from '../../math/statistics.js'
import type { Table } from '../../table/table.js'
import type { AnyModel } from '../read/subject.js'
import { type Histogram, histogramOf } from './histogram.js'

/** An interval's promise, and what these rows show. */
export interface Coverage {
  readonly promised: number
  readonly found: number
  readonly meanWidth: number
}

/** What is known of a regressor on rows. */
export interface NumberFindings {
  /** Truth and prediction of some rows. */
  readonly points: readonly { readonly truth: number; readonly predicted: number }[]
  /** Of prediction minus truth. */
  readonly residuals: Histogram
  /** The mean of prediction minus truth. */
  readonly bias: number
  readonly intervals: readonly Coverage[]
  readonly range: readonly [number, number]
}

const mostPoints = 1500
const promises = [0.5, 0.8, 0.9, 0.95] as const

export async function findingsOfNumbers(
  truth: Float64Array,
  values: Float64Array,
  intervals: readonly Coverage[],
  seed: number,
): Promise<NumberFindings> {
  const residuals = values.map((value, i) => value - truth[i]!)
  const rows =
    truth.length > mostPoints
      ? sampleWithoutReplacement(truth.length, mostPoints, uniforms(seed)).sort()
      : Uint32Array.from(truth, (_, i) => i)
  return {
    points: Array.from(rows, (i) => ({ truth: truth[i]!, predicted: values[i]! })),
    residuals: histogramOf(residuals),
    bias: meanOf(residuals),
    intervals,
    range: [Math.min(smallestOf(truth), smallestOf(values)), Math.max(largestOf(truth), largestOf(values))],
  }
}

/** How often the intervals of a model contain the truth. A coverage for which it has too few rows is left out. */
export async function coverageOf(
  model: AnyModel,
  x: Matrix | Table,
  truth: Float64Array,
  signal: AbortSignal | undefined,
): Promise<Coverage[]> {
  if (typeof model.predictInterval !== 'function') return []
  const found: Coverage[] = []
  for (const coverage of promises) {
    try {
      const intervals = await model.predictInterval(x, { coverage, ...(signal && { signal }) })
      const hits = intervals.reduce(
        (sum, { lower, upper }, i) => sum + Number(lower <= truth[i]! && truth[i]! <= upper),
        0,
      )
      const widths = intervals.map(({ lower, upper }) => upper - lower)
      found.push({ promised: coverage, found: hits / truth.length, meanWidth: meanOf(widths) })
    } catch (error) {
      if (!(error instanceof ArgumentError)) throw error
    }
  }
  return found
}
