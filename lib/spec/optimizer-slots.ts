import type { OptimizerSpec } from './optimizer.js'

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
