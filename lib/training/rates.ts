import { checkRate, type LearningRate } from '../spec/rate.js'
import { rateAt } from '../spec/schedule-rates.js'

/** As many steps ahead a function is asked at most. */
const chunk = 4096

/** Learning rates for slices of steps: one for all, or one a step from a schedule or function, asked once for each step. */
export class Rates {
  readonly #rate: number | ((step: number) => number)
  #first = 0
  #ahead: Float64Array

  constructor(rate: LearningRate) {
    this.#rate = toFunction(rate)
    this.#ahead = typeof this.#rate === 'number' ? Float64Array.of(this.#rate) : new Float64Array(0)
  }

  /**
   * Rates from step `first` of the model on, and the steps (up to `wanted`) that they are good for.
   * @throws ArgumentError that names the step, when a function or schedule gives no rate.
   */
  take(first: number, wanted: number): { steps: number; rates: Float64Array } {
    if (typeof this.#rate === 'number') return { steps: wanted, rates: this.#ahead }
    if (first < this.#first || first >= this.#first + this.#ahead.length) this.#ask(this.#rate, first, wanted)
    const rates = this.#ahead.subarray(first - this.#first)
    return { steps: Math.min(wanted, rates.length), rates }
  }

  /** Asks anew from the next step on: an epoch begins. */
  forget(): void {
    if (typeof this.#rate === 'function') this.#ahead = this.#ahead.subarray(0, 0)
  }

  #ask(rate: (step: number) => number, first: number, wanted: number): void {
    const ahead = new Float64Array(Math.min(wanted, chunk))
    for (let k = 0; k < ahead.length; k++) {
      ahead[k] = checkRate(rate(first + k), `learningRate at step ${first + k}`)
    }
    this.#first = first
    this.#ahead = ahead
  }
}

/** The rate of one step. */
export function rateOf(rate: LearningRate, step: number): number {
  return new Rates(rate).take(step, 1).rates[0]!
}

function toFunction(rate: LearningRate): number | ((step: number) => number) {
  if (typeof rate !== 'object') return rate
  return rate.name === 'constant' ? rate.value : (step) => rateAt(rate, step)
}
