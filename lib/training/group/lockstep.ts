import { ArgumentError } from '../../base/errors.js'
import type { NativeGroup } from '../../native/group.js'
import { type Failure, HeardFailure } from './failure.js'

/** What a rank does in a call: the number in it must be the same on all ranks too. */
const sayings = [
  () => 'goes on no longer',
  () => 'calls barrier',
  (count: number) => `calls allReduce with ${count} numbers`,
  (from: number) => `calls broadcast from rank ${from}`,
  () => 'begins a fit',
  () => 'asks for the next rows in fit',
  () => 'begins to train on rows in fit',
  () => 'ends an epoch in fit',
  () => 'ends its steps in fit',
  () => 'trains networks of a table model',
] as const

/** The kinds of calls, by their place in `sayings`. */
export const Kind = {
  fails: 0,
  barrier: 1,
  allReduce: 2,
  broadcast: 3,
  fitBegins: 4,
  nextRows: 5,
  stepsBegin: 6,
  epochEnds: 7,
  stepsEnd: 8,
  networks: 9,
} as const

/** Numbers that each rank tells all others with its call. */
export const wordLength = 5

export interface Call {
  readonly kind: number
  /** Must be the same on all ranks, as the kind. */
  readonly same?: number
  /** At most `wordLength` numbers. */
  readonly word?: readonly number[]
}

/**
 * The calls of a group, which all ranks make in the same order, one after the other. Each begins with a meeting: every rank says what
 * it does, in as many numbers as any other. So all of them know at once where ranks are out of step, or where one has failed.
 */
export class Lockstep {
  readonly rank: number
  readonly size: number
  readonly #native: NativeGroup | undefined
  readonly #timeoutMs: number
  /** Each call begins when the last one has ended. */
  #last: Promise<unknown> = Promise.resolve()
  #count = 0
  /** Why no later call can succeed. */
  end: Error | undefined
  /** The failure of a rank that a call ended with. */
  failure: HeardFailure | undefined

  constructor(rank: number, size: number, native: NativeGroup | undefined, timeoutMs: number) {
    this.rank = rank
    this.size = size
    this.#native = native
    this.#timeoutMs = timeoutMs
  }

  /**
   * A call of this rank, and of the others.
   * @param rest what follows the meeting, with the words of all ranks by their numbers.
   * @throws ArgumentError where ranks are out of step, on all of them; the error of a rank that fails; MlpError ERR_GROUP_LOST, and
   * whatever ended the group before.
   */
  async call<R>(call: Call, rest: (words: readonly Float64Array[]) => R | Promise<R>): Promise<R> {
    return this.#inTurn(async () => {
      const said = await this.#say(call.kind, call.same ?? 0, call.word ?? [])
      const failed = said.findIndex(([kind]) => kind === Kind.fails)
      if (failed >= 0) throw await this.#hear(failed, said[failed]![1]!)
      return this.#orLose(() => {
        this.#compare(said)
        return rest(said.map((one) => one.subarray(2)))
      })
    })
  }

  /** Fails in the next call of the others; rejects with the error of the first rank that does. */
  async fail(failure: Failure): Promise<never> {
    const { bytes } = failure
    return this.#inTurn(async () => {
      const said = await this.#say(Kind.fails, bytes.length, [])
      const first = said.findIndex(([kind]) => kind === Kind.fails)
      throw await this.#hear(first, said[first]![1]!, failure, bytes)
    })
  }

  /** Sums over ranks, in place. Within a call. */
  async sum(values: Float64Array): Promise<void> {
    await this.#native?.allReduce(values, this.#timeoutMs)
  }

  /** Copies the bytes of rank `from` to all. Within a call. */
  async copy(bytes: Uint8Array, from: number): Promise<void> {
    if (bytes.length > 0) await this.#native?.broadcast(bytes, from, this.#timeoutMs)
  }

  /**
   * Ends the group.
   * @param reason for the other ranks.
   */
  lose(error: Error, reason = `Rank ${this.rank} failed: ${error.message}`): void {
    if (this.end) return
    this.end = error
    this.#native?.close(reason)
  }

  async #inTurn<R>(work: () => Promise<R>): Promise<R> {
    const before = this.#last
    const call = (async () => {
      await before.catch(() => {})
      if (this.end) throw this.end
      this.#count++
      return work()
    })()
    this.#last = call
    return call
  }

  /** After an error that the other ranks do not know of, no later call can succeed. */
  async #orLose<R>(work: () => R | Promise<R>): Promise<R> {
    try {
      return await work()
    } catch (error) {
      this.lose(error as Error)
      throw error
    }
  }

  /** What each rank does: its kind, its number, its word. Each has places of its own in a sum. */
  async #say(kind: number, same: number, word: readonly number[]): Promise<Float64Array[]> {
    const width = 2 + wordLength
    const all = new Float64Array(this.size * width)
    all.set([kind, same, ...word], this.rank * width)
    await this.#orLose(() => this.sum(all))
    return Array.from({ length: this.size }, (_, rank) => all.subarray(rank * width, (rank + 1) * width))
  }

  /** @throws ArgumentError where a rank does something else than rank 0, which ends the group: all see the same. */
  #compare(said: readonly Float64Array[]): void {
    const [first] = said as [Float64Array]
    const other = said.findIndex(([kind, same]) => kind !== first[0] || same !== first[1])
    if (other < 0) return
    const saying = ([kind, same]: Float64Array) => sayings[kind!]!(same!)
    throw new ArgumentError(
      `Expected the same calls on all ranks, but in call ${this.#count} of the group rank 0 ${saying(first)} and rank ${other} ` +
        `${saying(said[other]!)}. Make the same calls in the same order on all ranks, or join again after an error on one.`,
    )
  }

  /** The error of the first rank that has failed. */
  async #hear(first: number, length: number, own?: Failure, bytes?: Uint8Array): Promise<unknown> {
    const its = first === this.rank ? bytes! : new Uint8Array(length)
    await this.#orLose(() => this.copy(its, first))
    this.failure = new HeardFailure(first, its, own)
    return this.failure.error
  }
}
