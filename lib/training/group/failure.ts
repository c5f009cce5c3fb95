import { ArgumentError, MlpError } from '../../base/errors.js'

/** How a run ends on a rank: its error is that of all where ranks differ; others hear of an abort, or that it left without an error. */
type Way = 'error' | 'differs' | 'aborts' | 'leaves'

/** Whether the error is the reason of the rank's own aborted signal. */
export function isReasonOf(signal: AbortSignal | undefined, error: unknown): boolean {
  return signal?.aborted === true && signal.reason === error
}

/** What a rank that goes on no longer says to the others. */
interface Report {
  readonly way: Way
  readonly message: string
}

/** Why a rank goes on no longer. */
export class Failure {
  readonly error: unknown
  readonly #way: Way

  constructor(error: unknown, way: Way = 'error') {
    this.error = error
    this.#way = way
  }

  /** For the other ranks. */
  get bytes(): Uint8Array {
    const report: Report = { way: this.#way, message: (this.error as Error | undefined)?.message ?? String(this.error) }
    return Buffer.from(JSON.stringify(report))
  }
}

/** The failure of the first rank that had one, as all know it. */
export class HeardFailure {
  readonly rank: number
  /** Whether the rank left without an error. */
  readonly leaves: boolean
  /** What this rank throws. */
  readonly error: unknown

  /**
   * @param bytes of its failure.
   * @param own that of this rank, if it has failed too.
   */
  constructor(rank: number, bytes: Uint8Array, own: Failure | undefined) {
    const { way, message } = JSON.parse(Buffer.from(bytes).toString()) as Report
    this.rank = rank
    this.leaves = way === 'leaves'
    if (way === 'differs') this.error = new ArgumentError(message)
    else if (own) this.error = own.error
    else if (way === 'aborts') this.error = new AbortedByRank(rank)
    else {
      const text = this.leaves
        ? `Rank ${rank} left the training.`
        : `Training ended because rank ${rank} failed: ${message}`
      this.error = new MlpError(text, 'ERR_GROUP_FAILED')
    }
  }
}

/** The error of a rank whose fit ends because another rank's signal was aborted. */
export class AbortedByRank extends DOMException {
  constructor(rank: number) {
    super(`Rank ${rank} of the group aborted the training.`, 'AbortError')
  }
}
