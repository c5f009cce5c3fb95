import type { Work } from '../base/breathing.js'
import type { LabelsLike } from '../learning/labels.js'
import type { ScoresLike } from '../metrics/scores.js'
import type { CalibrationFitOptions } from './fitted.js'

/** The key of a method that fits a calibration in small steps, for code that lets the event loop turn between them. */
export const fitting: unique symbol = Symbol.for('perceptra.fitting')

/** A calibration that fits in small steps. */
export interface StepwiseFit {
  [fitting](yScore: ScoresLike, yTrue: LabelsLike, options: CalibrationFitOptions): Work<unknown>
}
