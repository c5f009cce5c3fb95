import { invalid } from '../base/check.js'
import type { Matrix } from '../base/matrix.js'
import type { Label } from '../learning/labels.js'
import type { ScoresLike } from '../metrics/scores.js'
import type { StepwiseFit } from './fitting.js'
import { IsotonicCalibration } from './isotonic-calibration.js'
import { SigmoidCalibration } from './sigmoid-calibration.js'
import { TemperatureScaling } from './temperature.js'

/** The names of calibrations, as scikit-learn has them. */
export const calibrationMethods = ['sigmoid', 'isotonic', 'temperature'] as const

export type CalibrationMethod = (typeof calibrationMethods)[number]

/** What all calibrations have. */
export interface Calibration {
  readonly labels: readonly Label[]
  transform(yScore: ScoresLike): Matrix
  toJSON(): { kind: string }
}

/** A calibration that is not fitted, of probabilities or of weighted sums. */
export function calibrationFor(
  method: CalibrationMethod,
  input: 'probabilities' | 'scores',
): Calibration & StepwiseFit {
  if (method === 'sigmoid') return new SigmoidCalibration()
  if (method === 'isotonic') return new IsotonicCalibration({ input })
  return new TemperatureScaling({ input: input === 'scores' ? 'logits' : 'probabilities' })
}

/**
 * Restores any calibration from its JSON.
 * @throws ArgumentError for other JSON.
 */
export function calibrationFromJSON(json: unknown): Calibration {
  const { kind } = Object(json) as { kind?: unknown }
  if (kind === 'SigmoidCalibration') return SigmoidCalibration.fromJSON(json as never)
  if (kind === 'IsotonicCalibration') return IsotonicCalibration.fromJSON(json as never)
  if (kind === 'TemperatureScaling') return TemperatureScaling.fromJSON(json as never)
  throw invalid('the kind of a calibration', 'SigmoidCalibration, IsotonicCalibration or TemperatureScaling', kind)
}
