import { checkNumber, checkOptions, invalid, keysOf } from '../base/check.js'
import { restoreClasses } from '../estimators/classes.js'
import { checkTensorNames, restoreFrom } from '../estimators/file.js'
import { decodeMetadata, encodeMetadata } from '../files/metadata.js'
import { encodeSafetensors, type Tensor } from '../files/safetensors.js'
import type { LabelsLike } from '../learning/labels.js'
import type { Definition, Parameter } from '../learning/parameters.js'
import { type FittedModel, relabelled } from '../learning/relabelled.js'
import { readState } from '../learning/restore.js'
import { hasEpochs } from '../learning/wrapped.js'
import { encodeNested, readNested } from './nested.js'
import { checkClasses, readTruth } from './response.js'
import { signalOf } from './run.js'
import type { ClassifierLike } from './steps.js'
import {
  type LearnedThreshold,
  readDecision,
  type ThresholdOptions,
  ThresholdWrapper,
  thresholdParameters,
} from './threshold-wrapper.js'
import type { PipelineFitOptions, PipelineInput } from './types.js'

const threshold: Parameter<number | 'auto'> = {
  default: 'auto',
  description: 'Rows of at least this score get the positive label; auto: 0.5 for probabilities, 0 for weighted sums.',
  takes: "a finite number, or 'auto'",
  read(value, name) {
    if (value === 'auto') return value
    if (typeof value !== 'number') throw invalid(name, threshold.takes, value)
    return checkNumber(value, name)
  },
}

const parameters = { ...thresholdParameters, threshold }
const definition: Definition<typeof parameters> = { name: 'FixedThresholdClassifier', parameters }

/** Options of `new FixedThresholdClassifier`. */
export interface FixedThresholdClassifierOptions<E extends ClassifierLike = ClassifierLike>
  extends ThresholdOptions<E> {
  /** Rows of at least this score get the positive label; `'auto'`, the default: 0.5 for probabilities, 0 for weighted sums. */
  threshold?: number | 'auto' | undefined
}

interface FixedLabels<E> {
  labels: unknown
  model: FixedThresholdClassifier<Extract<FittedModel<E, this['labels']>, ClassifierLike>>
}

/**
 * A classifier of two classes that decides by a threshold of your choice. Changes of `threshold`, `posLabel` and
 * `responseMethod` take effect at once. It can be the last step of a pipeline, or hold one. `E` is the type of the classifier.
 *
 * Source: scikit-learn 1.9's FixedThresholdClassifier.
 * @example
 * const estimator = new SGDClassifier({ loss: 'logLoss', seed: 1 })
 * const model = new FixedThresholdClassifier({ estimator, threshold: 0.9 })
 * await model.fit([[0], [1], [2], [3]], ['keep', 'keep', 'stop', 'stop'])
 * model.predictSync([1.6]) // 'stop' only if its probability is at least 0.9
 */
export class FixedThresholdClassifier<E extends ClassifierLike = ClassifierLike> extends ThresholdWrapper<
  E,
  typeof parameters,
  LearnedThreshold
> {
  /** Every parameter with its default, its check and its description. */
  static readonly parameters = parameters

  /** @hidden */
  declare readonly [relabelled]?: FixedLabels<E>

  /** @throws ArgumentError for an unknown parameter, a wrong value, or no classifier. */
  constructor(options: FixedThresholdClassifierOptions<E>) {
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
  ): Promise<FixedThresholdClassifier<E>> {
    return restoreFrom(source, definition.name, async ({ tensors, metadata }) => {
      const saved = decodeMetadata(metadata, definition.name, ['params', 'classes', 'estimator'])
      const params = readState(saved.params, ['threshold', 'posLabel', 'responseMethod'], 'params')
      checkTensorNames(
        tensors,
        [...tensors.keys()].filter((key) => key.startsWith('estimator.')),
      )
      const classes = restoreClasses(saved.classes)
      const estimator = (await readNested(saved.estimator, 'estimator', tensors)) as E
      checkClasses(estimator, classes)
      const loaded = new FixedThresholdClassifier<E>({ ...params, estimator: estimator.clone() as E })
      readDecision(estimator, classes, loaded.params)
      loaded.adopt({ estimator, classes })
      return loaded
    })
  }

  /**
   * Fits a clone of the classifier.
   * @param y one label a row, of two classes.
   * @param options those of the classifier's fit: sampleWeight, signal, timeLimit.
   * @throws as fit of the classifier does, and the signal's reason: then the model keeps what it had learned before. MlpError
   * ERR_BUSY while another fit runs.
   */
  fit<const Y extends LabelsLike>(
    x: PipelineInput,
    y: Y,
    options?: PipelineFitOptions<E>,
  ): Promise<FixedThresholdClassifier<Extract<FittedModel<E, Y>, ClassifierLike>>> {
    const fitted = this.exclusively('fit', async () => {
      const estimator = this.params.estimator.clone()
      const signal = signalOf(options)
      const { classes } = await readTruth(x, y, undefined, signal)
      readDecision(estimator, classes, this.params)
      await estimator.fit(x as never, y as never, (options ?? {}) as never)
      signal?.throwIfAborted()
      checkClasses(estimator, classes)
      if (this.learnedSoFar === undefined || hasEpochs(estimator)) this.publish({ estimator, classes })
      return this
    })
    return fitted as never
  }

  toBytes(): Uint8Array {
    const { estimator, classes } = this.learned('save')
    const { threshold, posLabel, responseMethod } = this.params
    const tensors = new Map<string, Tensor>()
    const saved = encodeNested('estimator', estimator, tensors)
    const params = { threshold, posLabel, responseMethod }
    return encodeSafetensors(tensors, encodeMetadata(definition.name, { params, classes, estimator: saved }))
  }

  protected override summary({ classes }: LearnedThreshold): Record<string, unknown> {
    return { classes }
  }

  protected override facts(learned: LearnedThreshold): object {
    return this.summary(learned)
  }

  protected override decision({ estimator, classes }: LearnedThreshold) {
    const decision = readDecision(estimator, classes, this.params)
    const { threshold } = this.params
    return { ...decision, threshold: threshold !== 'auto' ? threshold : decision.response === 'predictProba' ? 0.5 : 0 }
  }
}
