import { checkOneOf, checkOptions, checkString, describe, optionKeys } from '../base/check.js'
import { FormatError, MlpError } from '../base/errors.js'
import { version } from '../base/version.js'

/** The name of all jobs of this package. */
export const jobName = 'perceptra'

/** Data of a job or a result: inside of it as base64, or in Redis. */
export type Parcel = { readonly inline: string } | { readonly data: string }

/** What a job asks for. */
export const jobKinds = ['fit', 'network'] as const
export type JobKind = (typeof jobKinds)[number]

/** The payload of a job. */
export interface Message {
  /** The version of the package: another one may compute other results. */
  readonly version: string
  /** Who waits for the result. */
  readonly search: string
  readonly kind: JobKind
  /** The SHA-256 of what all jobs of the kind have in common. */
  readonly spec: string
  readonly task: Parcel
}

/** The result of a job; `ended`: nobody waited for it. */
export type Answer = { readonly ended: true } | { readonly result: Parcel }

const keys = optionKeys<Message>({ version: true, search: true, kind: true, spec: true, task: true })

/**
 * Reads the payload of a job, which is untrusted.
 * @throws FormatError that says what is wrong.
 */
export function readMessage(data: unknown): Message {
  return checked(() => {
    checkOptions(data, 'a job', keys)
    const { version: own, search, kind, spec, task } = data as Record<string, unknown>
    if (own !== version) {
      throw new FormatError(
        `It is of perceptra ${describe(own)}, but this worker has ${describe(version)}. Use one version.`,
      )
    }
    if (!/^[\w-]{1,64}$/.test(checkString(search, 'search'))) throw new FormatError('Its search has no plain name.')
    return {
      ...{ version: own as string, search: search as string, kind: checkOneOf(kind as JobKind, 'kind', jobKinds) },
      ...{ spec: checkHash(spec, 'spec'), task: readParcel(task, 'task') },
    }
  })
}

/** @throws FormatError for anything but the result of a job. */
export function readAnswer(value: unknown): Answer {
  return checked(() => {
    checkOptions(value, 'the result of a job', ['ended', 'result'])
    const { ended, result } = value as { ended?: unknown; result?: unknown }
    return ended === true ? { ended } : { result: readParcel(result, 'the result') }
  })
}

function readParcel(value: unknown, name: string): Parcel {
  checkOptions(value, name, ['inline', 'data'])
  const { inline, data } = value as { inline?: unknown; data?: unknown }
  return inline === undefined ? { data: checkHash(data, name) } : { inline: checkString(inline, name) }
}

/** @throws FormatError for anything but a SHA-256 in hexadecimal. */
export function checkHash(value: unknown, name: string): string {
  if (typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)) return value
  throw new FormatError(`Expected a SHA-256 for ${name}, but got ${describe(value)}.`)
}

function checked<R>(read: () => R): R {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof MlpError)) throw error
    throw new FormatError(`Could not read a job: ${error.message}`, { cause: error })
  }
}
