import { checkNumber, invalid } from '../base/check.js'
import { MlpError } from '../base/errors.js'
import { maxFloat32 } from '../base/matrix.js'
import { readSchedule, type ScheduleLike, type ScheduleSpec } from './schedule.js'

/**
 * A rate, a schedule, or a function of the model's number of optimizer steps (counted from 0 since `compile`; files
 * keep it). The function is called once for each step, in order, and up to 4,096 steps ahead within an epoch.
 */
export type LearningRate = number | ScheduleSpec | ((step: number) => number)

/** A learning rate as users write it: a schedule may lack parameters that have a default. */
export type LearningRateLike = LearningRate | ScheduleLike

const rateRange = { min: 0, max: maxFloat32 }

/** Checks a learning rate. What a function returns is checked at each step. */
export function readRate(value: unknown, name: string): LearningRate {
  if (typeof value === 'number') return checkRate(value, name)
  if (typeof value === 'function') return value as (step: number) => number
  if (value !== null && typeof value === 'object') return readSchedule(value, name)
  const hint = 'Schedules take parameters: schedules.cosine({ initial: 0.1, steps: 1000 }).'
  throw invalid(name, 'a number, a schedule or a function of the step', value, typeof value === 'string' ? hint : '')
}

/** Checks a number: finite, not below 0, within float32. */
export function checkRate(value: unknown, name: string): number {
  return checkNumber(value, name, rateRange)
}

/** The rate of a model that was saved with a function, which a file cannot hold. */
export const unknownRate = (): number => Number.NaN

/** @throws MlpError ERR_NOT_COMPILED for a model that was loaded without its rate. */
export function checkRateKnown(learningRate: LearningRate | undefined): void {
  if (learningRate !== unknownRate) return
  throw new MlpError(
    'The learning rate is not known: it was a function when the model was saved, and a file cannot hold one. Pass it again, as ' +
      'in Sequential.load(path, { learningRate }), or call compile, which resets the optimizer.',
    'ERR_NOT_COMPILED',
  )
}
