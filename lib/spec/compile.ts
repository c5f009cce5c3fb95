import { checkNumber, checkOneOf, checkOptions, describe, optionKeys } from '../base/check.js'
import { readChoice } from '../base/choice.js'
import { ArgumentError } from '../base/errors.js'
import type { NativeCompileSpec } from '../native/spec.js'
import { activationOf, factorsOf, tensorsOfLayer } from './layer-tensors.js'
import { checkOutput, type LossLike, type LossSpec, lossChoices } from './loss.js'
import { type Metric, type MetricLike, readMetrics } from './metric.js'
import { type ModelSpec, outputsOf } from './model.js'
import { type OptimizerLike, type OptimizerSpec, readOptimizer, toNativeOptimizer } from './optimizer.js'
import type { LearningRate } from './rate.js'
import type { RowMetric } from './row-metric.js'
import { readSchedule, type ScheduleLike, type ScheduleSpec } from './schedule.js'

/** The precision of a model's matrix products: the one in use. */
export type Precision = 'float32' | 'float32-fast' | 'bfloat16'

/** The precision that `compile` takes. */
export type PrecisionOption = Precision | 'auto'

const precisionOptions: readonly PrecisionOption[] = ['float32', 'float32-fast', 'bfloat16', 'auto']

/** Options of `compile`. */
export interface CompileOptions {
  optimizer: OptimizerLike
  loss: LossLike
  /** Metrics to log beside the loss: names, or functions `(yTrue, yPred) => number` over all rows; none by default. */
  metrics?: readonly MetricLike[] | undefined
  /**
   * The precision of matrix products, in training and prediction. `'float32'` by default. `'bfloat16'` rounds their
   * factors to 8 significant bits and adds up in float32, which CPUs with AMX or AVX512-BF16 do several times as fast;
   * weights, optimizer and losses stay float32. `'auto'` is bfloat16 where it was measured to be faster for such a
   * network on such a CPU. `'float32-fast'` has float32's precision, and trains large layers in large batches faster on
   * CPUs with AMX: each factor is the sum of three bfloat16 numbers there. Elsewhere, and with lbfgs, it is
   * `'float32'`. `model.precision` is the one in use.
   */
  precision?: PrecisionOption | undefined
  /**
   * A schedule of numbers from 0 to 1 that multiply the rate of every dropout and alphaDropout layer, by the model's number
   * of optimizer steps, as those of learning rates do: `schedules.flatCosine({ initial: 1, steps })`. None by default.
   */
  dropoutSchedule?: ScheduleLike | undefined
  /** Likewise for the optimizer's `weightDecay`, which the learning rate multiplies too. None by default. */
  weightDecaySchedule?: ScheduleLike | undefined
}

/** How a model is trained; all defaults are filled in. */
export interface CompileSpec {
  readonly optimizer: OptimizerSpec
  readonly loss: LossSpec
  /** Metrics that are means over rows, and those over all rows. */
  readonly metrics: readonly Metric[]
  readonly rowMetrics: readonly RowMetric[]
  readonly precision: PrecisionOption
  readonly dropoutSchedule?: ScheduleSpec
  readonly weightDecaySchedule?: ScheduleSpec
}

export const compileOptionKeys = optionKeys<CompileOptions>({
  optimizer: true,
  loss: true,
  metrics: true,
  precision: true,
  dropoutSchedule: true,
  weightDecaySchedule: true,
})

/**
 * Checks the options of `compile` against the model, and fills in the defaults.
 * @throws ArgumentError for an unknown option or name, for a loss that does not fit the last layer, or for lbfgs in
 * bfloat16.
 */
export function readCompile(options: object, model: ModelSpec, what: string): CompileSpec {
  checkOptions(options, what, compileOptionKeys)
  const values = options as { [K in keyof CompileOptions]?: unknown }
  const { optimizer, loss, metrics = [], precision = 'float32' } = values
  const lossSpec = readChoice<LossSpec>(loss, 'loss', lossChoices)
  const last = model.layers.at(-1)!
  const output = { name: last.name, units: outputsOf(model), activation: activationOf(last) }
  checkOutput(lossSpec, output)
  const optimizerSpec = readOptimizer(optimizer)
  if (optimizerSpec.name === 'lbfgs') checkForLbfgs(model)
  const precisionOption = checkOneOf(precision, 'precision', precisionOptions)
  if (optimizerSpec.name === 'lbfgs' && precisionOption === 'bfloat16') {
    throw new ArgumentError(
      "The optimizer lbfgs needs exact losses for its line search, which products in bfloat16 are not. Use precision: 'float32', or adam.",
    )
  }
  return Object.freeze({
    optimizer: optimizerSpec,
    loss: lossSpec,
    ...readMetrics(metrics, lossSpec, output),
    precision: precisionOption,
    ...readSchedules(values, optimizerSpec, model),
  })
}

