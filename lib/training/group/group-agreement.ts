import { invalid, mismatch } from '../../base/check.js'
import { ArgumentError } from '../../base/errors.js'
import type { StopReason } from '../../base/history.js'
import { native } from '../../native/addon.js'
import type { NativeGroupRun } from '../../native/group.js'
import type { Core } from '../../network/core.js'
import { type Agreement, alone, type Exchanged, type Met, type Place, type Word } from './agreement.js'
import { describeRun, differenceOf, type RunDescription } from './description.js'
import { Failure, HeardFailure, isReasonOf } from './failure.js'
import { Group, trainingSide } from './group.js'
import { HeldGroup } from './held-group.js'
import { warnOfKernels } from './kernels.js'
import { type Call, Kind } from './lockstep.js'
import { takeState } from './state.js'

/** Reasons as numbers, for what ranks exchange; 0 is none. */
const reasons: readonly StopReason[] = [
  'aborted',
  'timeLimit',
  'stopTraining',
  'earlyStopping',
  'terminateOnNaN',
  'converged',
]

/**
 * The agreement of a run with the option `group`, which keeps the group for it.
 * @throws ArgumentError for anything but a group; MlpError ERR_BUSY while it trains, and what ended it. While another group
 * trains in this process the calls of the agreement throw ERR_BUSY, and the other ranks hear of it.
 */
export function agreementOf(group: unknown): Agreement {
  if (group === undefined) return alone
  checkGroup(group)
  if (group instanceof HeldGroup) {
    const { release, refusal } = group.lend()
    return new GroupAgreement(group.group, release, refusal)
  }
  const { release, refusal } = group[trainingSide].reserve()
  if (group.size > 1) return new GroupAgreement(group, release, refusal)
  release()
  return alone
}

/**
 * Keeps a group for the runs of one fit; a group of one rank is not kept.
 * @returns what these runs take in place of the group, and what gives it back.
 * @throws as agreementOf does.
 */
export function holdGroup(group: unknown): { group: Group; release: () => void } {
  checkGroup(group)
  if (group.size === 1) return { group, release() {} }
  const held = new HeldGroup(group)
  return { group: held, release: () => held.release() }
}

function checkGroup(group: unknown): asserts group is Group {
  if (group instanceof Group) return
  throw invalid('group', "what 'await join()' of perceptra/distributed gives", group)
}

/**
 * Tells the other ranks that this one cannot begin.
 * @param signal of the run, whose reason may be the error.
 */
export async function cannotBegin(agreement: Agreement, error: unknown, signal?: AbortSignal): Promise<void> {
  if (agreement.isAlone) return
  agreement.fail(error, signal)
  // Rejects on this rank too.
  await agreement.meet('fitBegins', {}).catch(() => {})
  agreement.end()
}

class GroupAgreement implements Agreement {
  readonly isAlone = false
  readonly rank: number
  readonly size: number
  readonly #group: Group
  readonly #release: () => void
  #hasEnded = false
  #failure: Failure | undefined

  /** @param refusal why this rank cannot train: it fails in its first call, as the others hear. */
  constructor(group: Group, release: () => void, refusal: Error | undefined) {
    this.rank = group.rank
    this.size = group.size
    this.#group = group
    this.#release = release
    if (refusal) this.fail(refusal)
  }

  get isOver(): boolean {
    const { end, failure } = this.#group[trainingSide].calls
    return this.#hasEnded || end !== undefined || failure !== undefined
  }

  get group(): NativeGroupRun | undefined {
    return this.#group[trainingSide].run
  }

  get threads(): number {
    const { ranksHere } = this.#group[trainingSide]
    return ranksHere === 1 ? 0 : Math.min(Math.max(Math.floor(native().info().cores / ranksHere), 1), 256)
  }

  share(batchSize: number): { own: number; most: number } {
    const { rank, size } = this.#group
    if (batchSize < size) {
      throw mismatch(
        'batchSize',
        `at least ${size}, a row for each rank`,
        `${batchSize}`,
        'It is that of all ranks together.',
      )
    }
    return { own: Math.floor(batchSize / size) + (rank < batchSize % size ? 1 : 0), most: Math.ceil(batchSize / size) }
  }

