import { makeChoice } from '../base/choice.js'
import { type ConstraintSpec, constraintChoices } from '../spec/tensor.js'

/**
 * After each update a unit's incoming weights w are scaled to the norm `limit` where theirs is larger:
 * w * limit / (|w| + 1e-7) (Srebro and Shraibman 2005; Srivastava et al. 2014, section 5.1). A bias is scaled as one vector. Keras's
 * MaxNorm with axis 0.
 * @param limit above 0; 2 by default.
 * @throws ArgumentError for a limit that is not above 0.
 * @example
 * layers.dense({ units: 64, activation: 'relu', kernelConstraint: constraints.maxNorm(3) })
 */
export function maxNorm(limit?: number): ConstraintSpec {
  return make('maxNorm', { limit })
}

/** After each update a unit's incoming weights are scaled to norm 1: w / (|w| + 1e-7). */
export function unitNorm(): ConstraintSpec {
  return make('unitNorm', {})
}

/** After each update weights below 0 are set to 0. */
export function nonNeg(): ConstraintSpec {
  return make('nonNeg', {})
}

function make(name: ConstraintSpec['name'], options: object): ConstraintSpec {
  return makeChoice<ConstraintSpec>(name, options, 'constraint', constraintChoices)
}
