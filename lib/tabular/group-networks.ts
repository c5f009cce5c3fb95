import { runBreathing } from '../base/breathing.js'
import { TrainingError } from '../base/errors.js'
import { type ErrorData, errorFromData, errorToData } from '../jobs/error-data.js'
import { pack } from '../jobs/pack.js'
import { unpack } from '../jobs/unpack.js'
import { Sequential } from '../sequential.js'
import type { Agreement } from '../training/group/agreement.js'
import type { NetworkJob, NetworkTrainer } from './network-trainer.js'
import type { Length, Limits, Trained } from './train.js'

/** What a rank sends of a network: it, the error of one that diverged, or neither where training ended before it began. */
type Sent = { readonly number: number } & (
  | (Omit<Trained, 'network'> & { readonly network: Uint8Array })
  | { readonly thrown: ErrorData }
  | { readonly network?: undefined }
)

/** A network that is trained here or elsewhere. */
interface Waiting {
  readonly resolve: (trained: Trained | undefined) => void
  readonly reject: (error: unknown) => void
  readonly onEpochs: Limits['onEpochs']
}

/** How long a rank whose networks need more time lets the others wait for what it has, in milliseconds. */
const roundMs = 500

/**
 * Trains the networks of a fit on all ranks of a group, which have the same rows: network k on rank k mod n, on one thread each. Ranks
 * meet in rounds, in which each sends what it has trained since, until all have all.
 */
export class GroupTrainer implements NetworkTrainer {
  readonly #local: NetworkTrainer
  readonly #agreement: Agreement
  readonly #slots: number
  /** Own networks that wait for a slot, and how many are trained now. */
  readonly #queue: (() => Promise<void>)[] = []
  #running = 0
  /** Of other ranks, by the number. */
  readonly #waiting = new Map<number, Waiting>()
  /** Of all networks, for an abort: what other ranks train may never come then. */
  readonly #rejects: ((reason: unknown) => void)[] = []
  /** What the others have not got yet, and what follows when they have. */
  readonly #toSend: { readonly bytes: Uint8Array; readonly settle: () => void }[] = []
  /** Ends the pause between two rounds. */
  #wake: () => void = () => {}
  #ended = false
  #isStopped = false

  /** @param slots networks that are trained here at once. */
  constructor(local: NetworkTrainer, agreement: Agreement, slots: number) {
    this.#local = local
    this.#agreement = agreement
    this.#slots = slots
  }

  /** Whether a rank has ended training. */
  get isStopped(): boolean {
    return this.#isStopped
  }

  async train(job: NetworkJob, rows: number, length: Length, limits: Limits): Promise<Trained | undefined> {
    const { number } = job
    return new Promise((resolve, reject) => {
      const { onEpochs, signal } = limits
      const waiting = { resolve, reject, onEpochs }
      // One listener for all: Node warns of more than ten.
      if (this.#rejects.length === 0) signal?.addEventListener('abort', () => this.#rejectAll(signal.reason))
      this.#rejects.push(reject)
      if (number % this.#agreement.size !== this.#agreement.rank) {
        this.#waiting.set(number, waiting)
        return
      }
      this.#queue.push(() => this.#one(job, rows, length, limits, waiting).catch(reject))
      this.#next()
    })
  }

  /** Trains a network here. It counts when the others have it, so that all go on alike. */
  async #one(
    job: NetworkJob,
    rows: number,
    length: Length,
    limits: Limits,
    { resolve, reject }: Waiting,
  ): Promise<void> {
    const { number } = job
    // Without any network there is no model.
    const isStopped = () => this.#isStopped && number > 0
    try {
      const trained = isStopped()
        ? undefined
        : await this.#local.train({ ...job, threads: 1 }, rows, length, { ...limits, isStopped: () => this.#isStopped })
      const sent = trained && { ...trained, network: trained.network.toBytes({ includeOptimizer: false }) }
      await this.#send({ number, ...sent }, () => resolve(trained))
    } catch (error) {
      // A network that diverges is left out by all; another error ends the fit.
      if (!(error instanceof TrainingError)) throw error
      await this.#send({ number, thrown: errorToData(error) }, () => reject(error))
    }
  }

  /** Networks get all their epochs: there is no time limit. */
  async speed(): Promise<undefined> {}

  /**
   * Meets the other ranks until all have all networks.
   * @param count of the networks of all ranks.
   * @param isStopped whether training is to end on this rank.
   * @throws as Agreement.meet does.
   */
  async exchange(count: number, isStopped: () => boolean): Promise<void> {
    const { rank, size } = this.#agreement
    let left = Math.ceil((count - rank) / size)
    for (let isDone = false; !isDone && !this.#ended; ) {
      if (this.#toSend.length === 0) await this.#pause()
      if (this.#ended) return
      const own = this.#toSend.shift()
      if (own) left--
      const met = await this.#agreement.exchange(own?.bytes, left, this.#isStopped || isStopped())
      own?.settle()
      this.#isStopped = met.isStopped
      isDone = met.left === 0
      for (const [from, sent] of met.bytes.entries()) if (sent.length > 0 && from !== rank) await this.#take(sent)
    }
  }

  /** Ends the rounds; the last one may still go on. */
  end(): void {
    this.#ended = true
    this.#wake()
  }

  #rejectAll(reason: unknown): void {
    for (const reject of this.#rejects) reject(reason)
  }

  #next(): void {
    while (this.#running < this.#slots && this.#queue.length > 0) {
      this.#running++
      void this.#queue.shift()!().finally(() => {
        this.#running--
        this.#next()
      })
    }
  }

  async #send(what: object, settle: () => void): Promise<void> {
    this.#toSend.push({ bytes: await runBreathing(pack(what, 'a network'), undefined), settle })
    this.#wake()
  }

  async #take(bytes: Uint8Array): Promise<void> {
    const { number, ...sent } = (await runBreathing(unpack(bytes), undefined)) as Sent
    const { resolve, reject, onEpochs } = this.#waiting.get(number)!
    if ('thrown' in sent) return reject(errorFromData(sent.thrown))
    if (sent.network === undefined) return resolve(undefined)
    try {
      await onEpochs(sent.epochs, Number.NaN, undefined)
      resolve({ ...sent, network: await Sequential.load(sent.network) })
    } catch (error) {
      reject(error)
    }
  }

  async #pause(): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    await new Promise<void>((resolve) => {
      this.#wake = resolve
      timer = setTimeout(resolve, roundMs)
    })
    clearTimeout(timer)
  }
}
