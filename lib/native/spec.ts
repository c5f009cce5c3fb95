// What binding/decode.cpp reads. Names are strings here: the tables of lib/spec list them, and the core throws an error
// for one that it does not know.

/** A network with every default filled in. */
export interface NativeSpec {
  /** Numbers per row of input. */
  inputs: number
  seed: number
  members: number
  layers: NativeLayer[]
}

/**
 * A layer: what all of them have, and the options of its type (`layerOptions` of lib/spec/layer.ts), converted as
 * below.
 */
export interface NativeLayer {
  type: string
  trainable: boolean
  /** Multiply the learning rate, tensor by tensor; 1 without them. */
  rateFactors?: readonly number[]
  /** Multiply the weight decay likewise. */
  decayFactors?: readonly number[]
  [option: string]: unknown
}

export interface NativeRegularizer {
  l1: number
  l2: number
}

export interface NativeConstraint {
  name: string
  /** maxNorm alone. */
  limit: number
}

export interface NativeActivation {
  name: string
  /** leakyRelu: the slope below 0; elu: its alpha; prelu: the initial value of its slopes. */
  alpha?: number
}

export interface NativeLoss {
  name: string
  /** The last layer is linear and its outputs are logits. */
  fromLogits: boolean
  [parameter: string]: string | number | boolean
}

/** Each optimizer reads its own parameters. */
export interface NativeOptimizer {
  name: string
  rules?: NativeUpdateRules
  momentum?: number
  nesterov?: boolean
  initialAccumulatorValue?: number
  epsilon?: number
  rho?: number
  centered?: boolean
  beta1?: number
  beta2?: number
  momentumDecay?: number
  amsgrad?: boolean
  /** adamw alone: the others have it in their rules. */
  weightDecay?: number
  /** adam, adamw: epsilon is added before the bias is corrected, as in scikit-learn and Keras. */
  rawEpsilon?: boolean
  /** rmsprop: epsilon is added before the root, as in Keras. */
  epsilonInRoot?: boolean
  historySize?: number
  maxLineSearchSteps?: number
  gradientTolerance?: number
  valueTolerance?: number
}

/** Changes around the optimizer's own rule; 0 turns one off. */
export interface NativeUpdateRules {
  weightDecay: number
  clipValue: number
  clipNorm: number
  globalClipNorm: number
  ema: number
  accumulationSteps: number
}

export interface NativeCompileSpec {
  loss: NativeLoss
  optimizer: NativeOptimizer
  metrics: string[]
  /** Divides a batch's loss, penalties and all, by the sum of its rows' weights, as scikit-learn does. */
  meanOverWeights?: boolean
  /** 'float32' by default; 'bfloat16IfPossible' does without where 'bfloat16' would throw ERR_PRECISION. */
  precision?: 'float32' | 'float32-fast' | 'bfloat16' | 'auto' | 'bfloat16IfPossible'
  /** Multiplies each row's loss, not the penalties; 1 by default. */
  lossFactor?: number
}
