import { checkInteger, checkNumber, checkOptions, describe, invalid } from './check.js'
import { booleanReader, type Choices, numberReader, optionalReader, type Reader, readChoice } from './choice.js'
import { ArgumentError, MlpError } from './errors.js'
import { activationOf } from './layer-spec.js'
import { checkOutput } from './loss-output.js'
import { type LossLike, type LossSpec, lossChoices } from './loss-spec.js'
import { maxFloat32 } from './matrix.js'
import { type Metric, type MetricName, readMetrics } from './metric-spec.js'
import type { NativeCompileSpec } from './native.js'
import { readSchedule, type ScheduleSpec } from './schedule-spec.js'
import { type ModelSpec, outputsOf } from './spec.js'

/**
 * A rate, or a schedule or function of the model's count of optimizer steps (from 0 on, since `compile`; files keep it).
 * The function is asked once a step, in order, and up to 4,096 steps ahead within an epoch.
 */
export type LearningRate = number | ScheduleSpec | ((step: number) => number)

/** What every optimizer but lbfgs may be given beside its own parameters. */
export interface UpdateRules {
  /** Decoupled decay: w = w - rate * weightDecay * w before each update (Loshchilov and Hutter 2019). */
  readonly weightDecay?: number
  /** Every number of a gradient is cut to +-clipValue. */
  readonly clipValue?: number
  /** A tensor's gradient with a longer norm is scaled to it. */
  readonly clipNorm?: number
  /** The whole gradient, if longer, is scaled to this norm (Pascanu et al. 2013, algorithm 1). */
  readonly globalClipNorm?: number
  /** The momentum of an average of the weights, which takes their place at the end of fit. */
  readonly ema?: number
  /** Batches that make one update: that of one batch of all their rows. */
  readonly gradientAccumulationSteps?: number
}

/** An optimizer with its parameters. */
export type OptimizerSpec =
  | ({ readonly learningRate: LearningRate } & UpdateRules &
      (
        | { readonly name: 'sgd'; readonly momentum: number; readonly nesterov: boolean }
        | { readonly name: 'adagrad'; readonly initialAccumulatorValue: number; readonly epsilon: number }
        | {
            readonly name: 'rmsprop'
            readonly rho: number
            readonly momentum: number
            readonly epsilon: number
            readonly centered: boolean
          }
        | { readonly name: 'adadelta'; readonly rho: number; readonly epsilon: number }
        | ({ readonly name: 'adam'; readonly amsgrad: boolean } & Moments)
        | ({ readonly name: 'adamw'; readonly amsgrad: boolean } & Moments)
        | ({ readonly name: 'adamax' | 'nadam' } & Moments)
        | { readonly name: 'lion'; readonly beta1: number; readonly beta2: number }
      ))
  | LbfgsSpec

/** L-BFGS takes all rows at once and finds its own steps: it has no rate. */
export interface LbfgsSpec {
  readonly name: 'lbfgs'
  readonly historySize: number
  readonly maxLineSearchSteps: number
  readonly gradientTolerance: number
  readonly valueTolerance: number
}

/** What optimizers with two moments have. */
export interface Moments {
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
  if (typeof value === 'function') return value as (step: number) => number
  if (value !== null && typeof value === 'object') return readSchedule(value, name)
  const hint = 'Schedules take parameters: schedules.cosine({ initial: 0.1, steps: 1000 }).'
  throw invalid(name, 'a number, a schedule or a function of the step', value, typeof value === 'string' ? hint : '')
}

const notNegative = { min: 0, max: maxFloat32 }
/** Above 0 in float32, where it is what keeps a quotient finite. */
const epsilonReader = (otherwise: number) => numberReader(otherwise, { min: 1.2e-38, max: maxFloat32 })
const moments = (beta2 = 0.999) => ({ beta1: numberReader(0.9, decay), beta2: numberReader(beta2, decay) })
const amsgrad = booleanReader(false)
const epsilon = epsilonReader(1e-8)

const clip = optionalReader((value, name) => checkNumber(value, name, { above: 0, max: maxFloat32 }))

/** What all but lbfgs take. */
export const updateRules: Readonly<Record<string, Reader>> = {
  weightDecay: optionalReader((value, name) => checkNumber(value, name, notNegative)),
  clipValue: clip,
  clipNorm: clip,
  globalClipNorm: clip,
  ema: optionalReader((value, name) => checkNumber(value, name, decay)),
  gradientAccumulationSteps: optionalReader((value, name) => checkInteger(value, name, { min: 1, max: 2 ** 31 })),
}

