import { checkInteger, checkOneOf, checkOptions, describe, invalid, mismatch, optionKeys } from '../base/check.js'
import { ArgumentError, MlpError } from '../base/errors.js'
import { isNumberArray, Matrix, type MatrixLike } from '../base/matrix.js'
import { readSampleWeight, type SampleWeight } from '../base/sample-weight.js'
import { meanOf } from '../metrics/weights.js'
import type { Table } from '../table/table.js'
import { type GridOptions, type GridValues, gridOf, readGridChoice, readPercentiles } from './grid.js'
import {
  checkModel,
  Evaluations,
  type InspectionOptions,
  type InspectionStopReason,
  inspectionKeys,
} from './inspected.js'
import { type InspectedLike, type InspectedRows, inspectedRows, type RowsOf, readColumnOf } from './rows.js'

/** What a function of one's own is given beside the rows. */
export interface ResponseOptions {
  /** Aborted when the run is to end: by the signal, or since the time is over. Missing where neither was given. */
  signal?: AbortSignal
}

/** What a model predicts for rows: one number a row, or several. */
export type Response<M, R extends Matrix | Table = Matrix> = (
  model: M,
  x: R,
  options: ResponseOptions,
) => ResponseValues | Promise<ResponseValues>

/** One number a row, or several. */
export type ResponseValues = Matrix | readonly number[] | Float32Array | Float64Array

/** What `partialDependence` takes. */
export interface PartialDependenceOptions<M, R extends Matrix | Table = Matrix> extends GridOptions, InspectionOptions {
  /** A column, or several, all of whose values are tried with each other: by place, or in a table by name. */
  features: number | string | readonly (number | string)[]
  /** The mean over rows (the default), each row's own curve, or both. */
  kind?: 'average' | 'individual' | 'both' | undefined
  /**
   * What is looked at: `'auto'` takes probabilities, else decision values, else predictions, whichever of them the model has first;
   * or a function of one's own.
   */
  responseMethod?: 'auto' | 'predictProba' | 'decisionFunction' | 'predict' | Response<M, R> | undefined
  /** How much each row counts in the mean. */
  sampleWeight?: SampleWeight | undefined
}

/** What a model predicts along a grid. */
export interface PartialDependence<G extends GridValues = Float64Array> {
  /** `'timeLimit'` where there was no time for the last points: they are NaN, and where there was none for the first, there are no outputs. */
  stopReason: InspectionStopReason
  /** The values along each feature. */
  gridValues: G[]
  /** An array an output: one number a point of the grid, whose last feature changes fastest. */
  average?: Float64Array[]
  /** By output and row: one number a point of the grid. */
  individual?: Float64Array[][]
}

type OwnOptions = Omit<PartialDependenceOptions<object>, keyof InspectionOptions>
const ownKeys = optionKeys<OwnOptions>({
  features: true,
  gridResolution: true,
  percentiles: true,
  kind: true,
  responseMethod: true,
  categoricalFeatures: true,
  customValues: true,
  sampleWeight: true,
})
const methods = ['predictProba', 'decisionFunction', 'predict'] as const

