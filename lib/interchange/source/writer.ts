import { constants } from 'node:buffer'
import { describe } from '../../base/check.js'
import { ArgumentError } from '../../base/errors.js'
import { largestHalf, toHalf } from '../half.js'
import { type PartName, partsOf } from './parts.js'

/** The number format of weights in a source. */
export type WeightFormat = 'float32' | 'float16'

/** Longer arrays of numbers are base64: as text they take more bytes. */
const longestList = 8

/** Characters of all arrays at most: a string holds no more, beside the rest of the text. */
const mostCharacters = constants.MAX_STRING_LENGTH - 2 ** 24

/** Collects what the text of a module needs: which parts of the runtime it calls, and its arrays of numbers. */
export class SourceWriter {
  readonly #names = new Set<PartName>()
  readonly #weights: WeightFormat
  readonly #mostCharacters: number
  /** Characters of arrays so far. */
  #length = 0

  constructor(weights: WeightFormat, most = mostCharacters) {
    this.#weights = weights
    this.#mostCharacters = most
  }

  /** A call of a part of the runtime, whose arguments are code. */
  call(name: PartName, ...args: readonly string[]): string {
    return `${this.use(name)}(${args.join(', ')})`
  }

  /** The name of a part of the runtime, which the module then contains. */
  use(name: PartName): string {
    this.#names.add(name)
    return name
  }

  /** The text of all parts that were used. */
  runtime(): string {
    return partsOf(this.#names).join('\n')
  }

  /**
   * Weights, in the format of the module.
   * @param name of the tensor, for messages.
   * @throws ArgumentError for a weight beyond the range of float16.
   */
  weights(data: Float32Array | Float64Array, name: string): string {
    if (this.#weights === 'float16') return this.#halves(data, name)
    return data instanceof Float64Array ? this.numbers(data) : this.call('float32', this.#base64(data))
  }

  /** Numbers in float64, which keeps every bit. */
  numbers(data: ArrayLike<number>): string {
    if (data.length <= longestList) return `[${Array.from(data, number).join(', ')}]`
    return this.call('float64', this.#base64(Float64Array.from(data)))
  }

  #halves(data: Float32Array | Float64Array, name: string): string {
    const wrong = data.findIndex((value) => !(Math.abs(value) <= largestHalf))
    if (wrong >= 0) {
      throw new ArgumentError(
        `Expected weights of at most ${largestHalf} in size for weights: 'float16', but number ${wrong} of ${name} is ` +
          `${data[wrong]}. Use 'float32'.`,
      )
    }
    return this.call('float16', this.#base64(Uint16Array.from(data, toHalf)))
  }

  /** @throws ArgumentError for more than a string holds, which is some 100 million weights. */
  #base64({ buffer, byteOffset, byteLength }: ArrayBufferView): string {
    this.#length += 4 * Math.ceil(byteLength / 3)
    if (this.#length > this.#mostCharacters) {
      throw new ArgumentError(
        `Expected a model of at most ${this.#mostCharacters} characters for toSource(), but its weights alone have more. Use toOnnx().`,
      )
    }
    return `'${Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength).toString('base64')}'`
  }
}

/** A number as code, to its last bit. Models come from files: what is no number must not become code. */
export function number(value: number): string {
  if (typeof value !== 'number') throw noValue('a number', value)
  return Object.is(value, -0) ? '-0' : String(value)
}

/** True or false as code. */
export function flag(value: boolean): string {
  if (typeof value !== 'boolean') throw noValue('true or false', value)
  return String(value)
}

function noValue(expected: string, value: unknown): ArgumentError {
  return new ArgumentError(`Expected ${expected} in the model of toSource(), but got ${describe(value)}.`)
}

/**
 * Any text as a string literal, which can also stand in HTML: `<` and the separators of lines that older JavaScript ends
 * strings at are escaped.
 */
export function text(value: string): string {
  return JSON.stringify(value).replace(
    /[<>\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** A string, number, boolean or null as code. */
export function literal(value: string | number | boolean | null): string {
  if (typeof value === 'string') return text(value)
  if (value === null) return 'null'
  return typeof value === 'boolean' ? flag(value) : number(value)
}

export function list(items: readonly string[]): string {
  return `[${items.join(', ')}]`
}
