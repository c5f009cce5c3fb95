/** The parameters that decide when a unit stops. */
interface StopRule {
  tol: number | null
  nIterNoChange: number
  spec: { eta0: number }
}

/** The progress of a unit from epoch to epoch, and scikit-learn's rule that stops it. */
export class UnitProgress {
  /** Whether the unit still trains. */
  active = true
  /** The rate of the next epoch, for schedules whose rate does not change with every row. */
  rate: number
  /** Loss and score of its last epoch. */
  loss = 0
  score = 0
  readonly #rule: StopRule
  readonly #adaptive: boolean
  #best = Infinity
  #withoutChange = 0

  constructor(rule: StopRule, adaptive: boolean) {
    this.#rule = rule
    this.#adaptive = adaptive
    this.rate = rule.spec.eta0
  }

  /** Ends an epoch. `value` should fall: the objective, or minus the score. */
  endEpoch(value: number): void {
    const { tol, nIterNoChange } = this.#rule
    const changed = tol === null || !(value > this.#best - tol)
    this.#withoutChange = changed ? 0 : this.#withoutChange + 1
    this.#best = Math.min(this.#best, value)
    if (this.#withoutChange < nIterNoChange) return
    if (this.#adaptive && this.rate > 1e-6) {
      this.rate /= 5
      this.#withoutChange = 0
    } else {
      this.active = false
    }
  }
}
