import { checkBoolean, checkInteger, checkNumber } from '../base/check.js'
import {
  booleanReader,
  type ChoiceLike,
  type Choices,
  numberReader,
  optionalReader,
  type Reader,
  type Readers,
  readChoice,
} from '../base/choice.js'
import { ArgumentError } from '../base/errors.js'
import { maxFloat32 } from '../base/matrix.js'
import type { NativeOptimizer } from '../native/spec.js'
import { type LearningRate, type LearningRateLike, readRate } from './rate.js'

/** Parameters that every optimizer but lbfgs has beside its own. */
export interface UpdateRules {
  /** Decoupled decay: w = w - rate * weightDecay * w before each update (Loshchilov and Hutter 2019). */
  readonly weightDecay?: number
  /** Clips every number of a gradient to +-clipValue. */
  readonly clipValue?: number
  /** Scales a tensor's gradient to this norm where it is longer. */
  readonly clipNorm?: number
  /** Scales the whole gradient to this norm where it is longer (Pascanu et al. 2013, algorithm 1). */
  readonly globalClipNorm?: number
  /** The momentum of a moving average of the weights, which replaces them at the end of fit. */
  readonly ema?: number
  /** The number of batches whose rows make one update, as one batch of all these rows would. */
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
            readonly epsilonInRoot?: boolean
          }
        | { readonly name: 'adadelta'; readonly rho: number; readonly epsilon: number }
        | ({ readonly name: 'adam'; readonly amsgrad: boolean; readonly rawEpsilon?: boolean } & Moments)
        | ({ readonly name: 'adamw'; readonly amsgrad: boolean; readonly rawEpsilon?: boolean } & Moments)
        | ({ readonly name: 'adamax' } & Moments)
        | ({ readonly name: 'nadam'; readonly momentumDecay: number } & Moments)
        | { readonly name: 'lion'; readonly beta1: number; readonly beta2: number }
      ))
  | LbfgsSpec

/** L-BFGS takes all rows at once, and its line search finds the length of steps: it has no learning rate. */
export interface LbfgsSpec {
  readonly name: 'lbfgs'
  readonly historySize: number
  readonly maxLineSearchSteps: number
  readonly gradientTolerance: number
  readonly valueTolerance: number
}

/** Parameters of optimizers with two moments. */
export interface Moments {
  readonly beta1: number
  readonly beta2: number
  readonly epsilon: number
}

/** An optimizer's name (with its defaults), `{ name, ...parameters }`, or what a factory of `optimizers` returns. */
export type OptimizerLike = OptimizerSpec['name'] | RateLike<ChoiceLike<OptimizerSpec>>

/** Takes a rate as users write it. */
export type RateLike<C> = C extends { readonly learningRate?: unknown }
  ? Omit<C, 'learningRate'> & { readonly learningRate?: LearningRateLike | undefined }
  : C

const decay = { min: 0, below: 1 }

function rateReader(defaultRate: number): Reader<LearningRate> {
  return (value = defaultRate, name) => readRate(value, name)
}

const notNegative = { min: 0, max: maxFloat32 }
const moments = (beta2 = 0.999) => ({ beta1: numberReader(0.9, decay), beta2: numberReader(beta2, decay) })
const amsgrad = booleanReader(false)
const optionalFlag = optionalReader(checkBoolean)
/** Added to a divisor: in float32 it must be above 0, or quotients may be infinite. */
const epsilon = numberReader(1e-7, { min: 1.2e-38, max: maxFloat32 })
const learningRate = rateReader(0.001)

const clip = optionalReader((value, name) => checkNumber(value, name, { above: 0, max: maxFloat32 }))

const updateRules = {
  weightDecay: optionalReader((value, name) => checkNumber(value, name, notNegative)),
  clipValue: clip,
  clipNorm: clip,
  globalClipNorm: clip,
  ema: optionalReader((value, name) => checkNumber(value, name, decay)),
  gradientAccumulationSteps: optionalReader((value, name) => checkInteger(value, name, { min: 1, max: 2 ** 31 })),
} satisfies Readers<UpdateRules>

