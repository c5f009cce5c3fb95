import { checkInteger, checkNumber, checkOneOf, invalid, mismatch } from '../base/check.js'
import { booleanReader, type ChoiceLike, type Choices, numberReader, type Reader, readChoice } from '../base/choice.js'
import { ArgumentError } from '../base/errors.js'
import { maxFloat32 } from '../base/matrix.js'

/** A number that depends on the step, as plain JSON. Factories of `schedules` return it, and files hold it. */
export type ScheduleSpec =
  | { readonly name: 'constant'; readonly value: number }
  | {
      readonly name: 'exponentialDecay' | 'inverseTime'
      readonly initial: number
      readonly steps: number
      readonly decayRate: number
      readonly staircase: boolean
    }
  | {
      readonly name: 'polynomial'
      readonly initial: number
      readonly steps: number
      readonly final: number
      readonly power: number
      readonly cycle: boolean
    }
  | { readonly name: 'piecewise'; readonly boundaries: readonly number[]; readonly values: readonly number[] }
  | {
      readonly name: 'cosine'
      readonly initial: number
      readonly steps: number
      readonly final: number
      readonly warmupSteps: number
      readonly warmupInitial: number
    }
  | {
      readonly name: 'cosineRestarts'
      readonly initial: number
      readonly steps: number
      readonly final: number
      readonly tMul: number
      readonly mMul: number
    }
  | {
      readonly name: 'oneCycle'
      readonly maximum: number
      readonly steps: number
      readonly startShare: number
      readonly divFactor: number
      readonly finalDivFactor: number
      readonly anneal: 'cosine' | 'linear'
    }
  | { readonly name: 'coslog4' | 'flatCosine'; readonly initial: number; readonly steps: number }

/** A schedule as users write it: parameters that have a default may be left out. */
export type ScheduleLike = ChoiceLike<
  ScheduleSpec,
  'value' | 'initial' | 'steps' | 'decayRate' | 'boundaries' | 'values' | 'maximum'
>

const rate = { min: 0, max: maxFloat32 }
const positive = { above: 0, max: maxFloat32 }
const factor = { min: 1, max: maxFloat32 }

// Parameters without a default.
const required: Reader<number> = (initial, name) => checkNumber(initial, name, rate)
const requiredPositive: Reader<number> = (parameter, name) => checkNumber(parameter, name, positive)
const steps: Reader<number> = (count, name) => checkInteger(count, name, { min: 1 })
const final = numberReader(0, rate)
const decay = { initial: required, steps, decayRate: requiredPositive, staircase: booleanReader(false) }

/** The schedules and the parameters of each. */
export const scheduleChoices = {
  constant: { value: required },
  exponentialDecay: decay,
  inverseTime: decay,
  polynomial: { initial: required, steps, final, power: numberReader(1, positive), cycle: booleanReader(false) },
  piecewise: {
    boundaries: listReader('integers', (boundary, name) => checkInteger(boundary, name, { min: 0 })),
    values: listReader('numbers', required),
  },
  cosine: {
    initial: required,
    steps,
    final,
    warmupSteps: (count = 0, name) => checkInteger(count, name, { min: 0 }),
    warmupInitial: numberReader(0, rate),
  },
  cosineRestarts: { initial: required, steps, final, tMul: numberReader(2, factor), mMul: numberReader(1, positive) },
  oneCycle: {
    maximum: required,
    steps,
    startShare: numberReader(0.3, { min: 0, max: 1 }),
    divFactor: numberReader(25, factor),
    finalDivFactor: numberReader(1e4, factor),
    anneal: (anneal = 'cosine', name) => checkOneOf(anneal, name, ['cosine', 'linear']),
  },
  coslog4: { initial: required, steps },
  flatCosine: { initial: required, steps },
} satisfies Choices<ScheduleSpec>

/**
 * Checks a schedule and fills in the defaults.
 * @param what the schedule's purpose, for messages: `learningRate of sgd`.
 * @throws ArgumentError for an unknown name or parameter, a wrong value, or parameters that do not go together.
 */
export function readSchedule(value: unknown, what: string): ScheduleSpec {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    const hint = 'A schedule takes parameters: schedules.cosine({ initial: 0.1, steps: 1000 }).'
    throw invalid(what, 'a schedule', value, hint)
  }
  const schedule = readChoice<ScheduleSpec>(value, what, scheduleChoices)
  if (schedule.name === 'piecewise') checkPieces(schedule.boundaries, schedule.values)
  if (schedule.name === 'cosine') checkWarmup(schedule)
  return schedule
}

function checkPieces(boundaries: readonly number[], values: readonly number[]): void {
  const wrong = boundaries.findIndex((boundary, i) => i > 0 && boundary <= boundaries[i - 1]!)
  if (wrong > 0) {
    const actual = `${boundaries[wrong]} behind ${boundaries[wrong - 1]}`
    throw mismatch('boundaries of piecewise', 'integers in ascending order', actual)
  }
  if (values.length === boundaries.length + 1) return
  const hint = 'There is one more value than boundaries.'
  throw mismatch('values of piecewise', `${boundaries.length + 1} numbers`, `${values.length}`, hint)
}

function checkWarmup({ steps, warmupSteps, warmupInitial }: ScheduleSpec & { name: 'cosine' }): void {
  if (warmupSteps >= steps) {
    const hint = 'The warm-up is a part of the steps.'
    throw mismatch('warmupSteps of cosine', `fewer than the ${steps} steps`, `${warmupSteps}`, hint)
  }
  if (warmupSteps === 0 && warmupInitial > 0) {
    throw new ArgumentError('A warmupInitial of cosine needs warmupSteps above 0. Pass both, or leave it out.')
  }
}

function listReader<T>(what: string, read: Reader<T>): Reader<readonly T[]> {
  return (list, name) => {
    if (!Array.isArray(list) || list.length === 0) throw invalid(name, `an array of ${what}`, list)
    return Object.freeze(list.map((entry, i) => read(entry, `entry ${i} of ${name}`)))
  }
}
