import { Adaline } from './linear/adaline.js'
import { Perceptron } from './linear/perceptron.js'
import { SGDClassifier } from './linear/sgd-classifier.js'
import { SGDRegressor } from './linear/sgd-regressor.js'
import { MLPClassifier } from './mlp/mlp-classifier.js'
import { MLPRegressor } from './mlp/mlp-regressor.js'

/** Every estimator there is. */
export type AnyEstimator = SGDClassifier | SGDRegressor | Perceptron | Adaline | MLPClassifier | MLPRegressor

/** Their classes by the kind that their files name. */
export const estimatorKinds: Readonly<Record<string, { load(source: string | Uint8Array): Promise<AnyEstimator> }>> = {
  SGDClassifier,
  SGDRegressor,
  Perceptron,
  Adaline,
  MLPClassifier,
  MLPRegressor,
}
