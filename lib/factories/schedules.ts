import { makeChoice } from '../base/choice.js'
import { readSchedule, type ScheduleSpec, scheduleChoices } from '../spec/schedule.js'

export { rateAt } from '../spec/schedule-rates.js'

/** Options of `constant`. */
export interface ConstantOptions {
  /** At least 0. */
  value: number
}

/**
 * The same value at every step, like a number.
 * @throws ArgumentError for wrong parameters.
 */
export function constant(options: ConstantOptions): ScheduleSpec {
  return make('constant', options)
}

/** Options of `exponentialDecay` and `inverseTime`. */
export interface DecayOptions {
  /** The value at step 0, at least 0. */
  initial: number
  /** The number of steps in which `decayRate` is applied once. */
  steps: number
  /** Above 0. */
  decayRate: number
  /** Whether the value falls every `steps` steps, not at every step; false by default. */
  staircase?: boolean | undefined
}

/**
 * initial decayRate^(step / steps): Keras's ExponentialDecay; with `steps: 1` PyTorch's ExponentialLR, with `staircase`
 * its StepLR.
 * @throws ArgumentError for wrong parameters.
 * @example
 * const learningRate = schedules.exponentialDecay({ initial: 0.01, steps: 1000, decayRate: 0.96, staircase: true })
 * model.compile({ optimizer: optimizers.adam({ learningRate }), loss: 'sparseCategoricalCrossentropy' })
 */
export function exponentialDecay(options: DecayOptions): ScheduleSpec {
  return make('exponentialDecay', options)
}

/**
 * initial / (1 + decayRate step / steps): Keras's InverseTimeDecay.
 * @throws ArgumentError for wrong parameters.
 */
export function inverseTime(options: DecayOptions): ScheduleSpec {
  return make('inverseTime', options)
}

/** Options of `polynomial`. */
export interface PolynomialOptions {
  /** The value at step 0, at least 0. */
  initial: number
  /** The step from which on the value is `final`. */
  steps: number
  /** 0 by default. */
  final?: number | undefined
  /** Above 0; 1 by default, which is a straight line. */
  power?: number | undefined
  /**
   * Whether the value rises again behind `steps`: the length is then the next multiple of `steps`. False by default.
   */
  cycle?: boolean | undefined
}

/**
 * final + (initial - final) (1 - step / steps)^power: Keras's PolynomialDecay (whose `final` is 0.0001 by default) and,
 * with a final of 0, PyTorch's PolynomialLR.
 * @throws ArgumentError for wrong parameters.
 */
export function polynomial(options: PolynomialOptions): ScheduleSpec {
  return make('polynomial', options)
}

/** Options of `piecewise`. */
export interface PiecewiseOptions {
  /** The last step of each piece but the last one, in ascending order. */
  boundaries: readonly number[]
  /** The values of the pieces, one more than boundaries. */
  values: readonly number[]
}

/**
 * values[0] up to and including step boundaries[0], then values[1] up to and including boundaries[1], ...: Keras's
 * PiecewiseConstantDecay. PyTorch's MultiStepLR falls at its milestones: pass `milestone - 1` as the boundary.
 * @throws ArgumentError for wrong parameters.
 * @example
 * const learningRate = schedules.piecewise({ boundaries: [999, 1999], values: [0.1, 0.01, 0.001] })
 * model.compile({ optimizer: optimizers.sgd({ learningRate }), loss: 'sparseCategoricalCrossentropy' })
 */
export function piecewise(options: PiecewiseOptions): ScheduleSpec {
  return make('piecewise', options)
}

/** Options of `cosine`. */
export interface CosineOptions {
  /** The value at the start of the cosine, at least 0. */
  initial: number
  /** The step from which on the value is `final`, the warm-up included. */
  steps: number
  /** 0 by default. */
  final?: number | undefined
  /** The number of steps in which the value rises linearly to `initial`; 0 by default. */
  warmupSteps?: number | undefined
  /** The value at the start of the warm-up; 0 by default. */
  warmupInitial?: number | undefined
}

