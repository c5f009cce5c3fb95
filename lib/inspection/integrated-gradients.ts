import { checkInteger, checkOptions, invalid, mismatch, optionKeys } from '../base/check.js'
import { MlpError } from '../base/errors.js'
import { isFlatRow, Matrix, type MatrixLike, type NumberArray, toShapedTable, toTable } from '../base/matrix.js'
import { Sequential } from '../sequential.js'
import { Table } from '../table/table.js'
import { Evaluations, type InspectionOptions, inspectionKeys } from './inspected.js'

/** What `integratedGradients` takes. */
export interface IntegratedGradientsOptions extends InspectionOptions {
  /** What a row is compared with: one row for all, or a row for each; zeros when missing. */
  baseline?: readonly number[] | MatrixLike | Table | undefined
  /** Points between baseline and row at which gradients are taken; 50 by default. */
  steps?: number | undefined
  /** Which output; the one that is largest for the row, when missing. */
  output?: number | undefined
}

/** As many points go through the network at once. */
const chunk = 4096

type OwnOptions = Omit<IntegratedGradientsOptions, keyof InspectionOptions>
const ownKeys = optionKeys<OwnOptions>({ baseline: true, steps: true, output: true })

/**
 * How much each number of a row adds to an output, compared with a baseline: (x - baseline) times the mean gradient on the straight way
 * from one to the other. A row's attributions add up to the difference of its two outputs, the better the more
 * `steps`. By the midpoint rule. Sundararajan, Taly and Yan 2017, Axiomatic attribution for deep networks.
 * @param model a network with inputs that are numbers.
 * @param x numbers, or a `Table` of numbers and booleans, its columns in the order of the inputs.
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
  checkOptions(options, 'integratedGradients()', [...ownKeys, ...inspectionKeys])
  if (!(model instanceof Sequential)) throw invalid('the model', 'a Sequential network', model)
  const steps = checkInteger(options.steps ?? 50, 'steps', { min: 1, max: 1e6 })
  const columns = model.toJSON().layers[0]!.inputShape![0]
  const table = toShapedTable(asMatrix(x), 'x', columns)
  const baseline = readBaseline(options.baseline, table.rows, columns)
  const output = options.output === undefined ? undefined : checkInteger(options.output, 'output', { min: 0 })
  const at = (r: number, j: number) => table.data[r * columns + j]!
  const pointsOn = (rows: number[]) => {
    const points = new Matrix(new Float32Array(rows.length * steps * columns), rows.length * steps, columns)
    for (const [i, r] of rows.entries()) {
      for (let s = 0; s < steps; s++) {
        const way = (s + 0.5) / steps
        for (let j = 0; j < columns; j++) {
          const from = baseline(r, j)
          points.data[(i * steps + s) * columns + j] = from + way * (at(r, j) - from)
        }
      }
    }
    return points
  }
  const sums = new Float64Array(table.rows * columns)
  await Evaluations.of(options, async (evaluations) => {
    const overAfter = (done: number) =>
      new MlpError(
        `Could not attribute all rows: the time limit of ${options.timeLimit} s was over after ${done} of ${table.rows} rows.`,
        'ERR_TIME_LIMIT',
      )
    // The output that is largest for the row counts on the whole way, though another may be the largest on it.
    const groups = await evaluations.ask(() => rowsByOutput(model, table, columns, output, evaluations.told))
    if (!groups) throw overAfter(0)
    const perRun = Math.max(1, Math.floor(chunk / steps))
    const runs = groups.flatMap(({ rows, which }) =>
      Array.from({ length: Math.ceil(rows.length / perRun) }, (_, i) => ({
        rows: rows.slice(i * perRun, (i + 1) * perRun),
        which,
      })),
    )
    evaluations.total = runs.length
    let done = 0
    for (const { rows, which } of runs) {
      const points = pointsOn(rows)
      const gradients = await evaluations.run(() =>
        model.inputGradients(points, { output: which, ...evaluations.told }),
      )
      if (!gradients) throw overAfter(done)
      for (const [k, gradient] of gradients.data.entries()) {
        const row = rows[Math.floor(k / (steps * columns))]!
        sums[row * columns + (k % columns)]! += gradient
      }
      done += rows.length
    }
  })
  const result = Float32Array.from(sums, (sum, k) => {
    const [r, j] = [Math.floor(k / columns), k % columns]
    return (sum / steps) * (at(r, j) - baseline(r, j))
  })
  return new Matrix(result, table.rows, columns)
}

function asMatrix(x: MatrixLike | Table): MatrixLike {
  return x instanceof Table ? x.toMatrix() : x
}

async function rowsByOutput(
  model: Sequential,
  { data, rows }: { data: ArrayLike<number>; rows: number },
  columns: number,
  output: number | undefined,
  told: { signal?: AbortSignal },
): Promise<{ which: number; rows: number[] }[]> {
  const all = Array.from({ length: rows }, (_, r) => r)
  if (output !== undefined) return [{ which: output, rows: all }]
  const answers = await model.predict(new Matrix(Float32Array.from(data), rows, columns), told)
  const groups = new Map<number, number[]>()
  for (const r of all) {
    const row = answers.row(r)
    const which = row.indexOf(Math.max(...row))
    const group = groups.get(which)
    if (group) group.push(r)
    else groups.set(which, [r])
  }
  return [...groups].map(([which, members]) => ({ which, rows: members }))
}

/** @throws ArgumentError for a baseline that is neither a row nor a row for each. */
function readBaseline(given: unknown, rows: number, columns: number): (row: number, column: number) => number {
  if (given === undefined) return () => 0
  const table = toTable(
    asMatrix((isFlatRow(given) ? [given] : given) as MatrixLike | NumberArray[]),
    'baseline',
    columns,
  )
  if (table.rows !== 1 && table.rows !== rows) {
    throw mismatch('baseline', `1 row, or ${rows} as x has`, `${table.rows} rows`)
  }
  const { data } = table
  return table.rows === 1 ? (_, j) => data[j]! : (r, j) => data[r * columns + j]!
}