function readSchedules(
  options: { [K in keyof CompileOptions]?: unknown },
  optimizer: OptimizerSpec,
  { layers }: ModelSpec,
): Pick<CompileSpec, 'dropoutSchedule' | 'weightDecaySchedule'> {
  const keys = ['dropoutSchedule', 'weightDecaySchedule'] as const
  const given = keys.filter((key) => options[key] !== undefined)
  if (optimizer.name === 'lbfgs' && given.length > 0) {
    throw new ArgumentError(`The optimizer lbfgs has neither dropout nor weight decay. Leave ${given[0]} out.`)
  }
  const hasDropout = layers.some(({ type }) => type === 'dropout' || type === 'alphaDropout')
  if (given.includes('dropoutSchedule') && !hasDropout) {
    throw new ArgumentError('dropoutSchedule multiplies the rates of dropout layers, but there are none. Leave it out.')
  }
  if (given.includes('weightDecaySchedule') && !decayOf(optimizer)) {
    throw new ArgumentError(
      `weightDecaySchedule multiplies the optimizer's weightDecay, but that of ${optimizer.name} is 0. Set it, or leave the schedule out.`,
    )
  }
  return Object.fromEntries(given.map((key) => [key, readFactors(options[key], key)]))
}

/** The optimizer's own decay, or that of the rules behind it. */
function decayOf(optimizer: OptimizerSpec): number {
  return 'weightDecay' in optimizer ? (optimizer.weightDecay ?? 0) : 0
}

/** A schedule of factors from 0 to 1, as far as that shows before training. */
function readFactors(value: unknown, key: string): ScheduleSpec {
  const schedule = readSchedule(value, key)
  if (schedule.name === 'constant') checkNumber(schedule.value, `${key} at every step`, { min: 0, max: 1 })
  return schedule
}

/**
 * Threshold units have no gradient, so all layers that learn must lie behind the last of them.
 * @throws ArgumentError that names the layers which do not.
 */
export function checkGradients({ layers }: ModelSpec): void {
  const last = layers.findLastIndex((layer) => activationOf(layer).name === 'step')
  const below = layers
    .slice(0, last + 1)
    .filter((layer) => tensorsOfLayer(layer, 1, 1).some(({ trainable }) => trainable))
  if (below.length === 0) return
  const names = below.map(({ name }) => describe(name)).join(', ')
  throw new ArgumentError(
    `Could not fit: the layer ${describe(layers[last]!.name)} has activation: 'step', which has no gradient, so it and the ` +
      `layers before it cannot learn, but ${names} should. Set trainable: false there, or train with 'sigmoid' and copy the ` +
      "weights to a model with 'step'.",
  )
}

/**
 * L-BFGS needs a loss without noise, of all rows at once, and one rate for all weights.
 * @throws ArgumentError that names a layer which it cannot train.
 */
function checkForLbfgs({ layers }: ModelSpec): void {
  for (const layer of layers) {
    const noisy = layer.type === 'dropout' || layer.type === 'alphaDropout' || layer.type === 'gaussianNoise'
    const what = `the layer ${describe(layer.name)}`
    if (noisy)
      throw new ArgumentError(`The optimizer lbfgs needs a loss without noise, but ${what} is ${layer.type}. Use adam.`)
    if (layer.type === 'batchNormalization' && layer.trainable) {
      throw new ArgumentError(
        `The optimizer lbfgs takes no batches, but ${what} normalizes them. Use layerNormalization, or adam.`,
      )
    }
    if (factorsOf(layer, 'learningRateFactor').some((factor) => factor !== 1)) {
      throw new ArgumentError(
        `The optimizer lbfgs has no learning rate, but ${what} has a learningRateFactor. Leave it out.`,
      )
    }
    if (factorsOf(layer, 'weightDecayFactor').some((factor) => factor !== 1)) {
      throw new ArgumentError(
        `The optimizer lbfgs has no weight decay, but ${what} has a weightDecayFactor. Leave it out.`,
      )
    }
    const constraint = Object.keys(layer).find((key) => key.endsWith('Constraint'))
    if (constraint)
      throw new ArgumentError(`The optimizer lbfgs takes no constraints, but ${what} has a ${constraint}. Use adam.`)
  }
}

/** @throws ArgumentError for lbfgs, which has no learning rate. */
export function checkHasRate({ optimizer }: CompileSpec): void {
  if (optimizer.name !== 'lbfgs') return
  throw new ArgumentError(
    'lbfgs has no learning rate: its line search finds each step. Compile with another optimizer.',
  )
}

/** A copy with another learning rate. */
export function withRate(spec: CompileSpec, learningRate: LearningRate | undefined): CompileSpec {
  if (spec.optimizer.name === 'lbfgs' || learningRate === undefined) return spec
  return Object.freeze({ ...spec, optimizer: Object.freeze({ ...spec.optimizer, learningRate }) })
}

/**
 * The options of training as the core takes them.
 * @param anywhere whether 'bfloat16' does without on a machine that cannot.
 */
export function toNativeCompile(
  { optimizer, loss, metrics, precision }: CompileSpec,
  anywhere: boolean,
): NativeCompileSpec {
  return {
    precision: anywhere && precision === 'bfloat16' ? 'bfloat16IfPossible' : precision,
    loss: { fromLogits: false, ...loss },
    optimizer: toNativeOptimizer(optimizer),
    metrics: metrics.map((metric) => metric.native),
    meanOverWeights: false,
  }
}