/**
 * final + (initial - final) (1 + cos(pi t)) / 2, where t goes from 0 to 1 between the warm-up and `steps` (Loshchilov
 * and Hutter 2017, "SGDR: stochastic gradient descent with warm restarts", equation 5): PyTorch's CosineAnnealingLR up
 * to its T_max, Keras's CosineDecay, whose decay_steps do not count the warm-up and whose alpha is final / initial.
 * @throws ArgumentError for wrong parameters.
 * @example
 * const learningRate = schedules.cosine({ initial: 0.01, steps: 1000, warmupSteps: 50 })
 * model.compile({ optimizer: optimizers.adam({ learningRate }), loss: 'sparseCategoricalCrossentropy' })
 */
export function cosine(options: CosineOptions): ScheduleSpec {
  return make('cosine', options)
}

/** Options of `cosineRestarts`. */
export interface CosineRestartsOptions {
  /** The value at the start of the first cosine, at least 0. */
  initial: number
  /** The number of steps of the first cycle. */
  steps: number
  /** 0 by default. */
  final?: number | undefined
  /** The length of a cycle divided by that of the one before, at least 1; 2 by default. */
  tMul?: number | undefined
  /** The height above `final` of a cycle's start divided by that of the one before; 1 by default. */
  mMul?: number | undefined
}

/**
 * Cosines from `initial` to `final`, one after the other (Loshchilov and Hutter 2017, "SGDR: stochastic gradient
 * descent with warm restarts"): Keras's CosineDecayRestarts (whose alpha is final / initial, and which multiplies
 * `mMul` in the same way), PyTorch's CosineAnnealingWarmRestarts (whose T_mult is 1 by default).
 * @throws ArgumentError for wrong parameters.
 */
export function cosineRestarts(options: CosineRestartsOptions): ScheduleSpec {
  return make('cosineRestarts', options)
}

/** Options of `oneCycle`. */
export interface OneCycleOptions {
  /** The value at the peak, at least 0. */
  maximum: number
  /** The number of steps of the whole cycle. */
  steps: number
  /** The share of the steps, from 0 to 1, in which the value rises; 0.3 by default. */
  startShare?: number | undefined
  /** maximum / divFactor is the value at step 0; at least 1, 25 by default. */
  divFactor?: number | undefined
  /** The value at step 0 / finalDivFactor is the last; at least 1, 10,000 by default. */
  finalDivFactor?: number | undefined
  /** The shape of both halves; `'cosine'` by default. */
  anneal?: 'cosine' | 'linear' | undefined
}

/**
 * Rises to the maximum, then falls far below the start (Smith and Topin 2018, "Super-convergence"): PyTorch's
 * OneCycleLR, without its cycle of the momentum. Behind the last step the value stays the same.
 * @throws ArgumentError for wrong parameters.
 */
export function oneCycle(options: OneCycleOptions): ScheduleSpec {
  return make('oneCycle', options)
}

/** Options of `coslog4`. */
export interface Coslog4Options {
  /** The value at the peaks, at least 0. */
  initial: number
  /** The step from which on the value is 0. */
  steps: number
}

/**
 * initial (1 - cos(2 pi log2(1 + 15 t))) / 2 with t = step / steps: four waves, each twice as long as the one before,
 * from 0 and back to 0 (Holzmueller et al. 2024, "Better by default: strong pre-tuned MLPs and boosted trees on tabular
 * data").
 * @throws ArgumentError for wrong parameters.
 */
export function coslog4(options: Coslog4Options): ScheduleSpec {
  return make('coslog4', options)
}

/** Options of `flatCosine`. */
export interface FlatCosineOptions {
  /** The value of the first half, at least 0. */
  initial: number
  /** The step from which on the value is 0. */
  steps: number
}

/**
 * `initial` for the first half of the steps, then half a cosine down to 0: RealMLP's schedule of dropout and weight decay
 * (Holzmueller et al. 2024, "Better by default"; pytabkit's flat_cos).
 * @throws ArgumentError for wrong parameters.
 * @example
 * model.compile({
 *   optimizer: optimizers.adam({ weightDecay: 0.02 }),
 *   loss: 'meanSquaredError',
 *   weightDecaySchedule: schedules.flatCosine({ initial: 1, steps: 1000 }),
 * })
 */
export function flatCosine(options: FlatCosineOptions): ScheduleSpec {
  return make('flatCosine', options)
}

function make(name: ScheduleSpec['name'], options: object): ScheduleSpec {
  return readSchedule(makeChoice<ScheduleSpec>(name, options, 'schedule', scheduleChoices), 'schedule')
}
