import { checkInteger, invalid } from '../../base/check.js'
import { MlpError } from '../../base/errors.js'
import type { NativeGroup, NativeGroupRun } from '../../native/group.js'
import { Kind, Lockstep, wordLength } from './lockstep.js'

/** The key of what runs of training do with a group. */
export const trainingSide: unique symbol = Symbol('perceptra.trainingSide')

/** What runs of training do with a group. */
export interface TrainingSide {
  /** The group as steps of training take it; undefined in a group of one. */
  readonly run: NativeGroupRun | undefined
  readonly ranksHere: number
  readonly calls: Lockstep
  /** The kernels of each rank; empty where they are not known. */
  readonly kernels: readonly string[]
  /**
   * Keeps the group for a run of training.
   * @throws the error that ended the group; MlpError ERR_BUSY during a fit of it.
   */
  reserve(): Reservation
  /** While steps run, other ranks may be in the middle of one: the group takes no calls. */
  inSteps: boolean
}

/** A group that is kept for a run of training. */
export interface Reservation {
  release(): void
  /** Why the run cannot begin in this process, though the other ranks can. */
  readonly refusal: MlpError | undefined
}

/** What a group is made of; `native` is missing in a group of one. */
export interface GroupParts {
  readonly rank: number
  readonly size: number
  readonly timeoutMs: number
  readonly native: NativeGroup | undefined
  /** How many ranks there are on this machine; 1 by default. */
  readonly ranksHere?: number
  /** The kernels that each rank computes with, where they are known. */
  readonly kernels?: readonly string[]
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
  readonly #calls: Lockstep
  readonly #training: TrainingSide
  #isTraining = false

  /** @internal `join` makes groups. */
  constructor({ rank, size, timeoutMs, native, ranksHere = 1, kernels = [] }: GroupParts) {
    this.rank = rank
    this.size = size
    this.#native = native
    this.#calls = new Lockstep(rank, size, native, timeoutMs)
    this.#training = {
      run: native && { group: native, timeoutMs },
      ranksHere,
      calls: this.#calls,
      kernels,
      reserve: () => this.#reserve(),
      inSteps: false,
    }
  }

  /**
   * Waits for all ranks.
   * @throws MlpError ERR_GROUP_LOST when one is gone, or does not come within the group's timeout; ArgumentError, on all ranks, where
   * they do not make the same call.
   */
  async barrier(): Promise<void> {
    this.#checkBetweenSteps()
    await this.#calls.call({ kind: Kind.barrier }, () => {})
  }

  /**
   * Adds up over ranks, number by number, in double precision: all get the same bits. The order of the additions depends on
   * the number of ranks and of values alone.
   * @param values of this rank; all ranks give as many.
   * @throws as barrier does.
   */
  async allReduce(values: Float64Array | readonly number[]): Promise<Float64Array> {
    const sums = numbersOf(values)
    this.#checkBetweenSteps()
    const { length } = sums
    // Few numbers fit in what ranks say of their calls.
    const word = length > wordLength ? [] : [...sums]
    await this.#calls.call({ kind: Kind.allReduce, same: length, word }, (words) => {
      if (length > wordLength) return this.#calls.sum(sums)
      for (const k of sums.keys()) sums[k] = words.reduce((sum, of) => sum + of[k]!, 0)
    })
    return sums
  }

  /**
   * Gives the bytes of one rank to all.
   * @param bytes of any length on rank `from`; the others' are not read.
   * @throws as barrier does.
   */
  async broadcast(bytes: Uint8Array | undefined, from = 0): Promise<Uint8Array> {
    checkInteger(from, 'from', { min: 0, max: this.size - 1 })
    const isRoot = this.rank === from
    if (isRoot && !(bytes instanceof Uint8Array)) throw invalid('bytes', 'a Uint8Array', bytes)
    this.#checkBetweenSteps()
    // A Buffer may be a part of a larger one.
    const own = isRoot ? new Uint8Array(bytes!) : undefined
    return this.#calls.call({ kind: Kind.broadcast, same: from, word: [own?.length ?? 0] }, async (words) => {
      const copy = own ?? new Uint8Array(words[from]![0]!)
      await this.#calls.copy(copy, from)
      return copy
    })
  }

  /** Leaves the group: calls of the others end with ERR_GROUP_LOST. */
  async close(): Promise<void> {
    this.#calls.lose(new MlpError('The group was closed. Call join again.', 'ERR_CLOSED'), '')
    this.#native?.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** @internal */
  get [trainingSide](): TrainingSide {
    return this.#training
  }

  #reserve(): Reservation {
    if (this.#calls.end) throw this.#calls.end
    if (this.#isTraining) throw new MlpError('The group is training another model. Await that fit first.', 'ERR_BUSY')
    const hasThreads = this.#native?.reserve() ?? true
    this.#isTraining = true
    this.#calls.failure = undefined
    let isHeld = true
    const release = () => {
      if (!isHeld) return
      isHeld = false
      this.#isTraining = false
      if (hasThreads) this.#native?.release()
      this.#training.inSteps = false
    }
    return { release, refusal: hasThreads ? undefined : otherGroupTrains() }
  }

  /** @throws MlpError ERR_BUSY between the steps of an epoch, which differ between ranks. */
  #checkBetweenSteps(): void {
    if (!this.#training.inSteps) return
    throw new MlpError(
      'The group is in the middle of an epoch, where ranks are at different steps. Call it before or after fit, or in onEpochBegin or ' +
        'onEpochEnd.',
      'ERR_BUSY',
    )
  }
}

function otherGroupTrains(): MlpError {
  return new MlpError(
    'Another group trains in this process. Await that fit first, and start the ranks of a group as processes, not as worker threads.',
    'ERR_BUSY',
  )
}

function numbersOf(values: unknown): Float64Array {
  if (!(values instanceof Float64Array) && !Array.isArray(values)) {
    throw invalid('values', 'a Float64Array or an array of numbers', values)
  }
  for (const value of values) if (typeof value !== 'number') throw invalid('values', 'numbers', value)
  return Float64Array.from(values)
}
