import { MlpError } from '../base/errors.js'
import { randomSeed } from '../base/random-seed.js'
import {
  type Definition,
  type OptionsOf,
  type ParametersOf,
  type ParameterTable,
  readParameters,
} from './parameters.js'

/**
 * What everything that learns has in common, estimators and transformers alike: parameters, checked by their table; what is
 * learned, which stays as it was until there is something better; one fit at a time.
 */
export abstract class Learner<T extends ParameterTable, L> {
  readonly #definition: Definition<T>
  #params: ParametersOf<T>
  #randomSeed: number | undefined
  #learned: L | undefined
  #training = false

  /** @throws ArgumentError for an unknown parameter, a wrong value, or values that do not go together. */
  protected constructor(definition: Definition<T>, options: unknown) {
    this.#definition = definition
    this.#params = readParameters(definition, options, definition.name)
  }

  /** Every parameter with its value, as they were given or by default. */
  getParams(): ParametersOf<T> {
    return { ...this.#params }
  }

  /**
   * Changes parameters; what was learned stays.
   * @throws ArgumentError as the constructor does, and changes nothing then; MlpError ERR_BUSY during fit.
   */
  setParams(params: OptionsOf<T>): this {
    if (this.#training) throw this.#busy('set parameters')
    this.#params = readParameters(this.#definition, params, `setParams() of ${this.#definition.name}`, this.#params)
    return this
  }

  /** Another one with the same parameters that has learned nothing. */
  clone(): this {
    return new (this.constructor as new (params: OptionsOf<T>) => this)(this.getParams())
  }

  /** Whether fit has left something. */
  get isFitted(): boolean {
    return this.#learned !== undefined
  }

  protected get definition(): Definition<T> {
    return this.#definition
  }

  protected get params(): Readonly<ParametersOf<T>> {
    return this.#params
  }

  /** The parameter `seed`, or the number that was drawn in its place. */
  protected get randomSeed(): number {
    const { seed } = this.#params as { seed?: number | null }
    if (typeof seed === 'number') return seed
    this.#randomSeed ??= randomSeed()
    return this.#randomSeed
  }

  /** What was learned, or undefined before the first fit. */
  protected get learnedSoFar(): L | undefined {
    return this.#learned
  }

  /** How fit is called, for messages. */
  protected get fitCall(): string {
    return 'fit(x, y)'
  }

  /** @throws MlpError ERR_NOT_FITTED. */
  protected learned(what: string): L {
    if (this.#learned) return this.#learned
    throw new MlpError(
      `Could not ${what}: call ${this.fitCall} of this ${this.#definition.name} first.`,
      'ERR_NOT_FITTED',
    )
  }

  /** Makes what was learned what answers come from. */
  protected publish(learned: L): void {
    this.#learned = learned
  }

  /** For what comes out of a file: what was learned, and the seed that was drawn. */
  protected adopt(learned: L, seed?: number): void {
    this.#learned = learned
    this.#randomSeed = seed
  }

  /**
   * Runs a fit, of which there is one at a time. All of `work` up to its first await happens at once, so that wrong
   * arguments change nothing.
   * @throws MlpError ERR_BUSY while another runs.
   */
  protected async exclusively<R>(what: string, work: () => Promise<R>): Promise<R> {
    if (this.#training) throw this.#busy(what)
    this.#training = true
    try {
      return await work()
    } finally {
      this.#training = false
    }
  }

  #busy(what: string): MlpError {
    return new MlpError(
      `Could not ${what}: this ${this.#definition.name} is being fitted. Await that first.`,
      'ERR_BUSY',
    )
  }
}
