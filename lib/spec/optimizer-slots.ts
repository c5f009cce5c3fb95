import type { OptimizerSpec } from './optimizer.js'

/** A number that an optimizer keeps for each weight. */
export interface Slot {
  readonly name: string
  /** It holds squares or absolute values: the core takes its root, or divides by it. */
  readonly notNegative: boolean
}

const signed = (name: string): Slot => ({ name, notNegative: false })
const sizes = (name: string): Slot => ({ name, notNegative: true })
const bothMoments = [signed('firstMoment'), sizes('secondMoment')]

/** The slots of an optimizer, in the core's order. */
export function slotsOf(optimizer: OptimizerSpec): readonly Slot[] {
  const slots = slotsOfRule(optimizer)
  return optimizer.name !== 'lbfgs' && optimizer.ema ? [...slots, signed('average')] : slots
}

function slotsOfRule(optimizer: OptimizerSpec): readonly Slot[] {
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
