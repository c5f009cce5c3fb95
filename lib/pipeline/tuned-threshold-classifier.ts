import { checkNumber, checkOptions, keysOf } from '../base/check.js'
import type { LabelMetric } from '../calibration/index.js'
import type { ThresholdCurve } from '../calibration/threshold-curve.js'
import { restoreClasses } from '../estimators/classes.js'
import { checkTensorNames, restoreFrom } from '../estimators/file.js'
import { decodeMetadata, encodeMetadata } from '../files/metadata.js'
import { encodeSafetensors, type Tensor } from '../files/safetensors.js'
import type { Label, LabelsLike } from '../learning/labels.js'
import { booleanParameter, type Definition, seedParameter } from '../learning/parameters.js'
import { type FittedModel, relabelled } from '../learning/relabelled.js'
import { readState, restoreNumbers } from '../learning/restore.js'
import { hasEpochs } from '../learning/wrapped.js'
import type { CrossFitOptions } from '../model-selection/cross-fit.js'
import type { CrossValidation } from '../model-selection/cv.js'
import { encodeNested, readNested } from './nested.js'
import { checkClasses, type ResponseMethod } from './response.js'
import type { ClassifierLike } from './steps.js'
import { type ThresholdScoring, thresholdScoringParameter } from './threshold-scoring.js'
import {
  type LearnedThreshold,
  readDecision,
  type ThresholdOptions,
  ThresholdWrapper,
  thresholdParameters,
} from './threshold-wrapper.js'
import { thresholdCvParameter, thresholdsParameter, tuneOnSplits } from './tuning.js'
import type { PipelineInput } from './types.js'

const parameters = {
  ...thresholdParameters,
  scoring: thresholdScoringParameter,
  thresholds: thresholdsParameter,
  cv: thresholdCvParameter,
  refit: booleanParameter(true, {
    description: 'Whether a classifier of all rows predicts; false: that of the only split.',
  }),
  seed: seedParameter(),
}
const definition: Definition<typeof parameters> = { name: 'TunedThresholdClassifier', parameters }

/** Options of `new TunedThresholdClassifier`. */
export interface TunedThresholdClassifierOptions<E extends ClassifierLike = ClassifierLike>
  extends ThresholdOptions<E> {
  /**
   * The score that the threshold maximizes, on rows that the classifier was not trained with: `'balancedAccuracy'` by default,
   * another name, or a function of true and predicted labels, such as one of `metrics` or one that adds up costs.
   */
  scoring?: ThresholdScoring | LabelMetric | null | undefined
  /** The number of thresholds to try, evenly spaced between the lowest and the highest score, or the thresholds; 100 by default. */
  thresholds?: number | readonly number[] | Float64Array | undefined
  /** How to split the rows: 5 stratified folds by default, or the share of rows of a single random split. */
  cv?: CrossValidation | null | undefined
  /** Whether a classifier of all rows predicts, the default; false: that of the only split. */
  refit?: boolean | undefined
  /** The seed of the random split, and of classifiers that have none; null, the default, draws one. */
  seed?: number | null | undefined
}

/** What training leaves in a TunedThresholdClassifier. */
interface LearnedTuning extends LearnedThreshold {
  readonly threshold: number
  readonly score: number
  readonly curve: ThresholdCurve
  /** The parameters of fit that the threshold belongs to. */
  readonly posLabel: Label | null
  readonly responseMethod: 'auto' | ResponseMethod
}

interface TunedLabels<E> {
  labels: unknown
  model: TunedThresholdClassifier<Extract<FittedModel<E, this['labels']>, ClassifierLike>>
}

/**
 * A classifier of two classes that decides by the threshold with the best score: fit trains clones of a classifier on splits of
 * the rows, scores the predictions for the other rows at each threshold, and keeps the threshold with the highest mean. It can
 * be the last step of a pipeline, or hold one. `E` is the type of the classifier.
 *
 * Source: scikit-learn 1.9's TunedThresholdClassifierCV.
 * @example
 * const { x, y } = datasets.makeClassification({ nSamples: 200, weights: [0.9, 0.1], seed: 1 })
 * const estimator = new MLPClassifier({ hiddenLayerSizes: [8], solver: 'lbfgs', maxIter: 50, seed: 1 })
 * const model = new TunedThresholdClassifier({ estimator, scoring: 'f1' })
 * await model.fit(x, y)
 * console.log(model.bestThreshold, model.bestScore)
 */
export class TunedThresholdClassifier<E extends ClassifierLike = ClassifierLike> extends ThresholdWrapper<
  E,
  typeof parameters,
  LearnedTuning