/**
 * What a model predicts when some columns have the same values in all rows, value by value: the mean over rows (Friedman 2001,
 * Greedy function approximation, section 8.2), or each row's curve (Goldstein et al. 2015, Peeking inside the black box). Of
 * two classes the output is that of the second; of more there is one each.
 * @param model a fitted estimator, a pipeline, a network, or anything else that `responseMethod` can ask.
 * @param x rows as the model takes them: numbers, or for a pipeline that does a `Table` or plain objects, which it gets as a `Table`.
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
  checkOptions(options, 'partialDependence()', [...ownKeys, ...inspectionKeys])
  checkModel(model)
  const respond = readResponse(model, options.responseMethod)
  const kind = checkOneOf(options.kind ?? 'average', 'kind', ['average', 'individual', 'both'] as const)
  const rows = inspectedRows(model, x)
  const features = readFeatures(options.features, rows)
  const percentiles = readPercentiles(options.percentiles)
  const resolution = checkInteger(options.gridResolution ?? 100, 'gridResolution', { min: 2 })
  const choice = readGridChoice(options, rows)
  const weights = readSampleWeight(options.sampleWeight, rows.rows)
  const gridValues = features.map((column) => gridOf(rows, column, resolution, percentiles, choice))
  const points = gridValues.reduce((count, values) => count * values.length, 1)
  const { stopReason, average, individual } = await Evaluations.of(options, async (evaluations) => {
    evaluations.total = points
    const unknown = () => new Float64Array(points).fill(Number.NaN)
    let average: Float64Array[] = []
    let individual: Float64Array[][] = []
    for (let point = 0; point < points; point++) {
      place(rows, features, gridValues, point)
      const outputs = await evaluations.run(async () =>
        readAnswer(await respond(model, rows.now, evaluations.told), rows.rows),
      )
      if (!outputs) break
      if (point === 0) {
        average = outputs.map(unknown)
        if (kind !== 'average') individual = outputs.map((column) => Array.from(column, unknown))
      }
      if (outputs.length !== average.length) {
        throw mismatch('the response', `${average.length} numbers a row, as before`, `${outputs.length}`)
      }
      for (const [output, column] of outputs.entries()) {
        average[output]![point] = meanOf(column, weights)
        if (kind !== 'average') for (const [row, value] of column.entries()) individual[output]![row]![point] = value
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

/** Writes the values of a point of the grid into all rows. */
function place(rows: InspectedRows, features: number[], grid: readonly GridValues[], point: number): void {
  let left = point
  for (let k = features.length - 1; k >= 0; k--) {
    const values = grid[k]!
    const value = values[left % values.length]!
    left = Math.floor(left / values.length)
    const isNumber = typeof value === 'number'
    rows.change(features[k]!, isNumber ? new Float64Array(rows.rows).fill(value) : new Array(rows.rows).fill(value))
  }
}

/** The outputs column by column; of two classes the second alone. */
function readAnswer({ answer, isOfTwo }: { answer: unknown; isOfTwo: boolean }, rows: number): Float64Array[] {
  const isTable = answer instanceof Matrix
  if (!isTable && !Array.isArray(answer) && !isNumberArray(answer)) {
    throw invalid('the response', 'a Matrix or one number a row', answer)
  }
  const [data, columns] = isTable ? [answer.data, answer.cols] : [answer as ArrayLike<unknown>, 1]
  if (data.length !== rows * columns) throw mismatch('the response', `${rows} rows`, `${data.length / columns}`)
  const wanted = isOfTwo && columns === 2 ? [1] : Array.from({ length: columns }, (_, k) => k)
  return wanted.map((column) =>
    Float64Array.from({ length: rows }, (_, row) => {
      const value = data[row * columns + column]
      if (typeof value === 'number') return value
      throw invalid(`row ${row} of the response`, 'a number', value, 'For labels give a responseMethod of numbers.')
    }),
  )
}

type Asked<M> = (model: M, x: Matrix | Table, options: object) => Promise<{ answer: unknown; isOfTwo: boolean }>

function readResponse<M extends object>(model: M, given: unknown = 'auto'): Asked<M> {
  if (typeof given === 'function') {
    return async (own, x, options) => ({
      answer: await (given as Response<M, Matrix | Table>)(own, x, options),
      isOfTwo: false,
    })
  }
  const name = checkOneOf(given, 'responseMethod', ['auto', ...methods] as const)
  const has = (method: string) => typeof (model as Record<string, unknown>)[method] === 'function'
  const usable: string[] = methods.filter((method) => has(method) && (name === 'auto' || name === method))
  if (usable.length === 0) {
    const known = methods.filter(has).join(', ')
    throw mismatch(
      'responseMethod',
      'a method that the model has, or a function',
      `"${name}"`,
      known && `It has ${known}.`,
    )
  }
  return async (own, x, options) => {
    const ask = own as unknown as Record<string, (x: Matrix | Table, options: object) => Promise<unknown>>
    for (;;) {
      const [method] = usable
      try {
        return { answer: await ask[method!]!(x, options), isOfTwo: method === 'predictProba' }
      } catch (error) {
        // Some have probabilities with some parameters alone: SGDClassifier.
        if (!(error instanceof MlpError) || usable.length === 1) throw error
        usable.shift()
      }
    }
  }
}

function readFeatures(given: unknown, rows: InspectedRows): number[] {
  const list: readonly unknown[] = Array.isArray(given) ? given : [given]
  if (list.length === 0) throw invalid('features', 'at least one column', given)
  const features = list.map((column) => readColumnOf(rows, column, 'features'))
  const twice = features.findIndex((column, k) => features.indexOf(column) < k)
  if (twice === -1) return features
  throw new ArgumentError(`Expected each column once for features, but got ${describe(list[twice])} twice.`)
}