/** The optimizers and what each takes. The defaults are PyTorch's; lion's are its paper's. */
const ownChoices: Choices = {
  sgd: { learningRate: rateReader(0.01), momentum: numberReader(0, decay), nesterov: booleanReader(false) },
  adagrad: {
    learningRate: rateReader(0.01),
    initialAccumulatorValue: numberReader(0, notNegative),
    epsilon: epsilonReader(1e-10),
  },
  rmsprop: {
    learningRate: rateReader(0.01),
    rho: numberReader(0.99, decay),
    momentum: numberReader(0, decay),
    epsilon,
    centered: booleanReader(false),
  },
  adadelta: { learningRate: rateReader(1), rho: numberReader(0.9, decay), epsilon: epsilonReader(1e-6) },
  adam: { learningRate: rateReader(0.001), ...moments(), epsilon, amsgrad },
  adamw: {
    learningRate: rateReader(0.001),
    ...moments(),
    epsilon,
    weightDecay: numberReader(0.01, notNegative),
    amsgrad,
  },
  adamax: { learningRate: rateReader(0.002), ...moments(), epsilon },
  nadam: { learningRate: rateReader(0.002), ...moments(), epsilon },
  lion: { learningRate: rateReader(1e-4), ...moments(0.99) },
}

// An option that an optimizer has itself is its own.
export const optimizerChoices: Choices = {
  ...Object.fromEntries(Object.entries(ownChoices).map(([name, own]) => [name, { ...own, ...updateRules, ...own }])),
  lbfgs: {
    historySize: (value = 10, name) => checkInteger(value, name, { min: 1, max: 1000 }),
    maxLineSearchSteps: (value = 20, name) => checkInteger(value, name, { min: 1, max: 1000 }),
    gradientTolerance: numberReader(1e-5, notNegative),
    valueTolerance: numberReader(2.2e-9, notNegative),
  },
}

/** Checks one rate: finite, not below 0, within float32. */
export function checkRate(value: unknown, name: string): number {
  return checkNumber(value, name, rateRange)
}

/** What `compile` takes. */
export const compileOptionKeys = ['optimizer', 'loss', 'metrics']

/**
 * Checks what `compile` takes against the model, and fills in the defaults.
 * @throws ArgumentError for an unknown option or name, or a loss that does not fit the last layer.
 */
export function readCompile(options: object, model: ModelSpec, what: string): CompileSpec {
  checkOptions(options, what, compileOptionKeys)
  const { optimizer, loss, metrics = [] } = options as { [K in keyof CompileOptions]?: unknown }
  const readLoss = readChoice(loss, 'loss', lossChoices) as LossSpec
  const last = model.layers.at(-1)!
  const output = { name: last.name, units: outputsOf(model), activation: activationOf(last) }
  checkOutput(readLoss, output)
  const readOptimizerSpec = readOptimizer(optimizer)
  if (readOptimizerSpec.name === 'lbfgs') checkForLbfgs(model)
  if (!Array.isArray(metrics)) throw invalid('metrics', "an array of names, such as ['accuracy']", metrics)
  return Object.freeze({
    optimizer: readOptimizerSpec,
    loss: readLoss,
    metrics: readMetrics(metrics, readLoss, output),
  })
}

/** @throws ArgumentError for a net with a threshold unit: no gradient gets through it. */
export function checkGradients({ layers }: ModelSpec): void {
  const threshold = layers.find((layer) => activationOf(layer).name === 'step')
  if (!threshold) return
  throw new ArgumentError(
    `Could not fit: the layer ${describe(threshold.name)} has activation: 'step', which has no gradient, so neither it ` +
      "nor what is before it can learn. Train with 'sigmoid' and put its weights into a model with 'step'.",
  )
}

/** Checks an optimizer and fills in the defaults. */
export function readOptimizer(value: unknown): OptimizerSpec {
  const optimizer = readChoice(value, 'optimizer', optimizerChoices) as OptimizerSpec
  if (optimizer.name === 'sgd' && optimizer.nesterov && optimizer.momentum === 0) {
    throw new ArgumentError('Nesterov needs a momentum above 0: give momentum: 0.9, or leave nesterov out.')
  }
  if (optimizer.name !== 'lbfgs') checkOneClip(optimizer)
  return optimizer
}

function checkOneClip(rules: UpdateRules): void {
  const given = (['clipValue', 'clipNorm', 'globalClipNorm'] as const).filter((key) => rules[key] !== undefined)
  if (given.length > 1)
    throw new ArgumentError(`Expected one way to clip gradients at most, but got ${given.join(' and ')}.`)
}

/**
 * L-BFGS needs a loss that is the same each time it is asked, of all weights at one rate.
 * @throws ArgumentError for a layer that is in its way.
 */
