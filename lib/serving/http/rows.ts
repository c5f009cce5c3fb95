import { describe } from '../../base/check.js'
import type { ArgumentError } from '../../base/errors.js'
import type { Host } from '../host.js'
import { Problem, type RowProblem } from '../problem.js'
import type { Servable } from '../servable.js'
import { TimeLimit } from '../time-limit.js'
import { parseJson } from './body.js'
import { type Answer, type Call, json } from './call.js'
import type { PathParameters } from './paths.js'

/** How long rows are looked at one by one after a batch failed, how many at least, and how many problems an answer lists. */
const checkMs = 5
const rowsToCheck = 16
const problemsToTell = 10

/** POST /models/{model}/predict: a row, or a list of rows, as plain JSON. */
export async function predictRows(host: Host, call: Call, { model, version }: PathParameters): Promise<Answer> {
  const body = parseJson(await call.body(host.settings.maxBodyBytes))
  const probabilities = readFlag(call.query, 'probabilities')
  const servable = await host.find(model, version)
  const { version: served } = servable
  call.span?.answeredBy(served)
  if (!isList(body)) {
    const scored = await host.batcher(model).one(servable, checkRow(body), probabilities, call.client, call.span)
    host.metrics?.predicted(model, served, 1)
    const { prediction, probabilities: shares } = scored
    // Spread objects take microseconds to make, and as long again to write.
    return json(
      shares ? { prediction, probabilities: shares, model, version: served } : { prediction, model, version: served },
    )
  }
  if (body.length === 0) throw new Problem(400, 'ERR_ARGUMENT', 'Expected one or more rows, but got an empty list.')
  const limit = new TimeLimit(host.settings.timeoutMs, call.client)
  try {
    const work = () => servable.many(body, probabilities, limit.signal)
    const scored = await host.batcher(model).whole(body.length, work, call.span)
    host.metrics?.predicted(model, served, body.length)
    const rows = body.map((_, i) => servable.row(scored, i))
    const predictions = rows.map(({ prediction }) => prediction)
    return json({
      predictions,
      ...(probabilities && { probabilities: rows.map((row) => row.probabilities) }),
      ...{ model, version: served },
    })
  } catch (error) {
    if (limit.signal.aborted || (error as ArgumentError).code !== 'ERR_ARGUMENT') throw error
    throw rowProblems(servable, body, error as ArgumentError)
  } finally {
    limit.end()
  }
}

/** A list of rows: lists or objects. A list of anything else is one row, whose first cell may be null. */
function isList(body: unknown): body is unknown[] {
  return Array.isArray(body) && (body.length === 0 || (body[0] !== null && typeof body[0] === 'object'))
}

function checkRow(body: unknown): unknown {
  if (body !== null && typeof body === 'object') return body
  throw new Problem(400, 'ERR_ARGUMENT', `Expected a row or a list of rows in the body, but got ${describe(body)}.`)
}

/** What is wrong with each row from the first wrong one on, found by asking for each alone. */
function rowProblems(servable: Servable, rows: readonly unknown[], error: ArgumentError): Problem {
  const errors: RowProblem[] = []
  const end = performance.now() + checkMs
  const first = error.row ?? 0
  for (let row = first; row < rows.length; row++) {
    try {
      servable.check(rows[row])
    } catch (cause) {
      const { column, message } = cause as ArgumentError
      // Asked alone, it was row 0.
      const text = message.replace(/\brow 0\b/, `row ${row}`)
      errors.push({ row, ...(column !== undefined && { column }), message: text })
    }
    if (errors.length === problemsToTell || (row - first >= rowsToCheck && performance.now() > end)) break
  }
  if (errors.length === 0 && error.row !== undefined) errors.push({ row: error.row, message: error.message })
  return new Problem(400, 'ERR_ARGUMENT', error.message, { errors })
}

/** @throws Problem 400 for a value that is neither true nor false. */
function readFlag(query: string, name: string): boolean {
  if (query === '') return false
  if (query === name) return true
  const value = new URLSearchParams(query).get(name)
  if (value === null || value === 'false' || value === '0') return false
  if (value === '' || value === 'true' || value === '1') return true
  throw new Problem(400, 'ERR_ARGUMENT', `Expected true or false for ${name}, but got ${describe(value)}.`)
}
