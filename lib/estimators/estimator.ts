import { randomInt } from 'node:crypto'
import { checkString, mismatch } from '../check.js'
import { MlpError } from '../errors.js'
import { writeFileAtomic } from '../formats/atomic-write.js'
import type { Tensor } from '../formats/safetensors.js'
import { type MatrixLike, type Table, toShapedTable } from '../matrix.js'
import { encodeEstimatorFile } from './file.js'
import {
  type Definition,
  type OptionsOf,
  type ParametersOf,
  type ParameterTable,
  readParameters,
} from './parameters.js'

/** What training leaves in every estimator. It is replaced as a whole: who reads it sees one state. */
export interface Learned {
  readonly nFeaturesIn: number
}

/** What goes into a file beside the parameters: plain JSON and tensors. */
export interface LearnedRecord {
  json: object
  tensors: Map<string, Tensor>
}

/**
 * What all estimators have in common: parameters, checked by their table; what is learned, which stays as it was until
 * training has something better; one training at a time.
 */
export abstract class Estimator<T extends ParameterTable, L extends Learned> {
  readonly #definition: Definition<T>
  #params: ParametersOf<T>
  #drawnSeed: number | undefined
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

  /** What shuffles and splits are drawn from: the parameter `seed`, or the one that was drawn in its place. */
  get seed(): number {
    const { seed } = this.#params as { seed?: number | null }
    if (typeof seed === 'number') return seed
    this.#drawnSeed ??= randomInt(2 ** 32)
    return this.#drawnSeed
  }

  /** Whether there is something to predict with. */
  get isFitted(): boolean {
    return this.#learned !== undefined
  }

  /**
   * Columns of the rows that it was fitted with.
   * @throws MlpError ERR_NOT_FITTED.
   */
  get nFeaturesIn(): number {
    return this.learned('tell nFeaturesIn').nFeaturesIn
  }

  /**
   * Writes parameters and all that was learned to a safetensors file, which is replaced as a whole or not at all. What
   * is loaded from it predicts the same and, with partialFit or a warm start, learns on as if it had never stopped.
   * @throws ArgumentError when the path cannot be written; MlpError ERR_NOT_FITTED.
   */
  async save(path: string): Promise<void> {
    checkString(path, 'path')
    const { json, tensors } = this.record(this.learned('save'))
    const learned = { ...json, seed: this.seed }
    await writeFileAtomic(path, encodeEstimatorFile(this.#definition, this.#params, learned, tensors))
  }

  protected get params(): Readonly<ParametersOf<T>> {
    return this.#params
  }

  /** What was learned, or undefined before the first fit. */
  protected get learnedSoFar(): L | undefined {
    return this.#learned
  }

  /** @throws MlpError ERR_NOT_FITTED. */
  protected learned(what: string): L {
    if (this.#learned) return this.#learned
    throw new MlpError(`Could not ${what}: call fit(x, y) of this ${this.#definition.name} first.`, 'ERR_NOT_FITTED')
  }

  /** Makes what was learned what predictions come from. */
  protected publish(learned: L): void {
    this.#learned = learned
  }

  /** What a file holds of it. */
  protected abstract record(learned: L): LearnedRecord

  /** For a file's estimator: what was learned, and the seed that was drawn. */
  protected adopt(learned: L, seed: number): void {
    this.#learned = learned
    this.#drawnSeed = seed
  }

  /**
   * Runs training, of which there is one at a time. All of `work` up to its first await happens at once, so that wrong
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

  /** Rows to predict for: of as many columns as it was fitted with. */
  protected rows(x: MatrixLike): Table {
    return toShapedTable(x, 'x', this.nFeaturesIn)
  }

  /** Rows to train with, which decide the number of columns unless there are weights to go on from. */
  protected trainingRows(x: MatrixLike, before: L | undefined): Table {
    const table = toShapedTable(x, 'x')
    if (!before || table.columns === before.nFeaturesIn) return table
    const hint = 'To start anew, make another estimator or call fit without warmStart.'
    throw mismatch(
      'x',
      `rows of ${before.nFeaturesIn} numbers, as it was fitted with`,
      `rows of ${table.columns}`,
      hint,
    )
  }

  #busy(what: string): MlpError {
    return new MlpError(
      `Could not ${what}: this ${this.#definition.name} is being fitted. Await that first.`,
      'ERR_BUSY',
    )
  }
}
