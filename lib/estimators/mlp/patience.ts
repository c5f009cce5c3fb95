import type { MLPProgress } from './learned.js'
import type { MLPParams } from './parameters.js'

type Settings = Pick<
  MLPParams,
  'solver' | 'learningRate' | 'learningRateInit' | 'powerT' | 'tol' | 'nIterNoChange' | 'earlyStopping'
>

/** How sgd and adam do from epoch to epoch, as scikit-learn looks at it: the rate, and when there is no more to gain. */
export class Patience {
  rate: number
  t: number
  bestLoss: number
  bestValidationScore: number
  withoutProgress: number
  /** Whether training has nothing more to gain. */
  done = false
  readonly #settings: Settings

  constructor(settings: Settings, before: MLPProgress | undefined, rate: number) {
    this.#settings = settings
    this.rate = rate
    this.t = before?.t ?? 0
    this.bestLoss = before?.bestLoss ?? Infinity
    this.bestValidationScore = before?.bestValidationScore ?? -Infinity
    this.withoutProgress = before?.withoutProgress ?? 0
  }

  /** As many epochs surely go by before training ends or its rate changes: at the end of the last at the earliest. */
  get horizon(): number {
    const { learningRate, solver, nIterNoChange } = this.#settings
    if (solver === 'sgd' && learningRate === 'invscaling') return 1
    return Math.max(1, nIterNoChange + 1 - this.withoutProgress)
  }

  /**
   * Takes an epoch over so many rows, with the score on the rows held back where there are some.
   * @returns whether the score is the best so far.
   */
  see(rows: number, loss: number, score: number | undefined): boolean {
    const { tol, learningRate, learningRateInit, powerT, solver, nIterNoChange } = this.#settings
    const stuck = score === undefined ? loss > this.bestLoss - tol : score < this.bestValidationScore + tol
    this.withoutProgress = stuck ? this.withoutProgress + 1 : 0
    const best = score !== undefined && score > this.bestValidationScore
    if (score === undefined) this.bestLoss = Math.min(this.bestLoss, loss)
    else if (best) this.bestValidationScore = score
    this.t += rows
    if (solver === 'sgd' && learningRate === 'invscaling') this.rate = learningRateInit / (this.t + 1) ** powerT
    if (this.withoutProgress <= nIterNoChange) return best
    if (solver === 'sgd' && learningRate === 'adaptive' && this.rate > 1e-6) {
      this.rate /= 5
      this.withoutProgress = 0
    } else {
      this.done = true
    }
    return best
  }
}
