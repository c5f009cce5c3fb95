import { ArgumentError, FormatError, MlpError, type MlpErrorCode, TrainingError } from '../base/errors.js'

/** An error as data. */
export interface ErrorData {
  readonly name: string
  readonly message: string
  readonly code?: string
  readonly epoch?: number
  readonly step?: number
  readonly row?: number
  readonly column?: string | number
}

export function errorToData(error: unknown): ErrorData {
  const { name, message, code, epoch, step, row, column } = Object(error) as Error & Partial<ErrorData>
  const fields = { code, epoch, step, row, column }
  const present = Object.entries(fields).filter(([, value]) => value !== undefined)
  return { name: `${name ?? 'Error'}`, message: `${message ?? error}`, ...Object.fromEntries(present) }
}

/** An error of the same class, if it is one of this package. */
export function errorFromData(data: ErrorData): Error {
  const { name, message, code, epoch = 0, step = 0, row, column } = data
  if (name === 'ArgumentError') return new ArgumentError(message, { row, column })
  if (name === 'FormatError') return new FormatError(message)
  if (name === 'TrainingError') return new TrainingError(message, { epoch, step })
  if (name === 'MlpError' && code !== undefined) return new MlpError(message, code as MlpErrorCode)
  return Object.assign(new Error(message), { name, ...(code !== undefined && { code }) })
}
