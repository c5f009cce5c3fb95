import { runSoon } from '../base/breathing.js'
import { ArgumentError } from '../base/errors.js'
import type { Core } from '../network/core.js'
import type { CompileSpec } from '../spec/compile.js'
import type { LearningRate } from '../spec/rate.js'
import { factors, Rates } from './rates.js'

/** What steps take: a learning rate each, or one for all, and likewise the factors of schedules. */
export interface StepRates {
  /** How many steps they cover. */
  readonly steps: number
  readonly rates: Float64Array
  readonly factors: { readonly dropout: Float64Array; readonly decay: Float64Array }
}

/** The learning rates of a run, which callbacks may change, and the factors of the schedules of `compile`. */
export class RunRates {
  readonly #core: Core
  /** Whether ranks of a group have agreed on the rates. */
  readonly #isAgreed: boolean
  #rate: LearningRate | undefined
  #rates: Rates
  readonly #dropout: Rates
  readonly #decay: Rates

  constructor(core: Core, { dropoutSchedule, weightDecaySchedule }: CompileSpec, isAgreed: boolean) {
    this.#core = core
    this.#isAgreed = isAgreed
    this.#rate = core.learningRate
    this.#rates = ratesOf(this.#rate)
    this.#dropout = factors(dropoutSchedule, 'dropoutSchedule')
    this.#decay = factors(weightDecaySchedule, 'weightDecaySchedule')
  }

  /** Whether a function of the user gives the rates: it is called in each epoch, since it may depend on anything. */
  get areCalled(): boolean {
    return typeof this.#rate === 'function'
  }

  /** At the begin of an epoch. */
  forget(): void {
    this.#rates.forget()
  }

  /**
   * For the next steps from number `first` on, at most `count`.
   * @throws ArgumentError that names the step for which a function or schedule returns something else than a rate.
   */
  take(first: number, count: number): StepRates {
    const { rates, ...ofRates } = this.#rates.take(first, count)
    const { rates: dropout, ...ofDropout } = this.#dropout.take(first, ofRates.steps)
    const { rates: decay, steps } = this.#decay.take(first, ofDropout.steps)
    return { steps, rates, factors: { dropout, decay } }
  }

  /**
   * The rates of all steps to come, as ranks of a group compare them: so a function that throws, or gives other rates than on
   * other ranks, does so before a step.
   */
  async prepare(first: number, count: number): Promise<[first: number, all: number]> {
    this.#change()
    return runSoon(this.#rates.prepare(first, count), { check: () => this.#core.checkAlive() })
  }

  /**
   * Takes over a learning rate that a callback has set.
   * @throws ArgumentError for one that was set between steps of a group.
   */
  follow(isLeaving: boolean): void {
    if (!this.#isAgreed) this.#change()
    // Of a rank that leaves the others may be in a step that waits for it.
    if (isLeaving || this.#rate === this.#core.learningRate) return
    throw new ArgumentError(
      'Expected the same learning rate during an epoch of a fit with a group, but it was changed. Ranks are at different steps ' +
        'in onProgress: set learningRate in onEpochBegin or onEpochEnd.',
    )
  }

  #change(): void {
    const { learningRate } = this.#core
    if (this.#rate === learningRate) return
    this.#rate = learningRate
    this.#rates = ratesOf(learningRate)
  }
}

/** The core takes rates even with L-BFGS, which does not use them. */
function ratesOf(rate: LearningRate | undefined): Rates {
  return new Rates(rate ?? 0)
}
