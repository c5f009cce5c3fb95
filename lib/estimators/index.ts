export type { FittedTo, Label, LabelOf, LabelsLike, Widened } from '../learning/labels.js'
export type { OptionsOf, Parameter, ParametersOf, ParameterTable, SearchHint } from '../learning/parameters.js'
export type { FittedModel } from '../learning/relabelled.js'
export type { ScoreOptions } from './classifier.js'
export type { EstimatorJson } from './estimator.js'
export type { EstimatorFitOptions, EstimatorStopReason } from './fit-limits.js'
export type { AnyEstimator } from './kinds.js'
export type { LabelRow, LabelsTaken, MLPLabels } from './label-rows.js'
export { Adaline, type AdalineOptions } from './linear/adaline.js'
export type { LinearFitOptions } from './linear/inits.js'
export type { PartialFitOptions } from './linear/linear-classifier.js'
export { Perceptron, type PerceptronOptions } from './linear/perceptron.js'
export { SGDClassifier, type SGDClassifierOptions } from './linear/sgd-classifier.js'
export { SGDRegressor, type SGDRegressorOptions } from './linear/sgd-regressor.js'
export type { MLPFitOptions, MLPPartialFitOptions } from './mlp/fit.js'
export {
  type ClassOf,
  MLPClassifier,
  type MLPClassifierOptions,
  type MLPClassifierPartialFitOptions,
} from './mlp/mlp-classifier.js'
export { MLPRegressor, type MLPRegressorOptions, type MLPValues } from './mlp/mlp-regressor.js'
export type { OutActivation } from './mlp/network.js'
export type { NetworkFitOptions } from './network/fit.js'
export {
  NetworkClassifier,
  type NetworkClassifierOptions,
  type NetworkPartialFitOptions,
} from './network/network-classifier.js'
export { NetworkRegressor, type NetworkRegressorOptions } from './network/network-regressor.js'
export type { NumbersLike } from './numbers.js'
export type { LabelWeight } from './sample-weights.js'
