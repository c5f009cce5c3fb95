import { rowBlocks, runBreathing, type Work } from '../base/breathing.js'
import {
  checkInteger,
  checkOneOf,
  checkOptions,
  checkSignal,
  describe,
  invalid,
  mismatch,
  optionKeys,
} from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import type { Matrix, MatrixLike } from '../base/matrix.js'
import { readSampleWeightInSteps, type SampleWeight } from '../base/sample-weight.js'
import { readInSteps, untilSettled } from '../base/unchanged.js'
import { averageInSteps } from '../metrics/weights.js'
import type { CellValue, Table } from '../table/table.js'
import {
  checkModel,
  Evaluations,
  type InspectionOptions,
  type InspectionStopReason,
  inspectionKeys,
} from './evaluations.js'
import { type GridOptions, type GridValues, gridOf, readGridChoice, readPercentiles } from './grid.js'
import { type Response, readResponse } from './response.js'
import { type InspectedLike, type InspectedRows, inspectedRows, type RowsOf, readColumnOf } from './rows.js'

/** Options of `partialDependence`. */
export interface PartialDependenceOptions<M, R extends Matrix | Table = Matrix> extends GridOptions, InspectionOptions {
  /** One column, or several, whose values are tried in every combination: by index, or in a table by name. */
  features: number | string | readonly (number | string)[]
  /** The mean over rows (the default), a curve per row, or both. */
  kind?: 'average' | 'individual' | 'both' | undefined
  /**
   * The output of the model. `'auto'` (the default) takes the first of `predictProba`, `decisionFunction` and `predict`
   * that the model has; a function may return any numbers.
   */
  responseMethod?: 'auto' | 'predictProba' | 'decisionFunction' | 'predict' | Response<M, R> | undefined
  /** The weight of each row in the mean. */
  sampleWeight?: SampleWeight | undefined
}

/** The outputs of a model along a grid. */
export interface PartialDependence<G extends GridValues = Float64Array> {
  /**
   * `'timeLimit'` if the time was over before the last point of the grid: the outputs of the other points are NaN, and
   * there are no outputs if it was over before the first.
   */
  stopReason: InspectionStopReason
  /** The values along each feature. */
  gridValues: G[]
  /** An array per output: one number per point of the grid, whose last feature changes fastest. */
  average?: Float64Array[]
  /** By output and row: one number per point of the grid. */
  individual?: Float64Array[][]
}

const keys = [
  ...optionKeys<Omit<PartialDependenceOptions<object>, keyof InspectionOptions>>({
    features: true,
    gridResolution: true,
    percentiles: true,
    kind: true,
    responseMethod: true,
    categoricalFeatures: true,
    customValues: true,
    sampleWeight: true,
  }),
  ...inspectionKeys,
]

/**
 * What a model predicts when some columns have the same values in all rows, value by value: the mean over rows
 * (Friedman 2001, Greedy function approximation, section 8.2), or the curve of each row (Goldstein et al. 2015, Peeking
 * inside the black box). For two classes the output is the probability of the second; for more there is one output per
 * class.
 * @param model a fitted estimator, a pipeline, a network, or any object that `responseMethod` accepts.
 * @param x rows as the model takes them: numbers, or for a pipeline a `Table` or plain objects, which it receives as a
 * `Table`.
 * @throws ArgumentError for wrong data or options; the signal's reason.
 * @example
 * const x = [[0, 5], [1, 5], [2, 7], [3, 6]]
 * const regressor = new SGDRegressor({ seed: 1 })
 * await regressor.fit(x, [0, 1, 2, 3])
 * const { gridValues, average } = await inspection.partialDependence(regressor, x, { features: 0 })
 */
