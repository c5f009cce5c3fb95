import type { MLPProgress } from './learned.js'
import type { MLPParams } from './parameters.js'

type Settings = Pick<
  MLPParams,
  'solver' | 'learningRate' | 'learningRateInit' | 'powerT' | 'tol' | 'nIterNoChange' | 'earlyStopping'
>

/** scikit-learn's rules between epochs of sgd and adam: the rate of the next one, and when training has converged. */
export class Patience {
  rate: number
  t: number
  bestLoss: number
  bestValidationScore: number
  withoutProgress: number
  converged = false
  readonly #settings: Settings

  constructor(settings: Settings, before: MLPProgress | undefined, rate: number) {
    this.#settings = settings
    this.rate = rate
    this.t = before?.t ?? 0
    this.bestLoss = before?.bestLoss ?? Infinity
    this.bestValidationScore = before?.bestValidationScore ?? -Infinity
    this.withoutProgress = before?.withoutProgress ?? 0
  }

  /** Lower bound on the epochs before the rules end training or change the rate. */
  get horizon(): number {
    const { learningRate, solver, nIterNoChange } = this.#settings
    if (solver === 'sgd' && learningRate === 'invscaling') return 1
    return Math.max(1, nIterNoChange + 1 - this.withoutProgress)
  }

  /**
   * Ends an epoch.
   * @param rows the rows of the epoch.
   * @param score the score of the validation rows; undefined without early stopping.
   * @returns whether the score is the best so far.
   */
  endEpoch(rows: number, loss: number, score: number | undefined): boolean {
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
      this.converged = true
    }
    return best
  }
}
