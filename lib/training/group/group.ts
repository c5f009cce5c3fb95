import { checkInteger, invalid } from '../../base/check.js'
import { MlpError } from '../../base/errors.js'
import type { NativeGroup, NativeGroupRun } from '../../native/group.js'

/** The key of what runs of training do with a group. */
export const trainingSide: unique symbol = Symbol('perceptra.trainingSide')

/** What runs of training do with a group. */
export interface TrainingSide {
  /** The group as steps of training take it; undefined in a group of one. */
  readonly run: NativeGroupRun | undefined
  readonly ranksHere: number
  /**
   * Keeps the group for a run of training. Returns a function that ends that.
   * @throws the error that ended the group; MlpError ERR_BUSY during a fit of it.
   */
  reserve(): () => void
  /** Ends the group for an error: no later call can succeed. */
  lose(error: Error): void
}

/** What a group is made of; `native` is missing in a group of one. */
export interface GroupParts {
  readonly rank: number
  readonly size: number
  readonly timeoutMs: number
  readonly native: NativeGroup | undefined
  /** How many ranks there are on this machine; 1 by default. */
  readonly ranksHere?: number
}

/**
 * Processes that add up numbers and give bytes to each other: what `join` of `perceptra/distributed` resolves to. All ranks make the
 * same calls in the same order; a call waits for those of the others. `fit` trains one model over them.
 */
export class Group {
  /** The number of this process, from 0. */
  readonly rank: number
  /** The number of processes. */
  readonly size: number
  readonly #native: NativeGroup | undefined
  readonly #timeoutMs: number
  /** The calls before: each begins when the last one has ended. */
  #last: Promise<unknown> = Promise.resolve()
  #end: Error | undefined
  #training = false
  readonly #ranksHere: number

  /** @internal `join` makes groups. */
  constructor({ rank, size, timeoutMs, native, ranksHere = 1 }: GroupParts) {
    this.#ranksHere = ranksHere
    this.rank = rank
    this.size = size
    this.#timeoutMs = timeoutMs
    this.#native = native
  }

  /**
   * Waits for all ranks.
   * @throws MlpError ERR_GROUP_LOST when one is gone, or does not come within the group's timeout.
   */
  async barrier(): Promise<void> {
    await this.allReduce([0])
  }

  /**
   * Adds up over ranks, number by number, in double precision: all get the same bits. The order of the additions depends on
   * the number of ranks and of values alone.
   * @param values of this rank; all ranks give as many.
   * @throws MlpError ERR_GROUP_LOST as barrier does.
   */
  async allReduce(values: Float64Array | readonly number[]): Promise<Float64Array> {
    const sums = numbersOf(values)
    await this.#inTurn((native) => native.allReduce(sums, this.#timeoutMs))
    return sums
  }

  /**
   * Gives the bytes of one rank to all.
   * @param bytes of any length on rank `from`; the others' are not read.
   * @throws MlpError ERR_GROUP_LOST as barrier does.
   */
  async broadcast(bytes: Uint8Array | undefined, from = 0): Promise<Uint8Array> {
    checkInteger(from, 'from', { min: 0, max: this.size - 1 })
    const isRoot = this.rank === from
    if (isRoot && !(bytes instanceof Uint8Array)) throw invalid('bytes', 'a Uint8Array', bytes)
    const [length] = await this.allReduce([isRoot ? bytes!.length : 0])
    // A Buffer may be a part of a larger one.
    const copy = isRoot ? new Uint8Array(bytes!) : new Uint8Array(length!)
    if (length! > 0) await this.#inTurn((native) => native.broadcast(copy, from, this.#timeoutMs))
    return copy
  }

  /** Leaves the group: calls of the others end with ERR_GROUP_LOST. */
  async close(): Promise<void> {
    this.#end ??= new MlpError('The group was closed. Call join again.', 'ERR_CLOSED')
    this.#native?.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** @internal */
  get [trainingSide](): TrainingSide {
    return {
      run: this.#native && { group: this.#native, timeoutMs: this.#timeoutMs },
      ranksHere: this.#ranksHere,
      reserve: () => this.#reserve(),
      lose: (error) => this.#lose(error),
    }
  }

  #reserve(): () => void {
    if (this.#end) throw this.#end
    if (this.#training) throw new MlpError('The group is training another model. Await that fit first.', 'ERR_BUSY')
    this.#training = true
    let isHeld = true
    return () => {
      if (isHeld) this.#training = false
      isHeld = false
    }
  }

  async #inTurn(work: (native: NativeGroup) => Promise<void>): Promise<void> {
    const native = this.#native
    const before = this.#last
    const call = (async () => {
      await before.catch(() => {})
      if (this.#end) throw this.#end
      if (native) await work(native)
    })()
    this.#last = call
    try {
      await call
    } catch (error) {
      // Ranks are out of step: no later call can succeed.
      if ((error as MlpError).code === 'ERR_GROUP_LOST') this.#lose(error as Error)
      throw error
    }
  }

  #lose(error: Error): void {
    if (this.#end) return
    this.#end = error
    this.#native?.close()
  }
}

function numbersOf(values: unknown): Float64Array {
  if (!(values instanceof Float64Array) && !Array.isArray(values)) {
    throw invalid('values', 'a Float64Array or an array of numbers', values)
  }
  for (const value of values) if (typeof value !== 'number') throw invalid('values', 'numbers', value)
  return Float64Array.from(values)
}
