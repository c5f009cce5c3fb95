import { ArgumentError } from '../../../../base/errors.js'
import type { Matrix } from '../../../../base/matrix.js'
import type { Pipeline } from '../../../../pipeline/pipeline.js'
import { problem } from '../problem.js'
import type { SomeRows } from './some-rows.js'
import type { Value } from './value.js'

/** What gives the numbers of the graph. */
export type Method = 'predictProbaSync' | 'predictSync' | 'transformSync'

/** How far float32 may be from the float64 in which the graph was computed. */
const tolerance = 1e-4

/**
 * Compares a pipeline with the graph that it was read from, row by row.
 * @param wanted what the graph gives for the rows.
 * @throws FormatError where they differ.
 */
export function checkPipeline(
  pipeline: Pipeline,
  method: Method,
  { rows }: SomeRows,
  wanted: Value,
  file: string,
): Pipeline {
  const columns = wanted.data.length / rows.length
  const model = pipeline as unknown as Record<string, (rows: unknown) => unknown>
  for (const [i, row] of rows.entries()) {
    const expected = Array.from({ length: columns }, (_, j) => Number(wanted.data[i * columns + j]))
    const actual = resultOf(() => model[method]!(row), columns)
    const isRefused = actual === undefined && expected.some(Number.isNaN)
    const size = Math.max(1, ...expected.filter(Number.isFinite).map(Math.abs))
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
