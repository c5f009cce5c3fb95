/** A network with every default filled in, as the core takes it. */
export interface NativeSpec {
  /** Numbers per row of input. */
  inputs: number
  seed: number
  layers: NativeLayer[]
}

/** What every layer has, and what its type takes: `layerOptions` in layer-spec.ts, its parts as below. */
export interface NativeLayer {
  type: string
  trainable: boolean
  /** Multiplies the learning rate. */
  rateFactor: number
  [option: string]: unknown
}

export interface NativeRegularizer {
  l1: number
  l2: number
}

export interface NativeConstraint {
  name: 'maxNorm' | 'unitNorm' | 'nonNeg'
  /** maxNorm alone. */
  limit: number
}

export interface NativeActivation {
  name:
    | 'linear'
    | 'relu'
    | 'leakyRelu'
    | 'prelu'
    | 'elu'
    | 'selu'
    | 'gelu'
    | 'geluTanh'
    | 'silu'
    | 'mish'
    | 'sigmoid'
    | 'hardSigmoid'
    | 'tanh'
    | 'softplus'
    | 'softsign'
    | 'exponential'
    | 'step'
    | 'softmax'
  /** leakyRelu: the slope below 0; elu: its alpha; prelu: what its slopes start from. */
  alpha?: number
}

export interface NativeInitializer {
  name:
    | ('zeros' | 'ones' | 'constant' | 'orthogonal' | 'randomUniform' | 'randomNormal' | 'truncatedNormal')
    | ('glorotUniform' | 'glorotNormal' | 'heUniform' | 'heNormal' | 'lecunUniform' | 'lecunNormal')
  /** Draws from this seed in place of the model's. */
  seed?: number
  /** What the one of this name takes. */
  value?: number
  gain?: number
  min?: number
  max?: number
  mean?: number
  stddev?: number
}

export interface NativeLoss {
  name:
    | 'meanSquaredError'
    | 'meanAbsoluteError'
    | 'huber'
    | 'logCosh'
    | 'binaryCrossentropy'
    | 'categoricalCrossentropy'
    | 'sparseCategoricalCrossentropy'
    | 'hinge'
    | 'squaredHinge'
    | 'poisson'
    | 'kullbackLeibler'
    | 'quantile'
    | 'gaussianNll'
    | 'focal'
  /** The last layer is linear and its outputs are logits. */
  fromLogits: boolean
  labelSmoothing?: number
  delta?: number
  quantile?: number
  gamma?: number
  alpha?: number
}

export interface NativeCompileSpec {
  loss: NativeLoss
  optimizer: { rules?: NativeUpdateRules } & (
    | { name: 'sgd'; momentum: number; nesterov: boolean }
    | { name: 'adagrad'; initialAccumulatorValue: number; epsilon: number }
    | { name: 'rmsprop'; rho: number; momentum: number; epsilon: number; centered: boolean }
    | { name: 'adadelta'; rho: number; epsilon: number }
    | { name: 'adam'; beta1: number; beta2: number; epsilon: number; amsgrad: boolean; rawEpsilon?: boolean }
    | { name: 'adamw'; beta1: number; beta2: number; epsilon: number; amsgrad: boolean; weightDecay: number }
    | { name: 'adamax' | 'nadam'; beta1: number; beta2: number; epsilon: number }
    | { name: 'lion'; beta1: number; beta2: number }
    | {
        name: 'lbfgs'
        historySize: number
        maxLineSearchSteps: number
        gradientTolerance: number
        valueTolerance: number
      }
  )
  metrics: NativeMetric[]
  /** A batch's loss is divided by the sum of its rows' weights, penalties and all, as scikit-learn's is. */
  meanOverWeights?: boolean
  /** Multiplies each row's loss, not the penalties; 1 when missing. */
  lossFactor?: number
}

/** What is done beside the optimizer's own rule; 0 where it is not. */
export interface NativeUpdateRules {
  weightDecay: number
  clipValue: number
  clipNorm: number
  globalClipNorm: number
  ema: number
  accumulationSteps: number
}

export type NativeMetric =
  | 'binaryAccuracy'
  | 'categoricalAccuracy'
  | 'sparseCategoricalAccuracy'
  | 'meanSquaredError'
  | 'meanAbsoluteError'
