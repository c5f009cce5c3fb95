import { rowBlocks, runBreathing, type Work } from '../base/breathing.js'
import { checkOneOf, invalid, mismatch } from '../base/check.js'
import { MlpError } from '../base/errors.js'
import { isNumberArray, Matrix } from '../base/matrix.js'
import type { Table } from '../table/table.js'

/** Options that a custom response function receives. */
export interface ResponseOptions {
  /** Aborted when the run is to end, by the signal or the time limit. Missing if the run has neither. */
  signal?: AbortSignal
}

/** A custom response function: what a model predicts for rows, as one number per row or several. */
export type Response<M, R extends Matrix | Table = Matrix> = (
  model: M,
  x: R,
  options: ResponseOptions,
) => ResponseValues | Promise<ResponseValues>

/** One number per row, or several (a Matrix). */
export type ResponseValues = Matrix | readonly number[] | Float32Array | Float64Array

/** `'auto'` takes the first of these that the model has. */
const methods = ['predictProba', 'decisionFunction', 'predict'] as const

/** Calls the model for rows; returns an array per output, with one number per row. */
type Respond<M> = (model: M, x: Matrix | Table, options: ResponseOptions) => Promise<Float64Array[]>

/** @throws ArgumentError for a method that the model does not have. */
export function readResponse<M extends object>(model: M, responseMethod: unknown = 'auto'): Respond<M> {
  if (typeof responseMethod === 'function') {
    const respond = responseMethod as Response<M, Matrix | Table>
    return async (model, x, options) =>
      runBreathing(toColumns(await respond(model, x, options), x.rows, false), options.signal)
  }
  const name = checkOneOf(responseMethod, 'responseMethod', ['auto', ...methods] as const)
  const has = (method: string) => typeof (model as Record<string, unknown>)[method] === 'function'
  const candidates: string[] = methods.filter((method) => has(method) && (name === 'auto' || name === method))
  if (candidates.length === 0) {
    const available = methods.filter(has).join(', ')
    const expected = 'a method that the model has, or a function'
    throw mismatch('responseMethod', expected, `"${name}"`, available && `It has ${available}.`)
  }
  return async (model, x, options) => {
    const callable = model as unknown as Record<string, (x: Matrix | Table, options: object) => Promise<unknown>>
    for (;;) {
      const [method] = candidates
      let response: unknown
      try {
        response = await callable[method!]!(x, options)
      } catch (error) {
        // SGDClassifier has probabilities with some of its losses only.
        if (!(error instanceof MlpError) || candidates.length === 1) throw error
        candidates.shift()
        continue
      }
      return runBreathing(toColumns(response, x.rows, method === 'predictProba'), options.signal)
    }
  }
}

/** The outputs column by column; of the probabilities of two classes the second alone. */
function* toColumns(response: unknown, rows: number, isProbabilities: boolean): Work<Float64Array[]> {
  const isMatrix = response instanceof Matrix
  if (!isMatrix && !Array.isArray(response) && !isNumberArray(response)) {
    throw invalid('the response', 'a Matrix or one number a row', response)
  }
  const [data, columns] = isMatrix ? [response.data, response.cols] : [response as ArrayLike<unknown>, 1]
  if (data.length !== rows * columns) throw mismatch('the response', `${rows} rows`, `${data.length / columns}`)
  const outputs = isProbabilities && columns === 2 ? [1] : Array.from({ length: columns }, (_, k) => k)
  const all: Float64Array[] = []
  for (const column of outputs) {
    const values = new Float64Array(rows)
    yield* rowBlocks(rows, 1, (begin, end) => {
      for (let row = begin; row < end; row++) {
        const value = data[row * columns + column]
        const hint = 'For labels give a responseMethod of numbers.'
        if (typeof value !== 'number') throw invalid(`row ${row} of the response`, 'a number', value, hint)
        values[row] = value
      }
    })
    all.push(values)
  }
  return all
}