function checkForLbfgs({ layers }: ModelSpec): void {
  for (const layer of layers) {
    const noisy = layer.type === 'dropout' || layer.type === 'alphaDropout' || layer.type === 'gaussianNoise'
    const what = `the layer ${describe(layer.name)}`
    if (noisy)
      throw new ArgumentError(`The optimizer lbfgs needs a loss without noise, but ${what} is ${layer.type}. Use adam.`)
    if (layer.type === 'batchNormalization' && layer.trainable) {
      throw new ArgumentError(
        `The optimizer lbfgs takes no batches, but ${what} normalises them. Use layerNormalization, or adam.`,
      )
    }
    if (layer.learningRateFactor !== 1) {
      throw new ArgumentError(
        `The optimizer lbfgs has no learning rate, but ${what} has a learningRateFactor. Leave it out.`,
      )
    }
    const constraint = Object.keys(layer).find((key) => key.endsWith('Constraint'))
    if (constraint)
      throw new ArgumentError(`The optimizer lbfgs takes no constraints, but ${what} has a ${constraint}. Use adam.`)
  }
}

/** The learning rate, which lbfgs does without. */
export function learningRateOf(optimizer: OptimizerSpec): LearningRate {
  return optimizer.name === 'lbfgs' ? 1 : optimizer.learningRate
}

/** The same with another learning rate. */
export function withRate(spec: CompileSpec, learningRate: LearningRate): CompileSpec {
  if (spec.optimizer.name === 'lbfgs') return spec
  return Object.freeze({ ...spec, optimizer: Object.freeze({ ...spec.optimizer, learningRate }) })
}

/** Stands for a rate that was a function when the model was saved: files hold no code. */
export const unknownRate = (): number => Number.NaN

/** @throws MlpError ERR_NOT_COMPILED when the model was loaded without its rate. */
export function checkRateKnown(learningRate: LearningRate): void {
  if (learningRate !== unknownRate) return
  throw new MlpError(
    'The rate is not known: the learning rate was a function when the model was saved, and a file cannot hold one. Give it ' +
      'again, as in Sequential.load(path, { learningRate }), or call compile, which starts the optimizer anew.',
    'ERR_NOT_COMPILED',
  )
}

/** What an optimizer keeps for each weight. */
export interface Slot {
  readonly name: string
  /** Made of squares or sizes: a root is taken of it, or it is divided by. */
  readonly notNegative: boolean
}

const signed = (name: string): Slot => ({ name, notNegative: false })
const sizes = (name: string): Slot => ({ name, notNegative: true })
const bothMoments = [signed('firstMoment'), sizes('secondMoment')]

/** What an optimizer keeps for each weight, in the core's order. */
export function slotsOf(optimizer: OptimizerSpec): readonly Slot[] {
  const own = ownSlotsOf(optimizer)
  return optimizer.name !== 'lbfgs' && optimizer.ema ? [...own, signed('average')] : own
}

function ownSlotsOf(optimizer: OptimizerSpec): readonly Slot[] {
  switch (optimizer.name) {
    case 'sgd':
      return optimizer.momentum > 0 ? [signed('velocity')] : []
    case 'adagrad':
      return [sizes('sumOfSquares')]
    case 'rmsprop': {
      const moments = optimizer.centered ? [sizes('variance'), signed('firstMoment')] : [sizes('secondMoment')]
      return optimizer.momentum > 0 ? [...moments, signed('velocity')] : moments
    }
    case 'adadelta':
      return [sizes('secondMoment'), sizes('secondMomentOfChanges')]
    case 'adam':
    case 'adamw':
      return optimizer.amsgrad ? [...bothMoments, sizes('largestSecondMoment')] : bothMoments
    case 'adamax':
      return [signed('firstMoment'), sizes('infinityNorm')]
    case 'nadam':
      return bothMoments
    case 'lion':
      return [signed('firstMoment')]
    case 'lbfgs':
      return []
  }
}

/** How the core is to train. */
export function toNativeCompile({ optimizer, loss, metrics }: CompileSpec): NativeCompileSpec {
  return {
    loss: { fromLogits: false, ...loss },
    optimizer: toNativeOptimizer(optimizer),
    metrics: metrics.map((metric) => metric.native),
    meanOverWeights: false,
  }
}

function toNativeOptimizer(optimizer: OptimizerSpec): NativeCompileSpec['optimizer'] {
  if (optimizer.name === 'lbfgs') return optimizer
  const { learningRate: _, clipValue = 0, clipNorm = 0, globalClipNorm = 0, ema = 0, ...rest } = optimizer
  const { gradientAccumulationSteps: accumulationSteps = 1, weightDecay = 0, ...own } = rest
  // Adam decays weights in its own pass over them.
  const adam = own.name === 'adam' || own.name === 'adamw'
  const rules = { clipValue, clipNorm, globalClipNorm, ema, accumulationSteps, weightDecay: adam ? 0 : weightDecay }
  return { ...own, ...(adam && { weightDecay }), rules } as NativeCompileSpec['optimizer']
}
