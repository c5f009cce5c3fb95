import type { StopReason } from '../../base/history.js'
import type { Agreement, Place, Word } from './agreement.js'
import { AbortedByRank } from './failure.js'

/** A run of training, as its meetings need it. */
export interface MeetingRun {
  readonly signal: AbortSignal | undefined
  /** Why this rank wants to stop now. */
  reasonToStop(): StopReason | undefined
  /** All ranks stop now. */
  stopAtOnce(reason: StopReason): void
  /** All ranks end after this epoch. */
  endAfterEpoch(reason: StopReason): void
}

/** The meetings of a run with those of the other ranks, which stop and end together. Without a group nobody meets. */
export class Meetings {
  readonly #agreement: Agreement
  readonly #run: MeetingRun
  #abortedBy: number | undefined
  #isLeaving = false

  constructor(agreement: Agreement, run: MeetingRun) {
    this.#agreement = agreement
    this.#run = run
  }

  /** Whether this rank is on its way out. */
  get isLeaving(): boolean {
    return this.#isLeaving
  }

  /**
   * Meets the other ranks.
   * @returns the most steps that any rank needs.
   * @throws as Agreement.meet does.
   */
  async meet(place: Place, word: Omit<Word, 'wish'> = {}): Promise<number | 'stopped'> {
    const { rank } = this.#agreement
    const { stop, by, ends, steps } = await this.#agreement.meet(place, { ...word, wish: this.#run.reasonToStop() })
    if (stop === undefined) {
      if (ends !== undefined) this.#run.endAfterEpoch(ends)
      return steps
    }
    this.#run.stopAtOnce(stop)
    if (stop === 'aborted' && by !== rank) this.#abortedBy = by
    return 'stopped'
  }

  /** @throws the reason of an aborted signal, or an AbortError for that of another rank. */
  throwIfAborted(): void {
    this.#run.signal?.throwIfAborted()
    if (this.#abortedBy !== undefined) throw new AbortedByRank(this.#abortedBy)
  }

  /**
   * Tells other ranks that this one goes on no longer. They may be in the middle of an update, which waits for this rank.
   * @param failure the error that ends the run, if one does.
   * @param goOn takes steps; false where there are no more.
   */
  async leave(failure: { error: unknown } | undefined, goOn: () => Promise<boolean>): Promise<void> {
    const agreement = this.#agreement
    if (agreement.isOver) return
    this.#isLeaving = true
    if (failure) agreement.fail(failure.error, this.#run.signal)
    else agreement.leave()
    try {
      while (!agreement.isOver && (await goOn()));
      if (!agreement.isOver) await this.meet('stepsEnd')
    } catch (error) {
      if (!agreement.isOver) agreement.abandon(error)
    }
  }
}
