import { checkInteger, invalid, mismatch, optionKeys } from '../../base/check.js'
import { ArgumentError } from '../../base/errors.js'
import { Matrix, type MatrixLike, type NumberTable, toTable } from '../../base/matrix.js'
import type { Definition, ParameterTable } from '../../learning/parameters.js'
import { Estimator, type LearnedRecord } from '../estimator.js'
import { type EstimatorFitOptions, type EstimatorStopReason, FitLimits } from '../fit-limits.js'
import { type NumbersLike, readNumbers } from '../regressor.js'
import { countWeights, layersOf, type MlpLearned, recordMlp } from './learned.js'
import type { OutActivation, Topology } from './network.js'
import type { MlpParams } from './parameters.js'
import { type MlpJob, type MlpStart, trainMlp } from './train.js'

/** What `partialFit` of the networks takes beside the options of all. */
export interface MlpPartialFitOptions extends EstimatorFitOptions {
  /**
   * Shares to cut a step into, up to 256. As many threads compute them, or as there are cores if that is fewer and no share
   * waits for another (docs/training.md). 0, the default, chooses by the size of the work.
   */
  threads?: number | undefined
}

/** What `fit` of the networks takes. */
export interface MlpFitOptions extends MlpPartialFitOptions {
  /** Kernels to start from in place of random ones, as `coefs` has them; a warm start takes its own. */
  coefsInit?: readonly MatrixLike[] | undefined
  /** Biases to start from in place of random ones, as `intercepts` has them. */
  interceptsInit?: readonly NumbersLike[] | undefined
}

const partialFitKeys = optionKeys<Omit<MlpPartialFitOptions, keyof EstimatorFitOptions>>({ threads: true })
const initKeys = optionKeys<Omit<MlpFitOptions, keyof MlpPartialFitOptions>>({ coefsInit: true, interceptsInit: true })

/** Rows with what is to be learned from them. */
export type MlpRows = Pick<MlpJob, 'x' | 'targets' | 'weights' | 'validation' | 'constant'> & {
  outputs: number
  outActivation: OutActivation
}

/** A multilayer perceptron: what its classifier and its regressor have in common. */
export abstract class MultilayerPerceptron<T extends ParameterTable, L extends MlpLearned> extends Estimator<T, L> {
  protected constructor(definition: Definition<T>, options: unknown) {
    super(definition, options)
  }

  /** The kernels, from the first layer to the last: (inputs, units) each, as copies. */
  get coefs(): Matrix[] {
    const { topology, weights } = this.learned('tell coefs')
    return layersOf(topology, weights).map(({ inputs, units, kernel }) => new Matrix(kernel.slice(), inputs, units))
  }

  /** The biases of each layer, as copies. */
  get intercepts(): Float32Array[] {
    const { topology, weights } = this.learned('tell intercepts')
    return layersOf(topology, weights).map(({ bias }) => bias.slice())
  }

  /** The loss of the last epoch (iteration of lbfgs), penalty and all; NaN when none came to its end. */
  get loss(): number {
    return this.learned('tell the loss').progress.lossCurve.at(-1) ?? Number.NaN
  }

  /** The lowest loss of an epoch; null with earlyStopping, which goes by the score. */
  get bestLoss(): number | null {
    const { bestLoss } = this.learned('tell bestLoss').progress
    return bestLoss === Infinity ? null : bestLoss
  }

  /**
   * The loss after each epoch of sgd and adam, or iteration of lbfgs: a mean over rows, each row's taken before the step that
   * it was in, plus the penalty. Warm starts and partialFit add to it.
   */
  get lossCurve(): number[] {
    return [...this.learned('tell lossCurve').progress.lossCurve]
  }

  /** With earlyStopping the score on the rows held back after each epoch, accuracy or R²; else empty. */
  get validationScores(): number[] {
    return [...this.learned('tell validationScores').progress.validationScores]
  }

  /** The highest of `validationScores`; null without earlyStopping. */
  get bestValidationScore(): number | null {
    const { bestValidationScore } = this.learned('tell bestValidationScore').progress
    return bestValidationScore === -Infinity ? null : bestValidationScore
  }

  /** Rows that sgd and adam have taken: epochs times rows; 0 with lbfgs. */
  get t(): number {
    return this.learned('tell t').progress.t
  }

  /** Whole epochs (iterations of lbfgs) of the last fit. */
  get nIter(): number {
    return this.learned('tell nIter').progress.nIter
  }

  /** Layers, those of inputs and outputs included. */
  get nLayers(): number {
    return this.learned('tell nLayers').topology.units.length
  }

  /** Units of the last layer. */
  get nOutputs(): number {
    return this.learned('tell nOutputs').topology.units.at(-1)!
  }

  /** What the last layer does to its sums. */
  get outActivation(): OutActivation {
    return this.learned('tell outActivation').topology.outActivation
  }

  /** Why the last training ended. */
  get stopReason(): EstimatorStopReason {
    return this.learned('tell stopReason').progress.stopReason
  }

  protected record(learned: L): LearnedRecord {
    return recordMlp(learned)
  }

