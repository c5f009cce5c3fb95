import type { Work } from '../../../../base/breathing.js'
import { ArgumentError } from '../../../../base/errors.js'
import type { Matrix } from '../../../../base/matrix.js'
import { largestOf } from '../../../../math/statistics.js'
import type { Pipeline } from '../../../../pipeline/pipeline.js'
import { problem } from '../problem.js'
import type { SomeRows } from './some-rows.js'
import type { Value } from './value.js'

/** What gives the numbers of the graph. */
export type Method = 'predictProbaSync' | 'predictSync' | 'transformSync'

export interface CheckedRows extends Pick<SomeRows, 'rows'> {
  /** Whether a row is prepared to numbers that are not finite, which pipelines refuse. */
  readonly outside: (row: number) => boolean
  /** Whether a row is not compared: all that the graph divides is NaN there, as zeros over their length are. */
  readonly skipped: (row: number) => boolean
}

/** How far float32 may be from the float64 in which the graph was computed. */
const tolerance = 1e-4

/**
 * Compares a pipeline with the graph that it was read from, row by row.
 * @param wanted what the graph gives for the rows.
 * @throws FormatError where they differ.
 */
export function* checkPipeline(
  pipeline: Pipeline,
  method: Method,
  { rows, outside, skipped }: CheckedRows,
  wanted: Value,
  file: string,
): Work<Pipeline> {
  const columns = wanted.data.length / rows.length
  const model = pipeline as unknown as Record<string, (rows: unknown) => unknown>
  for (const [i, row] of rows.entries()) {
    yield
    if (skipped(i)) continue
    const expected = Array.from({ length: columns }, (_, j) => Number(wanted.data[i * columns + j]))
    const actual = resultOf(() => model[method]!(row), columns)
    const isRefused = actual === undefined && (outside(i) || expected.some((value) => !Number.isFinite(value)))
    const size = Math.max(1, largestOf(expected.filter(Number.isFinite).map(Math.abs)))
    const fits = expected.every((value, j) => {
      const other = actual?.[j] ?? Number.NaN
      return Object.is(value, other) || Math.abs(value - other) <= tolerance * size
    })
    if (isRefused || fits) continue
    throw problem(
      file,
      `what was read of it gives ${actual?.join(', ')} for the row ${JSON.stringify(row)}, where it gives ${expected.join(', ')}.`,
    )
  }
  return pipeline
}

/**
 * Compares the labels of a pipeline with those of the graph, but where two scores are as good as equal.
 * @param scores what the graph's labels follow from.
 * @throws FormatError where they differ.
 */
export function* checkLabels(
  pipeline: Pipeline,
  { rows, outside }: CheckedRows,
  labels: Value,
  scores: Value,
  file: string,
): Work<void> {
  const columns = scores.data.length / rows.length
  for (const [i, row] of rows.entries()) {
    yield
    const own = Array.from({ length: columns }, (_, j) => Number(scores.data[i * columns + j]))
    if (outside(i) || own.some(Number.isNaN) || isClose(own)) continue
    const expected = labels.data[i]!
    const actual = (pipeline.predictSync as (row: unknown) => unknown)(row)
    if ((typeof actual === 'boolean' ? Number(actual) : actual) === expected) continue
    throw problem(
      file,
      `what was read of it gives the label ${actual} for the row ${JSON.stringify(row)}, where it gives ${expected}.`,
    )
  }
}

/** Whether float32 may decide otherwise. */
function isClose(scores: readonly number[]): boolean {
  if (scores.length === 1) return Math.abs(scores[0]!) <= tolerance || Math.abs(scores[0]! - 0.5) <= tolerance
  const [first, second] = scores.toSorted((a, b) => b - a) as [number, number]
  return first - second <= tolerance * Math.max(1, Math.abs(first), Math.abs(second))
}

/** The numbers of a result; undefined where the row is refused. */
function resultOf(compute: () => unknown, columns: number): number[] | undefined {
  try {
    const result = compute()
    if (typeof result === 'number') return [result]
    const { data = result } = result as Matrix
    const numbers = Array.from(data as ArrayLike<number>, Number)
    // The probability of the second of two classes.
    return columns === 1 && numbers.length === 2 ? [numbers[1]!] : numbers
  } catch (error) {
    if (error instanceof ArgumentError) return undefined
    throw error
  }
}
