import { checkNumber, checkOptions, describe, invalid } from './check.js'
import { booleanReader, type Choices, numberReader, type Reader, readChoice } from './choice.js'
import { ArgumentError, MlpError } from './errors.js'
import { maxFloat32 } from './matrix.js'
import { type Metric, type MetricName, readMetrics } from './metrics.js'
import type { NativeCompileSpec } from './native.js'
import { type ModelSpec, outputsOf } from './spec.js'

/**
 * A rate, or the rate as a function of the model's count of optimizer steps (from 0 on). The function is asked once a
 * step, in order, and up to 4,096 steps ahead within an epoch.
 */
export type LearningRate = number | ((step: number) => number)

/** A loss with its parameters. */
export type LossSpec =
  | { readonly name: 'meanSquaredError' }
  | {
      readonly name: 'binaryCrossentropy' | 'categoricalCrossentropy' | 'sparseCategoricalCrossentropy'
      readonly fromLogits: boolean
    }

/** A loss's name (with its defaults) or what a factory of `losses` returns. */
export type LossLike = LossSpec['name'] | LossSpec

/** An optimizer with its parameters. */
export type OptimizerSpec =
  | { readonly name: 'sgd'; readonly learningRate: LearningRate; readonly momentum: number; readonly nesterov: boolean }
  | {
      readonly name: 'adam'
      readonly learningRate: LearningRate
      readonly beta1: number
      readonly beta2: number
      readonly epsilon: number
    }

/** An optimizer's name (with its defaults) or what a factory of `optimizers` returns. */
export type OptimizerLike = OptimizerSpec['name'] | OptimizerSpec

/** What `compile` takes. */
export interface CompileOptions {
  optimizer: OptimizerLike
  loss: LossLike
  /** What to log beside the loss; nothing by default. */
  metrics?: readonly MetricName[] | undefined
}

/** How a model is trained, every default filled in. */
export interface CompileSpec {
  readonly optimizer: OptimizerSpec
  readonly loss: LossSpec
  readonly metrics: readonly Metric[]
}

const rateRange = { min: 0, max: maxFloat32 }
const decay = { min: 0, below: 1 }

function rateReader(otherwise: number): Reader {
  return (value = otherwise, name) => readRate(value, name)
}

/** Checks a rate, or lets a function through: what it returns is checked at each step. */
export function readRate(value: unknown, name: string): LearningRate {
  if (typeof value === 'number') return checkRate(value, name)
  if (typeof value !== 'function') throw invalid(name, 'a number or a function of the step', value)
  return value as (step: number) => number
}

/** The losses and what each takes. */
export const lossChoices: Choices = {
  meanSquaredError: {},
  binaryCrossentropy: { fromLogits: booleanReader(false) },
  categoricalCrossentropy: { fromLogits: booleanReader(false) },
  sparseCategoricalCrossentropy: { fromLogits: booleanReader(false) },
}

/** The optimizers and what each takes. */
export const optimizerChoices: Choices = {
  sgd: { learningRate: rateReader(0.01), momentum: numberReader(0, decay), nesterov: booleanReader(false) },
  adam: {
    learningRate: rateReader(0.001),
    beta1: numberReader(0.9, decay),
    beta2: numberReader(0.999, decay),
    epsilon: numberReader(1e-8, { min: 1.2e-38, max: maxFloat32 }),
  },
}

/** Checks one rate: finite, not below 0, within float32. */
export function checkRate(value: unknown, name: string): number {
  return checkNumber(value, name, rateRange)
}

/**
 * Checks what `compile` takes against the model, and fills in the defaults.
 * @throws ArgumentError for an unknown option or name, or a loss that does not fit the last layer.
 */