> {
  /** Every parameter with its default, its check and its description. */
  static readonly parameters = parameters

  /** @hidden */
  declare readonly [relabelled]?: TunedLabels<E>

  /** @throws ArgumentError for an unknown parameter, a wrong value, or no classifier. */
  constructor(options: TunedThresholdClassifierOptions<E>) {
    checkOptions(options, definition.name, keysOf(parameters))
    super(definition, { ...options, estimator: options.estimator ?? null })
  }

  /**
   * Reads a classifier that `save` wrote. The type parameter `E`, the classifier inside, is not checked.
   * @param source the file's path, or its bytes.
   * @throws FormatError that names the file and what is wrong with it; ArgumentError when it cannot be opened.
   */
  static load<E extends ClassifierLike = ClassifierLike>(
    source: string | Uint8Array,
  ): Promise<TunedThresholdClassifier<E>> {
    return restoreFrom(source, definition.name, async ({ tensors, metadata }) => {
      const saved = decodeMetadata(metadata, definition.name, ['params', 'classes', 'estimator', 'best', 'curve'])
      const params = readState(saved.params, savedParameters, 'params')
      checkTensorNames(
        tensors,
        [...tensors.keys()].filter((key) => key.startsWith('estimator.')),
      )
      const classes = restoreClasses(saved.classes)
      const estimator = (await readNested(saved.estimator, 'estimator', tensors)) as E
      checkClasses(estimator, classes)
      const loaded = new TunedThresholdClassifier<E>({ ...params, estimator: estimator.clone() as E })
      readDecision(estimator, classes, loaded.params)
      const { posLabel, responseMethod } = loaded.params
      const curve = readCurve(saved.curve)
      loaded.adopt({ estimator, classes, ...readBest(saved.best), curve, posLabel, responseMethod })
      return loaded
    })
  }

  /**
   * Finds the threshold on splits of the rows, and fits a clone of the classifier to all of them.
   * @param y one label a row, of two classes; each split must train with rows of both.
   * @throws ArgumentError for wrong data, options or splits, or predictions that are all the same; as fit of the classifier does,
   * and the signal's reason: then the model keeps what it had learned before. MlpError ERR_BUSY while another fit runs.
   */
  fit<const Y extends LabelsLike>(
    x: PipelineInput,
    y: Y,
    options: CrossFitOptions = {},
  ): Promise<TunedThresholdClassifier<Extract<FittedModel<E, Y>, ClassifierLike>>> {
    const fitted = this.exclusively('fit', async () => {
      const { posLabel, responseMethod } = this.params
      const tuned = await tuneOnSplits({ ...this.params, seed: this.randomSeed }, x, y, options)
      const learned = { ...tuned, posLabel, responseMethod }
      if (this.learnedSoFar === undefined || hasEpochs(learned.estimator)) this.publish(learned)
      return this
    })
    return fitted as never
  }

  /**
   * The threshold: rows whose score is at least this get the positive label.
   * @throws MlpError ERR_NOT_FITTED.
   */
  get bestThreshold(): number {
    return this.learned('read bestThreshold').threshold
  }

  /**
   * The mean score of the splits at that threshold.
   * @throws MlpError ERR_NOT_FITTED.
   */
  get bestScore(): number {
    return this.learned('read bestScore').score
  }

  /**
   * The thresholds that were tried, and the mean score of the splits at each.
   * @throws MlpError ERR_NOT_FITTED.
   */
  get cvResults(): { thresholds: Float64Array; scores: Float64Array } {
    const { thresholds, scores } = this.learned('read cvResults').curve
    return { thresholds: thresholds.slice(), scores: scores.slice() }
  }

  toBytes(): Uint8Array {
    const { estimator, classes, threshold, score, curve, posLabel, responseMethod } = this.learned('save')
    const { scoring, thresholds, cv, refit, seed } = this.params
    const tensors = new Map<string, Tensor>()
    const body = {
      params: {
        ...{ scoring: typeof scoring === 'function' ? null : scoring, cv: typeof cv === 'number' ? cv : null },
        ...{ thresholds, refit, posLabel, responseMethod, seed },
      },
      classes,
      estimator: encodeNested('estimator', estimator, tensors),
      best: { threshold, score },
      curve: { thresholds: Array.from(curve.thresholds), scores: Array.from(curve.scores) },
    }
    return encodeSafetensors(tensors, encodeMetadata(definition.name, body))
  }

  protected override summary({ classes, threshold, score }: LearnedTuning): Record<string, unknown> {
    return { classes, bestThreshold: threshold, bestScore: score }
  }

  protected override facts(learned: LearnedTuning): object {
    return this.summary(learned)
  }

  protected override decision({ estimator, classes, threshold, ...parameters }: LearnedTuning) {
    return { ...readDecision(estimator, classes, parameters), threshold }
  }
}

/** The parameters in a file. */
const savedParameters = ['scoring', 'thresholds', 'cv', 'refit', 'posLabel', 'responseMethod', 'seed']

function readBest(json: unknown): { threshold: number; score: number } {
  const { threshold, score } = readState(json, ['threshold', 'score'], 'best')
  return { threshold: checkNumber(threshold, 'threshold'), score: checkNumber(score, 'score') }
}

function readCurve(json: unknown): ThresholdCurve {
  const curve = readState(json, ['thresholds', 'scores'], 'curve')
  const thresholds = restoreNumbers(curve.thresholds, 'thresholds')
  return { thresholds, scores: restoreNumbers(curve.scores, 'scores', { length: thresholds.length }) }
}
