import type { Table } from '../../base/matrix.js'
import type { Targets } from '../../network/targets.js'
import type { FitLimits } from '../fit-limits.js'
import type { MLPLearned, MLPProgress } from './learned.js'
import type { Topology } from './network.js'
import type { MLPParams } from './parameters.js'

/** A run of training, every option checked. */
export interface MLPJob {
  topology: Topology
  params: MLPParams
  seed: number
  x: Table
  targets: Targets
  weights: Float32Array | null
  /** Rows to stop early by; `score` rates the outputs for them. */
  validation: { x: Table; score: (outputs: Float32Array) => number } | undefined
  /** The difference between scikit-learn's loss and the core's: the same for all weights. */
  constant: number
  start: MLPStart
  epochs: number
  threads: number
  limits: FitLimits
}

/** Where training starts. */
export interface MLPStart {
  /** Undefined: random ones by the seed. */
  weights: Float32Array | undefined
  /** Counts to go on from. */
  progress: MLPProgress | undefined
  /** The state of the solver to go on from. */
  optimizer: MLPLearned['optimizer'] | undefined
}
