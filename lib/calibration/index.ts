export type { Calibration } from './by-method.js'
export type { ConformalOptions } from './conformal.js'
export {
  ConformalIntervals,
  type ConformalIntervalsJson,
  type ConformalIntervalsOptions,
  type Intervals,
} from './conformal-intervals.js'
export { ConformalSets, type ConformalSetsJson, type ConformalSetsOptions } from './conformal-sets.js'
export type { CalibrationFitOptions } from './fitted.js'
export {
  IsotonicCalibration,
  type IsotonicCalibrationJson,
  type IsotonicCalibrationOptions,
} from './isotonic-calibration.js'
export { SigmoidCalibration, type SigmoidCalibrationJson } from './sigmoid-calibration.js'
export { TemperatureScaling, type TemperatureScalingJson, type TemperatureScalingOptions } from './temperature.js'
export { type LabelMetric, type TunedThreshold, type TuneThresholdOptions, tuneThreshold } from './threshold.js'
