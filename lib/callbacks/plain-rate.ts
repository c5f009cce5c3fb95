import { ArgumentError } from '../base/errors.js'
import type { TrainingRun } from './types.js'

/** @throws ArgumentError where a callback would overwrite a schedule, or there is no rate to set. */
export function checkPlainRate({ learningRate }: TrainingRun, what: string): void {
  if (typeof learningRate === 'number' || (typeof learningRate === 'object' && learningRate.name === 'constant')) return
  if (learningRate === undefined) {
    throw new ArgumentError(
      `callbacks.${what}() sets the learning rate, but lbfgs has none: its line search finds each step. Leave the callback ` +
        'out, or compile with another optimizer.',
    )
  }
  const kind = typeof learningRate === 'function' ? 'a function' : `the schedule ${learningRate.name}`
  throw new ArgumentError(
    `callbacks.${what}() sets the learning rate, but the model's is ${kind}, which it would end. Compile with a number, or ` +
      'set model.learningRate to one first.',
  )
}
