export { accuracy, type BalancedAccuracyOptions, balancedAccuracy, matthewsCorrcoef } from './accuracy.js'
export { type CalibrationCurve, type CalibrationCurveOptions, calibrationCurve } from './calibration-curve.js'
export {
  type CohenKappaOptions,
  type ConfusionMatrixOptions,
  cohenKappa,
  confusionMatrix,
  type LabelOptions,
} from './confusion.js'
export {
  auc,
  type CurveOptions,
  type PrecisionRecallCurve,
  precisionRecallCurve,
  type RocCurve,
  rocCurve,
} from './curves.js'
export { type DeterminationOptions, explainedVariance, r2 } from './determination.js'
export { type BrierOptions, brier, type LogLossOptions, logLoss } from './log-loss.js'
export type { RawValues, RegressionOptions, ValuesLike } from './outputs.js'
export {
  type EachLabel,
  type EachLabelScores,
  type FBetaOptions,
  f1,
  fBeta,
  type LabelScores,
  precision,
  precisionRecallFscoreSupport,
  recall,
  type SupportOptions,
} from './precision.js'
export type { Average, PrecisionOptions } from './prf.js'
export {
  type AveragePrecisionOptions,
  averagePrecision,
  type RankingOptions,
  type RocAucOptions,
  rocAuc,
} from './ranking.js'
export {
  mae,
  mape,
  medianAbsoluteError,
  mse,
  type PinballOptions,
  pinball,
  type RegressionMetric,
  rmse,
} from './regression.js'
export {
  type ClassificationReport,
  type ClassificationReportOptions,
  classificationReport,
  type ReportLine,
} from './report.js'
export type { ScoresLike } from './scores.js'
export { type TopKOptions, topKAccuracy } from './top-k.js'
export type { ZeroDivision } from './undefined.js'
export type { MetricOptions, ShareOptions } from './weights.js'
