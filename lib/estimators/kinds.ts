import { Adaline } from './linear/adaline.js'
import { Perceptron } from './linear/perceptron.js'
import { SGDClassifier } from './linear/sgd-classifier.js'
import { SGDRegressor } from './linear/sgd-regressor.js'
import { MLPClassifier } from './mlp/mlp-classifier.js'
import { MLPRegressor } from './mlp/mlp-regressor.js'
import { NetworkClassifier } from './network/network-classifier.js'
import { NetworkRegressor } from './network/network-regressor.js'

/** All estimators. */
export type AnyEstimator =
  | SGDClassifier
  | SGDRegressor
  | Perceptron
  | Adaline
  | MLPClassifier
  | MLPRegressor
  | NetworkClassifier
  | NetworkRegressor

/** The class of each kind of file. */
export const estimatorKinds: Readonly<Record<string, { load(source: string | Uint8Array): Promise<AnyEstimator> }>> = {
  SGDClassifier,
  SGDRegressor,
  Perceptron,
  Adaline,
  MLPClassifier,
  MLPRegressor,
  NetworkClassifier,
  NetworkRegressor,
}
