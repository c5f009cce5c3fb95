import { describe } from '../../base/check.js'
import { FormatError } from '../../base/errors.js'

/** An object of an untrusted JSON file. */
export type JsonObject = Readonly<Record<string, unknown>>

/** Values of an untrusted JSON file, whose name and place errors have. */
export class JsonReader {
  readonly #file: string

  constructor(file: string) {
    this.#file = file
  }

  /** @throws FormatError for text that is not JSON. */
  parse(text: string, what: string): unknown {
    try {
      return JSON.parse(text)
    } catch (cause) {
      throw this.fail(`${what} is not JSON: ${(cause as Error).message}.`, { cause })
    }
  }

  object(value: unknown, place: string): JsonObject {
    if (isObject(value)) return value
    throw this.fail(`expected an object as ${place}, but got ${describe(value)}.`)
  }

  list(value: unknown, place: string): readonly unknown[] {
    if (Array.isArray(value)) return value
    throw this.fail(`expected an array as ${place}, but got ${describe(value)}.`)
  }

  text(value: unknown, place: string): string {
    if (typeof value === 'string') return value
    throw this.fail(`expected a string as ${place}, but got ${describe(value)}.`)
  }

  number(value: unknown, place: string): number {
    if (typeof value === 'number' && Number.isFinite(value)) return value
    throw this.fail(`expected a finite number as ${place}, but got ${describe(value)}.`)
  }

  count(value: unknown, place: string): number {
    if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number
    throw this.fail(`expected an integer of at least 0 as ${place}, but got ${describe(value)}.`)
  }

  /** An error that begins with the file's name. */
  fail(text: string, options?: ErrorOptions): FormatError {
    return new FormatError(`${this.#file}: ${text}`, options)
  }
}

export function isObject(value: unknown): value is JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}