  /** The parameters of training; a class's own table has them all. */
  protected get mlp(): MlpParams {
    return this.params as unknown as MlpParams
  }

  /**
   * One run of fit. All that can be wrong is checked before the promise is there.
   * @param read what the rows are, by what was learned before if this is a warm start.
   */
  protected runFit(
    options: MlpFitOptions,
    read: (warm: L | undefined) => MlpRows,
    publish: (learned: MlpLearned) => void,
  ): Promise<this> {
    return this.exclusively('fit', () => {
      const limits = new FitLimits(options, 'fit()', [...partialFitKeys, ...initKeys])
      const warm = this.mlp.warmStart ? this.learnedSoFar : undefined
      const rows = read(warm)
      const topology = this.#topology(rows, warm)
      const given = readStart(options, topology)
      if (warm && given)
        throw new ArgumentError('Expected no coefsInit or interceptsInit for a warm start, which has its own.')
      const start = { weights: warm?.weights ?? given, progress: warm?.progress, optimizer: undefined }
      return this.#train(rows, topology, start, this.mlp.maxIter, options, limits, publish)
    })
  }

  /** One epoch, from where training last ended. */
  protected runPartialFit(
    options: MlpPartialFitOptions,
    more: readonly string[],
    read: (before: L | undefined) => MlpRows,
    publish: (learned: MlpLearned) => void,
  ): Promise<this> {
    return this.exclusively('fit', () => {
      const limits = new FitLimits(options, 'partialFit()', [...partialFitKeys, ...more])
      const { solver, earlyStopping, momentum } = this.mlp
      if (earlyStopping) throw new ArgumentError('Expected earlyStopping false for partialFit, but got true.')
      if (solver === 'lbfgs')
        throw new ArgumentError("Expected the solver 'sgd' or 'adam' for partialFit, but got 'lbfgs'.")
      const before = this.learnedSoFar
      const rows = read(before)
      const topology = this.#topology(rows, before)
      // What another solver kept is of no use.
      const slots = solver === 'adam' ? 2 : momentum > 0 ? 1 : 0
      const kept = before?.optimizer
      const optimizer = kept?.solver === solver && kept.slots.length === slots ? kept : undefined
      const start = { weights: before?.weights, progress: before?.progress, optimizer }
      return this.#train(rows, topology, start, 1, options, limits, publish)
    })
  }

  /** What the network is to look like: as before, if there was one. */
  #topology({ x, outputs, outActivation }: MlpRows, before: L | undefined): Topology {
    const { hiddenLayerSizes, activation } = this.mlp
    const units = Object.freeze([x.columns, ...hiddenLayerSizes, outputs])
    const topology = Object.freeze({ units, activation, outActivation })
    if (before) {
      const { topology: old } = before
      const same = `${old.units}` === `${units}` && old.activation === activation && old.outActivation === outActivation
      if (!same) {
        throw mismatch(
          'hiddenLayerSizes, activation and y',
          `those of the fit before (layers of ${old.units.join(', ')}, ${old.activation}, ${old.outActivation})`,
          `layers of ${units.join(', ')}, ${activation}, ${outActivation}`,
          'To start anew, make another estimator or call fit without warmStart.',
        )
      }
    }
    return topology
  }

  async #train(
    rows: MlpRows,
    topology: Topology,
    start: MlpStart,
    epochs: number,
    { threads = 0 }: MlpPartialFitOptions,
    limits: FitLimits,
    publish: (learned: MlpLearned) => void,
  ): Promise<this> {
    checkInteger(threads, 'threads', { min: 0, max: 256 })
    const { x, targets, weights, validation, constant } = rows
    const job = { x, targets, weights, validation, constant, topology, start, epochs, threads, limits }
    await trainMlp({ ...job, params: this.mlp, seed: this.seed }, publish)
    return this
  }
}

/**
 * Weights to start from, out of fit's options.
 * @throws ArgumentError where they do not fit the network, or only half of them is there.
 */
function readStart({ coefsInit, interceptsInit }: MlpFitOptions, topology: Topology): Float32Array | undefined {
  if (coefsInit === undefined && interceptsInit === undefined) return undefined
  const count = topology.units.length - 1
  const check = (value: unknown, name: string) => {
    if (!Array.isArray(value)) throw invalid(name, `an array of ${count}, one a layer`, value)
    if (value.length !== count) throw mismatch(name, `${count} layers'`, `${value.length}`)
  }
  check(coefsInit, 'coefsInit')
  check(interceptsInit, 'interceptsInit')
  const weights = new Float32Array(countWeights(topology))
  for (const [i, { inputs, units, kernel, bias }] of layersOf(topology, weights).entries()) {
    const table: NumberTable = toTable(coefsInit![i]!, `coefsInit[${i}]`, units)
    if (table.rows !== inputs) throw mismatch(`coefsInit[${i}]`, `${inputs} rows`, `${table.rows}`)
    kernel.set(table.data)
    bias.set(readNumbers(interceptsInit![i], `interceptsInit[${i}]`, units))
  }
  return weights
}
