import { MlpError } from '../base/errors.js'
import { type InspectArguments, inspectAs, inspected } from '../base/inspected.js'
import { randomSeed } from '../base/random-seed.js'
import { type Description, described } from './described.js'
import {
  type Definition,
  type OptionsOf,
  type ParametersOf,
  type ParameterTable,
  readParameters,
} from './parameters.js'

/**
 * The base class of estimators and transformers. It holds the parameters, which their table checks, and the learned
 * state, which stays until a fit publishes a new one. It allows one fit at a time.
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

  /** The values of all parameters, defaults included. */
  getParams(): ParametersOf<T> {
    return { ...this.#params }
  }

  /**
   * Changes parameters; the learned state stays.
   * @throws ArgumentError as the constructor does; then no parameter has changed. MlpError ERR_BUSY during fit.
   */
  setParams(params: OptionsOf<T>): this {
    if (this.#training) throw this.#busy('set parameters')
    this.#params = readParameters(this.#definition, params, `setParams() of ${this.#definition.name}`, this.#params)
    return this
  }

  /** A new instance with the same parameters that is not fitted. */
  clone(): this {
    return new (this.constructor as new (params: OptionsOf<T>) => this)(this.getParams() as OptionsOf<T>)
  }

  /** Whether fit has published a learned state. */
  get isFitted(): boolean {
    return this.#learned !== undefined
  }

  /** @internal The name of its class and its parameters, without those of parts. */
  get [described](): Description {
    return { kind: this.#definition.name, params: this.#params }
  }

  /** @internal What console.log shows: the parameters, and what was learned. */
  [inspected](...how: InspectArguments): string {
    const learned = this.#learned ? this.summary(this.#learned) : null
    return inspectAs(this.#definition.name, { ...this.shownParams(), learned }, how)
  }

  /** The parameters as console.log shows them. */
  protected shownParams(): object {
    return this.#params
  }

  /** What was learned, in a few facts, for console.log. */
  protected abstract summary(learned: L): Record<string, unknown>

  protected get definition(): Definition<T> {
    return this.#definition
  }

  protected get params(): Readonly<ParametersOf<T>> {
    return this.#params
  }

  /** The parameter `seed`, or a random number that stays the same where that is null. */
  protected get randomSeed(): number {
    const { seed } = this.#params as { seed?: number | null }
    if (typeof seed === 'number') return seed
    this.#randomSeed ??= randomSeed()
    return this.#randomSeed
  }

  /** The learned state, or undefined before the first fit. */
  protected get learnedSoFar(): L | undefined {
    return this.#learned
  }

  /** The call of fit, for messages. */
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

  /** Replaces the learned state; undefined: by none. */
  protected publish(learned: L | undefined): void {
    this.#learned = learned
  }

  /** Takes the learned state and the random seed from a file. */
  protected adopt(learned: L, seed?: number): void {
    this.#learned = learned
    this.#randomSeed = seed
  }

  /**
   * Runs a fit, unless another one runs. `work` is called at once, so that it can check arguments before it changes
   * anything.
   * @throws MlpError ERR_BUSY while another fit runs.
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
