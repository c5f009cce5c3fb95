import { describe, invalid } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { isNumberArray, Matrix, type MatrixLike } from '../base/matrix.js'
import type { SampleWeight } from '../base/sample-weight.js'
import type { TargetsLike } from '../network/targets.js'

/** Some rows with their targets and, where rows differ in that, how much each counts. */
export type BatchLike =
  | readonly [MatrixLike, TargetsLike]
  | readonly [MatrixLike, TargetsLike, SampleWeight]
  | { readonly x: MatrixLike; readonly y: TargetsLike; readonly sampleWeight?: SampleWeight | undefined }

/** Batches one after the other. */
export type BatchIterable = Iterable<BatchLike> | AsyncIterable<BatchLike>

/** What is trained on without being in memory: an iterable of batches, or a function that is called once an epoch for one. */
export type BatchSource = BatchIterable | (() => BatchIterable | Promise<BatchIterable>)

/** Whether it is batches that are given, rather than a table of numbers. */
export function isBatchSource(value: unknown): value is BatchSource {
  if (typeof value === 'function') return true
  if (value === null || typeof value !== 'object') return false
  if (Array.isArray(value) || isNumberArray(value) || value instanceof Matrix) return false
  return Symbol.asyncIterator in value || Symbol.iterator in value
}

/** Takes a batch apart. */
export function readBatch(
  given: unknown,
  name: string,
): { x: MatrixLike; y: TargetsLike; sampleWeight?: SampleWeight } {
  if (Array.isArray(given) && (given.length === 2 || given.length === 3)) {
    const [x, y, sampleWeight] = given
    return { x, y, sampleWeight }
  }
  if (given !== null && typeof given === 'object' && 'x' in given && 'y' in given) {
    return given as { x: MatrixLike; y: TargetsLike }
  }
  throw invalid(name, '[x, y], [x, y, sampleWeight] or { x, y, sampleWeight }', given)
}

type AnyIterator = Iterator<unknown> | AsyncIterator<unknown>

/**
 * Goes through a source epoch by epoch. A function is asked anew in each; an iterable is gone on with where the epoch before
 * left it (it had a number of steps), and begun anew when it was used up.
 */
export class BatchReader {
  readonly #source: BatchSource
  #iterator: AnyIterator | undefined
  #reading: Promise<unknown> | undefined
  #closed = false
  /** Batches taken in this epoch. */
  batches = 0

  constructor(source: BatchSource) {
    this.#source = source
  }

  async beginEpoch(): Promise<void> {
    this.batches = 0
    if (typeof this.#source === 'function') await this.#leave()
    this.#iterator ??= await this.#begin()
    // It came when nobody waited for it any more.
    if (this.#closed) await this.#leave()
  }

  /** Whether an epoch goes on with what the one before has left of a batch. */
  get goesOn(): boolean {
    return typeof this.#source !== 'function' && this.#iterator !== undefined
  }

  /** The next batch, as it came, or undefined at the end. What the iterator throws is thrown. */
  async next(): Promise<{ value: unknown } | undefined> {
    const iterator = this.#iterator
    if (!iterator) return undefined
    const reading = Promise.resolve(iterator.next())
    this.#reading = reading
    let result: IteratorResult<unknown>
    try {
      result = await reading
    } catch (error) {
      this.#iterator = undefined
      throw error
    } finally {
      this.#reading = undefined
    }
    if (result.done) {
      this.#iterator = undefined
      return undefined
    }
    this.batches++
    return { value: result.value }
  }

  /** Tells an iterator that was not used up that no more is wanted; waits for a read under way, but not for long. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#leave()
  }

  async #leave(): Promise<void> {
    const iterator = this.#iterator
    this.#iterator = undefined
    if (!iterator) return
    const closed = Promise.resolve(iterator.return?.())
    if (!this.#reading) {
      await closed
      return
    }
    // A source that hangs must not keep an aborted fit.
    closed.catch(() => {})
    let timer: NodeJS.Timeout | undefined
    const late = new Promise((resolve) => {
      timer = setTimeout(resolve, patienceMs)
    })
    await Promise.race([closed.catch(() => {}), late])
    clearTimeout(timer)
  }

  async #begin(): Promise<AnyIterator> {
    const batches: unknown = typeof this.#source === 'function' ? await this.#source() : this.#source
    const iterable = Object(batches) as { [Symbol.asyncIterator]?(): AnyIterator; [Symbol.iterator]?(): AnyIterator }
    if (typeof iterable[Symbol.asyncIterator] === 'function') return iterable[Symbol.asyncIterator]!()
    if (typeof iterable[Symbol.iterator] === 'function') return iterable[Symbol.iterator]!()
    throw new ArgumentError(
      `Expected an iterable of batches from the function given to fit, but got ${describe(batches)}.`,
    )
  }
}

const patienceMs = 1000
