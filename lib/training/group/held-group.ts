import { Group, type Reservation, trainingSide } from './group.js'

/**
 * A group that is kept for several runs, one after the other, which take it in place of the group: between them no other run gets
 * the group.
 */
export class HeldGroup extends Group {
  readonly group: Group
  readonly #reservation: Reservation

  /** @throws as `reserve` of the group does. */
  constructor(group: Group) {
    super({ rank: group.rank, size: group.size, timeoutMs: 1, native: undefined })
    this.group = group
    this.#reservation = group[trainingSide].reserve()
  }

  /** For one of the runs. */
  lend(): Reservation {
    const side = this.group[trainingSide]
    side.calls.failure = undefined
    const release = () => {
      side.inSteps = false
    }
    return { release, refusal: this.#reservation.refusal }
  }

  release(): void {
    this.#reservation.release()
  }
}
