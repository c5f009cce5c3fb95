import { rowBlocks, runSoon, type Work } from '../../base/breathing.js'
import type { Core } from '../../network/core.js'
import { type Agreement, alone } from '../../training/group/agreement.js'
import { plain, withoutSeeds } from '../../training/group/description.js'
import { agreementOf } from '../../training/group/group-agreement.js'
import { Meetings } from '../../training/group/meetings.js'
import type { MLPJob } from './job.js'

/** The ranks that train one network, each on its own rows; without a group this process alone. */
export class Ranks {
  readonly agreement: Agreement
  /** Of all ranks: rows to train with, the sum of their weights, and the mean of the loss's constants. */
  rows = 0
  weight = 0
  constant = 0
  readonly #job: MLPJob
  readonly #meetings: Meetings
  #stop: 'timeLimit' | undefined

  /** Keeps the group. @throws as agreementOf does. */
  constructor(job: MLPJob) {
    const { together, limits } = job
    this.#job = job
    this.agreement = together ? agreementOf(together.group) : alone
    // From here on the others hear of a failure by `leave`.
    if (together) together.isTold = true
    this.#meetings = new Meetings(this.agreement, {
      signal: limits.signal,
      reasonToStop: () => limits.due(),
      stopAtOnce: () => {
        this.#stop = 'timeLimit'
      },
      endAfterEpoch() {},
    })
  }

  get #isAlone(): boolean {
    return this.agreement.isAlone
  }

  /**
   * Compares what must be the same on all ranks, takes the weights of rank 0, and adds up what is known of the rows.
   * @throws ArgumentError for a difference, on all ranks.
   */
  async begin(core: Core, reset: () => void): Promise<void> {
    const { x, weights, params, start, constant } = this.#job
    if (!this.#isAlone) {
      const { lossCurve: _, validationScores: __, ...before } = start.progress ?? {}
      const parameters = { ...params, seed: undefined, verbose: undefined }
      const network = withoutSeeds(core.spec)
      // First the columns: initializers of the network depend on them.
      const own = { 'number of columns of x': x.columns, network, parameters, 'the fit before': before }
      await this.agreement.compare(plain(own))
      await this.agreement.takeState(core, reset)
    }
    const weight = weights ? await this.#soon(sumOf(weights)) : x.rows
    const sums = await this.agreement.addUp([x.rows, weight, constant * weight])
    this.rows = sums[0]!
    this.weight = sums[1]!
    // The rows that were held back may be the only ones with a weight: then both sums are 0.
    this.constant = this.#isAlone ? constant : sums[2]! / (this.weight || 1)
  }

  /** The most steps that a rank needs for an epoch; 'stopped' where the run ends first. */
  async beginEpoch(steps: number): Promise<number | 'stopped'> {
    return this.#isAlone ? steps : this.#meet('nextRows', { steps })
  }

  /** All ranks can begin the steps of the epoch. */
  async beginSteps(rate: number): Promise<void> {
    if (this.#isAlone) return
    await this.#meet('stepsBegin', { rates: [rate, 0] })
    this.agreement.setInSteps(true)
  }

  /** Whether this rank asks the others to stop after the next step. */
  get wantsStop(): boolean {
    return !this.#isAlone && this.#job.limits.due() !== undefined
  }

  /**
   * Whether the run ends before the next step: in a group only where all ranks do.
   * @throws the signal's reason when it is aborted.
   */
  get mustStop(): boolean {
    return (this.#isAlone ? this.#job.limits.reached() : this.#stop) !== undefined
  }

  /** Steps have ended. @param stopped before the end of the epoch, since a rank asked for it. */
  async endSteps(stopped: boolean): Promise<void> {
    this.agreement.setInSteps(false)
    if (stopped) await this.#meet('stepsEnd')
  }

  /**
   * After an epoch: why all ranks end now.
   * @throws the signal's reason when it is aborted, or an AbortError for that of another rank.
   */
  async endEpoch(): Promise<'timeLimit' | undefined> {
    if (this.#isAlone) return this.#job.limits.reached()
    await this.#meet('epochEnds')
    return this.#stop
  }

  /** All ranks have come to their end. */
  async end(): Promise<void> {
    if (!this.agreement.isOver) await this.#meet('epochEnds')
  }

  /** The numbers of each rank, which all have as many. */
  async collect(own: readonly number[]): Promise<readonly (readonly number[])[]> {
    const { rank, size } = this.agreement
    const all = new Array<number>(own.length * size).fill(0)
    for (const [k, value] of own.entries()) all[rank * own.length + k] = value
    const values = await this.agreement.addUp(all)
    return Array.from({ length: size }, (_, r) => values.slice(r * own.length, (r + 1) * own.length))
  }

  /** The run failed on this rank, between steps. */
  async fail(error: unknown): Promise<void> {
    await this.#meetings.leave({ error }, async () => false)
  }

  async #meet(...call: Parameters<Meetings['meet']>): Promise<number | 'stopped'> {
    const met = await this.#meetings.meet(...call)
    if (met === 'stopped') this.#meetings.throwIfAborted()
    return met
  }

  #soon<R>(work: Work<R>): R | Promise<R> {
    return runSoon(work, { signal: this.#job.limits.signal })
  }
}

function* sumOf(numbers: Float32Array): Work<number> {
  let sum = 0
  yield* rowBlocks(numbers.length, 1, (begin, end) => {
    for (let k = begin; k < end; k++) sum += numbers[k]!
  })
  return sum
}