  async compare(own: RunDescription): Promise<void> {
    await this.meet('fitBegins', {})
    warnOfKernels(this.#group)
    const first = JSON.parse(text(await this.#group.broadcast(Buffer.from(JSON.stringify(own))))) as RunDescription
    const difference = differenceOf(first, own)
    if (difference) {
      const { where, first: a, own: b } = difference
      const message = `Expected the same ${where} on all ranks, but rank 0 has ${a} and rank ${this.rank} has ${b}.`
      this.#failure = new Failure(new ArgumentError(message), 'differs')
    }
    await this.meet('fitBegins', {})
  }

  async begin(core: Core, options: object): Promise<void> {
    await this.compare(describeRun(core, options))
    await this.takeState(core, () => core.resetOptimizer())
  }

  async takeState(core: Core, reset: () => void): Promise<void> {
    await takeState(core, this.#group, reset)
  }

  async meet(place: Place, { wish, ends, steps = 0, rates = [0, 0] }: Word): Promise<Met> {
    const codes = [wish, ends].map((reason) => (reason === undefined ? 0 : reasons.indexOf(reason) + 1))
    const words = await this.#tell(place, [...codes, steps, ...rates])
    if (words instanceof HeardFailure) return { stop: 'stopTraining', by: words.rank, ends: undefined, steps: 0 }
    const by = words.findIndex((word) => word[0]! > 0)
    if (by >= 0) this.#hasEnded = true
    else this.#compareRates(words)
    return {
      stop: by < 0 ? undefined : reasons[words[by]![0]! - 1],
      by,
      ends: reasons[(words.find((word) => word[1]! > 0)?.[1] ?? 0) - 1],
      steps: Math.max(...words.map((word) => word[2]!)),
    }
  }

  /** The words of all ranks, or that one of them left. */
  async #tell(place: Place, word: readonly number[]): Promise<readonly Float64Array[] | HeardFailure> {
    try {
      return await this.#call({ kind: Kind[place], word }, (words) => words)
    } catch (error) {
      const { failure } = this.#group[trainingSide].calls
      if (failure?.leaves) return failure
      throw error
    }
  }

  /** A call of the group, in which this rank fails if it has to. */
  async #call<R>(call: Call, rest: (words: readonly Float64Array[]) => R | Promise<R>): Promise<R> {
    const { calls } = this.#group[trainingSide]
    if (this.#failure && !calls.failure) await calls.fail(this.#failure)
    // A callback may have caught the error of its own call.
    if (calls.failure) throw calls.failure.error
    return calls.call(call, rest)
  }

  /** @throws ArgumentError where learning rates differ, which ends the run of all. */
  #compareRates(words: readonly Float64Array[]): void {
    const [first] = words as [Float64Array]
    const other = words.findIndex((word) => word[3] !== first[3] || word[4] !== first[4])
    if (other < 0) return
    this.#hasEnded = true
    const [a, b] = [first[3], words[other]![3]]
    const values =
      a === b
        ? `those of rank ${other} differ from those of rank 0 in later steps`
        : `rank 0 has ${a} and rank ${other} has ${b}`
    throw new ArgumentError(`Expected the same learning rate on all ranks, but ${values}.`)
  }

  setInSteps(inSteps: boolean): void {
    this.#group[trainingSide].inSteps = inSteps
  }

  async addUp(values: readonly number[]): Promise<readonly number[]> {
    return [...(await this.#group.allReduce(values))]
  }

  async gather(bytes: Uint8Array): Promise<Uint8Array[]> {
    const all: Uint8Array[] = []
    for (let rank = 0; rank < this.#group.size; rank++) all.push(await this.#group.broadcast(bytes, rank))
    return all
  }

  async exchange(bytes = new Uint8Array(0), left: number, isStopped: boolean): Promise<Exchanged> {
    const { calls } = this.#group[trainingSide]
    return this.#call({ kind: Kind.networks, word: [bytes.length, left, Number(isStopped)] }, async (words) => {
      const all = words.map(([length], rank) => (rank === this.rank ? bytes : new Uint8Array(length!)))
      for (const [rank, one] of all.entries()) await calls.copy(one, rank)
      return {
        bytes: all,
        left: words.reduce((sum, word) => sum + word[1]!, 0),
        isStopped: words.some((word) => word[2]! > 0),
      }
    })
  }

  fail(error: unknown, signal?: AbortSignal): void {
    this.#failure = new Failure(error, isReasonOf(signal, error) ? 'aborts' : 'error')
  }

  leave(): void {
    this.#failure = new Failure(new Error('It ended its training.'), 'leaves')
  }

  abandon(error: unknown): void {
    this.#group[trainingSide].calls.lose(error as Error)
  }

  end(): void {
    this.#hasEnded = true
    this.#release()
  }
}

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString()
