import { rowBlocks, runNow, type Work } from '../base/breathing.js'
import { checkNumber } from '../base/check.js'
import { checkRate, type LearningRate } from '../spec/rate.js'
import type { ScheduleSpec } from '../spec/schedule.js'
import { rateAt } from '../spec/schedule-rates.js'

/** Upper bound on the steps whose rates are computed in advance. */
const maxAhead = 4096

/** About how many numbers take as long as a rate, which a function of the user may give. */
const numbersOfRate = 16

/** Learning rates, or other numbers that depend on the step, for slices of steps. A schedule or function is called once per step, in order. */
export class Rates {
  readonly #rate: number | ((step: number) => number)
  readonly #check: (value: unknown, name: string) => number
  #first = 0
  #ahead: Float64Array

  /** @param check checks the number of each step: rates by default. */
  constructor(rate: LearningRate, check = (value: unknown, name: string) => checkRate(value, `learningRate ${name}`)) {
    this.#check = check
    this.#rate = toFunction(rate)
    this.#ahead = typeof this.#rate === 'number' ? Float64Array.of(this.#rate) : new Float64Array(0)
  }

  /**
   * Rates from step `first` of the model on: one for all steps, or one per step.
   * @returns `steps`, at most `count`, is how many steps the rates cover.
   * @throws ArgumentError that names the step for which a function or schedule returns something else than a rate.
   */
  take(first: number, count: number): { steps: number; rates: Float64Array } {
    if (typeof this.#rate === 'number') return { steps: count, rates: this.#ahead }
    if (first < this.#first || first >= this.#first + this.#ahead.length) {
      runNow(this.#compute(this.#rate, first, Math.min(count, maxAhead)))
    }
    const rates = this.#ahead.subarray(first - this.#first)
    return { steps: Math.min(count, rates.length), rates }
  }

  /**
   * Computes the rates of all steps of a part at once: until its end a function of the user is called no more.
   * @returns the first, and a number that stands for all.
   */
  *prepare(first: number, count: number): Work<[first: number, all: number]> {
    if (typeof this.#rate !== 'number') yield* this.#compute(this.#rate, first, count)
    return [this.#ahead[0]!, yield* hashOf(this.#ahead)]
  }

  /** Drops rates computed in advance: a function may return others after the callbacks of an epoch. */
  forget(): void {
    if (typeof this.#rate === 'function') this.#ahead = this.#ahead.subarray(0, 0)
  }

  *#compute(rate: (step: number) => number, first: number, count: number): Work<void> {
    const ahead = new Float64Array(count)
    yield* rowBlocks(count, numbersOfRate, (begin, end) => {
      for (let k = begin; k < end; k++) ahead[k] = this.#check(rate(first + k), `at step ${first + k}`)
    })
    this.#first = first
    this.#ahead = ahead
  }
}

/** Factors from 0 to 1, as a schedule of `compile` has them; 1 without one. */
export function factors(schedule: ScheduleSpec | undefined, name: string): Rates {
  const check = (value: unknown, at: string) => checkNumber(value, `${name} ${at}`, { min: 0, max: 1 })
  return new Rates(schedule ?? 1, check)
}

/** The rate of one step. */
export function rateOf(rate: LearningRate, step: number): number {
  return new Rates(rate).take(step, 1).rates[0]!
}

/** A hash of 32 bits (FNV-1a). */
function* hashOf(numbers: Float64Array): Work<number> {
  const words = new Uint32Array(numbers.buffer, numbers.byteOffset, 2 * numbers.length)
  let hash = 0x811c9dc5
  yield* rowBlocks(words.length, 1, (begin, end) => {
    for (let k = begin; k < end; k++) hash = Math.imul(hash ^ words[k]!, 0x01000193)
  })
  return hash >>> 0
}

function toFunction(rate: LearningRate): number | ((step: number) => number) {
  if (typeof rate !== 'object') return rate
  return rate.name === 'constant' ? rate.value : (step) => rateAt(rate, step)
}
