export type { QueueOptions, RedisConnection } from '../jobs/options.js'
export { BayesSearch, type BayesSearchOptions } from './bayes-search.js'
export type { CandidateResult, MetricResult } from './candidates.js'
export type { CrossFitOptions } from './cross-fit.js'
export { type Answers, type CrossValPredictOptions, crossValPredict } from './cross-val-predict.js'
export { type CrossValidateOptions, type CrossValidationResult, crossValidate } from './cross-validate.js'
export {
  type CurveScores,
  type LearningCurve,
  type LearningCurveOptions,
  learningCurve,
  type ValidationCurveOptions,
  validationCurve,
} from './curves.js'
export type { CrossValidation } from './cv.js'
export type { ErrorScore } from './evaluation.js'
export { GridSearch, type GridSearchOptions } from './grid-search.js'
export { GroupKFold, StratifiedGroupKFold } from './group-k-fold.js'
export { HalvingSearch, type HalvingSearchOptions } from './halving-search.js'
export { type FoldOptions, type Folds, KFold, StratifiedKFold } from './k-fold.js'
export type { ModelLike } from './model.js'
export { RandomSearch, type RandomSearchOptions } from './random-search.js'
export { type RepeatedFoldOptions, RepeatedKFold, RepeatedStratifiedKFold } from './repeated.js'
export type { RowsLike } from './rows.js'
export type { PerScore, Scoring, ScoringFunction, ScoringName, SeveralScores } from './scoring.js'
export type { Search } from './search.js'
export type { SearchFitOptions, SearchOptions, SearchProgress, SearchStopReason } from './search-options.js'
export { ShuffleSplit, type ShuffleSplitOptions, StratifiedShuffleSplit } from './shuffle-split.js'
export type { SizeOptions } from './sizes.js'
export type { ParameterGrid, ParameterSpace, SearchSpace } from './space.js'
export type { Split, Splitter } from './splits.js'
export type { StopLosers } from './stop-losers.js'
export { TimeSeriesSplit, type TimeSeriesSplitOptions } from './time-series-split.js'
export { type TrainTestParts, type TrainTestSplitOptions, trainTestSplit } from './train-test-split.js'
export type { FitProgress, ValidationOptions, ValidationStopReason } from './validation.js'
