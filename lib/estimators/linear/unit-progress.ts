/** What decides when a unit has learned enough. */
export interface Patience {
  tol: number | null
  nIterNoChange: number
  spec: { eta0: number }
}

/** How a unit does from epoch to epoch, as scikit-learn looks at it. */
export class UnitProgress {
  /** Whether it still learns. */
  active = true
  /** The rate of the next epoch, where rates do not change with every row. */
  rate: number
  /** Of its last epoch. */
  loss = 0
  score = 0
  readonly #patience: Patience
  readonly #adaptive: boolean
  #best = Infinity
  #withoutChange = 0

  constructor(patience: Patience, adaptive: boolean) {
    this.#patience = patience
    this.#adaptive = adaptive
    this.rate = patience.spec.eta0
  }

  /** Takes an epoch's objective, or minus its score: what should fall. */
  see(value: number): void {
    const { tol, nIterNoChange } = this.#patience
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
