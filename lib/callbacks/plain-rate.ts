import { ArgumentError } from '../base/errors.js'
import type { TrainingRun } from './types.js'

/** @throws ArgumentError if a callback would overwrite a schedule or a function, or the optimizer has no rate. */
export function checkPlainRate({ learningRate }: TrainingRun, callback: string): void {
  if (typeof learningRate === 'number' || (typeof learningRate === 'object' && learningRate.name === 'constant')) return
  if (learningRate === undefined) {
    throw new ArgumentError(
      `callbacks.${callback}() sets the learning rate, but lbfgs has none: its line search sets the step size. Leave ` +
        'the callback out, or compile with another optimizer.',
    )
  }
  const kind = typeof learningRate === 'function' ? 'a function' : `the schedule ${learningRate.name}`
  throw new ArgumentError(
    `callbacks.${callback}() sets the learning rate, but the model's is ${kind}, which it would replace. Compile ` +
      'with a number, or set model.learningRate to one first.',
  )
}
