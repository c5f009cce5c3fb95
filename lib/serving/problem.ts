import { type ArgumentError, MlpError } from '../base/errors.js'
import type { Host } from './host.js'

/** What is wrong with one row of a request. */
export interface RowProblem {
  row: number
  column?: string | number | undefined
  message: string
}

/** A request that cannot be answered: the status, and what its sender reads. */
export class Problem extends Error {
  override name = 'Problem'

  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly details: { errors?: readonly RowProblem[]; retryAfter?: number; allow?: string } = {},
  ) {
    super(message)
  }
}

/** Statuses of errors that models and the server throw. Any other is a fault of the server. */
const statuses: Partial<Record<string, number>> = {
  ERR_ARGUMENT: 400,
  ERR_OVERLOADED: 503,
  ERR_CLOSED: 503,
  ERR_TIME_LIMIT: 504,
}

/** The problem that an error means to the sender; an internal error hides its message. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error
  const { code } = Object(error) as { code?: string }
  const status = error instanceof MlpError ? statuses[code!] : undefined
  if (status === undefined) return new Problem(500, 'ERR_INTERNAL', 'Internal error')
  const { message } = error as MlpError
  if (status === 503) return new Problem(503, code!, message, { retryAfter: 1 })
  const { row, column } = error as ArgumentError
  const errors = row === undefined ? undefined : [{ row, column, message }]
  return new Problem(status, code!, message, errors && { errors })
}

/** The problem that an error means to the sender; a fault of the server is told to whoever runs it. */
export function told(host: Host, error: unknown): Problem {
  const problem = toProblem(error)
  if (problem.status === 500) host.settings.onEvent({ type: 'error', error })
  return problem
}
