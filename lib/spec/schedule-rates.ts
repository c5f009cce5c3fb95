import type { ChoiceOf } from '../base/choice.js'
import type { ScheduleSpec } from './schedule.js'

type ScheduleOf<Name extends ScheduleSpec['name']> = ChoiceOf<ScheduleSpec, Name>

/**
 * The value of a schedule at a step, counted from 0, in double precision. It depends on the step alone, so a run
 * that resumes needs no more than the number of its step.
 */
export function rateAt(schedule: ScheduleSpec, step: number): number {
  switch (schedule.name) {
    case 'constant':
      return schedule.value
    case 'exponentialDecay':
      return schedule.initial * schedule.decayRate ** decayed(schedule, step)
    case 'inverseTime':
      return schedule.initial / (1 + schedule.decayRate * decayed(schedule, step))
    case 'polynomial':
      return polynomial(schedule, step)
    case 'piecewise':
      return piecewise(schedule, step)
    case 'cosine':
      return cosine(schedule, step)
    case 'cosineRestarts':
      return cosineRestarts(schedule, step)
    case 'oneCycle':
      return oneCycle(schedule, step)
    case 'flatCosine':
      return ease(schedule.initial, 0, Math.max(0, 2 * share(step, schedule.steps) - 1))
    case 'coslog4':
      return (schedule.initial * (1 - Math.cos(2 * Math.PI * Math.log2(1 + 15 * share(step, schedule.steps))))) / 2
  }
}

/** The share of `steps` that is done, at most 1. */
function share(step: number, steps: number): number {
  return Math.min(1, step / steps)
}

/** From `from` to `to` along half a cosine, as t goes from 0 to 1. */
function ease(from: number, to: number, t: number): number {
  return to + ((from - to) * (1 + Math.cos(Math.PI * t))) / 2
}

function decayed({ steps, staircase }: ScheduleOf<'exponentialDecay' | 'inverseTime'>, step: number): number {
  return staircase ? Math.floor(step / steps) : step / steps
}

function polynomial({ initial, steps, final, power, cycle }: ScheduleOf<'polynomial'>, step: number): number {
  const length = cycle ? steps * Math.max(1, Math.ceil(step / steps)) : steps
  return final + (initial - final) * (1 - share(step, length)) ** power
}

function piecewise({ boundaries, values }: ScheduleOf<'piecewise'>, step: number): number {
  const piece = boundaries.findIndex((boundary) => step <= boundary)
  return values[piece === -1 ? boundaries.length : piece]!
}

function cosine({ initial, steps, final, warmupSteps, warmupInitial }: ScheduleOf<'cosine'>, step: number): number {
  if (step < warmupSteps) return warmupInitial + ((initial - warmupInitial) * step) / warmupSteps
  return ease(initial, final, share(step - warmupSteps, steps - warmupSteps))
}

function cosineRestarts({ initial, steps, final, tMul, mMul }: ScheduleOf<'cosineRestarts'>, step: number): number {
  /** Where cycle k begins: after steps (1 + tMul + ... + tMul^(k - 1)). */
  const begin = (k: number) => steps * (tMul === 1 ? k : (tMul ** k - 1) / (tMul - 1))
  // Rounding of a sum or a logarithm must not turn a restart into the end of the cycle before.
  const near = step * (1 + 1e-12)
  const passed = near / steps
  let k = Math.floor(tMul === 1 ? passed : Math.log1p(passed * (tMul - 1)) / Math.log(tMul))
  if (near >= begin(k + 1)) k++
  else if (near < begin(k)) k--
  return final + (ease(initial, final, Math.max(0, step - begin(k)) / (steps * tMul ** k)) - final) * mMul ** k
}

function oneCycle(schedule: ScheduleOf<'oneCycle'>, step: number): number {
  const { maximum, steps, startShare, divFactor, finalDivFactor, anneal } = schedule
  const first = maximum / divFactor
  const peak = startShare * steps - 1
  const last = steps - 1
  const interpolate = anneal === 'cosine' ? ease : (from: number, to: number, t: number) => from + (to - from) * t
  if (step <= peak) return peak === 0 ? maximum : interpolate(first, maximum, step / peak)
  if (last <= peak) return maximum
  return interpolate(maximum, first / finalDivFactor, share(step - peak, last - peak))
}
