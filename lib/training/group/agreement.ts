import type { StopReason } from '../../base/history.js'
import type { NativeGroupRun } from '../../native/group.js'
import type { Core } from '../../network/core.js'
import type { RunDescription } from './description.js'

/** What a rank says when all meet. */
export interface Word {
  /** Why it wants to stop now. */
  readonly wish?: StopReason | undefined
  /** Why it wants to end after this epoch. */
  readonly ends?: StopReason | undefined
  /** The steps that its next rows need. */
  readonly steps?: number
  /** What stands for the learning rates, where they are known: must be the same on all ranks. */
  readonly rates?: readonly [first: number, all: number]
}

/** Where in a run ranks meet. */
export type Place = 'fitBegins' | 'nextRows' | 'stepsBegin' | 'stepsEnd' | 'epochEnds'

/** What all have said: the word of the first that wants something. */
export interface Met {
  readonly stop: StopReason | undefined
  /** The rank that wants to stop. */
  readonly by: number
  readonly ends: StopReason | undefined
  /** The most steps that any rank needs. */
  readonly steps: number
}

export interface Exchanged {
  readonly bytes: readonly Uint8Array[]
  readonly left: number
  readonly isStopped: boolean
}

/** How a run of training agrees with those of other ranks. Without a group, all is as this process has it. */
export interface Agreement {
  readonly isAlone: boolean
  readonly rank: number
  readonly size: number
  /** For the steps of training. */
  readonly group: NativeGroupRun | undefined
  /** Whether ranks are in step no longer, or the run has ended for all: nobody meets any more. */
  readonly isOver: boolean
  /** The default of the option `threads`: with several ranks on a machine, its cores divided by them. */
  readonly threads: number
  /** The rows of a batch that this rank takes, and the most that one takes. */
  share(batchSize: number): { own: number; most: number }
  /**
   * Compares what must be the same.
   * @param own plain data, by names as they are in messages.
   * @throws ArgumentError for a difference, on all ranks; as meet does.
   */
  compare(own: RunDescription): Promise<void>
  /**
   * Compares models and options, and takes the weights and the optimizer's state of rank 0.
   * @throws ArgumentError for a difference, on all ranks; as meet does.
   */
  begin(core: Core, options: object): Promise<void>
  /**
   * Takes the weights and the optimizer's state of rank 0.
   * @param reset makes the optimizer's state anew.
   */
  takeState(core: Core, reset: () => void): Promise<void>
  /**
   * Waits for the word of all ranks.
   * @throws ArgumentError where ranks are at different places, or have different learning rates; MlpError ERR_GROUP_FAILED if another rank failed; ERR_GROUP_LOST if one is gone.
   */
  meet(place: Place, word: Word): Promise<Met>
  /** Whether steps run from now on: the group takes no calls of callbacks meanwhile. */
  setInSteps(inSteps: boolean): void
  /** Sums over ranks. */
  addUp(values: readonly number[]): Promise<readonly number[]>
  /** The bytes of all ranks, in their order. */
  gather(bytes: Uint8Array): Promise<Uint8Array[]>
  /**
   * Gives bytes of each rank that has some to all.
   * @param left how much this rank will give later.
   * @returns the bytes by rank, empty where a rank gave none, what all will give later, and whether one is to stop.
   * @throws as meet does.
   */
  exchange(bytes: Uint8Array | undefined, left: number, isStopped: boolean): Promise<Exchanged>
  /**
   * The run failed on this rank: the others hear it in their next call.
   * @param signal of the run, whose reason may be the error.
   */
  fail(error: unknown, signal?: AbortSignal): void
  /** The run ends on this rank without an error: the others stop after their next call. */
  leave(): void
  /** Ends the group: ranks are out of step. */
  abandon(error: unknown): void
  /** Others may train with the group. */
  end(): void
}

/** The agreement of a run without a group. */
export const alone: Agreement = {
  isAlone: true,
  rank: 0,
  size: 1,
  group: undefined,
  isOver: true,
  threads: 0,
  share: (batchSize) => ({ own: batchSize, most: batchSize }),
  async compare() {},
  async begin() {},
  async takeState() {},
  meet: async (_, { ends, steps = 0 }) => ({ stop: undefined, by: 0, ends, steps }),
  setInSteps() {},
  addUp: async (values) => values,
  gather: async (bytes) => [bytes],
  exchange: async (bytes = new Uint8Array(0), left, isStopped) => ({ bytes: [bytes], left, isStopped }),
  fail() {},
  leave() {},
  abandon() {},
  end() {},
}
