import type { Work } from '../../base/breathing.js'
import { checkInteger, invalid, mismatch, optionKeys } from '../../base/check.js'
import { ArgumentError } from '../../base/errors.js'
import { type MatrixLike, toTable } from '../../base/matrix.js'
import type { Group } from '../../training/group/group.js'
import type { EstimatorFitOptions, FitLimits } from '../fit-limits.js'
import { type NumbersLike, readNumbers } from '../numbers.js'
import type { GroupFit } from '../over-ranks.js'
import type { MLPJob, MLPStart } from './job.js'
import { countWeights, layersOf, type MLPLearned } from './learned.js'
import type { OutActivation, Topology } from './network.js'
import type { MLPParams } from './parameters.js'
import { trainNetwork } from './train.js'

/** What `partialFit` of MLPClassifier and MLPRegressor takes. */
export interface MLPPartialFitOptions extends EstimatorFitOptions {
  /**
   * Shares to divide a step into, up to 256. As many threads compute them, or one for each core if there are fewer cores and no
   * share waits for another (docs/training.md). 0 by default: by the size of the work.
   */
  threads?: number | undefined
}

/** What `fit` of MLPClassifier and MLPRegressor takes. */
export interface MLPFitOptions extends MLPPartialFitOptions {
  /** Kernels to start from in place of random ones, in the shapes of `coefs`; not for a warm start. */
  coefsInit?: readonly MatrixLike[] | undefined
  /** Biases to start from in place of random ones, in the shapes of `intercepts`. */
  interceptsInit?: readonly NumbersLike[] | undefined
  /**
   * As in `fit` of a Sequential: the group of this process, whose ranks train one network, each on its own rows. Weights begin as
   * those of rank 0; classes and counts of rows are those of all ranks.
   */
  group?: Group | undefined
}

/** The keys of `MLPPartialFitOptions` and `MLPFitOptions` beside those of every estimator. */
export const partialFitKeys = optionKeys<Omit<MLPPartialFitOptions, keyof EstimatorFitOptions>>({ threads: true })
export const fitKeys = optionKeys<Omit<MLPFitOptions, keyof EstimatorFitOptions>>({
  threads: true,
  coefsInit: true,
  interceptsInit: true,
  group: true,
})

/** Rows with their targets, and the last layer that the targets need. */
export type MLPRows = Pick<MLPJob, 'x' | 'targets' | 'weights' | 'validation' | 'constant'> & {
  outputs: number
  outActivation: OutActivation
}

/** The parameters and limits of a run. */
interface MLPSettings {
  params: MLPParams
  seed: number
  limits: FitLimits
  together?: GroupFit | undefined
}

/**
 * One run of fit: copies the rows, and returns what trains with them.
 * @param warm what the last fit left, for a warm start.
 * @param publish called with what is learned so far, after epochs and at the end.
 * @throws ArgumentError for wrong options, or a warm start with another network.
 */
export function* fitNetwork(
  rows: MLPRows,
  { threads, coefsInit, interceptsInit }: MLPFitOptions,
  warm: MLPLearned | undefined,
  settings: MLPSettings,
  publish: (learned: MLPLearned) => void,
): Work<() => Promise<void>> {
  const topology = topologyFor(rows, settings.params, warm)
  const weights = readInits({ coefsInit, interceptsInit }, topology)
  if (warm && weights) {
    throw new ArgumentError('Expected no coefsInit or interceptsInit for a warm start, which has weights already.')
  }
  const start = { weights: warm?.weights ?? weights, progress: warm?.progress, optimizer: undefined }
  return yield* train(rows, { topology, start, epochs: settings.params.maxIter, threads }, settings, publish)
}

/**
 * One epoch, from where training last ended, likewise.
 * @throws ArgumentError for wrong options, L-BFGS, or another network than before.
 */
export function* partialFitNetwork(
  rows: MLPRows,
  { threads }: MLPPartialFitOptions,
  before: MLPLearned | undefined,
  settings: MLPSettings,
  publish: (learned: MLPLearned) => void,
): Work<() => Promise<void>> {
  const { solver, momentum } = settings.params
  const topology = topologyFor(rows, settings.params, before)
  // The state of another solver is of no use.
  const slots = solver === 'adam' ? 2 : momentum > 0 ? 1 : 0
  const state = before?.optimizer
  const optimizer = state?.solver === solver && state.slots.length === slots ? state : undefined
  const start = { weights: before?.weights, progress: before?.progress, optimizer }
  return yield* train(rows, { topology, start, epochs: 1, threads }, settings, publish)
}

/** @throws ArgumentError for L-BFGS, which has no epochs. */
export function checkPartialSolver(solver: MLPParams['solver']): void {
  if (solver !== 'lbfgs') return
  throw new ArgumentError("Expected the solver 'sgd' or 'adam' for partialFit, but got 'lbfgs'.")
}

function* train(
  { x, targets, weights, validation, constant }: MLPRows,
  { threads, ...run }: { topology: Topology; start: MLPStart; epochs: number; threads: number | undefined },
  settings: MLPSettings,
  publish: (learned: MLPLearned) => void,
): Work<() => Promise<void>> {
  if (threads !== undefined) checkInteger(threads, 'threads', { min: 0, max: 256 })
  const rows = { x, targets, weights, validation, constant }
  return yield* trainNetwork({ ...rows, threads, ...run, ...settings, together: settings.together }, publish)
}

/**
 * The network for rows and parameters.
 * @throws ArgumentError where that of `before` differs.
 */
function topologyFor(
  { x, outputs, outActivation }: MLPRows,
  { hiddenLayerSizes, activation }: MLPParams,
  before: MLPLearned | undefined,
): Topology {
  const units = Object.freeze([x.columns, ...hiddenLayerSizes, outputs])
  const topology = Object.freeze({ units, activation, outActivation })
  if (!before) return topology
  const { topology: old } = before
  if (`${old.units}` === `${units}` && old.activation === activation && old.outActivation === outActivation) {
    return topology
  }
  throw mismatch(
    'hiddenLayerSizes, activation and y',
    `those of the fit before (layers of ${old.units.join(', ')}, ${old.activation}, ${old.outActivation})`,
    `layers of ${units.join(', ')}, ${activation}, ${outActivation}`,
    'To start anew, make another estimator or call fit without warmStart.',
  )
}

/**
 * Weights to start from.
 * @throws ArgumentError where they do not fit the network, or one of the two options is missing.
 */
function readInits({ coefsInit, interceptsInit }: MLPFitOptions, topology: Topology): Float32Array | undefined {
  if (coefsInit === undefined && interceptsInit === undefined) return undefined
  const count = topology.units.length - 1
  const check = (value: unknown, name: string) => {
    if (!Array.isArray(value)) throw invalid(name, `an array of ${count} entries, one for each layer`, value)
    if (value.length !== count) throw mismatch(name, `${count} entries, as many as layers`, `${value.length}`)
  }
  check(coefsInit, 'coefsInit')
  check(interceptsInit, 'interceptsInit')
  const weights = new Float32Array(countWeights(topology))
  for (const [i, { inputs, units, kernel, bias }] of layersOf(topology, weights).entries()) {
    const table = toTable(coefsInit![i]!, `coefsInit[${i}]`, units)
    if (table.rows !== inputs) throw mismatch(`coefsInit[${i}]`, `${inputs} rows`, `${table.rows}`)
    kernel.set(table.data)
    bias.set(readNumbers(interceptsInit![i], `interceptsInit[${i}]`, units))
  }
  return weights
}