export function readCompile(options: object, model: ModelSpec, what: string): CompileSpec {
  checkOptions(options, what, ['optimizer', 'loss', 'metrics'])
  const { optimizer, loss, metrics = [] } = options as { [K in keyof CompileOptions]?: unknown }
  const readLoss = readChoice(loss, 'loss', lossChoices) as LossSpec
  checkOutput(readLoss, model)
  if (!Array.isArray(metrics)) throw invalid('metrics', "an array of names, such as ['accuracy']", metrics)
  return Object.freeze({
    optimizer: readOptimizer(optimizer),
    loss: readLoss,
    metrics: readMetrics(metrics, readLoss.name, outputsOf(model)),
  })
}

/** Checks an optimizer and fills in the defaults. */
export function readOptimizer(value: unknown): OptimizerSpec {
  const optimizer = readChoice(value, 'optimizer', optimizerChoices) as OptimizerSpec
  if (optimizer.name === 'sgd' && optimizer.nesterov && optimizer.momentum === 0) {
    throw new ArgumentError('Nesterov needs a momentum above 0: give momentum: 0.9, or leave nesterov out.')
  }
  return optimizer
}

/** Stands for a rate that was a function when the model was saved: files hold no code. */
export const unknownRate = (): number => Number.NaN

/** @throws MlpError ERR_NOT_COMPILED when the model was loaded without its rate. */
export function checkRateKnown({ learningRate }: OptimizerSpec): void {
  if (learningRate !== unknownRate) return
  throw new MlpError(
    'Could not fit: the learning rate was a function when the model was saved, and a file cannot hold one. Give it ' +
      'again, as in Sequential.load(path, { learningRate }), or call compile, which starts the optimizer anew.',
    'ERR_NOT_COMPILED',
  )
}

/** How many numbers the optimizer keeps for each weight. */
export function slotsOf(optimizer: OptimizerSpec): number {
  if (optimizer.name === 'adam') return 2
  return optimizer.momentum > 0 ? 1 : 0
}

/** How the core is to train. */
export function toNativeCompile({ optimizer, loss, metrics }: CompileSpec): NativeCompileSpec {
  const { learningRate: _, ...rest } = optimizer
  return {
    loss: { name: loss.name, fromLogits: fromLogits(loss) },
    optimizer: rest as NativeCompileSpec['optimizer'],
    metrics: metrics.map((metric) => metric.native),
  }
}

function fromLogits(loss: LossSpec): boolean {
  return loss.name !== 'meanSquaredError' && loss.fromLogits
}

/** A cross-entropy is computed from logits, so it must know what the last layer does to them. */
function checkOutput(loss: LossSpec, { layers }: ModelSpec): void {
  const { name, units, activation } = layers.at(-1)!
  const layer = `the last layer (${describe(name)})`
  if (activation.name === 'softmax' && units === 1) {
    throw new ArgumentError(
      `A softmax over one unit is always 1, so ${layer} cannot learn. Give it activation: 'sigmoid' and the loss ` +
        "'binaryCrossentropy', or one unit for each class.",
    )
  }
  if (loss.name === 'meanSquaredError') return
  if (loss.name !== 'binaryCrossentropy' && units === 1) {
    throw new ArgumentError(
      `The loss ${loss.name} needs one unit for each class, but ${layer} has 1. For two classes in one unit use ` +
        "activation: 'sigmoid' and the loss 'binaryCrossentropy'.",
    )
  }
  const wanted = loss.fromLogits ? 'linear' : loss.name === 'binaryCrossentropy' ? 'sigmoid' : 'softmax'
  if (activation.name === wanted) return
  const other = loss.fromLogits
    ? 'or leave fromLogits out'
    : activation.name === 'linear'
      ? `or use losses.${loss.name}({ fromLogits: true })`
      : 'or choose another loss'
  throw new ArgumentError(
    `The loss ${loss.name}${loss.fromLogits ? ' with fromLogits' : ''} needs activation: '${wanted}' in ${layer}, but ` +
      `that has '${activation.name}'. Change it, ${other}.`,
  )
}
