import { invalid, mismatch } from '../../base/check.js'
import { ArgumentError, MlpError } from '../../base/errors.js'
import type { StopReason } from '../../base/history.js'
import { native } from '../../native/addon.js'
import type { NativeGroupRun } from '../../native/group.js'
import type { Core } from '../../network/core.js'
import { type Agreement, alone, type Met, type Word } from './agreement.js'
import { describeRun, differenceOf } from './description.js'
import { Group, trainingSide } from './group.js'
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
 * @throws ArgumentError for anything but a group; MlpError ERR_BUSY while it trains, and what ended it.
 */
export function agreementOf(group: unknown): Agreement {
  if (group === undefined) return alone
  if (!(group instanceof Group)) {
    throw invalid('group', "what 'await join()' of perceptra/distributed gives", group)
  }
  const release = group[trainingSide].reserve()
  if (group.size > 1) return new GroupAgreement(group, release)
  release()
  return alone
}

/** Tells the other ranks that this one cannot begin. */
export async function cannotBegin(agreement: Agreement, error: unknown): Promise<void> {
  if (agreement.isAlone) return
  agreement.fail(error)
  // Rejects on this rank too.
  await agreement.meet({}).catch(() => {})
  agreement.end()
}

/** What a rank that failed tells the others. */
interface Failure {
  readonly message: string
  /** Whether ranks differ, which is the error of all. */
  readonly differs: boolean
  /** Whether its signal was aborted. */
  readonly aborts: boolean
}

class GroupAgreement implements Agreement {
  readonly isAlone = false
  readonly rank: number
  isOver = false
  readonly #group: Group
  readonly #release: () => void
  #failure: unknown
  #hasFailed = false
  #differs = false

  constructor(group: Group, release: () => void) {
    this.rank = group.rank
    this.#group = group
    this.#release = release
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

  async begin(core: Core, options: object): Promise<void> {
    await this.meet({})
    const own = describeRun(core, options)
    const first = JSON.parse(text(await this.#group.broadcast(Buffer.from(JSON.stringify(own))))) as typeof own
    const difference = differenceOf(first, own)
    if (difference) {
      const { where, first: a, own: b } = difference
      this.#differs = true
      this.fail(
        new ArgumentError(
          `Expected the same ${where} on all ranks, but rank 0 has ${a} and rank ${this.rank} has ${b}.`,
        ),
      )
    }
    await this.meet({})
    await takeState(core, this.#group)
  }

  async meet({ wish, ends, steps = 0, rate = 0 }: Word): Promise<Met> {
    const codes = [wish, ends].map((reason) => (reason === undefined ? 0 : reasons.indexOf(reason) + 1))
    const words = await this.#gatherNumbers([this.#hasFailed ? 1 : 0, ...codes, steps, rate])
    const failed = words.flatMap(([hasFailed], rank) => (hasFailed ? [rank] : []))
    if (failed.length > 0) await this.#throwFailure(failed)
    const other = words.findIndex((word) => word[4] !== rate)
    const by = words.findIndex((word) => word[1]! > 0)
    if (by >= 0) this.isOver = true
    else if (other >= 0) {
      this.isOver = true
      const [a, b] = [Math.min(other, this.rank), Math.max(other, this.rank)]
      throw new ArgumentError(
        `Expected the same learning rate on all ranks, but rank ${a} has ${words[a]![4]} and rank ${b} has ${words[b]![4]}.`,
      )
    }
    return {
      stop: by < 0 ? undefined : reasons[words[by]![1]! - 1],
      by,
      ends: reasons[(words.find((word) => word[2]! > 0)?.[2] ?? 0) - 1],
      steps: Math.max(...words.map((word) => word[3]!)),
    }
  }

  async addUp(values: readonly number[]): Promise<readonly number[]> {
    return [...(await this.#group.allReduce(values))]
  }

  async gather(bytes: Uint8Array): Promise<Uint8Array[]> {
    const all: Uint8Array[] = []
    for (let rank = 0; rank < this.#group.size; rank++) all.push(await this.#group.broadcast(bytes, rank))
    return all
  }

  fail(error: unknown): void {
    this.#hasFailed = true
    this.#failure = error
  }

  abandon(error: unknown): void {
    this.isOver = true
    this.#group[trainingSide].lose(error as Error)
  }

  end(): void {
    this.isOver = true
    this.#release()
  }

  /** A list of numbers of each rank. Each has places of its own in the sum. */
  async #gatherNumbers(own: readonly number[]): Promise<Float64Array[]> {
    const { rank, size } = this.#group
    const values = new Float64Array(size * own.length)
    values.set(own, rank * own.length)
    const all = await this.#group.allReduce(values)
    return Array.from({ length: size }, (_, k) => all.subarray(k * own.length, (k + 1) * own.length))
  }

  /** @throws the failure of this rank, or one that names the first rank that failed. */
  async #throwFailure(failed: readonly number[]): Promise<never> {
    this.isOver = true
    const [rank] = failed as [number]
    const own = this.#failure as Error | undefined
    const failure: Failure = {
      message: own?.message ?? String(own),
      differs: this.#differs,
      aborts: own?.name === 'AbortError',
    }
    const first = JSON.parse(text(await this.#group.broadcast(Buffer.from(JSON.stringify(failure)), rank))) as Failure
    if (first.differs) throw new ArgumentError(first.message)
    if (this.#hasFailed) throw own
    if (first.aborts) throw abortedBy(rank)
    throw new MlpError(`Training ended because rank ${rank} failed: ${first.message}`, 'ERR_GROUP_FAILED')
  }
}

/** The error of a rank whose fit ends because another rank's signal was aborted. */
export function abortedBy(rank: number): DOMException {
  return new DOMException(`Rank ${rank} of the group aborted the training.`, 'AbortError')
}

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString()
