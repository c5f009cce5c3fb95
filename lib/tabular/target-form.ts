import { checkNumber, checkOneOf } from '../base/check.js'
import { FormatError } from '../base/errors.js'
import { deviationOf, largestOf, meanOf, smallestOf } from '../math/statistics.js'

/**
 * How numbers of a target become targets of a network.
 * - `'standard'`: minus the mean, over the deviation, with the squared error.
 * - `'log'`: the same of logarithms, log(number + shift).
 * - `'poisson'`: over the mean, with the Poisson loss of an exponential output.
 */
export type TargetForm = 'standard' | 'log' | 'poisson'

export const targetForms: readonly TargetForm[] = ['standard', 'log', 'poisson']

/** A form with what was learned from the rows to train with: output x means `x deviation + mean`, or for `log` `factor e^that - shift`. */
export interface TargetScale {
  readonly form: TargetForm
  readonly mean: number
  readonly deviation: number
  /** Of the form `log`; 0 and 1 for others. */
  readonly shift: number
  readonly factor: number
  /** The range of the rows to train with, within which predictions stay. */
  readonly min: number
  readonly max: number
}

/** Above this skewness, logarithms of numbers of at least 0 are compared with the numbers; above the second, the Poisson loss of counts. */
const leastSkewness = { log: 1, poisson: 0.5 }

/** The forms that a target may have, `standard` first. */
export function formsFor(numbers: Float64Array): TargetForm[] {
  const forms: TargetForm[] = ['standard']
  if (smallestOf(numbers) < 0) return forms
  const skewness = skewnessOf(numbers)
  if (skewness > leastSkewness.log) forms.push('log')
  if (skewness > leastSkewness.poisson && numbers.every(Number.isInteger)) forms.push('poisson')
  return forms
}

/** The mean cube of standardised numbers; 0 where they are too large to tell. */
function skewnessOf(numbers: Float64Array): number {
  const mean = meanOf(numbers)
  const [squares, cubes] = [2, 3].map((power) => meanOf(numbers.map((x) => (x - mean) ** power)))
  const skewness = cubes! / squares! ** 1.5
  return Number.isFinite(skewness) ? skewness : 0
}

/** A form, learned from numbers. Its deviation may be 0 or infinite for numbers that cannot be standardised. */
export function scaleFor(form: TargetForm, numbers: Float64Array): TargetScale {
  const range = { min: smallestOf(numbers), max: largestOf(numbers) }
  const none = { form, shift: 0, factor: 1, ...range }
  if (form === 'poisson') return { ...none, mean: 0, deviation: meanOf(numbers) }
  if (form === 'standard') return { ...none, ...momentsOf(numbers) }
  // Of zeros there is no logarithm: a tenth of the mean is added.
  const shift = range.min > 0 ? 0 : meanOf(numbers) / 10
  return { ...none, shift, ...momentsOf(numbers.map((x) => Math.log(x + shift))) }
}

function momentsOf(numbers: Float64Array) {
  return { mean: meanOf(numbers), deviation: deviationOf(numbers) }
}

/** What a network is trained to give for a number. New numbers may lie below those of fit. */
export function targetOf(number: number, scale: TargetScale): number {
  const { form, mean, deviation, shift, min } = scale
  if (form === 'standard') return (number - mean) / deviation
  if (form === 'poisson') return Math.max(number, 0) / deviation
  return (Math.log(Math.max(number + shift, (min + shift) / 10)) - mean) / deviation
}

/** The number that an output means, within the range of fit. */
export function numberOf(output: number, scale: TargetScale): number {
  return Math.min(Math.max(unlimitedNumberOf(output, scale), scale.min), scale.max)
}

function unlimitedNumberOf(output: number, { form, mean, deviation, shift, factor }: TargetScale): number {
  const number = output * deviation + mean
  return form === 'log' ? factor * Math.exp(number) - shift : number
}

/**
 * Where errors of all rows have about the same size: in numbers, their logarithms, or roots of counts (whose variance is their
 * mean). Intervals are as wide for all rows there.
 */
export function toErrorScale(number: number, { form, shift, min }: TargetScale): number {
  if (form === 'standard') return number
  if (form === 'poisson') return Math.sqrt(Math.max(number, 0))
  return Math.log(Math.max(number + shift, (min + shift) / 10))
}

export function fromErrorScale(value: number, { form, shift, min }: TargetScale): number {
  if (form === 'standard') return value
  if (form === 'poisson') return Math.max(value, 0) ** 2
  // Where zeros needed a shift, no number was below 0.
  return Math.max(Math.exp(value) - shift, min < 0 ? -Infinity : 0)
}

/** The least and the largest factor: beyond, a few rows decide it. */
const factors = [0.5, 2] as const

/**
 * The mean of numbers whose logarithm errs is above e^(the mean logarithm): a factor makes up for it, the one with the least squared
 * error on held-out rows (as Duan 1983, "Smearing estimate", with the mean of all errors).
 */
export function withFactor(scale: TargetScale, outputs: ArrayLike<number>, numbers: ArrayLike<number>): TargetScale {
  if (scale.form !== 'log') return scale
  const plain = { ...scale, factor: 1 }
  let [products, squares] = [0, 0]
  for (let i = 0; i < outputs.length; i++) {
    const predicted = unlimitedNumberOf(outputs[i]!, plain) + scale.shift
    products += predicted * (numbers[i]! + scale.shift)
    squares += predicted * predicted
  }
  const best = products / squares
  const factor = Number.isFinite(best) ? Math.min(Math.max(best, factors[0]), factors[1]) : 1
  return { ...scale, factor }
}

/**
 * Reads what a file holds of a form.
 * @throws FormatError, ArgumentError.
 */
export function restoreScale(json: Readonly<Record<string, unknown>>): TargetScale {
  const number = (key: keyof TargetScale) => checkNumber(json[key], key)
  const scale = {
    form: checkOneOf(json.form, 'form', targetForms),
    ...{ mean: number('mean'), deviation: number('deviation'), min: number('min'), max: number('max') },
    ...{
      shift: checkNumber(json.shift, 'shift', { min: 0 }),
      factor: checkNumber(json.factor, 'factor', { above: 0 }),
    },
  }
  const isLog = scale.form === 'log' && !(scale.min + scale.shift > 0)
  if (!(scale.deviation > 0) || scale.min > scale.max || isLog) {
    throw new FormatError('What it knows of the target does not fit together.')
  }
  return scale
}
