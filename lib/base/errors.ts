/** The codes of errors. Programs should test these, not the text of a message. */
export type MlpErrorCode =
  | 'ERR_ARGUMENT'
  | 'ERR_FORMAT'
  | 'ERR_TRAINING'
  | 'ERR_MEMORY'
  | 'ERR_BUSY'
  | 'ERR_DISPOSED'
  | 'ERR_NOT_COMPILED'
  | 'ERR_NOT_FITTED'
  | 'ERR_DOWNLOAD'
  | 'ERR_TIME_LIMIT'
  | 'ERR_NATIVE'
  | 'ERR_PRECISION'
  | 'ERR_OVERLOADED'
  | 'ERR_CLOSED'
  | 'ERR_GROUP_LOST'
  | 'ERR_GROUP_FAILED'
  | 'ERR_GROUP_UNAVAILABLE'
  | 'ERR_QUEUE'

/** The base class of all errors that perceptra throws on purpose. */
export class MlpError extends Error {
  // Written out, since minifiers rename classes.
  override name = 'MlpError'
  readonly code: MlpErrorCode

  constructor(message: string, code: MlpErrorCode, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** Where in a table a wrong entry is: the row from 0, and the column by its name, or its number in a table without names. */
export interface ErrorPlace {
  row?: number | undefined
  column?: string | number | undefined
}

/** An argument is not what the function takes. */
export class ArgumentError extends MlpError {
  override name = 'ArgumentError'
  /** The row of the wrong entry, counted from 0, where one entry of a table is wrong. */
  declare readonly row?: number
  /** The column of the wrong entry, or the missing or unknown column: its name, or its number if it has none. */
  declare readonly column?: string | number

  constructor(message: string, { row, column, ...options }: ErrorOptions & ErrorPlace = {}) {
    super(message, 'ERR_ARGUMENT', options)
    if (row !== undefined) this.row = row
    if (column !== undefined) this.column = column
  }
}

/** A file, or an array of bytes, does not follow its format. */
export class FormatError extends MlpError {
  override name = 'FormatError'

  constructor(message: string, options?: ErrorOptions) {
    super(message, 'ERR_FORMAT', options)
  }
}

/** Training failed; the model keeps its last finite weights. */
export class TrainingError extends MlpError {
  override name = 'TrainingError'
  /** The epoch in which training failed, counted from 0. */
  readonly epoch: number
  /** The optimizer's step within that epoch, counted from 0. */
  readonly step: number

  constructor(message: string, where: { epoch: number; step: number }, options?: ErrorOptions) {
    super(message, 'ERR_TRAINING', options)
    this.epoch = where.epoch
    this.step = where.step
  }
}

const nativeCodes: readonly string[] = [
  'ERR_BUSY',
  'ERR_DISPOSED',
  'ERR_GROUP_LOST',
  'ERR_GROUP_UNAVAILABLE',
  'ERR_MEMORY',
  'ERR_NATIVE',
  'ERR_NOT_COMPILED',
  'ERR_PRECISION',
] satisfies MlpErrorCode[]

/**
 * Makes the errors of the native part, which `loadNative` registers it for. Codes that are not for users, such as
 * ERR_NOT_FINITE, stay on a plain Error.
 */
export function errorOf(code: string, message: string): Error {
  if (code === 'ERR_ARGUMENT') return new ArgumentError(message)
  if (nativeCodes.includes(code)) return new MlpError(message, code as MlpErrorCode)
  return Object.assign(new Error(message), { code })
}
