import type { Work } from '../../base/breathing.js'
import type { NumberTable } from '../../base/matrix.js'
import type { Targets } from '../../network/targets.js'
import type { FitLimits } from '../fit-limits.js'
import type { GroupFit } from '../over-ranks.js'
import type { MLPLearned, MLPProgress } from './learned.js'
import type { Topology } from './network.js'
import type { MLPParams } from './parameters.js'

/** A run of training, with all options checked. */
export interface MLPJob {
  topology: Topology
  params: MLPParams
  seed: number
  x: NumberTable
  targets: Targets
  weights: Float32Array | null
  validation: Validation | undefined
  /** Added to the core's loss to get scikit-learn's; it does not depend on the network's weights. */
  constant: number
  start: MLPStart
  epochs: number
  /** Undefined for the default. */
  threads: number | undefined
  limits: FitLimits
  /** With a group. */
  together: GroupFit | undefined
}

/** Rows for early stopping. */
export interface Validation {
  x: NumberTable
  /** What the score needs of outputs. */
  partOf(outputs: Float32Array): Work<readonly number[]>
  /** The score of the rows of all ranks, by the parts of each. */
  score(parts: readonly (readonly number[])[]): number
}

/** The start of training. */
export interface MLPStart {
  /** Undefined for random ones by the seed. */
  weights: Float32Array | undefined
  /** Counts of the run before; undefined to begin anew. */
  progress: MLPProgress | undefined
  /** The solver's state of the run before; undefined to begin anew. */
  optimizer: MLPLearned['optimizer'] | undefined
}
