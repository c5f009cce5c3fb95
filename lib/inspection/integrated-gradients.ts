import { checkInteger, checkOptions, invalid, mismatch, optionKeys } from '../base/check.js'
import { MlpError } from '../base/errors.js'
import { isFlatRow, Matrix, type MatrixLike, type NumberArray, toShapedTable, toTable } from '../base/matrix.js'
import { argMax } from '../math/arg-max.js'
import { Sequential } from '../sequential.js'
import { Table } from '../table/table.js'
import { Evaluations, type InspectionOptions, inspectionKeys } from './evaluations.js'

/** Options of `integratedGradients`. */
export interface IntegratedGradientsOptions extends InspectionOptions {
  /** The rows to compare with: one for all rows of x, or one for each; zeros by default. */
  baseline?: readonly number[] | MatrixLike | Table | undefined
  /** The number of points between baseline and row at which gradients are computed; 50 by default. */
  steps?: number | undefined
  /** The index of the output; by default the largest output of each row. */
  output?: number | undefined
}

/** Upper bound on the points of one call of the network; the points of a row stay in one call. */
const pointsPerCall = 4096

const keys = [
  ...optionKeys<Omit<IntegratedGradientsOptions, keyof InspectionOptions>>({
    baseline: true,
    steps: true,
    output: true,
  }),
  ...inspectionKeys,
]

/**
 * How much each number of a row adds to an output, compared with a baseline: (x - baseline) times the mean gradient on
 * the straight line between the two. The attributions of a row add up to the difference of the two outputs; the sum is
 * more exact with more `steps`. Midpoint rule. Sundararajan, Taly and Yan 2017, Axiomatic attribution for deep
 * networks.
 * @param model a network whose inputs are numbers (no embedding).
 * @param x numbers, or a `Table` of numbers and booleans with its columns in the order of the inputs.
 * @returns (rows, inputs).
 * @throws ArgumentError for wrong data or options; the signal's reason; MlpError ERR_TIME_LIMIT.
 * @example
 * const { train, test } = datasets.digits()
 * await model.fit(train.x, train.y, { epochs: 5 })
 * const attributions = await inspection.integratedGradients(model, test.x.data.subarray(0, 64))
 */
export async function integratedGradients(
  model: Sequential,
  x: MatrixLike | Table,
  options: IntegratedGradientsOptions = {},
): Promise<Matrix> {
  checkOptions(options, 'integratedGradients()', keys)
  if (!(model instanceof Sequential)) throw invalid('the model', 'a Sequential network', model)
  const steps = checkInteger(options.steps ?? 50, 'steps', { min: 1, max: 1e6 })
  const columns = model.toJSON().layers[0]!.inputShape![0]
  const table = toShapedTable(toMatrixLike(x), 'x', columns)
  const baseline = readBaseline(options.baseline, table.rows, columns)
  const output = options.output === undefined ? undefined : checkInteger(options.output, 'output', { min: 0 })
  const at: Entry = (row, column) => table.data[row * columns + column]!
  const sums = new Float64Array(table.rows * columns)
  await Evaluations.of(options, async (evaluations) => {
    const timeOver = (done: number) =>
      new MlpError(
        `Could not attribute all rows: the time limit of ${options.timeLimit} s was over after ${done} of ` +
          `${table.rows} rows.`,
        'ERR_TIME_LIMIT',
      )
    // The output that is largest for the row, even if another one is larger at points nearer to the baseline.
    const groups = await evaluations.runUncounted(() =>
      groupByOutput(model, table, columns, output, evaluations.modelOptions),
    )
    if (!groups) throw timeOver(0)
    const calls = chunk(groups, Math.max(1, Math.floor(pointsPerCall / steps)))
    evaluations.total = calls.length
    let done = 0
    for (const { rows, output } of calls) {
      const points = pointsBetween(baseline, at, rows, steps, columns)
      const gradients = await evaluations.run(() =>
        model.inputGradients(points, { output, ...evaluations.modelOptions }),
      )
      if (!gradients) throw timeOver(done)
      for (const [k, gradient] of gradients.data.entries()) {
        const row = rows[Math.floor(k / (steps * columns))]!
        sums[row * columns + (k % columns)]! += gradient
      }
      done += rows.length
    }
  })
  const result = Float32Array.from(sums, (sum, k) => {
    const [row, column] = [Math.floor(k / columns), k % columns]
    return (sum / steps) * (at(row, column) - baseline(row, column))
  })
  return new Matrix(result, table.rows, columns)
}

type Entry = (row: number, column: number) => number

/** Rows that have the same output. */
interface Group {
  output: number
  rows: number[]
}

function toMatrixLike(x: MatrixLike | Table): MatrixLike {
  return x instanceof Table ? x.toMatrix() : x
}

async function groupByOutput(
  model: Sequential,
  { data, rows }: { data: ArrayLike<number>; rows: number },
  columns: number,
  output: number | undefined,
  options: { signal?: AbortSignal },
): Promise<Group[]> {
  const all = Array.from({ length: rows }, (_, row) => row)
  if (output !== undefined) return [{ output, rows: all }]
  const predictions = await model.predict(new Matrix(Float32Array.from(data), rows, columns), options)
  const groups = new Map<number, number[]>()
  for (const row of all) {
    const largest = argMax(predictions.row(row))
    const group = groups.get(largest)
    if (group) group.push(row)
    else groups.set(largest, [row])
  }
  return [...groups].map(([output, rows]) => ({ output, rows }))
}

/** Divides groups into groups of at most `size` rows. */
function chunk(groups: readonly Group[], size: number): Group[] {
  return groups.flatMap(({ rows, output }) =>
    Array.from({ length: Math.ceil(rows.length / size) }, (_, i) => ({
      rows: rows.slice(i * size, (i + 1) * size),
      output,
    })),
  )
}

/** The midpoints of `steps` equal parts of the line from the baseline to each row. */
function pointsBetween(baseline: Entry, at: Entry, rows: readonly number[], steps: number, columns: number): Matrix {
  const points = new Matrix(new Float32Array(rows.length * steps * columns), rows.length * steps, columns)
  for (const [i, row] of rows.entries()) {
    for (let step = 0; step < steps; step++) {
      const share = (step + 0.5) / steps
      for (let column = 0; column < columns; column++) {
        const start = baseline(row, column)
        points.data[(i * steps + step) * columns + column] = start + share * (at(row, column) - start)
      }
    }
  }
  return points
}

/** @throws ArgumentError for another number of rows than 1 or `rows`. */
function readBaseline(baseline: unknown, rows: number, columns: number): Entry {
  if (baseline === undefined) return () => 0
  const tableLike = (isFlatRow(baseline) ? [baseline] : baseline) as MatrixLike | NumberArray[]
  const { data, ...table } = toTable(toMatrixLike(tableLike), 'baseline', columns)
  if (table.rows !== 1 && table.rows !== rows) {
    throw mismatch('baseline', `1 row, or ${rows} as x has`, `${table.rows} rows`)
  }
  return table.rows === 1 ? (_, column) => data[column]! : (row, column) => data[row * columns + column]!
}
