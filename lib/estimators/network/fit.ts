import { optionKeys } from '../../base/check.js'
import { ArgumentError } from '../../base/errors.js'
import { Matrix, type NumberTable } from '../../base/matrix.js'
import type { Callback } from '../../callbacks/types.js'
import { dense } from '../../factories/layers.js'
import type { Targets, TargetsLike } from '../../network/targets.js'
import { Sequential } from '../../sequential.js'
import type { LayerSpec } from '../../spec/layer-spec.js'
import { readOptimizer } from '../../spec/optimizer.js'
import type { Group } from '../../training/group/group.js'
import { Curve } from '../curve.js'
import type { EstimatorFitOptions, FitLimits } from '../fit-limits.js'
import { type GroupFit, sumOverRanks } from '../over-ranks.js'
import type { Head } from './head.js'
import { learnedFrom, type NetworkLearned, namesIn } from './learned.js'
import { type NetworkParams, optimizerToJson } from './parameters.js'

/** What `fit` and `partialFit` of NetworkClassifier and NetworkRegressor take. */
export interface NetworkFitOptions extends EstimatorFitOptions {
  /** As in `fit` of a Sequential: the shares that a step is divided into; 0, the default, by the size of the work. */
  threads?: number | undefined
  /**
   * As in `fit` of a Sequential: the group of this process, whose ranks train one network, each on its own rows. Classes are those
   * of all ranks. Not for partialFit.
   */
  group?: Group | undefined
}

export const networkFitKeys = optionKeys<Omit<NetworkFitOptions, keyof EstimatorFitOptions>>({
  threads: true,
  group: true,
})

export const networkPartialFitKeys = networkFitKeys.filter((key) => key !== 'group')

/** Rows with their targets. */
export interface NetworkRows {
  x: NumberTable
  targets: Targets
  weights: Float64Array | undefined
}

/** One run of training. */
export interface NetworkJob {
  rows: NetworkRows
  /** Rows to validate with. */
  validation: NetworkRows | undefined
  head: Head
  params: NetworkParams
  seed: number
  options: NetworkFitOptions
  limits: FitLimits
  /** What training goes on from. */
  before: NetworkLearned | undefined
  /** With a group. */
  together: GroupFit | undefined
}

/**
 * Trains a new network, or a copy of the one before, so that an abort leaves that as it was.
 * @throws ArgumentError for data or parameters that do not fit, or another network than before.
 */
export async function fitNetwork(job: NetworkJob, once: boolean): Promise<NetworkLearned> {
  const { rows, validation, head, params, options, limits, before } = job
  const network = before ? await copyOf(before, job) : makeNetwork(job)
  const { epochs, batchSize, shuffle, verbose } = params
  const isLbfgs = readOptimizer(params.optimizer).name === 'lbfgs'
  const { signal, timeLimit, threads, onEpochEnd } = options
  const own: Callback[] = onEpochEnd ? [{ onEpochEnd: (epoch, logs) => limits.onEpochEnd?.(epoch, logs) }] : []
  const callbacks = once ? own : [...[params.callbacks].flat(), ...own]
  const rowsInAll = job.together ? await sumOverRanks(job.together, rows.x.rows) : rows.x.rows
  const history = await network.fit(rows.x.data, targetsOf(rows), {
    group: job.together?.group,
    ...{ epochs: once ? 1 : epochs, ...(!isLbfgs && { batchSize, shuffle }), verbose, callbacks },
    ...{ signal, timeLimit, threads, sampleWeight: rows.weights },
    validationData: validation && dataOf(validation),
  })
  signal?.throwIfAborted()
  const { loss, valAccuracy, valR2 } = history.logs
  return learnedFrom(network, head.loss, compiledBy(params), history, {
    t: (before?.progress.t ?? 0) + history.epochs.length * rowsInAll,
    nFeaturesIn: rows.x.columns,
    lossCurve: extended(before?.progress.lossCurve, loss),
    validationScores: extended(before?.progress.validationScores, valAccuracy ?? valR2 ?? []),
  })
}

function extended(before: Curve | undefined, numbers: readonly number[]): Curve {
  return numbers.reduce((curve, value) => curve.with(value), before?.recent() ?? Curve.empty)
}

function targetsOf({ targets: { data, columns } }: NetworkRows): TargetsLike {
  return columns === 1 ? data : new Matrix(data as Float32Array, data.length / columns, columns)
}

function dataOf(rows: NetworkRows) {
  const [x, y] = [rows.x.data, targetsOf(rows)]
  return rows.weights ? ([x, y, rows.weights] as const) : ([x, y] as const)
}

function makeNetwork({ rows, head, params, seed }: NetworkJob): Sequential {
  const network = new Sequential({ layers: layersFor(params.layers, rows.x.columns, head), seed })
  network.compile({ optimizer: params.optimizer, loss: head.loss, metrics: params.metrics })
  return network
}

function layersFor(hidden: readonly LayerSpec[], columns: number, { units, activation }: Head): LayerSpec[] {
  const output = dense({ units, activation, name: 'output' })
  const [first, ...rest] = [...hidden, output]
  const { inputShape } = first!
  if (inputShape && inputShape[0] !== columns) {
    throw new ArgumentError(
      `Expected rows of ${inputShape[0]} numbers, the inputShape of the first layer, for x, but got rows of ${columns}. ` +
        'Leave inputShape out: it follows from the rows.',
    )
  }
  return [{ ...first!, inputShape: [columns] }, ...rest]
}

/** A copy of the network before, with the state of its optimizer, which the parameters may have replaced since. */
async function copyOf({ network, compiled, kind }: NetworkLearned, job: NetworkJob): Promise<Sequential> {
  const { params, head } = job
  const optimizer = readOptimizer(params.optimizer)
  const isFunction = optimizer.name !== 'lbfgs' && typeof optimizer.learningRate === 'function'
  const learningRate = isFunction ? optimizer.learningRate : undefined
  const metrics = params.metrics.filter((metric) => typeof metric === 'function')
  const copy = await Sequential.load(network.toBytes(), { learningRate, metrics })
  const wanted = new Sequential({ layers: layersFor(params.layers, job.rows.x.columns, head), seed: network.seed })
  const sameLayers = JSON.stringify(wanted.toJSON().layers) === JSON.stringify(copy.toJSON().layers)
  wanted.dispose()
  if (!sameLayers) {
    throw new ArgumentError(
      'Expected the layers and targets of the fit before, but the network for these would be another one. ' +
        'To start anew, make another estimator or call fit without warmStart.',
    )
  }
  const { optimizer: spec, metrics: names } = compiledBy(params)
  const same =
    JSON.stringify([spec, names, head.loss]) === JSON.stringify([compiled.optimizer, compiled.metrics, kind.loss])
  if (!same) copy.compile({ optimizer, loss: head.loss, metrics: params.metrics })
  return copy
}

function compiledBy({ optimizer, metrics }: NetworkParams): NetworkLearned['compiled'] {
  return { optimizer: optimizerToJson(optimizer), metrics: namesIn(metrics) }
}