/** The update rules behind an optimizer's own parameters, which win where both have one: adamw's weightDecay. */
const withRules = <T extends object>(parameters: T) => ({ ...parameters, ...updateRules, ...parameters })

/**
 * The optimizers and the parameters of each. Defaults are Keras 3's; estimators such as MLPClassifier have scikit-learn's,
 * and pass every parameter. Files hold every parameter, so they do not depend on defaults.
 */
export const optimizerChoices = {
  sgd: withRules({ learningRate: rateReader(0.01), momentum: numberReader(0, decay), nesterov: booleanReader(false) }),
  adagrad: withRules({ learningRate, initialAccumulatorValue: numberReader(0.1, notNegative), epsilon }),
  rmsprop: withRules({
    learningRate,
    rho: numberReader(0.9, decay),
    momentum: numberReader(0, decay),
    epsilon,
    centered: booleanReader(false),
    epsilonInRoot: optionalFlag,
  }),
  adadelta: withRules({ learningRate, rho: numberReader(0.95, decay), epsilon }),
  adam: withRules({ learningRate, ...moments(), epsilon, amsgrad, rawEpsilon: optionalFlag }),
  adamw: withRules({
    learningRate,
    ...moments(),
    epsilon,
    weightDecay: numberReader(0.004, notNegative),
    amsgrad,
    rawEpsilon: optionalFlag,
  }),
  adamax: withRules({ learningRate, ...moments(), epsilon }),
  nadam: withRules({ learningRate, ...moments(), epsilon, momentumDecay: numberReader(0.004, notNegative) }),
  lion: withRules({ learningRate, ...moments(0.99) }),
  lbfgs: {
    historySize: (value = 10, name) => checkInteger(value, name, { min: 1, max: 1000 }),
    maxLineSearchSteps: (value = 20, name) => checkInteger(value, name, { min: 1, max: 1000 }),
    gradientTolerance: numberReader(1e-5, notNegative),
    valueTolerance: numberReader(2.2e-9, notNegative),
  },
} satisfies Choices<OptimizerSpec>

/** Checks an optimizer and fills in the defaults. */
export function readOptimizer(value: unknown): OptimizerSpec {
  const optimizer = readChoice<OptimizerSpec>(value, 'optimizer', optimizerChoices)
  if (optimizer.name === 'sgd' && optimizer.nesterov && optimizer.momentum === 0) {
    throw new ArgumentError('Nesterov needs a momentum above 0: give momentum: 0.9, or leave nesterov out.')
  }
  if (optimizer.name !== 'lbfgs') checkOneClip(optimizer)
  return optimizer
}

function checkOneClip(rules: UpdateRules): void {
  const clips = (['clipValue', 'clipNorm', 'globalClipNorm'] as const).filter((key) => rules[key] !== undefined)
  if (clips.length > 1)
    throw new ArgumentError(`Expected at most one way to clip gradients, but got ${clips.join(' and ')}.`)
}

/** The learning rate; none for lbfgs. */
export function learningRateOf(optimizer: OptimizerSpec): LearningRate | undefined {
  return optimizer.name === 'lbfgs' ? undefined : optimizer.learningRate
}

/** The optimizer as the core takes it. */
export function toNativeOptimizer(optimizer: OptimizerSpec): NativeOptimizer {
  if (optimizer.name === 'lbfgs') return optimizer
  const { learningRate: _, clipValue = 0, clipNorm = 0, globalClipNorm = 0, ema = 0, ...rest } = optimizer
  const { gradientAccumulationSteps: accumulationSteps = 1, weightDecay = 0, ...parameters } = rest
  // Adam and AdamW decay weights in the same pass that updates them.
  const adam = parameters.name === 'adam' || parameters.name === 'adamw'
  const rules = { clipValue, clipNorm, globalClipNorm, ema, accumulationSteps, weightDecay: adam ? 0 : weightDecay }
  return { ...parameters, ...(adam && { weightDecay }), rules }
}