export async function partialDependence<M extends object, X extends InspectedLike>(
  model: M,
  x: X,
  options: PartialDependenceOptions<M, RowsOf<X>>,
): Promise<PartialDependence<X extends MatrixLike ? Float64Array : GridValues>> {
  checkOptions(options, 'partialDependence()', keys)
  checkModel(model)
  const respond = readResponse(model, options.responseMethod)
  const kind = checkOneOf(options.kind ?? 'average', 'kind', ['average', 'individual', 'both'] as const)
  const signal = options.signal && checkSignal(options.signal)
  const rows = await readInSteps(inspectedRows(model, x), [['x', x]], untilSettled, signal)
  const features = readFeatures(options.features, rows)
  const percentiles = readPercentiles(options.percentiles)
  const resolution = checkInteger(options.gridResolution ?? 100, 'gridResolution', { min: 2 })
  const choice = readGridChoice(options, rows)
  const weights = await runBreathing(readSampleWeightInSteps(options.sampleWeight, rows.rows), signal)
  const gridValues: GridValues[] = []
  for (const column of features) {
    gridValues.push(await runBreathing(gridOf(rows, column, resolution, percentiles, choice), signal))
  }
  const points = gridValues.reduce((count, values) => count * values.length, 1)
  const { stopReason, average, individual } = await Evaluations.of(options, async (evaluations) => {
    evaluations.total = points
    let average: Float64Array[] = []
    const individual: Float64Array[][] = []
    for (let point = 0; point < points; point++) {
      await runBreathing(setPoint(rows, features, gridValues, point), signal)
      const outputs = await evaluations.run(() => respond(model, rows.current, evaluations.modelOptions))
      if (!outputs) break
      if (point === 0) {
        average = outputs.map(() => new Float64Array(points).fill(Number.NaN))
        if (kind !== 'average') {
          for (const { length } of outputs) individual.push(await runBreathing(makeCurves(length, points), signal))
        }
      }
      if (outputs.length !== average.length) {
        throw mismatch('the response', `${average.length} numbers a row, as before`, `${outputs.length}`)
      }
      for (const [output, column] of outputs.entries()) {
        const mean = averageInSteps(column.length, weights, (row) => column[row]!)
        average[output]![point] = await runBreathing(mean, signal)
        if (kind === 'average') continue
        const curves = individual[output]!
        const copy = rowBlocks(column.length, 1, (begin, end) => {
          for (let row = begin; row < end; row++) curves[row]![point] = column[row]!
        })
        await runBreathing(copy, signal)
      }
    }
    return { stopReason: evaluations.stopReason, average, individual }
  })
  return {
    stopReason,
    gridValues: gridValues as (X extends MatrixLike ? Float64Array : GridValues)[],
    ...(kind !== 'individual' && { average }),
    ...(kind !== 'average' && { individual }),
  }
}

/** A curve a row, of points that are not known yet. */
function* makeCurves(rows: number, points: number): Work<Float64Array[]> {
  const curves = new Array<Float64Array>(rows)
  // A new array takes as long as some twenty numbers.
  yield* rowBlocks(rows, 20 + points, (begin, end) => {
    for (let row = begin; row < end; row++) curves[row] = new Float64Array(points).fill(Number.NaN)
  })
  return curves
}

/** Writes the values of a point of the grid into all rows. */
function* setPoint(rows: InspectedRows, features: number[], grid: readonly GridValues[], point: number): Work<void> {
  let rest = point
  for (let k = features.length - 1; k >= 0; k--) {
    const values = grid[k]!
    const value = values[rest % values.length]!
    rest = Math.floor(rest / values.length)
    const isNumber = typeof value === 'number'
    const entries = isNumber ? new Float64Array(rows.rows) : new Array<CellValue>(rows.rows)
    yield* rowBlocks(rows.rows, 1, (begin, end) => void entries.fill(value as never, begin, end))
    yield* rows.change(features[k]!, entries)
  }
}

function readFeatures(features: unknown, rows: InspectedRows): number[] {
  const names: readonly unknown[] = Array.isArray(features) ? features : [features]
  if (names.length === 0) throw invalid('features', 'at least one column', features)
  const columns = names.map((name) => readColumnOf(rows, name, 'features'))
  const repeated = columns.findIndex((column, k) => columns.indexOf(column) < k)
  if (repeated === -1) return columns
  throw new ArgumentError(`Expected each column once for features, but got ${describe(names[repeated])} twice.`)
}
