import { checkOptions, describe, invalid } from '../base/check.js'
import { ArgumentError } from '../base/errors.js'
import { isNumberArray, Matrix, type MatrixLike } from '../base/matrix.js'
import type { SampleWeight } from '../base/sample-weight.js'
import type { TargetsLike } from '../network/targets.js'

/** Rows with their targets and, optionally, the weight of each row. */
export type BatchLike =
  | readonly [MatrixLike, TargetsLike]
  | readonly [MatrixLike, TargetsLike, SampleWeight]
  | { readonly x: MatrixLike; readonly y: TargetsLike; readonly sampleWeight?: SampleWeight | undefined }

/** A sequence of batches. */
export type BatchIterable = Iterable<BatchLike> | AsyncIterable<BatchLike>

/** A sequence of batches that is no array: fit reads an array as rows. */
export type BatchStream = BatchIterable & { readonly length?: never }

/**
 * Training data that need not fit in memory: an iterable of batches, or a function that returns one and is called once
 * per epoch.
 */
export type BatchSource = BatchStream | (() => BatchIterable | Promise<BatchIterable>)

/**
 * Whether a value is a source of batches rather than a table of numbers.
 * @throws ArgumentError for an array of batches, which would be read as rows.
 */
export function isBatchSource(value: unknown): value is BatchSource {
  if (typeof value === 'function') return true
  if (value === null || typeof value !== 'object') return false
  if (Array.isArray(value) && isBatchAndNoRow(value[0])) {
    throw new ArgumentError(
      'Expected rows, but got an array of batches. Give a function that returns it: () => batches.',
    )
  }
  if (Array.isArray(value) || isNumberArray(value) || value instanceof Matrix) return false
  return Symbol.asyncIterator in value || Symbol.iterator in value
}

function isBatchAndNoRow(entry: unknown): boolean {
  if (Array.isArray(entry)) return entry[0] instanceof Matrix
  return entry !== null && typeof entry === 'object' && 'x' in entry && 'y' in entry
}

const batchKeys = ['x', 'y', 'sampleWeight']

/** @throws ArgumentError for a value that is not a batch, or for a key that it does not have; x, y and sampleWeight are not checked here. */
export function readBatch(
  batch: unknown,
  name: string,
): { x: MatrixLike; y: TargetsLike; sampleWeight?: SampleWeight } {
  if (Array.isArray(batch) && (batch.length === 2 || batch.length === 3)) {
    const [x, y, sampleWeight] = batch
    return { x, y, sampleWeight }
  }
  if (batch !== null && typeof batch === 'object' && 'x' in batch && 'y' in batch) {
    checkOptions(batch, name, batchKeys)
    return batch as { x: MatrixLike; y: TargetsLike }
  }
  throw invalid(name, '[x, y], [x, y, sampleWeight] or { x, y, sampleWeight }', batch)
}

type AnyIterator = Iterator<unknown> | AsyncIterator<unknown>

/** How long `close` waits for a source in the middle of a read, and how long at once, in milliseconds. */
const [closeMs, closeAtOnceMs] = [1000, 100]

/**
 * Reads a source epoch by epoch. A function is called again for each epoch. An iterable continues where the epoch
 * before ended (after `stepsPerEpoch` steps), and restarts when it is exhausted.
 */
export class BatchReader {
  readonly #source: BatchSource
  #iterator: AnyIterator | undefined
  #reading: Promise<unknown> | undefined
  #closed = false
  /** The number of batches read in this epoch. */
  batches = 0

  constructor(source: BatchSource) {
    this.#source = source
  }

  async beginEpoch(): Promise<void> {
    this.batches = 0
    if (typeof this.#source === 'function') await this.#closeIterator()
    this.#iterator ??= await this.#openIterator()
    // The run may have ended while the source opened.
    if (this.#closed) await this.#closeIterator()
  }

  /** Whether the next epoch continues with the remaining rows of the last batch. */
  get continues(): boolean {
    return typeof this.#source !== 'function' && this.#iterator !== undefined
  }

  /** The next batch, unchecked, or undefined at the end. Rethrows errors of the iterator. */
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

  /**
   * Calls `return` of an iterator that is not exhausted, and waits for it: at most a second in the middle of a read.
   * @param atOnce whether to wait for a moment only, and to ignore errors of the source.
   */
  async close(atOnce: boolean): Promise<void> {
    this.#closed = true
    await this.#closeIterator(atOnce)
  }

  async #closeIterator(atOnce = false): Promise<void> {
    const iterator = this.#iterator
    this.#iterator = undefined
    if (!iterator) return
    const closed = (async () => void (await iterator.return?.()))()
    if (!this.#reading && !atOnce) return closed
    // A source that never settles must not keep an aborted fit from settling.
    const settled = closed.catch(() => {})
    let timer: NodeJS.Timeout | undefined
    const timeout = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, atOnce ? closeAtOnceMs : closeMs)
    })
    await Promise.race([settled, timeout])
    clearTimeout(timer)
  }

  async #openIterator(): Promise<AnyIterator> {
    const batches: unknown = typeof this.#source === 'function' ? await this.#source() : this.#source
    const iterable = Object(batches) as { [Symbol.asyncIterator]?(): AnyIterator; [Symbol.iterator]?(): AnyIterator }
    if (typeof iterable[Symbol.asyncIterator] === 'function') return iterable[Symbol.asyncIterator]!()
    if (typeof iterable[Symbol.iterator] === 'function') return iterable[Symbol.iterator]!()
    throw new ArgumentError(
      `Expected an iterable of batches from the function passed to fit, but got ${describe(batches)}.`,
    )
  }
}
